"""Find the tables of a PDF page by words that are aligned in columns.

A table that is missed remains in the text, line by line. A false table would cut sentences, so a
table without vertical lines needs several signs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import median

from index.loaders.pdf_columns import Gutter, Row, find_gutters, group_rows
from index.loaders.pdf_lines import is_caption
from index.loaders.pdf_table_rows import (
    Column,
    TableRow,
    are_aligned,
    find_columns,
    has_several_pieces,
    join_lines,
    make_lines,
    make_rows,
    spread_headings,
)
from index.loaders.pdf_tables import (
    MIN_ROWS,
    Table,
    count_header_rows,
    has_digit,
    is_numeric,
    merge_positions,
)
from index.loaders.pdf_words import Rule, Word

__all__ = ["find_aligned_tables"]

MIN_GAP_RATIO = 0.6  # of the size of type, between the columns of a table without lines
MIN_LOOSE_GAP_RATIO = 1.0  # if the cells of a column have no edge in common
MIN_FILLED_SHARE = 0.6  # of the cells
MAX_CELL_WORDS = 4.0  # on average, in a table without lines
MAX_RULED_CELL_WORDS = 12.0  # between horizontal lines
MAX_LONE_SHARE = 0.25  # of the rows of a table without lines; rows with one cell only
MAX_TITLE_SHARE = 0.5  # of the rows; titles of the rows below
MAX_CELL_NUMBERS = 2.5  # on average in a column; with more, columns were not separated
MAX_NARROW_SHARE = 0.6  # of the width of a region; a line that may be a title or a part of a cell
HEADING_SIZE_RATIO = 1.15  # of the usual size of type
MAX_SECTION_GAP_RATIO = 4.0  # of the size of type, between rows of one table
MAX_ROW_GAP_RATIO = 2.5  # of the usual distance of rows
MAX_WRAPPED_GAP_RATIO = 1.5  # of the size of type, between the lines of a cell
MAX_LAST_GAP_RATIO = 0.9  # of the usual distance of rows; a nearer line continues the last row
MAX_NEXT_GAP_RATIO = 1.3  # of the usual distance of rows; a nearer line with cells is a row

MAX_SPANS = 60  # of a section, the longest first, that may be tables; reading one takes 5 ms

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
    """Yield the rows between headings, captions and wide spaces."""
    section: list[Row] = []
    size = median(row.words[0].size for row in rows) if rows else 1.0
    for number, row in enumerate(rows):
        below = rows[number + 1].words[0].size if number + 1 < len(rows) else size
        is_heading = row.words[0].size > HEADING_SIZE_RATIO * size or (
            row.words[0].size > HEADING_SIZE_RATIO * below and not has_several_pieces(row)
        )
        is_outside = is_heading or is_caption(" ".join(word.text for word in row.words))
        gap = section[-1].baseline - row.baseline if section else 0.0
        if section and (is_outside or gap > MAX_SECTION_GAP_RATIO * size):
            yield section
            section = []
        if not is_outside:
            section.append(row)
    if section:
        yield section


def _find_section_tables(
    rows: Sequence[Row], rules: Sequence[Rule], bold: Collection[int]
) -> list[Table]:
    size = median(word.size for row in rows for word in row.words)
    wide = [n for n, row in enumerate(rows) if not _is_narrow(row, rows)]
    wide_rows = [rows[n] for n in wide]
    gutters = [
        g for g in find_gutters(wide_rows, MIN_GAP_RATIO * size) if g.last - g.first >= MIN_ROWS - 1
    ]
    tables: list[Table] = []
    taken: set[int] = set()
    tried: set[range] = set()
    for gutter in sorted(gutters, key=lambda g: (g.first - g.last, g.left - g.right)):
        if (trimmed := _trim(gutter, wide_rows)) is None:
            continue
        for span in _split_at_gaps(range(wide[trimmed[0]], wide[trimmed[-1]] + 1), rows):
            if span in tried or len(span) < MIN_ROWS - 1 or taken & set(span):
                continue
            if len(tried) == MAX_SPANS:
                return tables
            tried.add(span)
            span = _extend(span, rows, rules)
            if taken & set(span):
                continue
            if table := _read_table(rows[span.start : span.stop], rules, bold):
                tables.append(table)
                taken |= set(span)
    return tables


def _is_narrow(row: Row, rows: Sequence[Row]) -> bool:
    """Return whether a line is one short piece, which in a table is a title or a part of a cell."""
    if has_several_pieces(row):
        return False
    width = max(r.words[-1].right for r in rows) - min(r.words[0].left for r in rows)
    return row.words[-1].right - row.words[0].left <= MAX_NARROW_SHARE * width


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


def _split_at_gaps(span: range, rows: Sequence[Row]) -> Iterator[range]:
    """Yield the parts of a span of rows between spaces that are wider than those of a table."""
    gaps = [rows[n].baseline - rows[n + 1].baseline for n in span[:-1]]
    limit = MAX_ROW_GAP_RATIO * median(gaps)
    start = span.start
    for number, gap in zip(span, gaps, strict=False):
        if gap > limit:
            yield range(start, number + 1)
            start = number + 1
    yield range(start, span.stop)


def _extend(span: range, rows: Sequence[Row], rules: Sequence[Rule]) -> range:
    """Add the headings above the rows, and the rows and lines of cells below of them."""
    table = rows[span.start : span.stop]
    columns = find_columns(table)
    pitch = median([a.baseline - b.baseline for a, b in pairwise(table)])
    start, stop = span.start, span.stop
    if start and rows[start - 1].baseline - rows[start].baseline <= MAX_ROW_GAP_RATIO * pitch:
        above = make_lines([rows[start - 1]], columns)[0]
        start -= len(above.pieces) > 1 + bool(above.wide)
    while stop < len(rows):
        gap = rows[stop - 1].baseline - rows[stop].baseline
        below = make_lines([rows[stop]], columns)[0]
        limit = MAX_NEXT_GAP_RATIO if len(below.pieces) > 1 else MAX_LAST_GAP_RATIO
        if below.is_title or gap >= limit * pitch:
            break
        stop += 1
    return range(start, _find_foot(stop, rows, _rules_across(table, rules)))


def _find_foot(stop: int, rows: Sequence[Row], heights: Sequence[float]) -> int:
    """Return where the lines of the last row stop: above the next line across, if one is near."""
    for end in range(stop, len(rows) + 1):
        below = rows[end].baseline if end < len(rows) else float("-inf")
        if any(below < height < rows[end - 1].baseline for height in heights):
            return end
        if rows[end - 1].baseline - below > MAX_WRAPPED_GAP_RATIO * rows[end - 1].words[0].size:
            break
    return stop


def _read_table(lines: Sequence[Row], rules: Sequence[Rule], bold: Collection[int]) -> Table | None:
    columns = find_columns(lines)
    if len(lines) < MIN_ROWS or len(columns) < 2:
        return None
    bands = _split_bands(lines, rules)
    if has_bands := len(bands) < len(lines):
        rows = [join_lines(make_lines(band, columns)) for band in bands]
    else:
        rows = make_rows(make_lines(lines, columns), columns)
    texts = [row.texts(len(columns)) for row in rows]
    headers = count_header_rows(texts, [row.words for row in rows], bold)
    if not _is_table(rows, columns, headers, has_bands or _count_between(lines, rules) >= 2):
        return None
    for number in range(headers - 1):
        rows[number] = spread_headings(rows[number], rows[number + 1], columns)
    return Table(
        [row.texts(len(columns)) for row in rows],
        [
            [0] if n > headers and _is_spanned(texts[n - 1 : n + 1]) else []
            for n in range(len(rows))
        ],
        [row.wide for row in rows],
        headers,
        sorted((word for row in rows for word in row.words), key=lambda word: word.offset),
        [
            word
            for row in rows
            for column in sorted(row.cells)
            for word in sorted(row.cells[column], key=lambda word: word.offset)
        ],
    )


def _is_spanned(texts: Sequence[Sequence[str]]) -> bool:
    """Return whether the first cell of a row continues in the next one, which is else complete."""
    above, row = texts
    return (
        not row[0]
        and all(row[1:])
        and all(above[1:])
        and [has_digit(text) for text in row[1:]] == [has_digit(text) for text in above[1:]]
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


def _count_numbers(texts: Iterable[str]) -> float:
    """Return the number of numbers in a filled cell, on average."""
    counts = [sum(map(has_digit, text.split())) for text in texts if text]
    return sum(counts) / len(counts) if counts else 0.0


def _is_table(
    rows: Sequence[TableRow], columns: Sequence[Column], headers: int, is_ruled: bool
) -> bool:
    """Return whether the cells look like a table and not like text."""
    plain = [row for row in rows if not row.is_apart]
    texts = [row.texts(len(columns)) for row in plain]
    filled = [text for row in texts for text in row if text]
    if len(plain) < MIN_ROWS or len(filled) < MIN_FILLED_SHARE * len(columns) * len(plain):
        return False
    if len(rows) - len(plain) > MAX_TITLE_SHARE * len(rows):
        return False
    if len(columns) == 2 and all(_LABEL.fullmatch(row[0]) for row in texts):
        return False  # the numbers of a list
    if sum(sum(map(bool, row)) == 1 for row in texts) > MAX_LONE_SHARE * len(texts):
        return False
    by_column = [[row[n] for row in texts[1:]] for n in range(len(columns))]
    if any(_count_numbers(column) > MAX_CELL_NUMBERS for column in by_column):
        return False
    limit = MAX_RULED_CELL_WORDS if is_ruled else MAX_CELL_WORDS
    if sum(len(text.split()) for text in filled) > limit * len(filled):
        return False
    if is_ruled:
        return True
    size = median(word.size for row in plain for word in row.words)
    is_numeric_at = [is_numeric(column) for column in by_column]
    aligned = all(is_numeric_at[n] or are_aligned(plain[headers:], n) for n in range(len(columns)))
    gap = min(b.left - a.right for a, b in pairwise(columns))
    if aligned:
        return len(columns) > 2 or headers > 0 or is_numeric_at[1]
    return (
        gap >= MIN_LOOSE_GAP_RATIO * size
        and len(columns) > 2
        and (headers > 0 or any(is_numeric_at[1:]))
    )
