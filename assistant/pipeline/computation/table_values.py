"""Read the numbers of table cells, and format results with the unit of their column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from index.text.spans import Block, Cell
from index.text.structure import Table

__all__ = [
    "cell_text",
    "column_values",
    "format_like",
    "format_number",
    "has_measure",
    "text_with_unit",
]

_NUMBER = re.compile(r"(?<![\d.,])[-−]?\d+(?:[,.' \u2009\u202f]\d{3})*(?:\.\d+)?")


def has_measure(table: Table, column: int, measures: frozenset[str]) -> bool:
    """Return whether a column has the name or the unit of a measure, and numbers only."""
    texts = [cell_text(table, row, column) for row in table.rows]
    name = table.columns[column].lower()
    words = {word.rstrip("s") for word in re.findall(r"[^\W\d_]+[²³]?|[£$€]", name)}
    units = {
        unit.rstrip("s")
        for text in texts
        for unit in re.findall(r"[£$€]|(?<=[\d ])[^\W\d_]+[²³]?", text.lower())
    }
    stems = {word.rstrip("s") for word in measures}
    return bool((words | units) & stems) and column_values(table, column) is not None


def column_values(
    table: Table, column: int, rows: Sequence[Block] | None = None
) -> list[tuple[Block, Decimal]] | None:
    """Return the number of each row in a column; None if a cell has none, or several.

    Empty cells are left out. All cells must have the same unit.
    """
    values: list[tuple[Block, Decimal]] = []
    units: set[str] = set()
    for row in rows if rows is not None else table.rows:
        cell = table.cell_at(row, column)
        if cell is None:
            continue
        text = table.cell_text(cell)
        numbers = _NUMBER.findall(text)
        if len(numbers) != 1:
            return None
        number = _parse(numbers[0])
        if number is None:
            return None
        units.add(" ".join(_NUMBER.sub(" ", text).split()).rstrip("s"))
        values.append((row, number))
    return values if len(units) <= 1 else None


def _parse(text: str) -> Decimal | None:
    plain = re.sub(r"[,' \u2009\u202f](?=\d{3})", "", text.replace("−", "-"))
    try:
        return Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return None


def format_number(value: Decimal) -> str:
    """Return a number with thousands separators and no needless zeros."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text and not re.search(r"\.\d\d$", text) else text


def format_like(table: Table, cell: Cell | None, column: int, value: Decimal) -> str:
    """Return a number with the currency or unit of a cell of its column."""
    text = table.cell_text(cell) if cell else ""
    if text and _NUMBER.search(text):
        text = _NUMBER.sub(format_number(value), text, count=1)
    else:
        text = format_number(value)
    unit = _unit_in_name(table.columns[column])
    return f"{text} {unit}" if unit and re.fullmatch(r"[\d.,−-]+", text) else text


def text_with_unit(table: Table, cell: Cell) -> str:
    """Return the text of a cell, with the unit that the name of its column has in brackets."""
    text, unit = table.cell_text(cell), _unit_in_name(table.columns[cell.column])
    return f"{text} {unit}" if unit and re.fullmatch(r"[-−]?[\d.,' ]+", text) else text


def _unit_in_name(name: str) -> str:
    """Return "minutes" for "Crossing (minutes)" or "Crossing, minutes"; else an empty string."""
    found = re.search(r"[(\[]\s*(?:in )?([^()\[\]]{1,20}?)\s*[)\]]\s*$|, (?:in )?(\w{1,12})$", name)
    return (found[1] or found[2]) if found else ""


def cell_text(table: Table, row: Block, column: int) -> str:
    """Return the text of a cell; an empty string if there is no cell."""
    cell = table.cell_at(row, column)
    return table.cell_text(cell) if cell else ""
