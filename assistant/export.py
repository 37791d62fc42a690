"""A talk with its citations as a file: Markdown, HTML that also prints, or JSON. Each quote keeps its source and its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any, Literal, get_args

from index.article import Article
from index.errors import InputError

from .answer import Answer, Quote

__all__ = ["Format", "Talk", "answer_as_text", "as_html", "as_json", "as_markdown", "exported", "format_of"]

# Questions with their answers, oldest first.
Talk = Sequence[tuple[str, Answer]]
Format = Literal["md", "html", "json"]

NEAREST = "Nearest passage, which does not answer it"
PARTIAL = "Stopped: this is only a part of an answer."
# What Markdown reads as markup. Escaped one and all, since where a line begins is not known here.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#+\-.!|~&$:]")

STYLE = """body { font: 17px/1.6 system-ui, sans-serif; max-width: 70ch; margin: 2em auto; padding: 0 1em; color: #1b1b1b; background: #fff; }
h1 { font-size: 1.5em; line-height: 1.25; } h2 { font-size: 1.1em; margin: 2em 0 0.4em; }
blockquote { margin: 0.6em 0; padding-inline-start: 1em; border-inline-start: 3px solid #0072b2; break-inside: avoid; }
cite { display: block; font-size: 0.85em; font-style: normal; color: #555; }
.note, .meta { font-size: 0.88em; color: #555; } h2 { break-after: avoid; }
@media (prefers-color-scheme: dark) { @media screen { body { color: #e6e6e6; background: #181818; } cite, .note, .meta { color: #aaa; } } }"""


def format_of(path: Path) -> Format:
    """By the end of a file's name. Raises InputError for any but .md, .html and .json."""
    forms: tuple[Format, ...] = get_args(Format)
    for form in forms:
        if path.suffix.lower() == f".{form}":
            return form
    raise InputError(f"A talk cannot be exported as {path.name}. Let the name end in .md, .html or .json.")


def exported(talk: Talk, articles: Iterable[Article], form: Format, title: str = "") -> str:
    """The talk in one of the formats; `title`: of the talk, by default its first question."""
    known = {article.id: article for article in articles}
    title = title or (talk[0][0] if talk else "An empty chat")
    write = {"md": as_markdown, "html": as_html, "json": as_json}[form]
    return write(talk, list(known.values()), title)


def as_markdown(talk: Talk, articles: Sequence[Article], title: str) -> str:
    lines = [f"# {_marked(title)}", *(f"Article: {_marked(_source(article))}" for article in articles)]
    for question, answer in talk:
        lines += [f"## {_marked(question)}", *_answer_in_markdown(answer, articles)]
    return "\n\n".join(lines) + "\n"


def answer_as_text(answer: Answer, articles: Sequence[Article]) -> str:
    """One answer to be pasted elsewhere: its words, and each quote with where it stands; nothing is escaped in plain text."""
    lines = [answer.words] if answer.words else []
    for label, quote in _labelled(answer):
        lines.append(f"{label} “{' '.join(quote.text.split())}”\n    {_where(quote, articles)}")
    return "\n\n".join([*lines, *_notes(answer)]) + "\n"


def _answer_in_markdown(answer: Answer, articles: Sequence[Article]) -> Iterator[str]:
    if answer.words:
        yield _marked(answer.words)
    for note in _notes(answer):
        yield f"*{_marked(note)}*"
    for label, quote in _labelled(answer):
        yield f"> {_marked(label)} “{_marked(' '.join(quote.text.split()))}”  \n> — {_marked(_where(quote, articles))}"


def as_html(talk: Talk, articles: Sequence[Article], title: str) -> str:
    """A page that needs no other file, runs nothing, and may load nothing."""
    sources = "".join(f'<p class="meta">Article: {escape(_source(article))}</p>' for article in articles)
    turns = "".join(
        f"<section><h2>{_lines(question)}</h2>{_answer_in_html(answer, articles)}</section>" for question, answer in talk
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f'<body><h1 dir="auto">{escape(title)}</h1>{sources}{turns}</body></html>\n'
    )


def _answer_in_html(answer: Answer, articles: Sequence[Article]) -> str:
    text = f'<p dir="auto">{_lines(answer.words)}</p>' if answer.words else ""
    notes = "".join(f'<p class="note">{_lines(note)}</p>' for note in _notes(answer))
    quotes = "".join(
        f'<blockquote dir="auto">{escape(label)} “{escape(" ".join(quote.text.split()))}”<cite>{escape(_where(quote, articles))}</cite></blockquote>'
        for label, quote in _labelled(answer)
    )
    return text + notes + quotes


def as_json(talk: Talk, articles: Sequence[Article], title: str) -> str:
    """With whole answers (`Answer.from_dict` reads them again), each quote's source beside it."""
    about = [{"id": one.id, "title": one.title, "date": one.date, "source": one.source} for one in articles]
    turns = [{"question": question, "answer": _with_sources(answer, articles)} for question, answer in talk]
    return json.dumps({"title": title, "articles": about, "turns": turns}, ensure_ascii=False, indent=2) + "\n"


def _with_sources(answer: Answer, articles: Sequence[Article]) -> dict[str, Any]:
    data = answer.to_dict()
    sources = {article.id: article.source for article in articles}
    for quote in [*data["quotes"], *([data["nearest"]] if data["nearest"] else [])]:
        quote["source"] = sources.get(quote["article_id"], "")
    return data


def _labelled(answer: Answer) -> Iterator[tuple[str, Quote]]:
    yield from ((f"[{quote.number}]", quote) for quote in answer.quotes)
    if answer.nearest:
        yield f"{NEAREST}:", answer.nearest


def _notes(answer: Answer) -> list[str]:
    searched = [f"Searched for: {answer.searched}"] if answer.searched not in ("", answer.question) else []
    return [*searched, *answer.notes, *([PARTIAL] if answer.partial else [])]


def _where(quote: Quote, articles: Sequence[Article]) -> str:
    source = next((article.source for article in articles if article.id == quote.article_id), "")
    page = f"page {quote.page}" if quote.page else ""
    return ", ".join(filter(None, [quote.title, source, page, f"characters [{quote.start}, {quote.end})"]))


def _source(article: Article) -> str:
    return ", ".join(filter(None, [article.title, article.date, article.source])) or article.id


def _marked(text: str) -> str:
    """On one line, with nothing in it that Markdown or the HTML in it would read as markup."""
    return _MARKUP.sub(lambda match: f"\\{match[0]}", " ".join(text.split()))


def _lines(text: str) -> str:
    return "<br>".join(map(escape, text.splitlines()))
