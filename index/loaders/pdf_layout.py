"""Group the lines of PDF pages into paragraphs, headings, captions, list items and footnotes.

The grouping uses the distance, indent and length of lines and the size of type.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from statistics import median
from typing import NamedTuple

from index.loaders.builder import Part
from index.loaders.pdf_aligned_tables import find_aligned_tables
from index.loaders.pdf_columns import split_columns
from index.loaders.pdf_lines import (
    Line,
    find_body_size,
    is_caption,
    make_lines,
    order_lines,
    remove_note_marks,
    remove_running_heads,
    take_footnotes,
)
from index.loaders.pdf_lists import (
    Entry,
    ListItem,
    find_items,
    has_label,
    is_bullet,
    is_clause,
)
from index.loaders.pdf_ruled_tables import find_ruled_tables
from index.loaders.pdf_tables import Table
from index.loaders.pdf_words import Page, Word
from index.loaders.typography import HYPHEN, HyphenResolver

__all__ = ["group_pages", "order_words"]

PARAGRAPH_LEADING_RATIO = 1.3  # a larger distance, relative to the usual one, starts a paragraph
MIN_INDENT_RATIO = 0.8  # of the size of type
HEADING_SIZE_RATIO = 1.15  # relative to the usual size of type
MAX_HEADING_CHARACTERS = 200
MAX_CAPTION_CHARACTERS = 600
MIN_EMPTY_SHARE = 0.35  # of a column; a line that leaves so much space ends its paragraph
MIN_BROKEN_SHARE = 0.5  # of a column, if the next line goes on in lower case
MAX_ASIDES = 6  # paragraphs, tables and captions between two parts of one sentence

_SENTENCE_END = re.compile(r"[.!?:…。！？؟][\"'”’»)\]]*$")


class _Draft(NamedTuple):
    """A paragraph, footnote or table before its text is joined."""

    lines: list[Line]
    table: Table | None = None
    page: int = 0
    is_note: bool = False


def group_pages(pages: Sequence[Page], title: str = "") -> Iterator[Part]:
    """Yield the parts of the text of pages, in reading order.

    Args:
        pages: the pages of the document.
        title: its title, which shows how words are spelled.
    """
    items: list[Line | _Draft] = []
    words = remove_running_heads([page.words for page in pages])
    for number, page in enumerate(pages):
        items += _lay_out_page(page._replace(words=words[number]), number)
    lines, notes = take_footnotes([item for item in items if isinstance(item, Line)])
    flow_ids = {id(line) for line in lines}
    places = [i for i, item in enumerate(items) if isinstance(item, _Draft) or id(item) in flow_ids]
    lines, notes = remove_note_marks(lines, notes)
    pending = iter(lines)
    flow = [
        item if isinstance(item, _Draft) else next(pending) for item in (items[i] for i in places)
    ]
    yield from _group_flow(flow, notes, title)


def order_words(page: Page) -> Iterator[Word]:
    """Yield the words of a page in reading order, those of a table cell by cell."""
    for _, part in _split_page(page):
        if isinstance(part, Table):
            yield from part.cell_words
        else:
            yield from (word for line in order_lines(part) for word in line)


def _lay_out_page(page: Page, number: int) -> Iterator[Line | _Draft]:
    """Yield the lines and tables of a page in reading order."""
    for region, part in _split_page(page):
        if isinstance(part, Table):
            yield _Draft([], part, number)
        else:
            yield from make_lines(part, number, region)


def _split_page(page: Page) -> Iterator[tuple[int, list[Word] | Table]]:
    """Yield the words between tables, and the tables, each with its region of the page."""
    tables = find_ruled_tables(page.words, page.rules, page.bold)
    anchors = {table.words[0].offset: table for table in tables}
    hidden = {word.offset for table in tables for word in table.words[1:]}
    words = [word for word in page.words if word.offset not in hidden]
    for region, region_words in enumerate(split_columns(words)):
        aligned = find_aligned_tables(
            [word for word in region_words if word.offset not in anchors], page.rules, page.bold
        )
        starts = anchors | {table.words[0].offset: table for table in aligned}
        inner = {word.offset for table in aligned for word in table.words}
        text: list[Word] = []
        for word in region_words:
            if word.offset in starts:
                if text:
                    yield region, text
                text = []
                yield region, starts[word.offset]
            elif word.offset not in inner:
                text.append(word)
        if text:
            yield region, text


def _group_flow(
    flow: Sequence[Line | _Draft], notes: Sequence[list[Line]], title: str
) -> Iterator[Part]:
    lines = [item for item in flow if isinstance(item, Line)]
    layout = _Layout(lines)
    texts = [line.text for note in (lines, *notes) for line in note]
    hyphens = HyphenResolver([title, *texts])
    drafts = _join_interrupted(_group_lines(flow, layout), layout)
    drafts = list(_insert_notes(drafts, notes))
    items = find_items([layout.make_entry(draft) for draft in drafts])
    groups = _Groups()
    previous: Part | None = None
    for position, draft in enumerate(drafts):
        if draft.table:
            group = groups.open_table()
            parts = list(draft.table.make_parts(draft.page, group))
            if previous and previous.kind == "caption":
                previous = previous._replace(group=group)
        else:
            part = layout.make_part(draft, hyphens, items.get(position))
            group = groups.find(part)
            if part.kind == "caption" and previous and previous.kind == "row":
                group = previous.group
            parts = [part._replace(group=group)]
        for part in parts:
            if previous:
                yield previous
            previous = part
    if previous:
        yield previous


class _Groups:
    """The numbers of the tables and lists so far."""

    def __init__(self) -> None:
        self.count = 0
        self.lists: list[int] = []  # open lists, by level

    def open_table(self) -> int:
        """Return the number of a new table."""
        self.lists.clear()
        self.count += 1
        return self.count

    def find(self, part: Part) -> int:
        """Return the number of the list that a part is an item of, or 0."""
        del self.lists[part.level if part.kind == "item" else 0 :]
        while part.kind == "item" and len(self.lists) < part.level:
            self.count += 1
            self.lists.append(self.count)
        return self.lists[-1] if self.lists else 0


def _group_lines(flow: Sequence[Line | _Draft], layout: _Layout) -> list[_Draft]:
    """Return the paragraphs that the lines form, and the tables between them."""
    drafts: list[_Draft] = []
    for item in flow:
        if isinstance(item, _Draft):
            drafts.append(item)
        elif drafts and drafts[-1].lines and layout.is_continuation(drafts[-1].lines, item):
            drafts[-1].lines.append(item)
        else:
            drafts.append(_Draft([item], page=item.page))
    return drafts


def _join_interrupted(drafts: Sequence[_Draft], layout: _Layout) -> list[_Draft]:
    """Return the drafts with paragraphs joined that a table, a caption or a sidebar interrupts."""
    pending = list(drafts)
    result: list[_Draft] = []
    while pending:
        draft = pending.pop(0)
        result.append(draft)
        while (position := layout.find_rest(draft, pending)) is not None:
            draft.lines.extend(pending.pop(position).lines)
    return result


def _insert_notes(drafts: Sequence[_Draft], notes: Sequence[list[Line]]) -> Iterator[_Draft]:
    """Yield the drafts, and each footnote after the last paragraph that begins on its page."""
    pending = list(notes)
    for draft in drafts:
        while pending and pending[0][0].page < draft.page:
            note = pending.pop(0)
            yield _Draft(note, page=note[0].page, is_note=True)
        yield draft
    yield from (_Draft(note, page=note[0].page, is_note=True) for note in pending)


class _Layout:
    """The usual type size, leading and right margins of a document."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.size = find_body_size(lines)
        sizes = {round(line.size, 1) for line in lines}
        self.levels = sorted(
            (size for size in sizes if size >= HEADING_SIZE_RATIO * self.size), reverse=True
        )
        gaps = [(a.baseline - b.baseline) / a.size for a, b in pairwise(lines) if a.page == b.page]
        self.leading = median([gap for gap in gaps if 0.8 < gap < 2.5] or [1.2])
        # By the left edge of lines: the rightmost end of those that do not begin further right.
        self.rights: dict[tuple[int, int, int], list[tuple[float, float]]] = {}
        self.lefts: dict[tuple[int, int], float] = {}
        for line in lines:
            place = (line.page, line.region)
            self.lefts[place] = min(self.lefts.get(place, line.left), line.left)
            self.rights.setdefault(_column_key(line), []).append((line.left, line.right))
        for key, edges in self.rights.items():
            edges.sort()
            rights = accumulate((right for _, right in edges), max)
            self.rights[key] = [
                (left, right) for (left, _), right in zip(edges, rights, strict=True)
            ]

    def is_continuation(self, paragraph: Sequence[Line], line: Line) -> bool:
        """Return whether the line belongs to the paragraph."""
        last = paragraph[-1]
        if (
            is_bullet(line.text)
            or not 1 / HEADING_SIZE_RATIO < line.size / last.size < HEADING_SIZE_RATIO
        ):
            return False
        ended = bool(_SENTENCE_END.search(last.text))
        is_listed = has_label(paragraph[0].text) or is_bullet(paragraph[0].text)
        if has_label(line.text) and (is_listed or (ended and not is_clause(line.text))):
            return False
        if is_caption(line.text) and ended:
            return False
        gap = last.baseline - line.baseline
        if self._is_elsewhere(last, line):
            return not ended and (
                line.text[0].islower() or not self._leaves_room(last, line, ended)
            )
        if gap < 0.5 * line.size:  # on the same height
            return line.left - last.right < 3 * line.size
        if gap > PARAGRAPH_LEADING_RATIO * self.leading * line.size:
            return False
        return not (_is_indented(paragraph, line) or self._leaves_room(last, line, ended))

    def _is_elsewhere(self, last: Line, line: Line) -> bool:
        """Return whether the line is in the next column or on the next page."""
        gap = last.baseline - line.baseline
        if line.page != last.page or gap < -0.5 * line.size:
            return True
        is_below = gap <= PARAGRAPH_LEADING_RATIO * self.leading * line.size
        return line.region != last.region and not (
            is_below and abs(line.left - last.left) < 2 * line.size
        )

    def find_rest(self, draft: _Draft, next_drafts: Sequence[_Draft]) -> int | None:
        """Return which of the next drafts continues a sentence that others interrupt."""
        if not draft.lines or not next_drafts:
            return None
        last = draft.lines[-1]
        if not self._is_body(draft) or _SENTENCE_END.search(last.text):
            return None
        for position, candidate in enumerate(next_drafts[: MAX_ASIDES + 1]):
            if candidate.lines and self._is_body(candidate):
                first = candidate.lines[0]
                is_elsewhere = (first.page, first.region) != (last.page, last.region)
                if position and first.text[0].islower():
                    return position
                if is_elsewhere and first.page > last.page + 1:
                    return None
                if not is_elsewhere:
                    return None
        return None

    def _is_body(self, draft: _Draft) -> bool:
        ratio = draft.lines[0].size / self.size
        return 1 / HEADING_SIZE_RATIO < ratio < HEADING_SIZE_RATIO and not is_caption(
            draft.lines[0].text
        )

    def _leaves_room(self, last: Line, line: Line, ended: bool) -> bool:
        """Return whether the first word of the line would have fitted on the previous line."""
        if _is_hyphenated(last.text, line.text):
            return False
        right = max(self._find_right(last), last.right)
        room = right - last.right
        width = (line.right - line.left) / len(line.text) * len(line.text.split()[0])
        share = MIN_EMPTY_SHARE if ended or not line.text[0].islower() else MIN_BROKEN_SHARE
        return room > share * (right - last.left) or (ended and room > width + line.size)

    def _find_right(self, line: Line) -> float:
        """Return the right edge of the column of a line: indented lines are in it, too."""
        edges = self.rights[_column_key(line)]
        index = bisect_right(
            edges, line.left + MIN_INDENT_RATIO * line.size, key=lambda edge: edge[0]
        )
        return edges[index - 1][1]

    def make_entry(self, draft: _Draft) -> Entry | None:
        """Return a paragraph as a possible item of a list; None for a heading."""
        if not draft.lines or draft.is_note:
            return Entry("", 0.0, self.size)
        line = draft.lines[0]
        if round(line.size, 1) in self.levels:
            return None
        text = " ".join(line.text for line in draft.lines[:2])  # the label may be a line of its own
        return Entry(text, line.left - self.lefts[line.page, line.region], line.size)

    def make_part(self, draft: _Draft, hyphens: HyphenResolver, item: ListItem | None) -> Part:
        """Return the lines as a heading, caption, list item, footnote or paragraph."""
        paragraph = draft.lines
        text = ""
        pages: list[tuple[int, int]] = []
        last: Line | None = None
        for line in paragraph:
            is_beside = last is not None and abs(last.baseline - line.baseline) < 0.5 * line.size
            text = f"{text} {line.text}" if is_beside else _join_lines(text, line.text)
            last = line
            if not pages or pages[-1][1] != line.page:
                pages.append((len(text) - len(line.text), line.page))
        text, pages = hyphens.resolve(text, pages)
        if draft.is_note:
            return Part(text, "footnote", pages=pages)
        if is_caption(text) and len(text) <= MAX_CAPTION_CHARACTERS:
            return Part(text, "caption", pages=pages)
        size = round(median(line.size for line in paragraph), 1)
        if size in self.levels and len(text) <= MAX_HEADING_CHARACTERS:
            return Part(text, "heading", min(self.levels.index(size) + 1, 6), pages)
        if item:
            moved = [(max(offset - item.label_length, 0), page) for offset, page in pages]
            return Part(text[item.label_length :], "item", item.level, moved, item.number)
        return Part(text, pages=pages)


def _column_key(line: Line) -> tuple[int, int, int]:
    return line.page, line.region, round(line.size)


def _is_indented(paragraph: Sequence[Line], line: Line) -> bool:
    """Return whether the line starts a paragraph by its indent, or by its lack of a hanging one."""
    step = MIN_INDENT_RATIO * line.size
    column = [x for x in paragraph if (x.page, x.region) == (line.page, line.region)]
    if len(column) < len(paragraph):  # begun in another column
        return bool(column) and line.left > column[0].left + step
    if len(column) < 2:
        return False
    first, second = column[0].left, column[1].left
    return line.left > second + step or (second > first + step and line.left < second - step)


def _is_hyphenated(text: str, line: str) -> bool:
    """Return whether a hyphen divides a word between two lines."""
    return text[-1] == HYPHEN or (
        text[-1] in "-\xad\u2010" and text[-2:-1].isalpha() and line[0].islower()
    )


def _join_lines(text: str, line: str) -> str:
    """Join two lines. Chinese and Japanese lines are joined without a space.

    A hyphen at the end is marked, to be resolved later.
    """
    if not text or text[-1] == HYPHEN:
        return text + line
    if _is_hyphenated(text, line):
        return text[:-1] + HYPHEN + line
    wide = all(unicodedata.east_asian_width(character) in "WF" for character in (text[-1], line[0]))
    return text + ("" if wide else " ") + line
