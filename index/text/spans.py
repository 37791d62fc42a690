"""Spans, blocks and table cells of an article's text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

__all__ = ["Block", "Cell", "Kind", "Span"]

Kind = Literal["heading", "paragraph", "item", "row", "caption", "term", "definition", "footnote"]


class Span(NamedTuple):
    """A half-open range `[start, end)` of an article's text, in code points."""

    start: int
    end: int


class Cell(NamedTuple):
    """A cell of a table row.

    A cell that is merged over several rows is in each of them, always with the same span.
    """

    start: int
    end: int
    column: int  # from 0; a merged cell occupies several columns and is in each of them
    is_header: bool = False


class Block(NamedTuple):
    """A heading, paragraph, list item, table row, caption, defined term, definition or footnote.

    The reading page formats the text by its blocks.
    """

    start: int
    end: int
    kind: Kind = "paragraph"
    # Headings: 1 to 6. List items, and paragraphs that continue one: depth from 1. Others: 0.
    level: int = 0
    number: int | None = None  # items of an ordered list: the number; None for others
    # Joins the items of a list, the rows and the caption of a table, and a term and its definition.
    # Numbers start at 1 and occur in one such place each. 0: none.
    group: int = 0
    cells: tuple[Cell, ...] = ()  # of a table row; empty cells are left out

    @classmethod
    def from_values(cls, values: Sequence[Any]) -> Block:
        """Return a block from a JSON array of its fields; the last fields may be missing."""
        start, end, *rest = values
        if len(rest) == len(cls._fields) - 2:
            rest[-1] = tuple(Cell(*cell) for cell in rest[-1])
        return cls(start, end, *rest)
