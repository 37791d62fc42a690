"""Articles, questions and answers as HTML. Every word of them is untrusted and escaped here, nowhere else.

The page's own words among them have the class `say`: words.js puts them into the reader's language.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from html import escape

from index.article import Article, Block
from index.store import Listed

from ..answer import NOT_STATED, Answer, Quote, Quoted
from ..kept import GONE
from ..parts import UNSTATED

__all__ = [
    "anchor",
    "answer_html",
    "article_html",
    "chats_html",
    "deleted_html",
    "listing_html",
    "notice_html",
    "panes_html",
    "question_html",
    "working_html",
]

WORDS_A_MINUTE = 230
COLOURS = 6  # of quotes; as many as style.css has
_SPACE = re.compile(r"\s+")
_LINE_ENDS = frozenset("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_MARKUP = re.compile(r"[&<>\"'\\`*_~$|!#]")


def anchor(article_id: str, start: int, end: int) -> str:
    """The id of a sentence's element in the article pane. Eight digits of the article's id tell apart what is open together."""
    return f"s-{article_id[:8]}-{start}-{end}"


def article_html(article: Article) -> str:
    minutes = max(1, round(article.words / WORDS_A_MINUTE))
    length = _say(f"{article.words:,} words"), _say(f"{minutes} min to read")
    facts = [escape(article.author), escape(article.date), *length, escape(article.source)]
    meta = " · ".join(fact for fact in facts if fact)
    body = "".join(_block_html(article, block) for block in article.blocks)
    title = escape(article.title)
    return (
        f'<article class="article say" lang="{escape(article.language)}" dir="auto" tabindex="0" aria-label="The article">'
        f'<h1>{title}</h1><p class="meta">{meta}</p>{body}</article>'
    )


def panes_html(articles: Sequence[Article]) -> str:
    """Articles that are open together, one of them seen at a time, with tabs to change it where there are several."""
    ids = ",".join(article.id for article in articles)
    tabs = "".join(_tab_html(article, number == 0) for number, article in enumerate(articles)) if len(articles) > 1 else ""
    strip = f'<div class="tabs say" role="tablist" aria-label="Articles of this chat">{tabs}</div>' if tabs else ""
    panes = "".join(
        f'<div class="pane" id="pane-{article.id}"{" role=tabpanel" if tabs else ""}{" hidden" if number else ""}>'
        f"{article_html(article)}</div>"
        for number, article in enumerate(articles)
    )
    return f'<div class="panes" data-articles="{ids}">{strip}{panes}</div>'


def _tab_html(article: Article, chosen: bool) -> str:
    state = 'aria-selected="true" tabindex="0"' if chosen else 'aria-selected="false" tabindex="-1"'
    title = escape(article.title or "Untitled")
    return f'<button type="button" role="tab" dir="auto" aria-controls="pane-{article.id}" title="{title}" {state}>{title}</button>'


def listing_html(listed: Sequence[Listed], opened: Collection[str], waiting: bool = False) -> str:
    """The library, newest first; what is open is marked. `waiting`: the article that is served is still to come."""
    rows = "".join(_row_html(one, one.id in opened) for one in reversed(listed))
    none = "" if rows or waiting else '<p class="none">No article is kept yet.</p>'
    coming = '<p class="waiting">Opening the article …</p>' if waiting else ""
    return coming + (f'<ul class="books" aria-label="Articles">{rows}</ul>' if rows else none)


def _row_html(listed: Listed, opened: bool) -> str:
    title = escape(listed.title or "Untitled")
    facts = [escape(listed.date), escape(listed.source), _say(f"{listed.words:,} words")]
    meta = " · ".join(fact for fact in facts if fact)
    now = ' aria-current="true"' if opened else ""
    button = '<button type="button" class="{0}" aria-label="{1} “{2}”" title="{1}">{3}</button>'.format
    return (
        f'<li data-id="{escape(listed.id)}"{" class=open" if opened else ""}>'
        f'<input type="checkbox" aria-label="Ask “{title}” together with others">'
        f'<button type="button" class="title" dir="auto" translate="no"{now}>{title}</button><span class="meta" dir="auto" translate="no">{meta}</span>'
        f"{button('rename', 'Rename', title, '✎')}{button('remove', 'Delete', title, '✕')}</li>"
    )


def deleted_html(article_id: str, text: str) -> str:
    """What was removed, and how to have it back."""
    undo = f'<button type="button" class="undo" data-id="{escape(article_id)}">Undo</button>'
    return f'<div class="deleted" role="status"><span>{_line(text)}</span>{undo}</div>'


def working_html(text: str, share: float | None = None) -> str:
    """How far something is; without a share, only that it goes on."""
    bar = f'<progress max="1" value="{share:.3f}"></progress>' if share is not None else "<progress></progress>"
    return f'<div class="working" role="status">{bar}<span>{_line(text)}</span></div>'


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
        yield f'<span class="s" id="{anchor(article.id, *sentence)}">{escape(article.slice(sentence))}</span>'
        end = sentence.end
    yield escape(article.text[end : block.end])


def question_html(question: str, place: int) -> str:
    """`place`: of the exchange in its chat, from 0: turns.js reads it there, for not all of a long chat is shown."""
    return f'<div class="question at-{place}" dir="auto">{_line(question)}</div>'


def notice_html(text: str, kind: str = "notice") -> str:
    """`kind`: notice, error or working."""
    return f'<div class="{escape(kind)} say">{_line(text)}</div>'


def answer_html(answer: Answer) -> str:
    fixed = answer.aside or answer.text in (NOT_STATED, GONE)
    text = "<br>".join(map(_say, answer.text.split("\n"))) if fixed else "".join(_cited(answer))
    if answer.searched != answer.question:
        text = f'<span class="searched">{_say("Searched for:")} <bdi>{_line(answer.searched)}</bdi></span><br>{text}'
    kind = "answer" if answer.answered else "answer not-stated"
    notes = "".join(f'<br><span class="note say">{_line(note)}</span>' for note in answer.notes)
    nearest = _nearest(answer.nearest) if answer.nearest else ""
    partial = '<br><span class="note say">Stopped: this is only a part of an answer.</span>' if answer.partial else ""
    return f'<div class="{kind}" dir="auto">{text}{notes}{partial}{nearest}{"" if answer.quotes_alone else _quotes(answer.quotes)}</div>'


def chats_html(article: Article, feedback: bool) -> str:
    """Where the browser shows its chats about an article; `feedback`: whether it may ask what the reader thinks of answers."""
    return f'<div class="chats" data-article="{escape(article.id)}" data-feedback="{"on" if feedback else "off"}"></div>'


def _cited(answer: Answer) -> Iterator[str]:
    """The answer's text, with a link for each marker that is a citation."""
    end = 0
    shown = answer.text if answer.quotes_alone else answer.words  # the quotes come after them
    marks = {span: _citation(quote) + (_from(quote) if answer.quotes_alone else "") for span, quote in answer.citations}
    for span, quoted in answer.quotations:
        if not any(span.start < mark.end and mark.start < span.end for mark in marks):  # a link has none in it
            marks[span] = _quoted(quoted)
    for span in sorted(marks):
        if span.end > len(shown):
            break
        yield _line(shown[end : span.start])
        yield marks[span]
        end = span.end
    said, *unstated = shown[end:].split(UNSTATED)  # the last of several questions that were one
    yield _line(said)
    yield from (f"<br>{_say(UNSTATED + one.rstrip())}" for one in unstated)


def _citation(quote: Quote) -> str:
    told = escape(" ".join(quote.text.split()), quote=True)
    colour = f"q{(quote.number - 1) % COLOURS + 1}"
    return f'<a class="cite {colour}" href="#{anchor(quote.article_id, quote.start, quote.end)}" title="{told}">[{quote.number}]</a>'


def _quoted(quoted: Quoted) -> str:
    """Words between quotation marks: a link to where they stand, of which citations.js tells whether that is so."""
    place = f"w-{quoted.article_id[:8]}-{quoted.start}-{quoted.end}" if quoted.article_id else "w-"
    away = f"?article={quoted.article_id}" if quoted.status == "elsewhere" else ""
    kind, title = quoted.status.replace(" ", "-"), escape(" ".join(quoted.title.split()), quote=True)
    return f'<a class="said {kind}" href="{away}#{place}" title="{title}">{_line(quoted.words)}</a>'


def _quotes(quotes: tuple[Quote, ...]) -> str:
    rows = "".join(f"<li>{_citation(quote)} <q>{_line(quote.text)}</q>{_from(quote)}</li>" for quote in quotes)
    return f'<ul class="quotes">{rows}</ul>' if rows else ""


def _from(quote: Quote) -> str:
    """Which article says so. Seen where several are open: shelf.css hides it elsewhere."""
    return f'<span class="from"> {_line(quote.title)}</span>' if quote.title else ""


def _nearest(quote: Quote) -> str:
    link = f'<a class="cite near say" href="#{anchor(quote.article_id, quote.start, quote.end)}">show</a>'
    told = _say("The nearest passage, which does not answer it")
    return f'<br><span class="note">{told} ({link}): <q>{_line(quote.text)}</q>{_from(quote)}</span>'


def _say(text: str) -> str:
    return f'<span class="say">{_line(text)}</span>'


def _line(text: str) -> str:
    """On one line, with nothing in it that HTML or the chat's Markdown would read as markup."""
    escaped = _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)
    return _SPACE.sub(lambda match: match[0] if _LINE_ENDS.isdisjoint(match[0]) else "<br>", escaped)
