"""Find the columns of a PDF page and put its words in reading order.

A column gutter is an empty vertical strip with text on both sides. The gutters are found by the
positions of the words. The order of the file decides only what positions leave open: most programs
write a page column by column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from statistics import median
from typing import NamedTuple

from index.loaders.pdf_words import Word

__all__ = ["Gutter", "Row", "find_gutters", "group_rows", "split_columns"]

ROW_TOLERANCE = 0.3  # of the size of type; baselines that differ less are one row
COLUMN_ROW_TOLERANCE = 0.6  # the lines of columns need not be at the same height
MIN_GUTTER_WIDTH = 0.7  # of the usual size of type; LaTeX's is one, and 9 points occur
MIN_COLUMN_ROWS = 3
MIN_PROSE_ROWS = 5  # if the file is not written column by column
MIN_PROSE_WORDS = 2.5  # of a line of a column, on average
MIN_PROSE_FILL = 0.6  # of the width of a column; the median of its lines
MIN_LOWER_SHARE = 0.5  # of the words of prose; the cells of a table begin with capitals or digits
MAX_SWITCH_RATIO = 0.15  # changes of column in the order of the file, for each row
MIN_BREAK_RATIO = 2.0  # of the usual distance of rows; a larger one separates what is below


class Row(NamedTuple):
    """Words with about the same baseline, from left to right."""

    words: tuple[Word, ...]
    baseline: float


class Gutter(NamedTuple):
    """An empty strip between words, in the rows `[first, last]`."""

    left: float
    right: float
    first: int
    last: int

    @property
    def middle(self) -> float:
        """Return the horizontal middle."""
        return (self.left + self.right) / 2


def group_rows(words: Iterable[Word], tolerance: float = ROW_TOLERANCE) -> list[Row]:
    """Return the rows of a page, from top to bottom.

    Args:
        words: the words, in any order.
        tolerance: the largest difference of baselines in a row, relative to the size of type.
    """
    rows: list[list[Word]] = []
    lowest = float("inf")
    for word in sorted(words, key=attrgetter("baseline"), reverse=True):
        if word.baseline >= lowest:
            rows[-1].append(word)
        else:
            rows.append([word])
            lowest = word.baseline - tolerance * word.size
    by_left = attrgetter("left")
    return [Row(tuple(sorted(row, key=by_left)), row[0].baseline) for row in rows]


def find_gutters(rows: Sequence[Row], min_width: float) -> list[Gutter]:
    """Return the empty strips that run through rows, with words at both sides of the first row."""
    gutters: list[Gutter] = []
    active: list[Gutter] = []
    for number, row in enumerate(rows):
        spaces = _find_spaces(row)
        going: list[Gutter] = []
        for gutter in active:
            parts = _cut_gutter(gutter, spaces, number, min_width)
            going += parts
            if not parts:
                gutters.append(gutter)
        middles = {gutter.middle for gutter in going}
        for left, right in spaces[1:-1]:
            if right - left >= min_width and not any(left <= x <= right for x in middles):
                going.append(Gutter(left, right, number, number))
        active = going
    return [*gutters, *active]


def _find_spaces(row: Row) -> list[tuple[float, float]]:
    """Return the spaces between the words of a row, and those before and after them."""
    spaces: list[tuple[float, float]] = []
    end = float("-inf")
    for word in row.words:
        if word.left > end:
            spaces.append((end, word.left))
        end = max(end, word.right)
    return [*spaces, (end, float("inf"))]


def _cut_gutter(
    gutter: Gutter, spaces: Sequence[tuple[float, float]], number: int, min_width: float
) -> list[Gutter]:
    """Return what of a gutter is empty in the next row too."""
    result = []
    for left, right in spaces:
        start, end = max(left, gutter.left), min(right, gutter.right)
        if end - start >= min_width:
            result.append(Gutter(start, end, gutter.first, number))
    return result


def split_columns(words: Sequence[Word]) -> Iterator[list[Word]]:
    """Yield the words of each region of a page in reading order.

    A region is a column, or what is above or below of columns. Its words are in the order of the
    file.
    """
    turned = [word for word in words if word.is_turned]
    pending = [[word for word in words if not word.is_turned], turned]
    size = median(word.size for word in words) if words else 1.0
    while pending:
        region = pending.pop(0)
        if region is not turned and (parts := _split_region(region, MIN_GUTTER_WIDTH * size)):
            pending = [*parts, *pending]
        elif region:
            yield region


def _split_region(words: Sequence[Word], min_width: float) -> list[list[Word]]:
    """Return the words above, in the columns beside, and below of the longest column gutter."""
    rows = group_rows(words, COLUMN_ROW_TOLERANCE)
    if len(rows) < MIN_COLUMN_ROWS:
        return []
    gutters = [g for g in find_gutters(rows, min_width) if g.last - g.first >= MIN_COLUMN_ROWS - 1]
    for gutter in sorted(gutters, key=lambda g: (g.first - g.last, g.left - g.right)):
        gutter = _extend_upwards(_cut_foot(gutter, rows), rows, min_width)
        inside = [word for row in rows[gutter.first : gutter.last + 1] for word in row.words]
        left = [word for word in inside if word.middle < gutter.middle]
        right = [word for word in inside if word.middle >= gutter.middle]
        if _are_columns(left, right):
            columns = [left, right]
            if max(word.offset for word in right) < min(word.offset for word in left):
                columns.reverse()  # as in Arabic
            above = [word for row in rows[: gutter.first] for word in row.words]
            below = [word for row in rows[gutter.last + 1 :] for word in row.words]
            return [sorted(part, key=lambda word: word.offset) for part in (above, *columns, below)]
    return []


def _extend_upwards(gutter: Gutter, rows: Sequence[Row], min_width: float) -> Gutter:
    """Add the rows above that have words on one side only, without a wide space between."""
    gaps = [a.baseline - b.baseline for a, b in pairwise(rows[gutter.first : gutter.last + 1])]
    limit = MIN_BREAK_RATIO * median(gaps) if gaps else 0.0
    while gutter.first and rows[gutter.first - 1].baseline - rows[gutter.first].baseline <= limit:
        parts = _cut_gutter(gutter, _find_spaces(rows[gutter.first - 1]), gutter.last, min_width)
        if not parts:
            break
        gutter = parts[0]._replace(first=gutter.first - 1)
    return gutter


def _cut_foot(gutter: Gutter, rows: Sequence[Row]) -> Gutter:
    """Leave out rows at the foot that have words on one side only, below a wide space."""
    gaps = [a.baseline - b.baseline for a, b in pairwise(rows[gutter.first : gutter.last + 1])]
    if not gaps:
        return gutter
    last = gutter.last
    for number in range(gutter.last, gutter.first, -1):
        sides = {word.middle < gutter.middle for word in rows[number].words}
        if len(sides) > 1:
            break
        if gaps[number - gutter.first - 1] > MIN_BREAK_RATIO * median(gaps):
            last = number - 1
    return gutter._replace(last=last)


def _are_columns(left: Sequence[Word], right: Sequence[Word]) -> bool:
    """Return whether the words at the sides of a gutter are columns of text and no table."""
    if not left or not right:
        return False
    sides = [group_rows(left), group_rows(right)]
    shared = min(_count_beside(sides[0], sides[1]), _count_beside(sides[1], sides[0]))
    if shared < MIN_COLUMN_ROWS:
        return False
    if _count_switches(left, right) <= max(2, MAX_SWITCH_RATIO * shared):
        return True
    return shared >= MIN_PROSE_ROWS and all(_is_prose(rows) for rows in sides)


def _count_beside(rows: Sequence[Row], side_rows: Sequence[Row]) -> int:
    """Return how many rows are at the height of the others."""
    top, bottom = side_rows[0].baseline, side_rows[-1].baseline
    slack = side_rows[0].words[0].size
    return sum(bottom - slack <= row.baseline <= top + slack for row in rows)


def _count_switches(left: Sequence[Word], right: Sequence[Word]) -> int:
    """Return how often the order of the file changes from one side to the other."""
    sides = sorted([(w.offset, False) for w in left] + [(w.offset, True) for w in right])
    return sum(a[1] != b[1] for a, b in pairwise(sides))


def _is_prose(rows: Sequence[Row]) -> bool:
    width = max(r.words[-1].right for r in rows) - min(r.words[0].left for r in rows)
    fill = median(row.words[-1].right - row.words[0].left for row in rows) / (width or 1.0)
    words = [word.text for row in rows for word in row.words]
    lower = sum(text[0].isalpha() and not text[0].isupper() for text in words)
    return (
        fill >= MIN_PROSE_FILL
        and len(words) / len(rows) >= MIN_PROSE_WORDS
        and lower / len(words) >= MIN_LOWER_SHARE
    )
