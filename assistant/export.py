"""A talk with its citations as a file: Markdown, HTML that also prints, or JSON. Each quote keeps its source and its place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any, Literal, get_args

from index.article import Article
from index.errors import InputError

from .answer import NOT_STATED, Answer, Quote
from .kept import GONE
from .parts import UNSTATED

__all__ = [
    "ENGLISH",
    "Format",
    "Talk",
    "Tongue",
    "answer_as_text",
    "as_html",
    "as_json",
    "as_markdown",
    "exported",
    "format_of",
]

# Questions with their answers, oldest first.
Talk = Sequence[tuple[str, Answer]]
Format = Literal["md", "html", "json"]

NEAREST = "Nearest passage, which does not answer it:"
PARTIAL = "Stopped: this is only a part of an answer."
# What Markdown reads as markup. Escaped one and all, since where a line begins is not known here.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#+\-.!|~&$:]")

STYLE = """body { font: 17px/1.6 system-ui, sans-serif; max-width: 70ch; margin: 2em auto; padding: 0 1em; color: #1b1b1b; background: #fff; }
h1 { font-size: 1.5em; line-height: 1.25; } h2 { font-size: 1.1em; margin: 2em 0 0.4em; }
blockquote { margin: 0.6em 0; padding-inline-start: 1em; border-inline-start: 3px solid #0072b2; break-inside: avoid; }
cite { display: block; font-size: 0.85em; font-style: normal; color: #555; }
.note, .meta { font-size: 0.88em; color: #555; } h2 { break-after: avoid; }
@media (prefers-color-scheme: dark) { @media screen { body { color: #e6e6e6; background: #181818; } cite, .note, .meta { color: #aaa; } } }"""


@dataclass(frozen=True)
class Tongue:
    """The language that our own few words beside the article's are in. JSON, which programs read, has them in English."""

    code: str = "en"
    words: Mapping[str, str] = field(default_factory=dict)  # by the English ones; what is missing stays English

    def say(self, english: str) -> str:
        return self.words.get(english, english)

    @property
    def direction(self) -> Literal["ltr", "rtl"]:
        return "rtl" if self.code == "ar" else "ltr"


ENGLISH = Tongue()


def format_of(path: Path) -> Format:
    """By the end of a file's name. Raises InputError for any but .md, .html and .json."""
    forms: tuple[Format, ...] = get_args(Format)
    for form in forms:
        if path.suffix.lower() == f".{form}":
            return form
    raise InputError(f"A talk cannot be exported as {path.name}. Let the name end in .md, .html or .json.")


def exported(talk: Talk, articles: Iterable[Article], form: Format, title: str = "", tongue: Tongue = ENGLISH) -> str:
    """The talk in one of the formats; `title`: of the talk, by default its first question."""
    known = {article.id: article for article in articles}
    title = title or (talk[0][0] if talk else "An empty chat")
    if form == "json":
        return as_json(talk, list(known.values()), title)
    write: Callable[..., str] = {"md": as_markdown, "html": as_html}[form]
    return write(talk, list(known.values()), title, tongue)


def as_markdown(talk: Talk, articles: Sequence[Article], title: str, tongue: Tongue = ENGLISH) -> str:
    label = tongue.say("Article:")
    lines = [f"# {_marked(title)}", *(f"{label} {_marked(_source(article))}" for article in articles)]
    for question, answer in talk:
        lines += [f"## {_marked(question)}", *_answer_in_markdown(answer, articles, tongue)]
    return "\n\n".join(lines) + "\n"


def answer_as_text(answer: Answer, articles: Sequence[Article], tongue: Tongue = ENGLISH) -> str:
    """One answer to be pasted elsewhere: its words, and each quote with where it stands; nothing is escaped in plain text."""
    lines = [_words(answer, tongue)] if answer.words else []
    for label, quote in _labelled(answer, tongue):
        lines.append(f"{label} “{' '.join(quote.text.split())}”\n    {', '.join(_where(quote, articles, tongue))}")
    return "\n\n".join([*lines, *_notes(answer, tongue)]) + "\n"


def _answer_in_markdown(answer: Answer, articles: Sequence[Article], tongue: Tongue) -> Iterator[str]:
    if answer.words:
        yield _marked(_words(answer, tongue))
    for note in _notes(answer, tongue):
        yield f"*{_marked(note)}*"
    for label, quote in _labelled(answer, tongue):
        where = _marked(", ".join(_where(quote, articles, tongue)))
        yield f"> {_marked(label)} “{_marked(' '.join(quote.text.split()))}”  \n> — {where}"


def as_html(talk: Talk, articles: Sequence[Article], title: str, tongue: Tongue = ENGLISH) -> str:
    """A page that needs no other file, runs nothing, and may load nothing."""
    label = escape(tongue.say("Article:"))
    sources = "".join(f'<p class="meta">{label} <bdi>{escape(_source(article))}</bdi></p>' for article in articles)
    turns = "".join(
        f'<section><h2 dir="auto">{_lines(question)}</h2>{_answer_in_html(answer, articles, tongue)}</section>'
        for question, answer in talk
    )
    return (
        f'<!doctype html>\n<html lang="{escape(tongue.code)}" dir="{tongue.direction}"><head><meta charset="utf-8">'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f'<body><h1 dir="auto">{escape(title)}</h1>{sources}{turns}</body></html>\n'
    )


def _answer_in_html(answer: Answer, articles: Sequence[Article], tongue: Tongue) -> str:
    text = f'<p dir="auto">{_lines(_words(answer, tongue))}</p>' if answer.words else ""
    notes = "".join(f'<p class="note">{_lines(note)}</p>' for note in _notes(answer, tongue))
    quotes = "".join(_quote_in_html(label, quote, articles, tongue) for label, quote in _labelled(answer, tongue))
    return text + notes + quotes


def _quote_in_html(label: str, quote: Quote, articles: Sequence[Article], tongue: Tongue) -> str:
    words = f"“{escape(' '.join(quote.text.split()))}”"
    where = ", ".join(f"<bdi>{escape(part)}</bdi>" for part in _where(quote, articles, tongue))
    return f'<blockquote dir="auto"><bdi>{escape(label)}</bdi> {words}<cite>{where}</cite></blockquote>'


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


def _words(answer: Answer, tongue: Tongue) -> str:
    """The answer without the quotes that it may end in; what of it is ours and not a model's, in the reader's language."""
    if answer.aside or answer.text in (NOT_STATED, GONE):
        return "\n".join(map(tongue.say, answer.text.split("\n")))
    said, *unstated = answer.words.split(UNSTATED)
    return said + " ".join(tongue.say(UNSTATED + one.rstrip()) for one in unstated)


def _labelled(answer: Answer, tongue: Tongue) -> Iterator[tuple[str, Quote]]:
    yield from ((f"[{quote.number}]", quote) for quote in answer.quotes)
    if answer.nearest:
        yield tongue.say(NEAREST), answer.nearest


def _notes(answer: Answer, tongue: Tongue) -> list[str]:
    searched = [f"{tongue.say('Searched for:')} {answer.searched}"] if answer.searched not in ("", answer.question) else []
    return [*searched, *map(tongue.say, answer.notes), *([tongue.say(PARTIAL)] if answer.partial else [])]


def _where(quote: Quote, articles: Sequence[Article], tongue: Tongue) -> list[str]:
    source = next((article.source for article in articles if article.id == quote.article_id), "")
    page = f"{tongue.say('page')} {quote.page}" if quote.page else ""
    return list(filter(None, [quote.title, source, page, f"{tongue.say('characters')} [{quote.start}, {quote.end})"]))


def _source(article: Article) -> str:
    return ", ".join(filter(None, [article.title, article.date, article.source])) or article.id


def _marked(text: str) -> str:
    """On one line, with nothing in it that Markdown or the HTML in it would read as markup."""
    return _MARKUP.sub(lambda match: f"\\{match[0]}", " ".join(text.split()))


def _lines(text: str) -> str:
    return "<br>".join(map(escape, text.splitlines()))
