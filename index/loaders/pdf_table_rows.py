"""Make the rows of a table without vertical lines from the lines of its text.

A line may be a row, a part of a row whose cells are wrapped, or a title of the rows below.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from index.loaders.pdf_columns import Row
from index.loaders.pdf_tables import has_digit, join_words
from index.loaders.pdf_words import Word

__all__ = [
    "Column",
    "Piece",
    "TableLine",
    "TableRow",
    "are_aligned",
    "find_columns",
    "has_several_pieces",
    "join_lines",
    "make_lines",
    "make_rows",
    "spread_headings",
]

PIECE_GAP_RATIO = 0.5  # of the size of type; words with less space between are in one cell
MAX_HEADER_LINES = 2  # whose cells may lie over several columns
MIN_PITCH_RATIO = 1.12  # between the distances of rows and of the lines of a cell
MAX_LEADING_RATIO = 1.6  # of the size of type, between the lines of a cell
MAX_SHIFT_RATIO = 0.25  # of the size of type, between the edges of aligned cells
MAX_WIDE_SHARE = 0.2  # of the lines; those with a cell over several columns
MIN_LINES_OF_WIDE = 4  # of a table in which one line may have such a cell
MIN_TITLE_SPACE_RATIO = 0.95  # of the space below a title; the space above it
MIN_ALIGNED_SHARE = 0.75  # of the cells of a column
MIN_TITLED_COLUMNS = 3  # of a table in which a line with one cell is a title


class Column(NamedTuple):
    """The horizontal range of the cells of a column."""

    left: float
    right: float


class Piece(NamedTuple):
    """Words of a line without a wide space between them."""

    words: tuple[Word, ...]
    left: float
    right: float


def _make_piece(words: Sequence[Word]) -> Piece:
    return Piece(tuple(words), words[0].left, max(word.right for word in words))


class TableLine(NamedTuple):
    """A line of a table: its pieces by the first column that they are in."""

    pieces: dict[int, Piece]
    wide: dict[int, int]  # columns into which a piece extends, with its first column
    baseline: float

    @property
    def is_title(self) -> bool:
        """Return whether one piece lies over several columns."""
        return len(self.pieces) == 1 and bool(self.wide)

    @property
    def size(self) -> float:
        """Return the size of type."""
        return next(iter(self.pieces.values())).words[0].size


class TableRow(NamedTuple):
    """A row of a table: the words of its cells by column."""

    cells: dict[int, list[Word]]
    wide: dict[int, int]  # columns into which a cell extends, with the column that it starts in
    lines: list[TableLine]
    is_apart: bool = False  # it is no row of values, but a title or a note

    @property
    def words(self) -> list[Word]:
        """Return the words of all cells."""
        return [word for cell in self.cells.values() for word in cell]

    def texts(self, count: int) -> list[str]:
        """Return the text of each cell; an empty string for an empty cell."""
        return [join_words(self.cells.get(column, ())) for column in range(count)]


def _split_pieces(row: Row) -> list[Piece]:
    pieces: list[list[Word]] = []
    end = float("-inf")
    for word in row.words:
        if not pieces or word.left - end >= PIECE_GAP_RATIO * word.size:
            pieces.append([])
        pieces[-1].append(word)
        end = max(end, word.right)
    return [_make_piece(piece) for piece in pieces]


def has_several_pieces(row: Row) -> bool:
    """Return whether a line has a wide space."""
    return len(_split_pieces(row)) > 1


def find_columns(rows: Sequence[Row]) -> list[Column]:
    """Return the ranges that the cells of a table leave a space between, from left to right.

    A few cells may lie over several columns, those of headings above all, and lines of one piece
    may be titles.
    """
    body = [pieces for row in rows if len(pieces := _split_pieces(row)) > 1]
    columns: list[Column] = []
    for start in range(min(MAX_HEADER_LINES, len(body) - 1) + 1):
        found = _project(body[start:])
        if len(found) > len(columns):
            columns = found
    return _join_halves(columns, body)


def _project(lines: Sequence[Sequence[Piece]]) -> list[Column]:
    """Return the ranges in which more lines have text than may have cells over several columns."""
    limit = max(int(MAX_WIDE_SHARE * len(lines)), len(lines) >= MIN_LINES_OF_WIDE)
    space = PIECE_GAP_RATIO * median(piece.words[0].size for line in lines for piece in line)
    edges = sorted(
        edge
        for line in lines
        for piece in line
        for edge in ((piece.left - space / 2, 1), (piece.right + space / 2, -1))
    )
    columns: list[Column] = []
    depth, start = 0, 0.0
    for position, step in edges:
        if step == 1 and depth == limit:
            start = position
        depth += step
        if step == -1 and depth == limit:
            columns.append(Column(start + space / 2, position - space / 2))
    overlaps = ((piece, _overlap(piece, columns)) for line in lines for piece in line)
    rare = [piece for piece, (first, last) in overlaps if first > last]
    return _merge([*columns, *(Column(piece.left, piece.right) for piece in rare)], space)


def _merge(columns: Iterable[Column], space: float) -> list[Column]:
    result: list[Column] = []
    for column in sorted(columns):
        if result and column.left - result[-1].right < space:
            result[-1] = result[-1]._replace(right=max(result[-1].right, column.right))
        else:
            result.append(column)
    return result


def _join_halves(columns: Sequence[Column], body: Sequence[Sequence[Piece]]) -> list[Column]:
    """Join neighbours of which each line has one only: a heading that is not above its numbers."""
    filled = [{_columns_of(piece, columns)[0] for piece in pieces} for pieces in body]
    result: list[Column] = []
    for number, column in enumerate(columns):
        if result and not any({number - 1, number} <= line for line in filled):
            result[-1] = Column(result[-1].left, column.right)
        else:
            result.append(column)
    return result


def make_lines(rows: Sequence[Row], columns: Sequence[Column]) -> list[TableLine]:
    """Return the lines of a table, each piece in its first column."""
    lines = []
    for row in rows:
        pieces: dict[int, Piece] = {}
        wide: dict[int, int] = {}
        for piece in _split_pieces(row):
            first, last = _columns_of(piece, columns)
            words = (*(pieces[first].words if first in pieces else ()), *piece.words)
            pieces[first] = _make_piece(words)
            wide.update(dict.fromkeys(range(first + 1, last + 1), first))
        lines.append(TableLine(pieces, wide, row.baseline))
    return lines


def _columns_of(piece: Piece, columns: Sequence[Column]) -> tuple[int, int]:
    """Return the first and the last column that a piece overlaps, or the nearest one."""
    first, last = _overlap(piece, columns)
    nearest = min(first, len(columns) - 1)
    return (first, last) if first <= last else (nearest, nearest)


def _overlap(piece: Piece, columns: Sequence[Column]) -> tuple[int, int]:
    """Return the first and the last column that a piece overlaps; the last is less if none is."""
    return (
        bisect_right(columns, piece.left, key=lambda column: column.right),
        bisect_left(columns, piece.right, key=lambda column: column.left) - 1,
    )


def make_rows(lines: Sequence[TableLine], columns: Sequence[Column]) -> list[TableRow]:
    """Return the rows that the lines form. A title is a cell over all columns."""
    rows = [join_lines(group) for group in _group_lines(lines, columns)]
    for number, row in enumerate(rows):
        if not (is_apart := row.lines[0].is_title):
            is_apart = list(row.cells) == [0] and len(columns) >= MIN_TITLED_COLUMNS
        if is_apart and _is_title(rows, number):
            wide = dict.fromkeys(range(1, len(columns)), 0)
            rows[number] = row._replace(cells={0: row.words}, wide=wide, is_apart=True)
        elif row.lines[0].is_title:
            rows[number] = row._replace(wide={}, is_apart=True)
    return rows


def _is_title(rows: Sequence[TableRow], number: int) -> bool:
    """Return whether a row of one cell is not nearer to the row above than to the values below."""
    if not 0 < number < len(rows) - 1 or len(rows[number + 1].cells) < 2:
        return False
    row = rows[number].lines
    above = rows[number - 1].lines[-1].baseline - row[0].baseline
    below = row[-1].baseline - rows[number + 1].lines[0].baseline
    return above >= MIN_TITLE_SPACE_RATIO * below


def _group_lines(
    lines: Sequence[TableLine], columns: Sequence[Column]
) -> Iterator[list[TableLine]]:
    limit = _find_wrap_limit(lines, len(columns))
    group = [lines[0]]
    for line in lines[1:]:
        is_near = group[-1].baseline - line.baseline <= limit
        is_part = is_near or _is_wrapped(group[-1], line, columns)
        if is_part and not line.is_title and not group[-1].is_title:
            group.append(line)
        else:
            yield group
            group = [line]
    yield group


def _find_wrap_limit(lines: Sequence[TableLine], columns: int) -> float:
    """Return the largest distance of the lines of a cell; zero if all distances are alike.

    Where lines are nearer than others, one of the two has empty cells.
    """
    distances = [(a.baseline - b.baseline, a, b) for a, b in pairwise(lines)]
    ordered = sorted(distance for distance, *_ in distances)
    limits = [a for a, b in pairwise(ordered) if b > MIN_PITCH_RATIO * a]
    for limit in reversed(limits):
        near = [(a, b) for distance, a, b in distances if distance <= limit]
        is_leading = limit <= MAX_LEADING_RATIO * lines[0].size
        if is_leading and all(min(len(a.pieces), len(b.pieces)) < columns for a, b in near):
            return limit
    return 0.0


def _is_wrapped(above: TableLine, line: TableLine, columns: Sequence[Column]) -> bool:
    """Return whether a line continues cells of the line above, in which its words had no room."""
    if 0 in line.pieces or 2 * len(line.pieces) > len(columns):
        return False
    if above.baseline - line.baseline > MAX_LEADING_RATIO * line.size:
        return False
    for column, piece in line.pieces.items():
        first = piece.words[0]
        width = first.right - first.left + PIECE_GAP_RATIO * first.size / 2
        if column not in above.pieces or has_digit(first.text):
            return False
        if columns[column].right - above.pieces[column].right > width:
            return False
    return True


def join_lines(lines: list[TableLine]) -> TableRow:
    """Return the row that lines form."""
    cells: dict[int, list[Word]] = {}
    for line in lines:
        for column, piece in line.pieces.items():
            cells.setdefault(column, []).extend(piece.words)
    wide = {
        column: first
        for line in lines
        for column, first in line.wide.items()
        if column not in cells
    }
    return TableRow(cells, wide, lines)


def spread_headings(row: TableRow, below: TableRow, columns: Sequence[Column]) -> TableRow:
    """Return a row of headings whose cells extend over the columns that the row below names.

    A heading begins at the left edge of its first column, or is in the middle of its columns. One
    heading alone that is over one column names that column only.
    """
    pieces = {n: piece for line in row.lines for n, piece in line.pieces.items() if n}
    if len(pieces) < 2 and not row.wide:
        return row
    tolerance = MAX_SHIFT_RATIO * row.lines[0].size
    at_left = all(abs(piece.left - columns[n].left) < tolerance for n, piece in pieces.items())
    owned: dict[int, list[int]] = {}
    for column in sorted(n for n in below.cells if n):
        left = [n for n in pieces if n <= column]
        if not at_left:
            nearest = min(pieces, key=lambda n: _distance(pieces[n], columns[column]))
            owned.setdefault(nearest, []).append(column)
        elif left:
            owned.setdefault(left[-1], []).append(column)
    cells: dict[int, list[Word]] = {0: row.cells[0]} if 0 in row.cells else {}
    wide: dict[int, int] = {}
    for piece, (first, *others) in owned.items():
        cells[first] = row.cells[piece]
        wide.update(dict.fromkeys(others, first))
    return row._replace(cells=cells, wide=wide) if owned.keys() == pieces.keys() else row


def _distance(piece: Piece, column: Column) -> float:
    return abs(piece.left + piece.right - column.left - column.right)


def are_aligned(rows: Iterable[TableRow], column: int) -> bool:
    """Return whether most cells of a column have one left edge, right edge or middle."""
    pieces = [
        next(line.pieces[column] for line in row.lines if column in line.pieces)
        for row in rows
        if column in row.cells and any(column in line.pieces for line in row.lines)
    ]
    edges = (
        [piece.left for piece in pieces],
        [piece.right for piece in pieces],
        [(piece.left + piece.right) / 2 for piece in pieces],
    )
    tolerance = MAX_SHIFT_RATIO * pieces[0].words[0].size if pieces else 0.0
    return any(
        sum(abs(position - median(positions)) <= tolerance for position in positions)
        >= MIN_ALIGNED_SHARE * len(positions)
        for positions in edges
    )
