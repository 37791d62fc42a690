"""Render the list of the library. Titles, authors, sources and tags are untrusted."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from html import escape

from assistant.answer.render.original_link import site_name
from index.storage.store import ArticleSummary
from index.storage.text_search import TextHit

__all__ = ["make_hit_data", "render_day", "render_listing"]

MAX_HIT_CHARACTERS = 240
HIT_MARGIN = 60  # characters before the first word of a hit that is cut
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_LOCK_HTML = (
    '<span class="say lock" role="img" aria-label="Private" title="Only I can see it">🔒</span>'
)
_MENU_HTML = (
    '<details class="more"><summary aria-label="More about “{title}”">⋯</summary><div class="menu">'
    '<button type="button" class="rename" aria-label="Rename “{title}”">Rename</button>'
    '<button type="button" class="file" aria-label="Tags “{title}”">Tags</button>'
    '<button type="button" class="remove" aria-label="Delete “{title}”">Delete</button>'
    "</div></details>"
)


def render_listing(
    summaries: Sequence[ArticleSummary], open_ids: Collection[str], is_waiting: bool = False
) -> str:
    """Return the library as a list, newest first. library-list.js orders and filters it.

    Args:
        summaries: the articles of the library, oldest first.
        open_ids: ids of the open articles, which are marked.
        is_waiting: whether the served article is still being opened.
    """
    rows = "".join(_render_row(summary, summary.id in open_ids) for summary in reversed(summaries))
    empty = "" if rows or is_waiting else '<p class="none">No article is kept yet.</p>'
    waiting = '<p class="waiting">Opening the article …</p>' if is_waiting else ""
    return waiting + (f'<ul class="books" aria-label="Articles">{rows}</ul>' if rows else empty)


def render_day(date: str) -> str:
    """Return a date as HTML; dates.js shows an ISO date in the user's language."""
    shown = escape(date)
    return f'<time class="day" datetime="{shown}">{shown}</time>' if _DAY.fullmatch(date) else shown


def _render_row(summary: ArticleSummary, is_open: bool) -> str:
    title = escape(summary.title or "Untitled")
    facts = [escape(summary.author), escape(site_name(summary.source)), render_day(summary.date)]
    meta = " · ".join(
        [
            *([_LOCK_HTML] if summary.owner else []),
            *(f'<span class="fact">{fact}</span>' for fact in facts if fact),
            f'<span class="say">{summary.words:,} words</span>',
        ]
    )
    tags = "".join(
        f'<button type="button" class="tag">{escape(tag)}</button>' for tag in summary.tags
    )
    return (
        f'<li data-id="{escape(summary.id)}" data-opened="{escape(summary.last_opened)}"'
        f"{' class=open' if is_open else ''}>"
        f'<input type="checkbox" aria-label="Ask “{title}” together with others">'
        f'<button type="button" class="title" dir="auto" translate="no"'
        f"{' aria-current=true' if is_open else ''}>{title}</button>"
        f'<span class="meta" dir="auto" translate="no">{meta}</span>'
        + (f'<span class="tags" dir="auto" translate="no">{tags}</span>' if tags else "")
        + f"{_MENU_HTML.format(title=title)}</li>"
    )


def make_hit_data(hit: TextHit) -> Mapping[str, object]:
    """Return a hit for library-search.js: pieces of the sentence, every second one a found word.

    Of a long sentence, only the surroundings of the first word are shown.
    """
    start, end = hit.sentence
    first = hit.words[0].start if hit.words else start
    if end - start > MAX_HIT_CHARACTERS:
        start = max(start, min(first - HIT_MARGIN, end - MAX_HIT_CHARACTERS))
        end = start + MAX_HIT_CHARACTERS
    text, offset = hit.text, hit.sentence.start
    pieces = ["… " if start > offset else ""]
    position = start
    for word in hit.words:
        if word.end > end:
            break
        pieces[-1] += text[position - offset : word.start - offset]
        pieces += [text[word.start - offset : word.end - offset], ""]
        position = word.end
    pieces[-1] += text[position - offset : end - offset] + (" …" if end < hit.sentence.end else "")
    return {
        "id": hit.article_id,
        "start": hit.sentence.start,
        "end": hit.sentence.end,
        "pieces": pieces,
        "passages": hit.passages,
    }
