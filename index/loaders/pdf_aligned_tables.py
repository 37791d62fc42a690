"""Find the tables of a PDF page by words that are aligned in columns.

A table that is missed remains in the text, line by line. A false table would cut sentences, so a
table without vertical lines needs several signs.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from index.loaders.pdf_columns import Gutter, Row, find_gutters, group_rows
from index.loaders.pdf_tables import (
    MIN_ROWS,
    Table,
    has_digit,
    has_header_row,
    is_numeric,
    join_words,
    merge_positions,
)
from index.loaders.pdf_words import Rule, Word

__all__ = ["find_aligned_tables"]

MIN_GAP_RATIO = 1.0  # of the size of type, between the columns of a table without lines
MIN_FILLED_SHARE = 0.6  # of the cells
MAX_CELL_WORDS = 4.0  # on average, in a table without lines
MAX_RULED_CELL_WORDS = 12.0  # between horizontal lines
MAX_LONE_SHARE = 0.25  # of the rows of a table without lines; rows with one cell only
MAX_CELL_NUMBERS = 2.5  # on average in a column; with more, columns were not separated
MAX_WRAPPED_GAP_RATIO = 1.5  # of the size of type, between the lines of a cell
INNER_GAP_RATIO = 0.5  # of the size of type, between further columns of a table
HEADING_SIZE_RATIO = 1.15  # of the usual size of type
MAX_SECTION_GAP_RATIO = 4.0  # of the size of type, between rows of one table
MAX_ROW_GAP_RATIO = 2.5  # of the usual distance of rows

_LABEL = re.compile(r"\W*(?:\d{1,3}|[a-zA-Z])?\W*")


def find_aligned_tables(
    words: Sequence[Word], rules: Sequence[Rule], bold: Collection[int]
) -> list[Table]:
    """Return the tables in a region of a page whose columns are only spaces."""
    tables: list[Table] = []
    for rows in _split_sections(group_rows(word for word in words if not word.is_turned)):
        tables += _find_section_tables(rows, rules, bold)
    return tables


def _split_sections(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield the rows between headings and wide spaces."""
    section: list[Row] = []
    size = median(row.words[0].size for row in rows) if rows else 1.0
    for row in rows:
        is_heading = row.words[0].size > HEADING_SIZE_RATIO * size
        gap = section[-1].baseline - row.baseline if section else 0.0
        if section and (is_heading or gap > MAX_SECTION_GAP_RATIO * size):
            yield section
            section = []
        if not is_heading:
            section.append(row)
    if section:
        yield section


def _find_section_tables(
    rows: Sequence[Row], rules: Sequence[Rule], bold: Collection[int]
) -> list[Table]:
    size = median(word.size for row in rows for word in row.words)
    gutters = [
        g for g in find_gutters(rows, MIN_GAP_RATIO * size) if g.last - g.first >= MIN_ROWS - 1
    ]
    tables: list[Table] = []
    taken: set[int] = set()
    for gutter in sorted(gutters, key=lambda g: (g.first - g.last, g.left - g.right)):
        span = _trim(gutter, rows)
        if span is None or taken & set(span):
            continue
        span = _extend_to_rule(span, rows, gutter, rules)
        table = _read_aligned(rows[span.start : span.stop], size, rules, bold)
        if table:
            tables.append(table)
            taken |= set(span)
    return tables


def _trim(gutter: Gutter, rows: Sequence[Row]) -> range | None:
    """Return the rows of a gutter without those at its ends that have words on one side only."""
    numbers = [
        number
        for number in range(gutter.first, gutter.last + 1)
        if len({word.middle < gutter.middle for word in rows[number].words}) > 1
    ]
    if len(numbers) < MIN_ROWS:
        return None
    return range(numbers[0], numbers[-1] + 1)


def _extend_to_rule(
    span: range, rows: Sequence[Row], gutter: Gutter, rules: Sequence[Rule]
) -> range:
    """Add the rows of one cell between the last row and the line below of it."""
    heights = _rules_across(rows[span.start : span.stop], rules)
    for stop in range(span.stop + 1, gutter.last + 2):
        gap = rows[stop - 2].baseline - rows[stop - 1].baseline
        if gap > MAX_WRAPPED_GAP_RATIO * rows[stop - 1].words[0].size:
            break
        below = rows[stop].baseline if stop < len(rows) else float("-inf")
        if any(below < height < rows[stop - 1].baseline for height in heights):
            return range(span.start, stop)
    return span


def _find_borders(rows: Sequence[Row], size: float) -> list[float]:
    """Return the middles of the spaces between columns, from left to right."""
    gutters = find_gutters(rows, INNER_GAP_RATIO * size)
    full = [g for g in gutters if g.first <= 1 and g.last >= len(rows) - 2]
    borders: list[Gutter] = []
    for gutter in sorted(full, key=lambda gutter: gutter.middle):
        if not borders or gutter.left > borders[-1].right:
            borders.append(gutter)
    return [gutter.middle for gutter in borders]


def _read_aligned(
    rows: Sequence[Row], size: float, rules: Sequence[Rule], bold: Collection[int]
) -> Table | None:
    borders = _find_borders(rows, size)
    gaps = [a.baseline - b.baseline for a, b in pairwise(rows)]
    if max(gaps) > MAX_ROW_GAP_RATIO * median(gaps):
        return None
    bands = _split_bands(rows, rules)
    cells = [_read_cells(band, borders) for band in bands]
    texts = [[join_words(cell) for cell in row] for row in cells]
    columns_used = [n for n in range(len(borders) + 1) if any(row[n] for row in texts)]
    texts = [[row[n] for n in columns_used] for row in texts]
    is_ruled = len(bands) < len(rows) or _count_between(rows, rules) >= 2
    words = [word for row in rows for word in row.words]
    header = has_header_row(texts, [w for cell in cells[0] for w in cell], words, bold)
    if not _is_table(texts, is_ruled, header):
        return None
    return Table(
        texts,
        [[] for _ in texts],
        [{} for _ in texts],
        header,
        sorted(words, key=lambda word: word.offset),
    )


def _split_bands(rows: Sequence[Row], rules: Sequence[Rule]) -> list[list[Row]]:
    """Return the rows between horizontal lines, if there are lines between most table rows."""
    heights = sorted(_rules_across(rows, rules), reverse=True)
    bands: list[list[Row]] = []
    for row in rows:
        is_new = not bands or any(row.baseline < y < bands[-1][-1].baseline for y in heights)
        if is_new:
            bands.append([row])
        else:
            bands[-1].append(row)
    if len(bands) >= MIN_ROWS and not _is_one_header(bands):
        return bands
    return [[row] for row in rows]


def _is_one_header(bands: Sequence[Sequence[Row]]) -> bool:
    """Return whether the lines separate only a header and a footer from the rows."""
    return max(len(band) for band in bands) > MIN_ROWS + 1


def _rules_across(rows: Sequence[Row], rules: Sequence[Rule]) -> list[float]:
    """Return the heights of the lines that run over most of the width of rows."""
    left = min(row.words[0].left for row in rows)
    right = max(row.words[-1].right for row in rows)
    return [
        rule.position
        for rule in rules
        if rule.is_horizontal
        and min(rule.end, right) - max(rule.start, left) > 0.8 * (right - left)
    ]


def _count_between(rows: Sequence[Row], rules: Sequence[Rule]) -> int:
    """Return the number of lines across rows, directly above or directly below of them."""
    slack = 2 * rows[0].words[0].size
    heights = _rules_across(rows, rules)
    return len(
        merge_positions(
            y for y in heights if rows[-1].baseline - slack < y < rows[0].baseline + slack
        )
    )


def _read_cells(rows: Iterable[Row], borders: Sequence[float]) -> list[list[Word]]:
    cells: list[list[Word]] = [[] for _ in range(len(borders) + 1)]
    for row in rows:
        for word in row.words:
            cells[bisect_right(borders, word.middle)].append(word)
    return cells


def _count_numbers(texts: Iterable[str]) -> float:
    """Return the number of numbers in a filled cell, on average."""
    counts = [sum(map(has_digit, text.split())) for text in texts if text]
    return sum(counts) / len(counts) if counts else 0.0


def _is_table(rows: Sequence[Sequence[str]], is_ruled: bool, has_header: bool) -> bool:
    """Return whether the cells look like a table and not like text."""
    filled = [text for row in rows for text in row if text]
    columns = len(rows[0])
    if len(rows) < MIN_ROWS or columns < 2 or len(filled) < MIN_FILLED_SHARE * columns * len(rows):
        return False
    if all(_LABEL.fullmatch(row[0]) for row in rows):
        return False  # the numbers of a list
    if sum(sum(map(bool, row)) == 1 for row in rows) > MAX_LONE_SHARE * len(rows):
        return False
    if any(_count_numbers([row[n] for row in rows[1:]]) > MAX_CELL_NUMBERS for n in range(columns)):
        return False
    limit = MAX_RULED_CELL_WORDS if is_ruled else MAX_CELL_WORDS
    if sum(len(text.split()) for text in filled) > limit * len(filled):
        return False
    numeric = any(is_numeric([row[n] for row in rows[1:]]) for n in range(1, columns))
    return is_ruled or (numeric and (columns > 2 or has_header)) or (has_header and columns > 2)
