"""Render a conversation with its citations as Markdown, printable HTML or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Literal, get_args

from assistant.answer.answer import Answer
from assistant.answer.merge import UNSTATED_PREFIX
from assistant.answer.quote import NOT_STATED, Quote
from assistant.answer.restore import QUOTES_LOST
from index.errors import InputError
from index.text.article import Article

__all__ = [
    "Conversation",
    "ENGLISH",
    "Format",
    "Locale",
    "export_conversation",
    "format_from_suffix",
    "render_answer_text",
    "render_html",
    "render_json",
    "render_markdown",
]

# Questions with their answers, oldest first.
Conversation = Sequence[tuple[str, Answer]]
Format = Literal["md", "html", "json"]

NEAREST = "Related passage:"
PARTIAL = "Stopped: this is only a part of an answer."
# Characters that Markdown reads as markup. All are escaped, because the position in a line is
# unknown here.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#+\-.!|~&$:]")

STYLE = """body { font: 17px/1.6 system-ui, sans-serif; max-width: 70ch; margin: 2em auto; \
padding: 0 1em; color: #1b1b1b; background: #fff; }
h1 { font-size: 1.5em; line-height: 1.25; } h2 { font-size: 1.1em; margin: 2em 0 0.4em; }
blockquote { margin: 0.6em 0; padding-inline-start: 1em; \
border-inline-start: 3px solid #0072b2; break-inside: avoid; }
cite { display: block; font-size: 0.85em; font-style: normal; color: #555; }
.note, .meta { font-size: 0.88em; color: #555; } h2 { break-after: avoid; }
@media (prefers-color-scheme: dark) { @media screen { \
body { color: #e6e6e6; background: #181818; } cite, .note, .meta { color: #aaa; } } }"""


@dataclass(frozen=True)
class Locale:
    """A language and its translations of the labels and notes of this package.

    JSON is read by programs and always has the English texts.
    """

    code: str = "en"
    # Translations by English text. A missing one stays English.
    words: Mapping[str, str] = field(default_factory=dict)

    def translate(self, english: str) -> str:
        """Return the translation of a text, or the text itself if there is none."""
        return self.words.get(english, english)

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        """Return the writing direction, as the `dir` attribute of HTML takes it."""
        return "rtl" if self.code == "ar" else "ltr"


ENGLISH = Locale()


def format_from_suffix(path: Path) -> Format:
    """Return the format for the suffix of a file name.

    Raises:
        InputError: the suffix is not .md, .html or .json.
    """
    formats: tuple[Format, ...] = get_args(Format)
    for format_ in formats:
        if path.suffix.lower() == f".{format_}":
            return format_
    raise InputError(
        f"A talk cannot be exported as {path.name}. Let the name end in .md, .html or .json."
    )


def export_conversation(
    conversation: Conversation,
    articles: Iterable[Article],
    format_: Format,
    title: str = "",
    locale: Locale = ENGLISH,
) -> str:
    """Return a conversation in one of the formats.

    Args:
        articles: the articles that were asked. Each is listed once.
        title: of the conversation; by default its first question.
        locale: language of labels and notes; JSON ignores it.
    """
    unique = list({article.id: article for article in articles}.values())
    title = title or (conversation[0][0] if conversation else "An empty chat")
    if format_ == "json":
        return render_json(conversation, unique, title)
    render: Callable[..., str] = {"md": render_markdown, "html": render_html}[format_]
    return render(conversation, unique, title, locale)


def render_markdown(
    conversation: Conversation, articles: Sequence[Article], title: str, locale: Locale = ENGLISH
) -> str:
    """Return a conversation as Markdown, with each quote and its location."""
    label = locale.translate("Article:")
    lines = [
        f"# {_escape_markdown(title)}",
        *(f"{label} {_escape_markdown(_describe_source(article))}" for article in articles),
    ]
    for question, answer in conversation:
        lines += [
            f"## {_escape_markdown(question)}",
            *_render_answer_markdown(answer, articles, locale),
        ]
    return "\n\n".join(lines) + "\n"


def render_answer_text(
    answer: Answer, articles: Sequence[Article], locale: Locale = ENGLISH
) -> str:
    """Return one answer as plain text: its words, then each quote with its location."""
    lines = [_translate_words(answer, locale)] if answer.words else []
    for label, quote in _label_quotes(answer, locale):
        where = ", ".join(_describe_location(quote, articles, locale))
        lines.append(f"{label} “{' '.join(quote.text.split())}”\n    {where}")
    return "\n\n".join([*lines, *_list_notes(answer, locale)]) + "\n"


def _render_answer_markdown(
    answer: Answer, articles: Sequence[Article], locale: Locale
) -> Iterator[str]:
    if answer.words:
        yield _escape_markdown(_translate_words(answer, locale))
    for note in _list_notes(answer, locale):
        yield f"*{_escape_markdown(note)}*"
    for label, quote in _label_quotes(answer, locale):
        where = _escape_markdown(", ".join(_describe_location(quote, articles, locale)))
        words = _escape_markdown(" ".join(quote.text.split()))
        yield f"> {_escape_markdown(label)} “{words}”  \n> — {where}"


def render_html(
    conversation: Conversation, articles: Sequence[Article], title: str, locale: Locale = ENGLISH
) -> str:
    """Return a conversation as an HTML page that loads nothing and runs no script."""
    label = escape(locale.translate("Article:"))
    sources = "".join(
        f'<p class="meta">{label} <bdi>{escape(_describe_source(article))}</bdi></p>'
        for article in articles
    )
    turns = "".join(
        f'<section><h2 dir="auto">{_escape_lines(question)}</h2>'
        f"{_render_answer_html(answer, articles, locale)}</section>"
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


def _render_answer_html(answer: Answer, articles: Sequence[Article], locale: Locale) -> str:
    text = (
        f'<p dir="auto">{_escape_lines(_translate_words(answer, locale))}</p>'
        if answer.words
        else ""
    )
    notes = "".join(
        f'<p class="note">{_escape_lines(note)}</p>' for note in _list_notes(answer, locale)
    )
    quotes = "".join(
        _render_quote_html(label, quote, articles, locale)
        for label, quote in _label_quotes(answer, locale)
    )
    return text + notes + quotes


def _render_quote_html(
    label: str, quote: Quote, articles: Sequence[Article], locale: Locale
) -> str:
    words = f"“{escape(' '.join(quote.text.split()))}”"
    where = ", ".join(
        f"<bdi>{escape(part)}</bdi>" for part in _describe_location(quote, articles, locale)
    )
    return (
        f'<blockquote dir="auto"><bdi>{escape(label)}</bdi> {words}'
        f"<cite>{where}</cite></blockquote>"
    )


def render_json(conversation: Conversation, articles: Sequence[Article], title: str) -> str:
    """Return a conversation as JSON.

    Answers are complete, so that `Answer.from_dict` can read them. Each quote also has the source
    of its article.
    """
    metadata = [
        {
            "id": article.id,
            "title": article.title,
            "date": article.date,
            "source": article.source,
        }
        for article in articles
    ]
    turns = [
        {"question": question, "answer": _serialize_answer(answer, articles)}
        for question, answer in conversation
    ]
    return (
        json.dumps(
            {"title": title, "articles": metadata, "turns": turns}, ensure_ascii=False, indent=2
        )
        + "\n"
    )


def _serialize_answer(answer: Answer, articles: Sequence[Article]) -> dict[str, Any]:
    data = answer.to_dict()
    sources = {article.id: article.source for article in articles}
    for quote in [*data["quotes"], *([data["nearest"]] if data["nearest"] else [])]:
        quote["source"] = sources.get(quote["article_id"], "")
    return data


def _translate_words(answer: Answer, locale: Locale) -> str:
    """Return the answer without the quotes at its end.

    Fixed sentences of this package are translated. The words of a model are not.
    """
    if answer.aside or answer.text in (NOT_STATED, QUOTES_LOST):
        return "\n".join(map(locale.translate, answer.text.split("\n")))
    stated, *unstated = answer.words.split(UNSTATED_PREFIX)
    return stated + " ".join(
        locale.translate(UNSTATED_PREFIX + question.rstrip()) for question in unstated
    )


def _label_quotes(answer: Answer, locale: Locale) -> Iterator[tuple[str, Quote]]:
    yield from ((f"[{quote.number}]", quote) for quote in answer.quotes)
    if answer.nearest:
        yield locale.translate(NEAREST), answer.nearest


def _list_notes(answer: Answer, locale: Locale) -> list[str]:
    searched = (
        [f"{locale.translate('Searched for:')} {answer.searched}"]
        if answer.searched not in ("", answer.question)
        else []
    )
    return [
        *searched,
        *map(locale.translate, answer.notes),
        *([locale.translate(PARTIAL)] if answer.partial else []),
    ]


def _describe_location(quote: Quote, articles: Sequence[Article], locale: Locale) -> list[str]:
    source = next((article.source for article in articles if article.id == quote.article_id), "")
    page = f"{locale.translate('page')} {quote.page}" if quote.page else ""
    return list(
        filter(
            None,
            [
                quote.title,
                source,
                page,
                f"{locale.translate('characters')} [{quote.start}, {quote.end})",
            ],
        )
    )


def _describe_source(article: Article) -> str:
    return ", ".join(filter(None, [article.title, article.date, article.source])) or article.id


def _escape_markdown(text: str) -> str:
    """Return a text on one line, with everything escaped that Markdown or HTML reads as markup."""
    return _MARKUP.sub(lambda match: f"\\{match[0]}", " ".join(text.split()))


def _escape_lines(text: str) -> str:
    return "<br>".join(map(escape, text.splitlines()))
