"""Answer questions about the article itself from its metadata."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.pipeline.query.intent import find_requested_metadata
from assistant.text.language import LANGUAGE_NAMES
from index.text.article import Article
from index.text.spans import Span

__all__ = [
    "WORDS_PER_MINUTE",
    "answer_about",
    "answer_from_metadata",
    "find_body_sentences",
    "find_sentences_with_speech",
    "find_speech",
]

WORDS_PER_MINUTE = 230

_SPEECH = re.compile(
    r"„([^„“”\"]+)[“”\"]|“([^“”]+)(?:”|\Z)|”([^“”]+)”|«([^«»]+)(?:»|\Z)|»([^«»]+)«|"
    r"(?<!\w)\"([^\"]+)\"(?!\w)"
)  # an English or French quotation that continues in the next paragraph is closed only there
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_MIN_SPEECH_WORDS = 3  # fewer are mostly a term or a name


def answer_about(question: str, articles: Sequence[Article], first: bool) -> list[str]:
    """Return the answers from metadata: one line for each article that has any.

    The line names the article if there are several.
    """
    answers = [
        (article.title, text)
        for article in articles
        if (text := answer_from_metadata(question, article, first))
    ]
    alone = len(articles) == 1 or find_requested_metadata(question, first) == "title"
    return [text if alone or not title else f"“{title}”: {text}" for title, text in answers]


def answer_from_metadata(question: str, article: Article, first: bool = True) -> str | None:
    """Return the answer to a question about the article itself.

    None if it is no such question, or if the text has to be searched: for an author that the
    metadata does not name, and for what is listed: the people quoted
    (`find_sentences_with_speech`), dates and figures (`assistant.pipeline.computation.overview`).

    Args:
        first: whether the question is the first of the chat, see `classify_intent`.
    """
    match find_requested_metadata(question, first):
        case "title":
            return (
                f"The title is “{article.title}”."
                if article.title
                else "The article carries no title."
            )
        case "date":
            return (
                f"The article is dated {article.date}."
                if article.date
                else "The article carries no date."
            )
        case "source":
            return (
                f"The source given: {article.source}"
                if article.source
                else "The article carries no source."
            )
        case "author":
            return f"The article is by {article.author}." if article.author else None
        case "language":
            return _describe_language(article.language)
        case "length":
            return _describe_length(article)
        case _:
            return None


def find_body_sentences(article: Article) -> tuple[int, ...]:
    """Return the positions of the sentences that are no headings."""
    headings = {
        position
        for block in article.blocks
        if block.kind == "heading"
        for position in article.sentences_in(Span(*block[:2]))
    }
    return tuple(position for position in range(len(article.sentences)) if position not in headings)


def find_speech(article: Article) -> tuple[Span, ...]:
    """Return the words between quotation marks, without the marks; none crosses a paragraph."""
    spans = []
    for block in article.blocks or (Span(0, len(article.text)),):
        for match in _SPEECH.finditer(article.text[block[0] : block[1]]):
            start, end = match.span(match.lastindex or 0)
            spans.append(Span(block[0] + start, block[0] + end))
    return tuple(spans)


def find_sentences_with_speech(article: Article) -> tuple[int, ...]:
    """Return the positions of the sentences with direct speech.

    Direct speech is three words or more between quotation marks, within one paragraph.
    """
    spoken: set[int] = set()
    for span in find_speech(article):
        if len(_WORD.findall(article.slice(span))) >= _MIN_SPEECH_WORDS:
            spoken.update(article.sentences_in(span))
    return tuple(sorted(spoken))


def _describe_language(code: str) -> str:
    """Describe the language in the metadata, which a loader may have left at the default."""
    return (
        f"The article is marked as {LANGUAGE_NAMES.get(code, f'“{code}”')}."
        if code
        else "The article is not marked with a language."
    )


def _describe_length(article: Article) -> str:
    words, sentences, minutes = (
        article.words,
        len(find_body_sentences(article)),
        max(1, round(article.words / WORDS_PER_MINUTE)),
    )
    return (
        f"The article has {_format_count(words, 'word')} in "
        f"{_format_count(sentences, 'sentence')}: "
        f"about {_format_count(minutes, 'minute')} to read."
    )


def _format_count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
