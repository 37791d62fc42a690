"""The structure of an article: sections, lists and tables, derived from its blocks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from index.text.plain_lists import label_length
from index.text.spans import Block, Cell, Span

__all__ = ["ItemList", "PATH_SEPARATOR", "Section", "Structure", "Table"]

PATH_SEPARATOR = " › "
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Section:
    """A heading with the text below it, up to the next heading of the same or a higher level.

    Attributes:
        heading: the block of the heading.
        title: the text of the heading.
        span: from the start of the heading to the end of the section.
        path: the titles of the enclosing sections and its own, outermost first.
    """

    heading: Block
    title: str
    span: Span
    path: tuple[str, ...]


@dataclass(frozen=True)
class ItemList:
    """The items of one list, in order. The items of nested lists are in lists of their own."""

    items: tuple[Block, ...]

    @property
    def is_ordered(self) -> bool:
        """Return whether the items have numbers."""
        return self.items[0].number is not None

    @property
    def span(self) -> Span:
        """Return the span from the first item to the last one."""
        return Span(self.items[0].start, self.items[-1].end)


@dataclass(frozen=True)
class Table:
    """A table. The text of a cell is `text[cell.start:cell.end]`.

    Attributes:
        text: the text of the article.
        header_rows: the rows that name the columns; empty if the columns have no names.
        rows: the rows with values, in order.
        caption: the text of the caption; empty if there is none.
        title_rows: the rows of one cell that name the rows below, up to the next such row.
    """

    text: str = field(repr=False)
    header_rows: tuple[Block, ...]
    rows: tuple[Block, ...]
    caption: str = ""
    title_rows: tuple[Block, ...] = ()

    @property
    def all_rows(self) -> list[Block]:
        """Return the rows of every kind, in order."""
        return sorted((*self.header_rows, *self.title_rows, *self.rows))

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Return the name of each column; an empty string for a column without a name."""
        names: list[list[str]] = [[] for _ in range(_count_columns(self.all_rows))]
        for row in self.header_rows:
            for cell in row.cells:
                name = self.cell_text(cell)
                if name not in names[cell.column]:
                    names[cell.column].append(name)
        return tuple(" ".join(parts) for parts in names)

    @property
    def span(self) -> Span:
        """Return the span from the first row to the last one."""
        rows = self.all_rows
        return Span(rows[0].start, rows[-1].end)

    @cached_property
    def label_column(self) -> int:
        """Return the column that names the rows: the first one, unless it only counts them."""
        if len(self.columns) <= 2 or _LETTER.search(self.columns[0]):
            return 0
        numbers = [self.cell_text(cell) for row in self.rows if (cell := self.cell_at(row, 0))]
        return int(
            any(
                numbers == [f"{number}{end}" for number in range(1, len(self.rows) + 1)]
                for end in ("", ".")
            )
        )

    def cell_text(self, cell: Cell) -> str:
        """Return the text of a cell on one line."""
        return " ".join(self.text[cell.start : cell.end].split())

    def cell_at(self, row: Block, column: int) -> Cell | None:
        """Return the cell of a row in a column, or None if it is empty."""
        return next((cell for cell in row.cells if cell.column == column), None)

    def label(self, row: Block) -> str:
        """Return the name of a row: the text of its cell in the label column, else its first."""
        cell = self.cell_at(row, self.label_column) or next(iter(row.cells), None)
        return self.cell_text(cell) if cell else ""

    def title_of(self, row: Block) -> str:
        """Return the text of the title row that a row is below of, or an empty string."""
        title = self._find_title_row(row)
        return self.cell_text(title.cells[0]) if title else ""

    def describe_row(self, row: Block) -> str:
        """Return the row as text that can be read alone: "Route: Tolm to Brae; Fare: £6.80".

        The title row above comes first.
        """
        title = self.title_of(row)
        if row == self._find_title_row(row):
            return title
        parts = [title] if title else []
        names: dict[Span, list[str]] = {}
        for cell in row.cells:  # a cell over several columns is repeated
            names.setdefault(Span(cell.start, cell.end), []).append(self.columns[cell.column])
        for span, columns in names.items():
            is_over_all = 1 < len(columns) == len(self.columns)
            name = "" if is_over_all else ", ".join(dict.fromkeys(filter(None, columns)))
            text = " ".join(self.text[span.start : span.end].split())
            parts.append(f"{name}: {text}" if name else text)
        return "; ".join(parts)

    def _find_title_row(self, row: Block) -> Block | None:
        """Return the last title row up to a row, which may be the row itself."""
        position = bisect_right(self.title_rows, row.start, key=lambda title: title.start) - 1
        return self.title_rows[position] if position >= 0 else None


class Structure:
    """The sections, lists and tables of a text.

    Args:
        text: the text.
        blocks: its blocks, in order.
        title: the title of the article. A single heading with this text is not a section.
    """

    def __init__(self, text: str, blocks: Sequence[Block], title: str = "") -> None:
        self._text = text
        self._blocks = blocks
        self._title = _normalize(title)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """Return the sections in order, with nested ones after the one that encloses them."""
        headings = [block for block in self._blocks if block.kind == "heading"]
        if headings and _normalize(self._slice(headings[0])) == self._title:
            headings = headings[1:]
        sections: list[Section] = []
        path: list[tuple[int, str]] = []
        for index, heading in enumerate(headings):
            following = (headings[later] for later in range(index + 1, len(headings)))
            end = next(
                (other.start for other in following if other.level <= heading.level),
                len(self._text),
            )
            title = " ".join(self._slice(heading).split())
            path = [*(entry for entry in path if entry[0] < heading.level), (heading.level, title)]
            titles = tuple(entry[1] for entry in path)
            sections.append(Section(heading, title, Span(heading.start, end), titles))
        return tuple(sections)

    @cached_property
    def lists(self) -> tuple[ItemList, ...]:
        """Return the lists, in the order of their first items.

        A list whose numbers continue those of one above, in the same section, is part of it.
        """
        lists: list[list[Block]] = []
        continued: dict[tuple[int, Section | None, int], list[Block]] = {}
        for group in self._group_blocks("item").values():
            section = self.section_at(group[0].start)
            items = group
            if (number := group[0].number) is not None:
                items = continued.pop((group[0].level, section, number), group)
            if items is group:
                lists.append(items)
            else:
                items += group
            if (last := items[-1].number) is not None:
                continued[items[-1].level, section, last + 1] = items
        return tuple(ItemList(tuple(items)) for items in lists)

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Return the tables in order."""
        captions = {
            block.group: " ".join(self._slice(block).split())
            for block in self._blocks
            if block.kind == "caption" and block.group
        }
        return tuple(
            self._make_table(rows, captions.get(group, ""))
            for group, rows in self._group_blocks("row").items()
        )

    def section_at(self, offset: int) -> Section | None:
        """Return the innermost section that contains an offset, or None."""
        index = bisect_right(self._section_starts, offset) - 1
        return self.sections[index] if index >= 0 else None

    def heading_path(self, offset: int) -> tuple[str, ...]:
        """Return the titles of the sections that contain an offset, outermost first."""
        section = self.section_at(offset)
        return section.path if section else ()

    def block_at(self, offset: int) -> Block | None:
        """Return the block that contains an offset, or None."""
        index = bisect_right(self._block_starts, offset) - 1
        block = self._blocks[index] if index >= 0 else None
        return block if block and offset < block.end else None

    def table_at(self, offset: int) -> tuple[Table, Block] | None:
        """Return the table and the row that contain an offset, or None."""
        block = self.block_at(offset)
        if block is None or block.kind != "row":
            return None
        table = self._tables_by_row[block.start]
        return table, block

    def list_at(self, offset: int) -> tuple[ItemList, Block] | None:
        """Return the list and the item that contain an offset, or None."""
        block = self.block_at(offset)
        if block is None or block.kind != "item":
            return None
        return self._lists_by_item[block.start], block

    def readable_text(self, span: Span) -> str:
        """Return the text of a span so that it can be read alone.

        A table row is given with the names of its columns, an ordered item with its number, and a
        definition with its term.
        """
        if row := self.table_at(span.start):
            table, block = row
            if span.end <= block.end and block not in table.header_rows:
                return table.describe_row(block)
        text = self._slice(span)
        block_at = self.block_at(span.start)
        if block_at is None or block_at.start != span.start:
            return text
        if block_at.kind == "definition" and (term := self._terms.get(block_at.start)):
            return f"{term}: {text}"
        is_labelled = block_at.number is None or label_length(text)
        return text if is_labelled else f"{block_at.number}. {text}"

    def search_text(self, span: Span) -> str:
        """Return the text by which a span is searched: its section, then its readable text."""
        text = self.readable_text(span)
        path = [title for title in self.heading_path(span.end - 1) if not text.startswith(title)]
        return f"{PATH_SEPARATOR.join(path)}: {text}" if path else text

    @cached_property
    def _section_starts(self) -> list[int]:
        return [section.span.start for section in self.sections]

    @cached_property
    def _block_starts(self) -> list[int]:
        return [block.start for block in self._blocks]

    @cached_property
    def _terms(self) -> dict[int, str]:
        """Return the terms before each definition, by the definition's start."""
        groups: dict[int, list[str]] = {}
        terms: dict[int, str] = {}
        for block in self._blocks:
            if block.kind == "term":
                groups.setdefault(block.group, []).append(self._slice(block))
            elif block.kind == "definition" and block.group in groups:
                terms[block.start] = ", ".join(groups[block.group])
        return terms

    @cached_property
    def _tables_by_row(self) -> dict[int, Table]:
        return {row.start: table for table in self.tables for row in table.all_rows}

    @cached_property
    def _lists_by_item(self) -> dict[int, ItemList]:
        return {item.start: items for items in self.lists for item in items.items}

    def _group_blocks(self, kind: str) -> dict[int, list[Block]]:
        """Return the blocks of a kind by group. Blocks without a group follow one another.

        Articles that were stored before blocks had groups have items without one.
        """
        groups: dict[int, list[Block]] = {}
        previous: Block | None = None
        run = 0
        for block in self._blocks:
            if block.kind == kind:
                is_next = previous and previous.kind == kind and previous.level == block.level
                run -= not is_next
                groups.setdefault(block.group or run, []).append(block)
            previous = block
        return groups

    def _make_table(self, rows: Sequence[Block], caption: str) -> Table:
        columns = _count_columns(rows)
        titles: list[Block] = []
        others: list[Block] = []
        for row in rows:
            is_first = row is rows[0]
            is_title = row is not rows[-1] and _is_title_row(row, columns, is_first=is_first)
            (titles if is_title else others).append(row)
        count = 0
        while count < len(others) - 1 and all(cell.is_header for cell in others[count].cells):
            count += 1
        if count == 0 and len(others) > 1 and self._is_header_row(others[0], others[1:]):
            count = 1
        return Table(
            self._text, tuple(others[:count]), tuple(others[count:]), caption, tuple(titles)
        )

    def _is_header_row(self, first: Block, others: Sequence[Block]) -> bool:
        """Return whether a row without markup names the columns: only the others have digits."""
        return bool(first.cells) and (
            len(first.cells) > 1
            and not any(_DIGIT.search(self._slice(cell)) for cell in first.cells)
            and any(_DIGIT.search(self._slice(cell)) for row in others for cell in row.cells[1:])
        )

    def _slice(self, span: Span | Block | Cell) -> str:
        return self._text[span.start : span.end]


def _count_columns(rows: Sequence[Block]) -> int:
    return 1 + max((cell.column for row in rows for cell in row.cells), default=-1)


def _is_title_row(row: Block, columns: int, *, is_first: bool) -> bool:
    """Return whether a row has one cell, over all columns or below others marked as a heading."""
    spans = {Span(cell.start, cell.end) for cell in row.cells}
    if len(spans) != 1 or columns < 2:
        return False
    return len(row.cells) == columns or (row.cells[0].is_header and not is_first)


def _normalize(text: str) -> str:
    return " ".join(text.split()).casefold()
