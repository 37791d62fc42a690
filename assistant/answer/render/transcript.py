"""Render a conversation with its citations as Markdown, printable HTML or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

from assistant.answer.answer import Answer
from assistant.answer.quote import Quote
from assistant.answer.render.markdown_escape import escape_markdown
from assistant.answer.render.original_link import link_to_sentence, web_address
from assistant.answer.rows import open_row, select_row_quotes
from assistant.answer.statement import Statement, join_statements, list_pieces
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
ORIGINAL = "Link to the original at this sentence"
PARTIAL = "Stopped: this is only a part of an answer."
# Statements, and the labelled quotes below them.
_Part = tuple[Sequence[Statement], Sequence[tuple[str, Quote]]]

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


@dataclass(frozen=True)
class QuoteLocation:
    """Where a quote is, for display."""

    title: str  # of the article
    source: tuple[str, ...]  # its site or file, its date, and the section
    place: tuple[str, ...]  # page and paragraph
    link: str = ""  # to the original, if that is on the web

    @property
    def parts(self) -> list[str]:
        """Return everything, from the article to the paragraph."""
        return [*filter(None, [self.title]), *self.source, *self.place]


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
        f"A chat cannot be exported as {path.name}. Use a name that ends in .md, .html or .json."
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
        title: of the chat; by default its first question.
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
    """Return a conversation as Markdown.

    Each quote is a blockquote with its source. Markers are footnotes, numbered through the whole
    conversation, which say where in the article the quote is.
    """
    label = locale.translate("Article:")
    lines = [
        f"# {escape_markdown(title, is_heading=True)}",
        *(f"{label} {escape_markdown(_describe_source(article))}" for article in articles),
    ]
    first = 1
    for question, answer in conversation:
        lines += [
            f"## {escape_markdown(question, is_heading=True)}",
            *_render_answer_markdown(answer, articles, locale, first),
        ]
        first += len(list(_label_quotes(answer, locale)))
    return "\n\n".join(lines) + "\n"


def render_answer_text(
    answer: Answer, articles: Sequence[Article], locale: Locale = ENGLISH
) -> str:
    """Return one answer as plain text: its words, then each quote with its location."""
    lines: list[str] = []
    for statements, quotes in _split_answer(answer, locale):
        lines += [words] if (words := join_statements(statements)) else []
        for label, quote in quotes:
            location = _locate_quote(quote, articles, locale)
            where = "\n    ".join(filter(None, [", ".join(location.parts), location.link]))
            lines.append(f"{label} “{' '.join(quote.text.split())}”\n    {where}")
    return "\n\n".join([*lines, *_list_notes(answer, locale)]) + "\n"


def _render_answer_markdown(
    answer: Answer, articles: Sequence[Article], locale: Locale, first: int
) -> Iterator[str]:
    """Yield the paragraphs of an answer; `first` is the number of its first footnote."""
    footnotes = {quote.number: first + index for index, quote in enumerate(answer.quotes)}
    definitions = []
    number = first
    for index, (statements, quotes) in enumerate(_split_answer(answer, locale)):
        if statements:
            yield _cite_footnotes(statements, footnotes)
        for note in () if index else _list_notes(answer, locale):
            yield f"*{escape_markdown(note)}*"
        for label, quote in quotes:
            location = _locate_quote(quote, articles, locale)
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
    notes = "".join(
        f'<p class="note">{_escape_lines(note)}</p>' for note in _list_notes(answer, locale)
    )
    parts = [
        (
            f'<p dir="auto">{_escape_lines(words)}</p>' if words else "",
            "".join(_render_quote_html(label, quote, articles, locale) for label, quote in quotes),
        )
        for statements, quotes in _split_answer(answer, locale)
        for words in [join_statements(statements)]
    ]
    (first, quotes), *following = parts
    return first + notes + quotes + "".join(words + quotes for words, quotes in following)


def _render_quote_html(
    label: str, quote: Quote, articles: Sequence[Article], locale: Locale
) -> str:
    words = f"“{escape(' '.join(quote.text.split()))}”"
    location = _locate_quote(quote, articles, locale)
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
        quote["link"] = link_to_sentence(quote["source"], quote["text"])
    return data


def _split_answer(answer: Answer, locale: Locale) -> Sequence[_Part]:
    """Return the parts of an answer, at least one: statements, and the labelled quotes below them.

    An answer with rows has a part for each row. Fixed sentences of this package are translated.
    The words of a model are not.
    """
    if not answer.rows:
        statements = [
            _translate_statement(statement, locale) for statement in answer.own_statements
        ]
        return [(statements, _label_quotes(answer, locale))]
    parts = []
    for row in answer.rows:
        heading, *said = open_row(row)
        quotes = select_row_quotes(row, answer.quotes)
        labelled = [(f"[{quote.number}]", quote) for quote in quotes]
        parts.append(([heading, *(_translate_statement(item, locale) for item in said)], labelled))
    return parts


def _translate_statement(statement: Statement, locale: Locale) -> Statement:
    if statement.kind not in ("metadata", "unanswered"):
        return statement
    return replace(statement, pieces=(locale.translate(statement.text),))


def _label_quotes(answer: Answer, locale: Locale) -> list[tuple[str, Quote]]:
    labelled = [(f"[{quote.number}]", quote) for quote in answer.quotes]
    nearest = [(locale.translate(NEAREST), answer.nearest)] if answer.nearest else []
    return [*labelled, *nearest]


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


def _locate_quote(quote: Quote, articles: Sequence[Article], locale: Locale) -> QuoteLocation:
    article = next((article for article in articles if article.id == quote.article_id), None)
    page = [f"{locale.translate('page')} {quote.page}"] if quote.page else []
    if not article:
        return QuoteLocation(quote.title, (), tuple(page))
    link = link_to_sentence(article.source, quote.text)
    paragraph = _count_paragraphs(article, quote.start)
    place = page + ([f"{locale.translate('paragraph')} {paragraph}"] if paragraph else [])
    source = (_name_site(article.source), article.date, _find_section(article, quote.start))
    return QuoteLocation(quote.title, tuple(filter(None, source)), tuple(place), link)


def _count_paragraphs(article: Article, offset: int) -> int:
    """Return the number of the paragraph at an offset, from 1, as the page counts; 0 if none."""
    paragraphs = [block for block in article.blocks if block.kind not in ("heading", "row")]
    return next(
        (n for n, block in enumerate(paragraphs, 1) if block.start <= offset < block.end), 0
    )


def _find_section(article: Article, offset: int) -> str:
    """Return the heading above an offset; empty if it is the title or there is none."""
    headings = [block for block in article.blocks if block.kind == "heading"]
    above = next((block for block in reversed(headings) if block.end <= offset), None)
    heading = " ".join(article.text[above.start : above.end].split()) if above else ""
    return "" if heading == article.title else heading


def _name_site(source: str) -> str:
    """Return the site of an address; another source as it is."""
    address = web_address(source)
    return str(urlsplit(address).hostname).removeprefix("www.") if address else source


def _describe_source(article: Article) -> str:
    return ", ".join(filter(None, [article.title, article.date, article.source])) or article.id


def _escape_lines(text: str) -> str:
    return "<br>".join(map(escape, text.splitlines()))
