"""Build the context that a language model reads: an article or its candidate sentences."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import BaseMessage, SystemMessage

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.prompting.templates import render_prompt
from index.text.article import Article
from index.text.structure import PATH_SEPARATOR

__all__ = [
    "fit_to_context",
    "format_article_header",
    "format_ids",
    "make_context_messages",
    "number_sentences",
]


def fit_to_context(candidates: Sequence[Candidate], tokens: int) -> list[Candidate]:
    """Return the first candidates that fit into a number of tokens, at least one.

    A token is estimated at three bytes: English has four or five, Chinese three. Fewer candidates
    are better than a truncated prompt.
    """
    bytes_left = 3 * tokens
    fitting: list[Candidate] = []
    for candidate in candidates:
        bytes_left -= len(candidate.text.encode("utf-8", "replace")) + 12  # the ID
        if bytes_left < 0 and fitting:
            break
        fitting.append(candidate)
    return fitting


def format_article_header(articles: Sequence[Article]) -> str:
    """Return a line with the title and the date of each article."""
    titles = [
        f"Article: {article.title or 'untitled'}" + (f" ({article.date})" if article.date else "")
        for article in articles
    ]
    return "\n".join(titles)


def number_sentences(
    sentences: Sequence[tuple[int, str]], sections: Sequence[tuple[str, ...]] = ()
) -> str:
    """Return the sentences, each with its ID on one line, below the titles of their sections.

    Args:
        sentences: ID and text of each sentence.
        sections: the titles above each sentence, outermost first; empty to leave them out.
    """
    lines: list[str] = []
    section: tuple[str, ...] = ()
    for index, (number, text) in enumerate(sentences):
        path = sections[index] if sections else ()
        if path != section:
            section = path
            if path:
                lines.append(f"{' '.join(PATH_SEPARATOR.join(path).split())}:")
        lines.append(f"[{number}] {' '.join(text.split())}")
    return "\n".join(lines)


def make_context_messages(
    candidates: Sequence[Candidate], whole: Article | None, name: str = "read", **values: str
) -> list[BaseMessage]:
    """Return the messages before the question, with the numbered sentences that a model reads.

    Args:
        candidates: the sentences, unless `whole` is given.
        whole: an article of which all sentences are used.
        name: the prompt template.
        values: further values of the template.
    """
    if whole is not None:
        structure = whole.structure  # the headings are sentences of their own
        sentences = [
            (number, structure.readable_text(span))
            for number, span in enumerate(whole.sentences, 1)
        ]
        sections, articles = [], [whole]
    else:
        ordered = sorted(candidates, key=lambda candidate: candidate.id)
        sentences = [(candidate.id, candidate.readable_text) for candidate in ordered]
        sections = [candidate.section for candidate in ordered]
        articles = list(
            {candidate.article.id: candidate.article for candidate in candidates}.values()
        )
    return [
        SystemMessage(
            render_prompt(
                name,
                heading=format_article_header(articles),
                sentences=number_sentences(sentences, sections),
                **values,
            )
        )
    ]


def format_ids(candidates: Sequence[Candidate]) -> str:
    """Return the IDs of candidates as a model writes them, such as "[2][5]"."""
    return "".join(f"[{candidate.id}]" for candidate in candidates)
