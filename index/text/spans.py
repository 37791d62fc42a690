"""Spans and blocks of an article's text."""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["Block", "Kind", "Span"]

Kind = Literal["heading", "paragraph", "item"]


class Span(NamedTuple):
    """A half-open range `[start, end)` of an article's text, in code points."""

    start: int
    end: int


class Block(NamedTuple):
    """A heading, paragraph or list item. The reading page formats the text by its blocks."""

    start: int
    end: int
    kind: Kind = "paragraph"
    level: int = 0  # headings: 1 to 6; list items: depth from 1; paragraphs: 0
