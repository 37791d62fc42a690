"""Find the tables of a PDF page by their ruled lines, or by words that are aligned in columns.

A table that is missed remains in the text, line by line. A false table would cut sentences, so a
table without vertical lines needs several signs.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from index.loaders.builder import Part, join_cells
from index.loaders.pdf_columns import Gutter, Row, find_gutters, group_rows
from index.loaders.pdf_words import Rule, Word
from index.loaders.typography import HYPHEN

__all__ = ["Table", "find_aligned_tables", "find_ruled_tables"]

TOLERANCE = 2.5  # points, between the ends of lines that meet
MIN_GAP_RATIO = 1.0  # of the size of type, between the columns of a table without lines
MIN_ROWS = 3  # of a table without lines
MIN_FILLED_SHARE = 0.6  # of the cells
MAX_GRID_CELL_WORDS = 120  # between lines on all sides; more is a page's frame
MAX_CELL_WORDS = 4.0  # on average, in a table without lines
MAX_RULED_CELL_WORDS = 12.0  # between horizontal lines
MIN_NUMERIC_SHARE = 0.6  # of the cells of a column of numbers
MAX_LONE_SHARE = 0.25  # of the rows of a table without lines; rows with one cell only
MAX_CELL_NUMBERS = 2.5  # on average in a column; with more, columns were not separated
MAX_WRAPPED_GAP_RATIO = 1.5  # of the size of type, between the lines of a cell
INNER_GAP_RATIO = 0.5  # of the size of type, between further columns of a table
HEADING_SIZE_RATIO = 1.15  # of the usual size of type
MAX_SECTION_GAP_RATIO = 4.0  # of the size of type, between rows of one table
MAX_ROW_GAP_RATIO = 2.5  # of the usual distance of rows
MAX_RULES = 2_000  # of a page; a drawing with more is no table

_LABEL = re.compile(r"\W*(?:\d{1,3}|[a-zA-Z])?\W*")


class Table(NamedTuple):
    """A table of a page. Its cells are texts by row and column; an empty one is empty."""

    rows: list[list[str]]
    merged: list[list[int]]  # by row: the columns in which the cell above continues
    wide: list[list[tuple[int, int]]]  # by row: columns, and the column whose cell extends there
    has_header: bool
    words: list[Word]  # in the order of the file

    def make_parts(self, page: int, group: int) -> Iterator[Part]:
        """Yield the rows as parts."""
        headers = 0
        if self.has_header:  # a merged cell makes the heading as high as it is
            headers = next((n for n, row in enumerate(self.merged) if n and not row), 1)
        for number, texts in enumerate(self.rows):
            part = join_cells(texts, [number < headers] * len(texts))
            cells = [
                *part.cells,
                *(
                    cell._replace(column=column)
                    for column, start in self.wide[number]
                    for cell in part.cells
                    if cell.column == start
                ),
            ]
            if part.text:
                yield part._replace(
                    group=group,
                    cells=sorted(cells, key=lambda cell: cell.column),
                    merged=self.merged[number],
                    pages=[(0, page)],
                )


def find_ruled_tables(
    words: Sequence[Word], rules: Sequence[Rule], bold: Collection[int]
) -> list[Table]:
    """Return the tables of a page that have vertical and horizontal lines."""
    if len(rules) > MAX_RULES:
        return []
    tables = []
    for cluster in _cluster_rules(rules):
        table = _read_grid(cluster, words, bold)
        if table:
            tables.append(table)
    return tables


def _cluster_rules(rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    """Yield the lines that meet, directly or through others."""
    pending = list(rules)
    while pending:
        cluster = [pending.pop()]
        for rule in cluster:
            near = [second for second in pending if _do_meet(rule, second)]
            cluster += near
            pending = [second for second in pending if second not in near]
        if any(r.is_horizontal for r in cluster) and any(not r.is_horizontal for r in cluster):
            yield cluster


def _do_meet(rule: Rule, second: Rule) -> bool:
    if rule.is_horizontal == second.is_horizontal:
        return abs(rule.position - second.position) <= TOLERANCE and (
            rule.start <= second.end + TOLERANCE and second.start <= rule.end + TOLERANCE
        )
    return (
        rule.start - TOLERANCE <= second.position <= rule.end + TOLERANCE
        and second.start - TOLERANCE <= rule.position <= second.end + TOLERANCE
    )


def _read_grid(rules: Sequence[Rule], words: Sequence[Word], bold: Collection[int]) -> Table | None:
    across = [rule for rule in rules if rule.is_horizontal]
    down = [rule for rule in rules if not rule.is_horizontal]
    xs = _merge_positions([*(r.position for r in down), *(x for r in across for x in r[2:])])
    ys = _merge_positions([*(r.position for r in across), *(y for r in down for y in r[2:])])
    if len(xs) < 3 or len(ys) < 3:
        return None
    inside = [
        word
        for word in words
        if xs[0] - TOLERANCE <= word.middle <= xs[-1] + TOLERANCE
        and ys[0] <= _height(word) <= ys[-1]
        and not word.is_turned
    ]
    grid = _Grid(xs, ys, across, down)
    cells: dict[tuple[int, int], list[Word]] = {}
    for word in inside:
        cells.setdefault(grid.cell_of(word), []).append(word)
    rows: list[list[str]] = []
    merged: list[list[int]] = []
    wide: list[list[tuple[int, int]]] = []
    for top in range(len(ys) - 1):
        anchors = [grid.anchor(top, column) for column in range(len(xs) - 1)]
        rows.append(
            [
                _join_words(cells.get(anchor, ())) if anchor == (top, column) else ""
                for column, anchor in enumerate(anchors)
            ]
        )
        merged.append([column for column, (row, _) in enumerate(anchors) if row < top])
        wide.append(
            [
                (column, start)
                for column, (row, start) in enumerate(anchors)
                if row == top and start < column
            ]
        )
    rows, merged, wide = _drop_empty(rows, merged, wide)
    if not _is_grid_table(rows):
        return None
    first = [word for word in inside if grid.cell_of(word)[0] == grid.cell_of(inside[0])[0]]
    return Table(rows, merged, wide, _is_header(rows, first, inside, bold), inside)


def _is_grid_table(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the cells are those of a table and not the boxes of a page's design."""
    lengths = [len(text.split()) for row in rows for text in row if text]
    return (
        len(rows) >= 2
        and len(rows[0]) >= 2
        and len(lengths) >= MIN_ROWS
        and max(lengths) <= MAX_GRID_CELL_WORDS
    )


def _merge_positions(positions: Iterable[float]) -> list[float]:
    result: list[float] = []
    for position in sorted(positions):
        if not result or position - result[-1] > TOLERANCE:
            result.append(position)
    return result


def _height(word: Word) -> float:
    return word.baseline + 0.3 * word.size


class _Grid:
    """The cells between lines. A line that is missing merges the cells at its sides."""

    def __init__(
        self, xs: list[float], ys: list[float], across: Sequence[Rule], down: Sequence[Rule]
    ) -> None:
        self.xs, self.ys = xs, ys
        self.count = len(ys) - 1
        self.anchors = {
            (row, column): (row, column)
            for row in range(self.count)
            for column in range(len(xs) - 1)
        }
        for row, column in list(self.anchors):
            x = (xs[column] + xs[column + 1]) / 2
            bottom, top = ys[self.count - row - 1], ys[self.count - row]
            if column and not _is_covered(down, xs[column], (bottom + top) / 2):
                self.anchors[row, column] = self.anchors[row, column - 1]
            elif row and not _is_covered(across, top, x):
                self.anchors[row, column] = self.anchors[row - 1, column]

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """Return the upper left cell of the merged cell that a cell belongs to."""
        return self.anchors[row, column]

    def cell_of(self, word: Word) -> tuple[int, int]:
        """Return the upper left cell of the cell that a word is in."""
        column = min(max(bisect_right(self.xs, word.middle) - 1, 0), len(self.xs) - 2)
        row = min(max(bisect_right(self.ys, _height(word)) - 1, 0), self.count - 1)
        return self.anchors[self.count - 1 - row, column]


def _is_covered(rules: Sequence[Rule], position: float, point: float) -> bool:
    return any(
        abs(rule.position - position) <= TOLERANCE and rule.start <= point <= rule.end
        for rule in rules
    )


def _join_words(words: Iterable[Word]) -> str:
    """Return the text of a cell."""
    text = ""
    for word in sorted(words, key=lambda word: word.offset):
        text += word.text if not text or word.is_glued or text[-1] == HYPHEN else f" {word.text}"
    return text.replace(HYPHEN, "")


def _drop_empty(
    rows: list[list[str]], merged: list[list[int]], wide: list[list[tuple[int, int]]]
) -> tuple[list[list[str]], list[list[int]], list[list[tuple[int, int]]]]:
    """Return the cells, merged cells and wide cells without empty rows and columns."""
    used = [n for n, row in enumerate(rows) if any(row)]
    columns = sorted({n for row in rows for n, text in enumerate(row) if text})
    places = {column: new for new, column in enumerate(columns)}
    return (
        [[rows[n][column] for column in columns] for n in used],
        [[places[column] for column in merged[n] if column in places] for n in used],
        [
            [
                (places[column], places[start])
                for column, start in wide[n]
                if column in places and start in places
            ]
            for n in used
        ],
    )


def _is_header(
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
    return not any(_has_digit(text) for text in rows[0]) and any(
        _is_numeric([row[column] for row in rows[1:]]) for column in range(len(rows[0]))
    )


def _has_digit(text: str) -> bool:
    return any(character.isdigit() for character in text)


def _is_numeric(texts: Iterable[str]) -> bool:
    """Return whether most of the cells of a column begin with a number."""
    filled = [text for text in texts if text]
    numeric = sum(_has_digit(text.split()[0]) for text in filled)
    return bool(filled) and numeric / len(filled) >= MIN_NUMERIC_SHARE


def _count_numbers(texts: Iterable[str]) -> float:
    """Return the number of numbers in a filled cell, on average."""
    counts = [sum(map(_has_digit, text.split())) for text in texts if text]
    return sum(counts) / len(counts) if counts else 0.0


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
    texts = [[_join_words(cell) for cell in row] for row in cells]
    columns_used = [n for n in range(len(borders) + 1) if any(row[n] for row in texts)]
    texts = [[row[n] for n in columns_used] for row in texts]
    is_ruled = len(bands) < len(rows) or _count_between(rows, rules) >= 2
    words = [word for row in rows for word in row.words]
    header = _is_header(texts, [w for cell in cells[0] for w in cell], words, bold)
    if not _is_table(texts, is_ruled, header):
        return None
    return Table(
        texts,
        [[] for _ in texts],
        [[] for _ in texts],
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
        _merge_positions(
            y for y in heights if rows[-1].baseline - slack < y < rows[0].baseline + slack
        )
    )


def _read_cells(rows: Iterable[Row], borders: Sequence[float]) -> list[list[Word]]:
    cells: list[list[Word]] = [[] for _ in range(len(borders) + 1)]
    for row in rows:
        for word in row.words:
            cells[bisect_right(borders, word.middle)].append(word)
    return cells


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
    numeric = any(_is_numeric([row[n] for row in rows[1:]]) for n in range(1, columns))
    return is_ruled or (numeric and (columns > 2 or has_header)) or (has_header and columns > 2)
