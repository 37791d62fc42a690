"""The structure of an article: sections, lists and tables, derived from its blocks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from index.text.spans import Block, Cell, Span

__all__ = ["ItemList", "PATH_SEPARATOR", "Section", "Structure", "Table"]

PATH_SEPARATOR = " › "
_DIGIT = re.compile(r"\d")


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
        rows: the other rows, in order.
        caption: the text of the caption; empty if there is none.
    """

    text: str = field(repr=False)
    header_rows: tuple[Block, ...]
    rows: tuple[Block, ...]
    caption: str = ""

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Return the name of each column; an empty string for a column without a name."""
        count = 1 + max(
            cell.column for row in (*self.header_rows, *self.rows) for cell in row.cells
        )
        names: list[list[str]] = [[] for _ in range(count)]
        for row in self.header_rows:
            for cell in row.cells:
                name = self.cell_text(cell)
                if name not in names[cell.column]:
                    names[cell.column].append(name)
        return tuple(" ".join(parts) for parts in names)

    @property
    def span(self) -> Span:
        """Return the span from the first row to the last one."""
        rows = (*self.header_rows, *self.rows)
        return Span(rows[0].start, rows[-1].end)

    def cell_text(self, cell: Cell) -> str:
        """Return the text of a cell on one line."""
        return " ".join(self.text[cell.start : cell.end].split())

    def cell_at(self, row: Block, column: int) -> Cell | None:
        """Return the cell of a row in a column, or None if it is empty."""
        return next((cell for cell in row.cells if cell.column == column), None)

    def label(self, row: Block) -> str:
        """Return the name of a row: the text of its first cell."""
        return self.cell_text(min(row.cells, key=lambda cell: cell.column)) if row.cells else ""

    def describe_row(self, row: Block) -> str:
        """Return the row as text that can be read alone: "Route: Tolm to Brae; Fare: £6.80"."""
        parts: list[str] = []
        seen: set[Span] = set()
        for cell in row.cells:
            span = Span(cell.start, cell.end)
            if span not in seen:  # merged cells are repeated
                seen.add(span)
                name = self.columns[cell.column]
                parts.append(f"{name}: {self.cell_text(cell)}" if name else self.cell_text(cell))
        return "; ".join(parts)


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
        """Return the lists, in the order of their first items."""
        groups = self._group_blocks("item")
        return tuple(ItemList(tuple(items)) for items in groups.values())

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
        return text if block_at.number is None else f"{block_at.number}. {text}"

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
        """Return the text of the last term before each definition, by the definition's start."""
        terms: dict[int, str] = {}
        term: Block | None = None
        for block in self._blocks:
            if block.kind == "term":
                term = block
            elif block.kind == "definition" and term and term.group == block.group:
                terms[block.start] = self._slice(term)
        return terms

    @cached_property
    def _tables_by_row(self) -> dict[int, Table]:
        return {
            row.start: table for table in self.tables for row in (*table.header_rows, *table.rows)
        }

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
        count = 0
        while count < len(rows) - 1 and all(cell.is_header for cell in rows[count].cells):
            count += 1
        if count == 0 and len(rows) > 1 and self._is_header_row(rows[0], rows[1:]):
            count = 1
        return Table(self._text, tuple(rows[:count]), tuple(rows[count:]), caption)

    def _is_header_row(self, first: Block, others: Sequence[Block]) -> bool:
        """Return whether a row without markup names the columns: only the others have digits."""
        return bool(first.cells) and (
            len(first.cells) > 1
            and not any(_DIGIT.search(self._slice(cell)) for cell in first.cells)
            and any(_DIGIT.search(self._slice(cell)) for row in others for cell in row.cells[1:])
        )

    def _slice(self, span: Span | Block | Cell) -> str:
        return self._text[span.start : span.end]


def _normalize(text: str) -> str:
    return " ".join(text.split()).casefold()
