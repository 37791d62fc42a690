"""Articles, questions and answers as HTML. Every word of them is untrusted and escaped here, nowhere else.

The page's own words among them have the class `say`: words.js puts them into the reader's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from index.article import Article, Block

from ..answer import NOT_STATED, Answer, Quote

__all__ = ["anchor", "answer_html", "article_html", "notice_html", "question_html"]

WORDS_A_MINUTE = 230
COLOURS = 6  # of quotes; as many as style.css has
_BREAK = re.compile(r"[^\S\r\n\v\f\x1c-\x1e\x85\u2028\u2029]*[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_MARKUP = re.compile(r"[&<>\"'\\`*_~$|!#]")


def anchor(start: int, end: int) -> str:
    """The id of a sentence's element in the article pane."""
    return f"s-{start}-{end}"


def article_html(article: Article) -> str:
    minutes = max(1, round(article.words / WORDS_A_MINUTE))
    facts = [escape(article.date), _say(f"{article.words:,} words"), _say(f"{minutes} min to read"), escape(article.source)]
    meta = " · ".join(fact for fact in facts if fact)
    body = "".join(_block_html(article, block) for block in article.blocks)
    title = escape(article.title)
    return (
        f'<article class="article say" lang="{escape(article.language)}" dir="auto" tabindex="0" aria-label="The article">'
        f'<h1>{title}</h1><p class="meta">{meta}</p>{body}</article>'
    )


def _block_html(article: Article, block: Block) -> str:
    inner = "".join(_sentences_html(article, block))
    if block.kind == "heading":
        level = min(max(block.level, 2), 6)
        return f'<h{level} dir="auto">{inner}</h{level}>'
    if block.kind == "item":
        return f'<p class="item" dir="auto" style="margin-inline-start:{min(block.level, 6)}em">{inner}</p>'
    return f'<p dir="auto">{inner}</p>'


def _sentences_html(article: Article, block: Block) -> Iterator[str]:
    """The block's text, whole, with each sentence in an element that a citation can point to."""
    end = block.start
    for number in article.sentences_in(block):  # type: ignore[arg-type]  # a block has the start and end of a span
        sentence = article.sentences[number]
        yield escape(article.text[end : sentence.start])
        yield f'<span class="s" id="{anchor(*sentence)}">{escape(article.slice(sentence))}</span>'
        end = sentence.end
    yield escape(article.text[end : block.end])


def question_html(question: str) -> str:
    return f'<div class="question" dir="auto">{_line(question)}</div>'


def notice_html(text: str, kind: str = "notice") -> str:
    """`kind`: notice, error or working."""
    return f'<div class="{escape(kind)} say">{_line(text)}</div>'


def answer_html(answer: Answer) -> str:
    text = _say(NOT_STATED) if answer.text == NOT_STATED else "".join(_cited(answer))
    if answer.searched != answer.question:
        text = f'<span class="searched">{_say("Searched for:")} {_line(answer.searched)}</span><br>{text}'
    kind = "answer" if answer.answered else "answer not-stated"
    notes = "".join(f'<br><span class="note say">{_line(note)}</span>' for note in answer.notes)
    nearest = _nearest(answer.nearest) if answer.nearest else ""
    partial = '<br><span class="note say">Stopped: this is only a part of an answer.</span>' if answer.partial else ""
    return f'<div class="{kind}" dir="auto">{text}{notes}{partial}{nearest}{"" if answer.quotes_alone else _quotes(answer.quotes)}</div>'


def _cited(answer: Answer) -> Iterator[str]:
    """The answer's text, with a link for each marker that is a citation."""
    end = 0
    for span, quote in answer.citations:
        yield _line(answer.text[end : span.start])
        yield _citation(quote)
        end = span.end
    yield _line(answer.text[end:])


def _citation(quote: Quote) -> str:
    told = escape(" ".join(quote.text.split()), quote=True)
    colour = f"q{(quote.number - 1) % COLOURS + 1}"
    return f'<a class="cite {colour}" href="#{anchor(quote.start, quote.end)}" title="{told}">[{quote.number}]</a>'


def _quotes(quotes: tuple[Quote, ...]) -> str:
    rows = "".join(f"<li>{_citation(quote)} <q>{_line(quote.text)}</q></li>" for quote in quotes)
    return f'<ul class="quotes">{rows}</ul>' if rows else ""


def _nearest(quote: Quote) -> str:
    link = f'<a class="cite near say" href="#{anchor(quote.start, quote.end)}">show</a>'
    told = _say("The nearest passage, which does not answer it")
    return f'<br><span class="note">{told} ({link}): <q>{_line(quote.text)}</q></span>'


def _say(text: str) -> str:
    return f'<span class="say">{_line(text)}</span>'


def _line(text: str) -> str:
    """On one line, with nothing in it that HTML or the chat's Markdown would read as markup."""
    escaped = _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)
    return _BREAK.sub("<br>", escaped)
