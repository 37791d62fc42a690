"""Render a conversation as a printable HTML page, and an answer as rich text to copy."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from assistant.answer.answer import Answer
from assistant.answer.quote import Quote
from assistant.answer.render.answer_parts import (
    ENGLISH,
    ORIGINAL,
    Conversation,
    Locale,
    describe_source,
    list_notes,
    locate_quote,
    split_answer,
)
from assistant.answer.statement import join_statements
from index.text.article import Article

__all__ = ["render_answer_html", "render_html"]

STYLE = """body { font: 17px/1.6 system-ui, sans-serif; max-width: 70ch; margin: 2em auto; \
padding: 0 1em; color: #1b1b1b; background: #fff; }
h1 { font-size: 1.5em; line-height: 1.25; } h2 { font-size: 1.1em; margin: 2em 0 0.4em; }
blockquote { margin: 0.6em 0; padding-inline-start: 1em; \
border-inline-start: 3px solid #0072b2; break-inside: avoid; }
cite { display: block; font-size: 0.85em; font-style: normal; color: #555; }
.note, .meta { font-size: 0.88em; color: #555; } h2 { break-after: avoid; }
@media (prefers-color-scheme: dark) { @media screen { \
body { color: #e6e6e6; background: #181818; } cite, .note, .meta { color: #aaa; } } }"""


def render_html(
    conversation: Conversation, articles: Sequence[Article], title: str, locale: Locale = ENGLISH
) -> str:
    """Return a conversation as an HTML page that loads nothing and runs no script."""
    label = escape(locale.translate("Article:"))
    sources = "".join(
        f'<p class="meta">{label} <bdi>{escape(describe_source(article))}</bdi></p>'
        for article in articles
    )
    turns = "".join(
        f'<section><h2 dir="auto">{_escape_lines(question)}</h2>'
        f"{render_answer_html(answer, articles, locale)}</section>"
        for question, answer in conversation
    )
    return (
        f'<!doctype html>\n<html lang="{escape(locale.code)}" dir="{locale.direction}">'
        '<head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f'<body><h1 dir="auto">{escape(title)}</h1>{sources}{turns}</body></html>\n'
    )


def render_answer_html(answer: Answer, articles: Sequence[Article], locale: Locale) -> str:
    notes = "".join(
        f'<p class="note">{_escape_lines(note)}</p>' for note in list_notes(answer, locale)
    )
    parts = [
        (
            f'<p dir="auto">{_escape_lines(words)}</p>' if words else "",
            "".join(_render_quote_html(label, quote, articles, locale) for label, quote in quotes),
        )
        for statements, quotes in split_answer(answer, locale)
        for words in [join_statements(statements)]
    ]
    (first, quotes), *following = parts
    return first + notes + quotes + "".join(words + quotes for words, quotes in following)


def _render_quote_html(
    label: str, quote: Quote, articles: Sequence[Article], locale: Locale
) -> str:
    words = f"“{escape(' '.join(quote.text.split()))}”"
    location = locate_quote(quote, articles, locale)
    parts = [f"<bdi>{escape(part)}</bdi>" for part in location.parts]
    if location.link:
        label_of_link = escape(locale.translate(ORIGINAL))
        parts.append(
            f'<a href="{escape(location.link)}" rel="noopener noreferrer">{label_of_link}</a>'
        )
    where = ", ".join(parts)
    return (
        f'<blockquote dir="auto"><bdi>{escape(label)}</bdi> {words}'
        f"<cite>{where}</cite></blockquote>"
    )


def _escape_lines(text: str) -> str:
    return "<br>".join(map(escape, text.splitlines()))
