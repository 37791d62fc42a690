"""Represent a table of a PDF page, and join the words of its cells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from index.loaders.builder import Part, join_cells
from index.loaders.pdf_words import Word
from index.loaders.typography import HYPHEN

__all__ = [
    "MIN_ROWS",
    "TOLERANCE",
    "Table",
    "has_digit",
    "has_header_row",
    "is_numeric",
    "join_words",
    "merge_positions",
]

MIN_ROWS = 3  # of a table without vertical lines; also filled cells of one with lines
TOLERANCE = 2.5  # points, between the ends of lines that meet
MIN_NUMERIC_SHARE = 0.6  # of the cells of a column of numbers


class Table(NamedTuple):
    """A table of a page. Its cells are texts by row and column; an empty one is empty."""

    rows: list[list[str]]
    merged: list[list[int]]  # by row: the columns in which the cell above continues
    wide: list[dict[int, int]]  # by row: columns, with the column whose cell extends there
    has_header: bool
    words: list[Word]  # in the order of the file

    def make_parts(self, page: int, group: int) -> Iterator[Part]:
        """Yield the rows as parts."""
        headers = 0
        if self.has_header:  # a merged cell makes the heading as high as it is
            headers = next((n for n, row in enumerate(self.merged) if n and not row), 1)
        for number, texts in enumerate(self.rows):
            part = join_cells(texts, [number < headers] * len(texts), self.wide[number])
            if part.text:
                yield part._replace(group=group, merged=self.merged[number], pages=[(0, page)])


def merge_positions(positions: Iterable[float]) -> list[float]:
    """Return positions in order, without those that are within the tolerance of another."""
    result: list[float] = []
    for position in sorted(positions):
        if not result or position - result[-1] > TOLERANCE:
            result.append(position)
    return result


def join_words(words: Iterable[Word]) -> str:
    """Return the text of a cell."""
    text = ""
    for word in sorted(words, key=lambda word: word.offset):
        text += word.text if not text or word.is_glued or text[-1] == HYPHEN else f" {word.text}"
    return text.replace(HYPHEN, "")


def has_header_row(
    rows: Sequence[Sequence[str]],
    first: Sequence[Word],
    words: Sequence[Word],
    bold: Collection[int],
) -> bool:
    """Return whether the first row has headings: in bold, or words above numbers."""
    if not first or len(rows) < 2:
        return False
    if all(word.offset in bold for word in first):
        return not all(word.offset in bold for word in words)
    return not any(has_digit(text) for text in rows[0]) and any(
        is_numeric([row[column] for row in rows[1:]]) for column in range(len(rows[0]))
    )


def has_digit(text: str) -> bool:
    """Return whether a text has a digit."""
    return any(character.isdigit() for character in text)


def is_numeric(texts: Iterable[str]) -> bool:
    """Return whether most of the cells of a column begin with a number."""
    filled = [text for text in texts if text]
    numeric = sum(has_digit(text.split()[0]) for text in filled)
    return bool(filled) and numeric / len(filled) >= MIN_NUMERIC_SHARE
