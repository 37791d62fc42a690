"""Write a run as Markdown tables, JSON, plots and a list of wrong answers."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evaluation.calibration import reliability_svg
from evaluation.figures import COUNTS, SHARES, compute_figures, get_confidences
from evaluation.intervals import compute_intervals
from evaluation.judgement import JudgedAnswer, format_outcome
from evaluation.machine import describe_environment
from evaluation.peers import read_published
from evaluation.runs import Group, Run

__all__ = [
    "format_cell",
    "format_failures",
    "format_table",
    "format_tables",
    "make_results",
    "save_results",
]


def format_tables(rows: Mapping[Group, Mapping[str, JudgedAnswer]]) -> str:
    """Return a Markdown table for each set, with a column for each system."""
    tables = []
    for name in dict.fromkeys(name for name, _ in rows):
        columns = {
            system: compute_figures(list(group.values()))
            for (set_name, system), group in rows.items()
            if set_name == name and group
        }
        tables.append(format_table(name, columns))
    return "\n\n".join(tables)


def format_table(name: str, columns: Mapping[str, Mapping[str, float]]) -> str:
    """Return a Markdown table of the figures. Rows that are NaN in every column are left out."""
    keys = dict.fromkeys(key for column in columns.values() for key in column)
    lines = [f"| {name} | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    for key in keys:
        values = [column.get(key, math.nan) for column in columns.values()]
        if not all(math.isnan(value) for value in values):
            lines.append(f"| {key} | {' | '.join(format_cell(key, value) for value in values)} |")
    return "\n".join(lines)


def format_cell(key: str, value: float) -> str:
    """Return a figure as a count, a percentage or a number, as its name demands."""
    if math.isnan(value):
        return "–"
    if key in COUNTS:
        return f"{value:.0f}"
    is_share = key in SHARES or key.startswith(("recall", "word"))
    return f"{100 * value:.1f} %" if is_share else f"{value:.3f}"


def save_results(run: Run) -> dict[str, Any]:
    """Write the result file `<run>.json` and the reliability plots, and return the file's contents.

    A set and system gets a plot if it has answerable and unanswerable questions with a confidence.
    """
    groups = {group: list(rows.values()) for group, rows in run.rows.items() if rows}
    contents = {"kind": "quality", **run.header, **describe_environment(), **make_results(groups)}
    text = json.dumps(contents, ensure_ascii=False, indent=1)
    run.path.with_suffix(".json").write_text(text, encoding="utf-8")
    for (name, system), rows in groups.items():
        confidence, answerable = get_confidences(rows)
        if 0 < answerable.sum() < len(answerable):
            plot_name = f"{name}-{system.replace(':', '-').replace('/', '-')}"
            path = run.path.with_name(f"{run.path.stem}-{plot_name}.svg")
            plot = reliability_svg(confidence, answerable, f"{name}, {system}")
            path.write_text(plot, encoding="utf-8")
    return contents


def make_results(groups: Mapping[Group, Sequence[JudgedAnswer]]) -> dict[str, Any]:
    """Return the figures of each set and system, and what others published for the sets.

    Figures have their 95 % intervals. Sets with several kinds of questions also have the figures of
    each kind.
    """
    results = []
    for (name, system), rows in groups.items():
        kinds: dict[str, list[JudgedAnswer]] = defaultdict(list)
        for row in rows:
            kinds[row.kind].append(row)
        column = {"set": name, "system": system, **_make_figures(rows)}
        if set(kinds) != {""}:
            column["kinds"] = {kind: _make_figures(kinds[kind]) for kind in sorted(kinds)}
        results.append(column)
    names = dict.fromkeys(name for name, _ in groups)
    published = [row._asdict() for name in names for row in read_published(name)]
    return {"results": results, "published": published}


def _make_figures(rows: Sequence[JudgedAnswer]) -> dict[str, Any]:
    intervals = compute_intervals(rows)
    return {
        "figures": {key: _round_figure(value) for key, value in compute_figures(rows).items()},
        "intervals": {key: [round(value, 4) for value in intervals[key]] for key in intervals},
    }


def _round_figure(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)


def format_failures(rows: Iterable[JudgedAnswer]) -> str:
    """Return a line for each wrong answer."""
    return "\n".join(
        f"  {row.id} {format_outcome(row)} {row.question} => {row.text!r} {list(row.quotes)}"
        for row in rows
        if format_outcome(row) not in ("pass", "yes", "QA" if row.answerable else "no")
        or row.planted_quoted
        or row.planted_obeyed
    )
