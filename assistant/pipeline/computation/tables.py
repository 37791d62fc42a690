"""Answer questions from tables: look-up, highest and lowest, count, sum and difference.

The program chooses and computes; each row that it uses is quoted. All words of the question must be
accounted for by the names of rows and columns, the titles above the table, or the words of the
operation. A word that is left over ("used", "child") may change the answer, so nothing is computed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from text_to_num import alpha2digit

from assistant.pipeline.candidate import Candidate, make_candidates_at
from assistant.pipeline.computation.interface import ComputationInput, Computed
from assistant.pipeline.computation.table_values import (
    cell_text,
    column_values,
    format_like,
    format_number,
    has_measure,
    text_with_unit,
)
from assistant.text.tokens import (
    FUNCTION_WORDS,
    SMALLEST_NUMBER,
    WORD,
    content_stems,
    normalize_word,
    stem_words,
)
from index.text.article import Article
from index.text.spans import Block, Span
from index.text.structure import Table

__all__ = [
    "MAX_ROWS",
    "compute_from_table",
    "find_stems",
    "look_up_in_row",
    "quote_rows",
    "says_something",
]

MAX_ROWS = 20  # quoted for one answer
_HIGHEST = re.compile(
    r"\b(?:most|highest|largest|biggest|greatest|maximum|longest|tallest|heaviest|dearest|deepest|"
    r"widest|oldest|slowest|latest|newest|costliest|priciest|fastest|earliest|cheapest|lowest|"
    r"smallest|shortest|lightest|youngest|fewest|least|minimum|first|last)\b",
    re.IGNORECASE,
)
# What a superlative measures, as words in the name of a column or units of its cells, and whether
# the greatest value has the most of it.
_LENGTH = "length distance km mile metre meter minute hour day duration time crossing"
_AGE = "year built founded opened date born since bought made age"
_MONEY = "price cost fare fee charge rent wage salary £ $ € eur usd gbp euro dollar pound p d"
_SIZE = "size area population inhabitant people member capacity km² m² hectare acre seat"
_SUPERLATIVES: dict[str, tuple[str, bool]] = {
    "longest": (_LENGTH, True),
    "shortest": (_LENGTH + " height", False),
    "tallest": ("height high metre meter m ft feet cm", True),
    "deepest": ("depth deep metre m", True),
    "widest": ("width wide metre m", True),
    "heaviest": ("weight kg ton tonne gram g pound lb", True),
    "lightest": ("weight kg ton tonne gram g pound lb", False),
    "dearest": (_MONEY, True),
    "costliest": (_MONEY, True),
    "priciest": (_MONEY, True),
    "most expensive": (_MONEY, True),
    "cheapest": (_MONEY, False),
    "least expensive": (_MONEY, False),
    "oldest": (_AGE, False),
    "earliest": (_AGE + " departure leave depart arrive", False),
    "first": (_AGE, False),
    "newest": (_AGE, True),
    "youngest": (_AGE, True),
    "latest": (_AGE, True),
    "last": (_AGE, True),
    "most recent": (_AGE, True),
    "fastest": ("time minute hour second duration", False),
    "slowest": ("time minute hour second duration", True),
    "largest": (_SIZE, True),
    "biggest": (_SIZE, True),
    "greatest": (_SIZE, True),
    "smallest": (_SIZE, False),
}
_LOWEST_WORDS = frozenset(["lowest", "fewest", "least", "minimum", "smallest"])
_TOTAL = re.compile(
    r"\b(?:in (?:all|total)|altogether|together|combined|overall|total(?: number)?|sum)\b", re.I
)
_DIFFERENCE = re.compile(
    r"\bhow (?:much|many) (?:more|less|fewer|longer|shorter|dearer|cheaper|taller|older|heavier|"
    r"\w+er)\b.*\bthan\b|\bdifference (?:in|of|between)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\bhow many\b|\bnumber of\b", re.IGNORECASE)
_YES_NO = re.compile(
    r"(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would)\b", re.IGNORECASE
)
# Words of a question that select nothing in a table.
_OPERATION_WORDS = frozenset(
    """many much long old high tall often what which who whom when where how name list give show
    tell table row column there each cost costs costing price does did do take takes taking
    took pay paid have has had serve serves number value amount total all together
    altogether combined sum overall more less fewer most least longest shortest tallest
    deepest widest heaviest lightest dearest costliest priciest expensive cheapest oldest
    earliest first newest youngest latest last recent fastest slowest largest biggest
    greatest smallest highest lowest fewest maximum minimum longer shorter dearer cheaper
    taller older heavier than difference between from in of on at for to by one ones listed
    according""".split()  # noqa: SIM905
)


@dataclass(frozen=True)
class _Match:
    """What a question names in a table.

    Attributes:
        table: the table.
        rows: the rows whose label the question names.
        columns: the columns that the question names.
        by_value: rows with a cell, not a label, whose text the question has; with that column.
        is_covered: whether no word of the question is left over.
    """

    table: Table
    rows: tuple[Block, ...]
    columns: tuple[int, ...]
    by_value: tuple[tuple[Block, int], ...]
    left_over: frozenset[str]


def compute_from_table(request: ComputationInput) -> Computed | None:
    """Return the answer from the one table that gives one, or None."""
    if len(request.articles) != 1 or _YES_NO.match(request.question.strip()):
        return None
    article = request.articles[0]
    results = [
        computed
        for table in article.structure.tables
        if table.rows and (computed := _answer(article, table, request.question))
    ]
    return results[0] if len(results) == 1 else None


def look_up_in_row(candidate: Candidate, question: str) -> str | None:
    """Return the cell of a row in the only column whose name has most words of a question.

    None if the sentence is no row of a table, or if the question has no word of its label.
    """
    place = candidate.article.structure.table_at(candidate.span.start)
    if not place:
        return None
    table, row = place
    stems = find_stems(question)
    shared = [len(find_stems(name, units=False) & stems) for name in table.columns]
    if not find_stems(table.label(row)) & stems or not any(shared[1:]):
        return None
    columns = [column for column, count in enumerate(shared) if column and count == max(shared[1:])]
    cell = table.cell_at(row, columns[0]) if len(columns) == 1 else None
    return text_with_unit(table, cell) if cell and says_something(table.cell_text(cell)) else None


def _answer(article: Article, table: Table, question: str) -> Computed | None:
    match = _match_table(article, table, question)
    operations = (
        _find_extreme,
        _find_difference,
        _find_total,
        _look_up,
        _look_up_label,
        _count_rows,
    )
    for operation in operations:
        if computed := operation(article, match, question):
            return computed
    return None


def _match_table(article: Article, table: Table, question: str) -> _Match:
    question = alpha2digit(question, "en", SMALLEST_NUMBER)  # cells have digits
    stems = find_stems(question)
    labels = {row: find_stems(table.label(row)) for row in table.rows}
    named = [row for row, label in labels.items() if label and label <= stems]
    # The longest of labels that contain one another: "North Gate" before "Gate".
    named = [row for row in named if not any(labels[row] < labels[other] for other in named)]
    names = [find_stems(column, units=False) for column in table.columns]
    label_column = table.label_column
    columns = [
        column
        for column, name in enumerate(names)
        if column > label_column and name and name <= stems
    ]
    columns = [
        column for column in columns if not any(names[column] < names[other] for other in columns)
    ]
    if not named and len(columns) == 1:
        named = _rows_by_distinct_word(labels, stems)
    titles = {row: find_stems(table.title_of(row)) for row in named}
    if len(named) > 1:  # of those with one name, the row below the title that the question names
        named = [row for row in named if titles[row] and titles[row] <= stems] or named
    by_value = tuple(_rows_by_value(table, question, stems))
    known = set().union(
        *(labels[row] | titles[row] for row in named),
        *(find_stems(table.columns[column]) for column in columns),
        *names[: label_column + 1],
        find_stems(table.caption),
        find_stems(" ".join((article.title, *article.structure.heading_path(table.span.start)))),
        *(find_stems(cell_text(table, row, column)) for row, column in by_value),
        *(find_stems(table.columns[column]) for _, column in by_value),
        stem_words(_OPERATION_WORDS),
    )
    return _Match(table, tuple(named), tuple(columns), by_value, frozenset(stems - known))


def _rows_by_distinct_word(
    labels: Mapping[Block, frozenset[str]], stems: frozenset[str]
) -> list[Block]:
    """Return the only row with a word of the question in its label that no other label has.

    "A double kayak" names the row "double kayak, half day" if there is no other for the double one.
    """
    counts = Counter(stem for label in labels.values() for stem in label)
    rows = [
        row
        for row, label in labels.items()
        if any(counts[stem] == 1 and stem in stems for stem in label)
    ]
    return rows if len(rows) == 1 else []


def _rows_by_value(
    table: Table, question: str, stems: frozenset[str]
) -> Iterator[tuple[Block, int]]:
    """Yield the rows with a cell whose whole text is in the question, and its column."""
    words = " ".join(WORD.findall(question)).casefold()
    for row in table.rows:
        for cell in row.cells:
            text = " ".join(WORD.findall(table.cell_text(cell))).casefold()
            if (
                cell.column > table.label_column
                and text
                and re.search(rf"(?<!\w){re.escape(text)}(?!\w)", words)
            ):
                yield row, cell.column


def _look_up(article: Article, match: _Match, question: str) -> Computed | None:
    """Return the cells of the one column that the question names, in the rows of one name.

    Several rows have one name if its cell spans them.
    """
    names = {(match.table.title_of(row), match.table.label(row)) for row in match.rows}
    if len(names) != 1 or len(match.columns) != 1 or match.left_over:
        return None
    if len(match.rows) > 1 and _HIGHEST.search(question):
        return None
    cells = [match.table.cell_at(row, match.columns[0]) for row in match.rows]
    filled = [cell for cell in cells if cell and says_something(match.table.cell_text(cell))]
    if not any(cells) or len(match.rows) > MAX_ROWS:
        return None
    evidence = quote_rows(article, match.rows)
    if not filled:
        return Computed("", evidence, is_blank=True)
    texts = [text_with_unit(match.table, cell) for cell in filled]
    return Computed(_join(list(dict.fromkeys(texts))), evidence)


def says_something(text: str) -> bool:
    """Return whether a cell's text is more than a dash."""
    return any(character.isalnum() for character in text)


def _look_up_label(article: Article, match: _Match, question: str) -> Computed | None:
    """Return the labels of the rows with a value: "Which machine was bought in 2016?"."""
    first = find_stems(match.table.columns[match.table.label_column], units=False)
    asks_for_label = bool(first) and bool(first & find_stems(_noun_after_which(question)))
    if not asks_for_label or match.rows or match.left_over or _COUNT.search(question):
        return None
    columns = {column for _, column in match.by_value}
    if match.columns:
        columns &= set(match.columns)
    if len(columns) != 1:
        return None
    rows = [row for row, column in match.by_value if column in columns]
    if not 0 < len(rows) <= MAX_ROWS:
        return None
    return Computed(_join([match.table.label(row) for row in rows]), quote_rows(article, rows))


def _find_extreme(article: Article, match: _Match, question: str) -> Computed | None:
    """Return the row with the highest or lowest value: "Which route takes the longest?"."""
    if not _HIGHEST.search(question) or match.rows or match.left_over:
        return None
    lowered = question.lower()
    superlative = _find_superlative(question)
    table = match.table
    names = " ".join(
        (article.title, table.caption, *article.structure.heading_path(table.span.start))
    )
    first = find_stems(table.columns[table.label_column], units=False)
    if first and not (first | find_stems(names)) & find_stems(question):
        return None
    if len(match.columns) == 1:
        column = match.columns[0]
        is_highest = (
            _SUPERLATIVES[superlative][1]
            if superlative
            else not any(re.search(rf"\b{word}\b", lowered) for word in _LOWEST_WORDS)
        )
    elif superlative and not match.columns:
        measures, is_highest = _SUPERLATIVES[superlative]
        columns = [
            column
            for column in range(table.label_column + 1, len(table.columns))
            if has_measure(table, column, frozenset(measures.split()))
        ]
        if len(columns) != 1:
            return None
        column = columns[0]
    else:
        return None
    values = column_values(table, column)
    if values is None or len(values) < 2:
        return None
    best = (max if is_highest else min)(value for _, value in values)
    rows = [row for row, value in values if value == best]
    name = _join([table.label(row) for row in rows])
    cell = table.cell_at(rows[0], column)
    shown = f" ({text_with_unit(table, cell)})" if cell else ""
    return Computed(name + shown, quote_rows(article, rows)) if len(rows) <= MAX_ROWS else None


def _find_difference(article: Article, match: _Match, question: str) -> Computed | None:
    """Return the difference of two rows in one column."""
    if not _DIFFERENCE.search(question) or len(match.rows) != 2:
        return None
    table = match.table
    superlative = _find_superlative(question)
    columns = match.columns or tuple(
        column
        for column in range(table.label_column + 1, len(table.columns))
        if column_values(table, column, match.rows) is not None
        and (
            not superlative
            or has_measure(table, column, frozenset(_SUPERLATIVES[superlative][0].split()))
        )
    )
    if len(columns) != 1 or match.left_over:
        return None
    values = column_values(table, columns[0], match.rows)
    if values is None or len(values) != 2:
        return None
    high, low = sorted((value for _, value in values), reverse=True)
    cell = table.cell_at(match.rows[0], columns[0])
    text = format_like(table, cell, columns[0], high - low)
    calculation = f"{format_number(high)} − {format_number(low)} = {format_number(high - low)}"
    return Computed(text, quote_rows(article, match.rows), calculation)


def _find_total(article: Article, match: _Match, question: str) -> Computed | None:
    """Return the sum of a column: "How many boats are there in all?"."""
    if not _TOTAL.search(question) or match.left_over or len(match.columns) != 1:
        return None
    table, column = match.table, match.columns[0]
    values = column_values(table, column, match.rows or table.rows)
    if values is None or not 2 <= len(values) <= MAX_ROWS:
        return None
    if any(re.match(r"(?:total|sum|all)\b", table.label(row), re.IGNORECASE) for row in table.rows):
        return None
    total = sum((value for _, value in values), Decimal(0))
    cell = table.cell_at(values[0][0], column)
    calculation = (
        " + ".join(format_number(value) for _, value in values) + f" = {format_number(total)}"
    )
    rows = [row for row, _ in values]
    return Computed(format_like(table, cell, column, total), quote_rows(article, rows), calculation)


def _count_rows(article: Article, match: _Match, question: str) -> Computed | None:
    """Return the number of rows: "How many machines are listed?"."""
    table = match.table
    first = find_stems(table.columns[table.label_column], units=False)
    counted = re.search(r"how many ((?:\S+ ){1,3})", f"{question} ", re.IGNORECASE)
    if not counted or not first or not first <= find_stems(counted[1]):
        return None
    if match.left_over or match.rows or match.columns:
        return None
    rows = [row for row, _ in match.by_value] if match.by_value else list(table.rows)
    if not 0 < len(rows) <= MAX_ROWS:
        return None
    return Computed(f"{len(rows)}", quote_rows(article, rows), "counted in the table")


def _noun_after_which(question: str) -> str:
    found = re.search(r"\b(?:which|what)\b ((?:\S+ ?){1,3})", question, re.IGNORECASE)
    return found[1] if found else ""


def _find_superlative(question: str) -> str:
    """Return the superlative of a question, or that of its comparative; else an empty string."""
    lowered = question.lower()
    for name in _SUPERLATIVES:
        comparative = (
            re.sub(r"est$", "er", name).replace("most ", "more ").replace("least ", "less ")
        )
        if re.search(rf"\b(?:{name}|{comparative})\b", lowered):
            return name
    return ""


def find_stems(text: str, *, units: bool = True) -> frozenset[str]:
    """Return the stems of the words of a text without function words.

    Args:
        text: the text.
        units: whether to include what is in brackets, such as the unit of a column.
    """
    if not units:
        text = re.sub(r"[(\[][^()\[\]]*[)\]]", " ", text)
    words = [normalize_word(word) for word in WORD.findall(text)]
    return frozenset(stem_words(word for word in words if word not in FUNCTION_WORDS)) | (
        frozenset(content_stems(text)) if not words else frozenset()
    )


def _join(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def quote_rows(article: Article, rows: Sequence[Block]) -> tuple[Candidate, ...]:
    """Return rows of a table as evidence, each once."""
    positions = [
        position
        for row in dict.fromkeys(rows)
        for position in article.sentences_in(Span(row.start, row.end))
    ]
    return tuple(make_candidates_at([article], lambda _: positions))
