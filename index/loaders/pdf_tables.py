"""Represent a table of a PDF page, and join the words of its cells."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from index.loaders.builder import Part, join_cells
from index.loaders.pdf_words import Word
from index.loaders.typography import HYPHEN

__all__ = [
    "MIN_ROWS",
    "TOLERANCE",
    "Table",
    "count_header_rows",
    "has_digit",
    "is_numeric",
    "join_words",
    "merge_positions",
]

MIN_ROWS = 3  # of a table without vertical lines; also filled cells of one with lines
TOLERANCE = 2.5  # points, between the ends of lines that meet
MIN_NUMERIC_SHARE = 0.6  # of the cells of a column of numbers
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")


class Table(NamedTuple):
    """A table of a page. Its cells are texts by row and column; an empty one is empty."""

    rows: list[list[str]]
    merged: list[list[int]]  # by row: the columns in which the cell above continues
    wide: list[dict[int, int]]  # by row: columns, with the column whose cell extends there
    header_rows: int
    words: list[Word]  # in the order of the file
    cell_words: list[Word]  # in the order of the rows and their cells

    def make_parts(self, page: int, group: int) -> Iterator[Part]:
        """Yield the rows as parts."""
        for number, texts in enumerate(self.rows):
            part = join_cells(texts, [number < self.header_rows] * len(texts), self.wide[number])
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


def count_header_rows(
    rows: Sequence[Sequence[str]], words: Sequence[Sequence[Word]], bold: Collection[int]
) -> int:
    """Return the number of rows at the top that have headings: in bold, or words above numbers.

    Args:
        rows: the texts of the cells.
        words: the words of each row.
        bold: the offsets of the words in bold type.
    """
    is_bold = [all(word.offset in bold for word in row) for row in words]
    if not all(is_bold) and is_bold[0]:
        return is_bold.index(False)
    if len(rows) < 2 or not _has_headings(rows[0], rows[1:]):
        return 0
    is_part = "" in rows[0] and len(rows) > 2 and not any(has_digit(text) for text in rows[1])
    return 1 + (is_part and _has_headings(rows[1], rows[2:]))


def _has_headings(row: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Return whether a row has words, or years that count up, above columns of numbers."""
    numbers = [column for column in range(len(row)) if is_numeric(r[column] for r in below)]
    if not numbers:
        return False
    if not any(has_digit(text) for text in row):
        return any(row)
    years = [text for text in row if has_digit(text)]
    return all(_YEAR.fullmatch(text) for text in years) and all(
        int(second) - int(first) == 1 for first, second in pairwise(years)
    )


def has_digit(text: str) -> bool:
    """Return whether a text has a digit."""
    return any(character.isdigit() for character in text)


def is_numeric(texts: Iterable[str]) -> bool:
    """Return whether most of the cells of a column begin with a number."""
    filled = [text for text in texts if text]
    numeric = sum(has_digit(text.split()[0]) for text in filled)
    return bool(filled) and numeric / len(filled) >= MIN_NUMERIC_SHARE
