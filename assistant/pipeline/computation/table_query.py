"""Answer a question about a table by a query that a small language model writes.

The query is constrained to the columns and the cells of the table. The program runs it, and each
row that it uses is quoted. So the model chooses what to look up, count or compare, and no value
comes from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from assistant.models.first_line import generate_first_line
from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.interface import Computed
from assistant.pipeline.computation.table_values import (
    cell_text,
    column_values,
    format_like,
    format_number,
    text_with_unit,
)
from assistant.pipeline.computation.tables import (
    MAX_ROWS,
    find_stems,
    quote_rows,
    says_something,
)
from assistant.pipeline.prompting.templates import render_prompt
from assistant.text.tokens import content_stems
from index.text.article import Article
from index.text.spans import Block
from index.text.structure import Table

__all__ = ["TableQuery", "answer_from_table", "make_query_form", "parse_query"]

MAX_TABLE_ROWS = 60
MAX_COLUMNS = 10
MAX_SHOWN_ROWS = 8
MAX_VALUE_CHARACTERS = 40
MAX_QUERY_TOKENS = 80
MAX_QUERY_CHARACTERS = 400
_QUERY = re.compile(
    r"SELECT (?P<what>\w+|COUNT\(\*\)|SUM\(\w+\)) FROM \w+"
    r"(?: WHERE (?P<where>.+?))?(?: ORDER BY (?P<order>\w+) (?P<direction>ASC|DESC) LIMIT 1)?;"
)
_CONDITION = re.compile(r'(?<!\w)(\w{1,100}) = "([^"]{0,100})"')


@dataclass(frozen=True)
class TableQuery:
    """A query of one table, with columns by number.

    Attributes:
        column: the column that is selected or added up; None if rows are counted.
        is_sum: whether the column is added up.
        conditions: the text of the cell in each of some columns.
        order: the column whose highest or lowest value is looked for; None for all rows.
        is_highest: whether the highest value is looked for.
    """

    column: int | None
    is_sum: bool = False
    conditions: tuple[tuple[int, str], ...] = ()
    order: int | None = None
    is_highest: bool = False


def answer_from_table(question: str, best: Candidate, model: BaseChatModel) -> Computed | None:
    """Return the answer from the table that the best sentence is a row of, or None.

    Args:
        question: the standalone question.
        best: the sentence that answers best.
        model: a local model, whose output can be constrained to a pattern.
    """
    article = best.article
    position = article.structure.table_at(best.span.start)
    if not position or not _can_query(position[0]):
        return None
    table = position[0]
    messages = [
        SystemMessage(render_prompt("table_query")),
        HumanMessage(_ask_about(table, question)),
        AIMessage("SELECT"),
    ]
    form = make_query_form(table, question)
    options = {"regex": form, "max_tokens": MAX_QUERY_TOKENS}
    written = generate_first_line(model, messages, MAX_QUERY_CHARACTERS, **options)
    query = parse_query(f"SELECT {written}", table)
    return _run(query, article, table, question) if query else None


def _can_query(table: Table) -> bool:
    """Return whether all columns have different names, and the table is not too large."""
    names = _name_columns(table)
    is_named = all(names) and len(set(names)) == len(names)
    return is_named and 1 < len(table.rows) <= MAX_TABLE_ROWS and len(names) <= MAX_COLUMNS


def _name_columns(table: Table) -> list[str]:
    """Return the names of columns as a query has them: letters, digits and underscores."""
    return [re.sub(r"\W+", "_", name.lower()).strip("_") for name in table.columns]


def _list_values(table: Table, column: int, stems: set[str]) -> list[str]:
    """Return the different texts of a column's cells that the question has half of the stems of."""
    texts = dict.fromkeys(cell_text(table, row, column) for row in table.rows)
    return [
        text
        for text in texts
        if len(text) <= MAX_VALUE_CHARACTERS
        and '"' not in text
        and _is_named(set(content_stems(text)), stems)
    ]


def _is_named(cell_stems: set[str], stems: set[str]) -> bool:
    return bool(cell_stems) and 2 * len(cell_stems & stems) >= len(cell_stems)


def _ask_about(table: Table, question: str) -> str:
    names = _name_columns(table)
    rows = [
        ", ".join(f'"{cell_text(table, row, column)}"' for column in range(len(names)))
        for row in table.rows[:MAX_SHOWN_ROWS]
    ]
    row_texts = "; ".join(f"({row})" for row in rows)
    return render_prompt("table", columns=", ".join(names), rows=row_texts, question=question)


def make_query_form(table: Table, question: str) -> str:
    """Return the pattern that a query has to match, after its first word.

    It can compare with a cell only if the question names it.
    """
    stems = set(content_stems(question))
    names = _name_columns(table)
    any_column = f"(?:{'|'.join(names)})"
    conditions = [
        rf"{name} = \"(?:{'|'.join(map(_escape, values))})\""
        for column, name in enumerate(names)
        if (values := _list_values(table, column, stems))
    ]
    condition = f"(?:{'|'.join(conditions)})"
    where = rf"(?: WHERE {condition}(?: AND {condition})?)?" if conditions else ""
    order = rf"(?: ORDER BY {any_column} (?:ASC|DESC) LIMIT 1)?"
    what = rf"(?:{any_column}|COUNT\(\*\)|SUM\({any_column}\))"
    return rf" ?{what} FROM entries{where}{order};\n?"


def _escape(text: str) -> str:
    return re.sub(r"([^\w\s])", r"\\\1", text)


def parse_query(written: str, table: Table) -> TableQuery | None:
    """Return the query in a model's text; None if it is malformed."""
    match = _QUERY.fullmatch(" ".join(written.split()))
    if not match:
        return None
    names = _name_columns(table)
    numbers = {name: column for column, name in enumerate(names)}
    what = match["what"]
    column = numbers.get(what.removeprefix("SUM(").removesuffix(")"))
    conditions = tuple(
        (numbers[name], value)
        for name, value in _CONDITION.findall(match["where"] or "")
        if name in numbers
    )
    order = numbers.get(match["order"]) if match["order"] else None
    if column is None and not what.startswith("COUNT"):
        return None
    is_highest = match["direction"] == "DESC"
    return TableQuery(column, what.startswith("SUM"), conditions, order, is_highest)


def _run(query: TableQuery, article: Article, table: Table, question: str) -> Computed | None:
    rows = [
        row
        for row in table.rows
        if all(cell_text(table, row, column) == value for column, value in query.conditions)
    ]
    if (
        query.column is not None
        and not query.is_sum
        and not query.conditions
        and query.order is None
    ):
        return None  # a whole column
    if query.order is not None:
        rows = _select_extreme(table, rows, query.order, is_highest=query.is_highest)
    if not 0 < len(rows) <= MAX_ROWS:
        return None
    if query.column is None:
        return Computed(f"{len(rows)}", quote_rows(article, rows), "counted in the table")
    if query.is_sum:
        return _add(article, table, rows, query.column)
    if _names_other_cell(query, table, rows, question):
        return None
    cells = [table.cell_at(row, query.column) for row in rows]
    texts = list(dict.fromkeys(text_with_unit(table, cell) for cell in cells if cell))
    if len(cells) != len([cell for cell in cells if cell]) or not all(map(says_something, texts)):
        return None
    answer = ", ".join(texts)
    if query.order is not None and query.order != query.column:
        cell = table.cell_at(rows[0], query.order)
        answer += f" ({text_with_unit(table, cell)})" if cell else ""
    return Computed(answer, quote_rows(article, rows))


def _names_other_cell(
    query: TableQuery, table: Table, rows: Sequence[Block], question: str
) -> bool:
    """Return whether the question has a word of a cell that the query does not use.

    "What does a used hive cost?" is not answered by the price, if another cell of the row has "used
    ones from €60".
    """
    compared = [value for _, value in query.conditions]
    stems = find_stems(question) - find_stems(" ".join([*table.columns, *compared]))
    used = {query.column, query.order, *(column for column, _ in query.conditions)}
    unused = " ".join(
        cell_text(table, row, column)
        for row in rows
        for column in range(len(table.columns))
        if column not in used
    )
    return bool(stems & find_stems(unused))


def _select_extreme(
    table: Table, rows: Sequence[Block], column: int, *, is_highest: bool
) -> list[Block]:
    """Return the rows with the highest or the lowest number in a column; none if one has none."""
    values = column_values(table, column, rows)
    if not values or len(values) < len(rows):
        return []
    best = (max if is_highest else min)(value for _, value in values)
    return [row for row, value in values if value == best]


def _add(article: Article, table: Table, rows: Sequence[Block], column: int) -> Computed | None:
    values = column_values(table, column, rows)
    if values is None or len(values) < max(2, len(rows)):
        return None
    total = sum((value for _, value in values), Decimal(0))
    calculation = " + ".join(format_number(value) for _, value in values)
    text = format_like(table, table.cell_at(rows[0], column), column, total)
    return Computed(text, quote_rows(article, rows), f"{calculation} = {format_number(total)}")
