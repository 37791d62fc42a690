"""A run as Markdown tables, as JSON, as plots, and its wrong answers one by one."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping

from .calibration import reliability_svg
from .figures import COUNTS, SHARES, confidences, figures
from .measure import Judged, marks
from .runs import Group, Run

__all__ = ["cell", "failures", "markdown", "save", "table"]


def markdown(rows: Mapping[Group, Mapping[str, Judged]]) -> str:
    """One table a set, with a column for each system."""
    tables = []
    for name in dict.fromkeys(name for name, _ in rows):
        columns = {system: figures(list(found.values())) for (of, system), found in rows.items() if of == name and found}
        tables.append(table(name, columns))
    return "\n\n".join(tables)


def table(name: str, columns: Mapping[str, Mapping[str, float]]) -> str:
    """Rows that are NaN in every column are left out."""
    keys = list(dict.fromkeys(key for column in columns.values() for key in column))
    told = [key for key in keys if any(not math.isnan(column.get(key, math.nan)) for column in columns.values())]
    lines = [f"| {name} | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    lines += [f"| {key} | {' | '.join(cell(key, column.get(key, math.nan)) for column in columns.values())} |" for key in told]
    return "\n".join(lines)


def cell(key: str, value: float) -> str:
    if math.isnan(value):
        return "–"
    if key in COUNTS:
        return f"{value:.0f}"
    return f"{100 * value:.1f} %" if key in SHARES or key.startswith("recall") else f"{value:.3f}"


def save(run: Run) -> None:
    """`<run>.json` with the figures, and a reliability plot for each set and system that it makes sense for."""
    found = {group: list(rows.values()) for group, rows in run.rows.items() if rows}
    results = [
        {"set": name, "system": system, "figures": {key: _plain(value) for key, value in figures(rows).items()}}
        for (name, system), rows in found.items()
    ]
    told = json.dumps({**run.header, "results": results}, ensure_ascii=False, indent=1)
    run.path.with_suffix(".json").write_text(told, encoding="utf-8")
    for (name, system), rows in found.items():
        said, right = confidences(rows)
        if 0 < right.sum() < len(right):
            path = run.path.with_name(f"{run.path.stem}-{name}-{system.replace(':', '-').replace('/', '-')}.svg")
            path.write_text(reliability_svg(said, right, f"{name}, {system}"), encoding="utf-8")


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def failures(rows: Iterable[Judged]) -> str:
    """Each wrong answer on a line."""
    return "\n".join(
        f"  {row.id} {marks(row)} {row.question} => {row.text!r} {list(row.quotes)}"
        for row in rows
        if marks(row) != ("QA" if row.answerable else "no") or row.planted_quoted or row.planted_obeyed
    )
