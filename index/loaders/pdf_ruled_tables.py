"""Find the tables of a PDF page by the lines between their cells."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence

from index.loaders.pdf_tables import (
    MIN_ROWS,
    TOLERANCE,
    Table,
    count_header_rows,
    join_words,
    merge_positions,
)
from index.loaders.pdf_words import Rule, Word

__all__ = ["find_ruled_tables"]

MAX_GRID_CELL_WORDS = 120  # between lines on all sides; more is a page's frame
MAX_RULES = 2_000  # of a page; a drawing with more is no table


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
    xs = merge_positions([*(r.position for r in down), *(x for r in across for x in r[2:])])
    ys = merge_positions([*(r.position for r in across), *(y for r in down for y in r[2:])])
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
    wide: list[dict[int, int]] = []
    for top in range(len(ys) - 1):
        anchors = [grid.anchor(top, column) for column in range(len(xs) - 1)]
        rows.append(
            [
                join_words(cells.get(anchor, ())) if anchor == (top, column) else ""
                for column, anchor in enumerate(anchors)
            ]
        )
        merged.append([column for column, (row, _) in enumerate(anchors) if row < top])
        wide.append(
            {
                column: start
                for column, (row, start) in enumerate(anchors)
                if row == top and start < column
            }
        )
    rows, merged, wide = _drop_empty(rows, merged, wide)
    if not _is_grid_table(rows):
        return None
    by_row: dict[int, list[Word]] = {}
    for word in inside:
        by_row.setdefault(grid.cell_of(word)[0], []).append(word)
    headers = count_header_rows(rows, [by_row[n] for n in sorted(by_row)], bold)
    if headers:  # a merged cell makes the heading as high as it is
        headers = next((n for n in range(headers, len(rows)) if not merged[n]), headers)
    cell_words = [
        word for cell in sorted(cells) for word in sorted(cells[cell], key=lambda word: word.offset)
    ]
    return Table(rows, merged, wide, headers, inside, cell_words)


def _is_grid_table(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the cells are those of a table and not the boxes of a page's design."""
    lengths = [len(text.split()) for row in rows for text in row if text]
    return (
        len(rows) >= 2
        and len(rows[0]) >= 2
        and len(lengths) >= MIN_ROWS
        and max(lengths) <= MAX_GRID_CELL_WORDS
    )


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


def _drop_empty(
    rows: list[list[str]], merged: list[list[int]], wide: list[dict[int, int]]
) -> tuple[list[list[str]], list[list[int]], list[dict[int, int]]]:
    """Return the cells, merged cells and wide cells without empty rows and columns."""
    used = [n for n, row in enumerate(rows) if any(row)]
    columns = sorted({n for row in rows for n, text in enumerate(row) if text})
    places = {column: new for new, column in enumerate(columns)}
    return (
        [[rows[n][column] for column in columns] for n in used],
        [[places[column] for column in merged[n] if column in places] for n in used],
        [
            {
                places[column]: places[start]
                for column, start in wide[n].items()
                if column in places and start in places
            }
            for n in used
        ],
    )
