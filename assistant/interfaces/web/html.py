"""Render questions and answers as HTML.

Their text is untrusted, so it is escaped here. The page's own text has the class `say`, and
i18n.js translates it into the user's language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from assistant.answer.answer import Answer
from assistant.answer.quote import Quote, QuotedPhrase
from assistant.answer.rows import ArticleRow, open_row, select_row_quotes
from assistant.interfaces.web.article_html import sentence_anchor
from assistant.interfaces.web.markup import escape_line, render_translatable
from index.text.article import Article
from index.text.spans import Span

__all__ = [
    "ARTICLE_WORDS",
    "ASSISTANT_WORDS",
    "render_answer",
    "render_chats",
    "render_deleted",
    "render_notice",
    "render_opened",
    "render_progress",
    "render_question",
]

ARTICLE_WORDS = "In the article's words"
ASSISTANT_WORDS = "In the assistant's words; compare with the quotes"
STOPPED = '<span class="note say">Stopped.</span>'
STOPPED_WITHIN = '<span class="note say">Stopped: this is only a part of an answer.</span>'
QUOTE_COLOURS = 6  # number of quote colours in style.css
_SPACE = re.compile(r"\s+")
_EDGE_MARKS = "“”\"'.,; "  # around a part of an answer


def render_deleted(article_id: str, text: str) -> str:
    """Return a notice of a removal with a button to undo it."""
    undo = f'<button type="button" class="undo" data-id="{escape(article_id)}">Undo</button>'
    return f'<div class="deleted" role="status"><span>{escape_line(text)}</span>{undo}</div>'


def render_opened(article_id: str) -> str:
    """Return a notice that an article was opened; imports.js reads its id."""
    return f'<div class="done say" data-id="{escape(article_id)}">Opened.</div>'


def render_progress(text: str, share: float | None = None) -> str:
    """Return a progress bar with a text; without a share, the bar is indeterminate."""
    bar = (
        f'<progress max="1" value="{share:.3f}"></progress>'
        if share is not None
        else "<progress></progress>"
    )
    return f'<div class="working" role="status">{bar}<span>{escape_line(text)}</span></div>'


def render_question(question: str, index: int) -> str:
    """Return a question as HTML.

    `index` is the zero-based position of the turn in its chat. message-actions.js reads it from
    the class, because a long chat is not shown completely.
    """
    return f'<div class="question at-{index}" dir="auto">{escape_line(question)}</div>'


def render_notice(text: str, kind: str = "notice") -> str:
    """Return a notice as HTML; `kind` is notice, error or working."""
    return f'<div class="{escape(kind)} say">{escape_line(text)}</div>'


def render_answer(answer: Answer, *, is_draft: bool = False) -> str:
    """Return an answer as HTML with its citations, notes and quotes.

    `is_draft` tells that the text is still being written. Its words are not judged yet.
    """
    fixed = answer.aside or not answer.answered
    if answer.rows:
        text = (
            f'<dl class="rows">{"".join(_render_row_of(answer, row) for row in answer.rows)}</dl>'
        )
    elif fixed:
        text = "<br>".join(render_translatable(item.text) for item in answer.statements)
    else:
        text = "".join(_render_cited_text(answer))
    if answer.searched != answer.question:
        label = render_translatable("Searched for:")
        query = escape_line(answer.searched)
        text = f'<span class="searched">{label} <bdi>{query}</bdi></span><br>{text}'
    kind = "answer" if answer.answered else "answer not-stated"
    notes = "".join(
        f'<br><span class="note say">{escape_line(note)}</span>' for note in answer.notes
    )
    nearest = _render_nearest_passage(answer.nearest) if answer.nearest else ""
    is_empty = not (answer.text or answer.quotes)
    stopped = STOPPED if is_empty else f"<br>{STOPPED_WITHIN}"
    partial = stopped if answer.partial else ""
    quotes = "" if answer.quotes_alone or answer.rows else _render_quote_list(answer.quotes)
    wording = "" if is_draft or fixed or answer.rows else _render_wording(answer)
    parts = f"{text}{wording}{notes}{partial}{nearest}{quotes}"
    return f'<div class="{kind}" dir="auto">{parts}</div>'


def _render_row_of(answer: Answer, row: ArticleRow) -> str:
    """Return what one of several articles says: its title, and its quotes or that it has none."""
    _, *said = open_row(row)
    lines = [
        render_translatable(statement.text)
        if statement.kind == "unanswered"
        else escape_line(statement.text)
        for statement in said
    ]
    lines += [
        f"“{escape_line(quote.text)}” {_render_citation(quote)}"
        for quote in select_row_quotes(row, answer.quotes)
    ]
    shown = "<br>".join(lines)
    return f'<dt dir="auto">{escape_line(row.title)}</dt><dd dir="auto">{shown}</dd>'


def render_chats(article: Article, feedback: bool) -> str:
    """Return the element in which the browser shows its chats about an article.

    `feedback` tells whether the page may ask the user to rate answers.
    """
    state = "on" if feedback else "off"
    return f'<div class="chats" data-article="{escape(article.id)}" data-feedback="{state}"></div>'


def _render_cited_text(answer: Answer) -> Iterator[str]:
    """Yield the statements of an answer with a link for each citation and quoted phrase."""
    quotes = {quote.number: quote for quote in answer.quotes}
    phrases = dict(answer.quotations)
    end = 0
    statements = answer.shown_statements
    for before, statement in zip((None, *statements), statements, strict=False):
        separator = ("\n" if statement.begins_line else " ") if before else ""
        end += len(separator)
        # One of several questions that the article does not answer has a line of its own.
        if statement.kind == "unanswered":
            is_first = before is None or before.kind != "unanswered"
            yield f"{separator if is_first else ''}<br>{render_translatable(statement.text)}"
            end += len(statement.marked_text)
            continue
        yield escape_line(separator)
        for piece in statement.pieces:
            start, end = end, end + len(piece if isinstance(piece, str) else f"[{piece}]")
            if isinstance(piece, str):
                cited = [quotes[number] for number in statement.citations if number in quotes]
                marked = _render_marked_quote(piece, cited) if statement.kind == "quote" else ""
                yield from [marked] if marked else _render_words(piece, start, phrases)
            elif quote := quotes.get(piece):
                # A quote list follows the text, except if the answer consists of quotes only.
                source = _render_quote_source(quote) if answer.quotes_alone else ""
                yield _render_citation(quote) + source


def _render_marked_quote(piece: str, quotes: Sequence[Quote]) -> str:
    """Return a quote in quotation marks with the words in bold that answer, if it has such words.

    The text is empty if it has none, or if the piece is not the whole quote.
    """
    if len(quotes) != 1 or not quotes[0].answer_words:
        return ""
    parts = [_SPACE.sub(" ", part) for part in quotes[0].split_at_answer()]
    words = piece.rstrip()
    if words != f"“{''.join(parts)}”":
        return ""
    return f"“{_render_answer_parts(*parts)}”{piece[len(words) :]}"


def _render_words(words: str, start: int, phrases: Mapping[Span, QuotedPhrase]) -> Iterator[str]:
    """Yield words that begin at an offset of the answer, with a link for each quoted phrase."""
    end = 0
    for span, phrase in phrases.items():
        if start <= span.start and span.end <= start + len(words):
            yield escape_line(words[end : span.start - start])
            yield _render_quoted_phrase(phrase)
            end = span.end - start
    yield escape_line(words[end:])


def _render_wording(answer: Answer) -> str:
    """Return a line that says whose words the answer is in; nothing for one without quotes.

    That a quote is exact says nothing of a sentence that the assistant wrote above it.
    """
    if not answer.quotes or not answer.answered:
        return ""
    label = ARTICLE_WORDS if _is_in_article_words(answer) else ASSISTANT_WORDS
    return f'<br><span class="wording say">{escape_line(label)}</span>'


def _is_in_article_words(answer: Answer) -> bool:
    """Return whether the answer is one part of a quote, or several, each in quotation marks.

    Two parts that the assistant joined are a sentence of its own.
    """
    if any(statement.kind == "verdict" for statement in answer.own_statements):
        return False
    quotes = [" ".join(quote.text.split()) for quote in answer.quotes]
    pieces = (
        " ".join(piece.split())
        for statement in answer.own_statements
        for piece in statement.pieces
        if isinstance(piece, str)
    )
    parts = [piece for piece in pieces if piece.strip(_EDGE_MARKS)]
    if len(parts) > 1 and not all(part.startswith("“") for part in parts):
        return False
    return all(
        any(_contains_words(quote, part.strip(_EDGE_MARKS)) for quote in quotes) for part in parts
    )


def _contains_words(text: str, words: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(words)}(?!\w)", text))


def _render_citation(quote: Quote) -> str:
    title = escape(" ".join(quote.text.split()), quote=True)
    target = sentence_anchor(quote.article_id, quote.start, quote.end)
    colour = f"q{(quote.number - 1) % QUOTE_COLOURS + 1}"
    return f'<a class="cite {colour}" href="#{target}" title="{title}">[{quote.number}]</a>'


def _render_quoted_phrase(quoted: QuotedPhrase) -> str:
    """Return a phrase in quotation marks as a link to its position in an article.

    citations.js shows the status of the phrase.
    """
    target = f"w-{quoted.article_id[:8]}-{quoted.start}-{quoted.end}" if quoted.article_id else "w-"
    path = f"?article={quoted.article_id}" if quoted.status == "elsewhere" else ""
    kind, title = (
        quoted.status.replace(" ", "-"),
        escape(" ".join(quoted.title.split()), quote=True),
    )
    text = escape_line(quoted.words)
    return f'<a class="said {kind}" href="{path}#{target}" title="{title}">{text}</a>'


def _render_quote_list(quotes: tuple[Quote, ...]) -> str:
    rows = "".join(
        f"<li>{_render_citation(quote)} <q>{_render_quote_text(quote)}</q>"
        f"{_render_quote_source(quote)}</li>"
        for quote in quotes
    )
    return f'<ul class="quotes">{rows}</ul>' if rows else ""


def _render_quote_text(quote: Quote) -> str:
    """Return the text of a quote, with the words in bold that answer the question."""
    return _render_answer_parts(*quote.split_at_answer())


def _render_answer_parts(before: str, words: str, after: str) -> str:
    bold = f"<b>{escape_line(words)}</b>" if words else ""
    return f"{escape_line(before)}{bold}{escape_line(after)}"


def _render_quote_source(quote: Quote) -> str:
    """Return the title of the quoted article; library-drawer.css hides it for a single article."""
    return f'<span class="from"> {escape_line(quote.title)}</span>' if quote.title else ""


def _render_nearest_passage(quote: Quote) -> str:
    target = sentence_anchor(quote.article_id, quote.start, quote.end)
    link = f'<a class="cite near say" href="#{target}">show</a>'
    label = '<span class="label say">Related passage</span>'
    return (
        f'<br><span class="related">{label} ({link}): <q>{escape_line(quote.text)}</q>'
        f"{_render_quote_source(quote)}</span>"
    )
