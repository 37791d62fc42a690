"""Render a conversation as Markdown that reads well raw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from assistant.answer.answer import Answer
from assistant.answer.render.answer_parts import (
    ENGLISH,
    ORIGINAL,
    Conversation,
    Locale,
    describe_source,
    label_quotes,
    list_notes,
    locate_quote,
    split_answer,
)
from assistant.answer.render.markdown_escape import escape_markdown
from assistant.answer.statement import Statement, list_pieces
from index.text.article import Article

__all__ = ["render_markdown"]


def render_markdown(
    conversation: Conversation, articles: Sequence[Article], title: str, locale: Locale = ENGLISH
) -> str:
    """Return a conversation as Markdown.

    Each quote is a blockquote with its source. Markers are footnotes, numbered through the whole
    conversation, which say where in the article the quote is.
    """
    label = locale.translate("Article:")
    lines = [
        f"# {escape_markdown(title, is_heading=True)}",
        *(f"{label} {escape_markdown(describe_source(article))}" for article in articles),
    ]
    first = 1
    for question, answer in conversation:
        lines += [
            f"## {escape_markdown(question, is_heading=True)}",
            *_render_answer_markdown(answer, articles, locale, first),
        ]
        first += len(list(label_quotes(answer, locale)))
    return "\n\n".join(lines) + "\n"


def _render_answer_markdown(
    answer: Answer, articles: Sequence[Article], locale: Locale, first: int
) -> Iterator[str]:
    """Yield the paragraphs of an answer; `first` is the number of its first footnote."""
    footnotes = {quote.number: first + index for index, quote in enumerate(answer.quotes)}
    definitions = []
    number = first
    for index, (statements, quotes) in enumerate(split_answer(answer, locale)):
        if statements:
            yield _cite_footnotes(statements, footnotes)
        for note in () if index else list_notes(answer, locale):
            yield f"*{escape_markdown(note)}*"
        for label, quote in quotes:
            location = locate_quote(quote, articles, locale)
            if quote is answer.nearest:
                yield escape_markdown(label, opens_line=True)
            title = [f"*{escape_markdown(location.title)}*"] if location.title else []
            source = ", ".join([*title, *map(escape_markdown, location.source)])
            words = escape_markdown(" ".join(quote.text.split()))
            yield f"> “{words}” — {source}[^{number}]" if source else f"> “{words}”[^{number}]"
            # Without a text before it, a single word would define a link.
            link = [_link_original_markdown(location.link, locale)] if location.link else []
            place = ", ".join([*title, *map(escape_markdown, location.place), *link])
            definitions.append(f"[^{number}]: {locale.translate('Article:')} {place}")
            number += 1
    if definitions:
        yield "\n".join(definitions)


def _link_original_markdown(link: str, locale: Locale) -> str:
    address = link.replace("(", "%28").replace(")", "%29")
    address = re.sub(r"&(?=#?\w+;)", r"\\&", address)
    return f"[{escape_markdown(locale.translate(ORIGINAL))}]({address})"


def _cite_footnotes(statements: Sequence[Statement], footnotes: Mapping[int, int]) -> str:
    """Return statements as Markdown, with a footnote for each citation.

    An exclamation mark before a footnote would make an image.
    """
    parts: list[str] = []
    words = ""
    for piece in list_pieces(statements):
        if isinstance(piece, str):
            words += piece
        elif number := footnotes.get(piece):
            before = re.sub("!$", r"\\!", _escape_part(words, len(parts)))
            parts += [before, f"[^{number}]"]
            words = ""
        else:
            words += f"[{piece}]"
    return "".join([*parts, _escape_part(words, len(parts))])


def _escape_part(text: str, offset: int) -> str:
    """Return a part of a text as Markdown, with the white space around it.

    After a marker, a parenthesis would make a link, and a colon a definition.
    """
    before, after = (" " if edge.isspace() else "" for edge in (text[:1], text[-1:]))
    if not text.strip():
        return before
    escaped = escape_markdown(text, opens_line=not offset)
    if offset and text[0] in "(:":
        escaped = f"\\{escaped}"
    return before + escaped + after
