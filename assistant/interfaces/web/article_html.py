"""Render articles as HTML, with an element for each sentence.

Their text is untrusted, so it is escaped here. The page's own text has the class `say`, and i18n.js
translates it into the user's language.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from html import escape
from itertools import groupby

from assistant.answer.render.original_link import web_address
from assistant.interfaces.web.markup import render_translatable
from index.text.article import Article
from index.text.plain_lists import label_length
from index.text.spans import Block

__all__ = [
    "WORDS_PER_MINUTE",
    "render_article",
    "render_panes",
    "sentence_anchor",
]

WORDS_PER_MINUTE = 230
SCALE = 2  # of the images of pages, in pixels for a point


def sentence_anchor(article_id: str, start: int, end: int) -> str:
    """Return the id of a sentence's element in the article pane.

    Eight digits of the article id distinguish the articles that are open together.
    """
    return f"s-{article_id[:8]}-{start}-{end}"


def render_article(article: Article) -> str:
    """Return an article as HTML with one addressable element per sentence."""
    minutes = max(1, round(article.words / WORDS_PER_MINUTE))
    length = (
        render_translatable(f"{article.words:,} words"),
        render_translatable(f"{minutes} min to read"),
    )
    facts = [escape(article.author), escape(article.date), *length, escape(article.source)]
    meta = " · ".join(fact for fact in facts if fact)
    blocks = article.blocks
    title = escape(article.title)
    if _repeats_title(article):  # as a heading it is a sentence of the article, so it stays
        title, blocks = "".join(_render_sentences(article, blocks[0])), blocks[1:]
    body = "".join(_render_blocks(article, blocks))
    address = web_address(article.source)  # citations.js links to it
    source = f' data-source="{escape(address)}"' if address else ""
    if article.pages:  # citations.js tells the page of a sentence by its offset
        source += f' data-pages="{" ".join(str(page.start) for page in article.pages)}"'
    return (
        f'<article class="article say" lang="{escape(article.language)}" dir="auto" tabindex="0"'
        f'{source} aria-label="The article">'
        f'<h1>{title}</h1><p class="meta">{meta}</p>{body}</article>'
    )


def render_panes(articles: Sequence[Article], originals: Collection[str] = ()) -> str:
    """Return the panes of the open articles: one visible pane, and tabs if there are several.

    Args:
        articles: the open articles.
        originals: the ids of those whose pages can be shown, too.
    """
    ids = ",".join(article.id for article in articles)
    tabs = (
        "".join(_render_tab(article, number == 0) for number, article in enumerate(articles))
        if len(articles) > 1
        else ""
    )
    strip = (
        f'<div class="tabs say" role="tablist" aria-label="Articles of this chat">{tabs}</div>'
        if tabs
        else ""
    )
    role = " role=tabpanel" if tabs else ""
    panes = "".join(
        f'<div class="pane" id="pane-{article.id}"{role}{" hidden" if number else ""}>'
        f"{_render_views(article) if article.id in originals else render_article(article)}</div>"
        for number, article in enumerate(articles)
    )
    return f'<div class="panes" data-articles="{ids}">{strip}{panes}</div>'


def _render_views(article: Article) -> str:
    """Return an article, its pages as images that load when they are seen, and a switch."""
    buttons = "".join(
        f'<button type="button" class="say" data-view="{view}" aria-pressed="{pressed}">{label}'
        "</button>"
        for view, label, pressed in (("text", "Text", "true"), ("page", "Page", "false"))
    )
    address = f"/api/articles/{article.id}/pages"
    pages = "".join(
        f'<figure><div class="leaf"><img class="say" src="{address}/{number}.png?scale={SCALE}"'
        f' alt="Page {number}" loading="lazy"></div>'
        f'<figcaption class="say" aria-hidden="true">Page {number}</figcaption></figure>'
        for number in range(1, len(article.pages) + 1)
    )
    return (
        f'<div class="views say" role="group" aria-label="View of the article">{buttons}</div>'
        f"{render_article(article)}"
        f'<div class="pages say" role="region" aria-label="Pages of the article" tabindex="0">'
        f"{pages}</div>"
    )


def _render_tab(article: Article, is_selected: bool) -> str:
    state = (
        'aria-selected="true" tabindex="0"'
        if is_selected
        else 'aria-selected="false" tabindex="-1"'
    )
    title = escape(article.title or "Untitled")
    return (
        f'<button type="button" role="tab" dir="auto" aria-controls="pane-{article.id}"'
        f' title="{title}" {state}>{title}</button>'
    )


def _repeats_title(article: Article) -> bool:
    """Return whether the first block is a heading with the words of the title."""
    first = article.blocks[0]
    words = article.text[first.start : first.end].casefold().split()
    return first.kind == "heading" and words == article.title.casefold().split()


def _render_blocks(article: Article, shown: Sequence[Block]) -> Iterator[str]:
    """Yield blocks of an article; the rows of a table are in one element.

    A divider says where a page of the source begins, before the first block that begins on it. No
    divider is within a table or before the first page.
    """
    starts, page = [begun.start for begun in article.pages], 1
    for group, blocks in groupby(shown, lambda block: (block.kind, block.group)):
        for part in [list(blocks)] if group[0] == "row" else ([block] for block in blocks):
            if (begun := bisect_right(starts, part[0].start)) > page:
                page = begun
                yield _render_page_start(page)
            if group[0] == "row":
                rows = "".join(_render_row(article, row) for row in part)
                yield f'<div class="table" tabindex="0"><table>{rows}</table></div>'
            else:
                yield _render_block(article, part[0])


def _render_page_start(page: int) -> str:
    """Return a divider. It has no text that could be selected."""
    return f'<div class="page-start say" role="separator" aria-label="Page {page}"></div>'


def _render_row(article: Article, row: Block) -> str:
    """Return a table row, of which the text is exactly that of the row in the article.

    The separators of its cells are hidden. A cell that is merged with one of an earlier row is
    empty here.
    """
    parts: list[str] = []
    end, column = row.start, 0
    for span, cells in groupby(row.cells, lambda cell: (cell.start, cell.end)):
        columns = [cell.column for cell in cells]
        parts.append("<td></td>" * (columns[0] - column))
        column = columns[-1] + 1
        if span[0] < row.start:
            parts.append("<td></td>" * len(columns))
            continue
        is_header = any(cell.is_header for cell in row.cells if cell.column == columns[0])
        name, width = "th" if is_header else "td", f' colspan="{len(columns)}"'
        between = escape(article.text[end : span[0]])
        hidden = f'<span class="separator">{between}</span>' if between else ""
        text = escape(article.text[span[0] : span[1]])
        parts.append(f"<{name}{width if len(columns) > 1 else ''}>{hidden}{text}</{name}>")
        end = span[1]
    element_id = sentence_anchor(article.id, row.start, row.end)
    return f'<tr class="s" id="{element_id}" dir="auto">{"".join(parts)}</tr>'


def _render_block(article: Article, block: Block) -> str:
    inner = "".join(_render_sentences(article, block))
    if block.kind == "heading":
        level = min(max(block.level, 2), 6)
        return f'<h{level} dir="auto">{inner}</h{level}>'
    if block.kind == "item":
        indent = min(block.level, 6)
        is_labelled = label_length(article.text[block.start : block.end]) > 0
        name = "item labelled" if is_labelled else "item"
        marker = "" if is_labelled or block.number is None else f' data-number="{block.number}."'
        style = f"margin-inline-start:{indent}em"
        return f'<p class="{name}" dir="auto"{marker} style="{style}">{inner}</p>'
    if block.kind in ("caption", "term", "definition", "footnote"):
        return f'<p class="{block.kind}" dir="auto">{inner}</p>'
    return f'<p dir="auto">{inner}</p>'


def _render_sentences(article: Article, block: Block) -> Iterator[str]:
    """Yield the whole text of a block, with each sentence in an element that citations link to."""
    end = block.start
    for number in article.sentences_in(block):  # type: ignore[arg-type]  # a block has the start and end of a span
        sentence = article.sentences[number]
        yield escape(article.text[end : sentence.start])
        element_id = sentence_anchor(article.id, *sentence)
        yield f'<span class="s" id="{element_id}">{escape(article.slice(sentence))}</span>'
        end = sentence.end
    yield escape(article.text[end : block.end])
