"""Format the figures of result files, with their 95 % intervals, for tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from evaluation.intervals import wilson_interval

__all__ = ["FIGURES", "format_count", "format_figure", "format_header", "format_share"]

# Figure of a result file: its label in a table, and whether it is a share or a number.
FIGURES = {
    "cases passed": ("failure cases passed", "share"),
    "right quote": ("right quote", "share"),
    "quote precision": ("quote precision", "share"),
    "right answer": ("right answer", "share"),
    "token F1": ("token F1", "share"),
    "SQuAD exact match": ("exact match, SQuAD's scorer", "share"),
    "SQuAD F1": ("F1, SQuAD's scorer", "share"),
    "word precision": ("word precision", "share"),
    "word recall": ("word recall", "share"),
    "word F1": ("word F1", "share"),
    "refusal recall": ("refused", "share"),
    "false refusals": ("falsely refused", "share"),
    "exact quotes": ("exact", "share"),
    "AUROC": ("AUROC of the confidence", "number"),
    "calibration error": ("ECE", "number"),
    "seconds, total, median": ("median seconds", "number"),
}
# Shares of yes/no outcomes by what they are shares of, for result files without intervals.
_BASES = {
    "right quote": "answerable",
    "right answer": "answerable",
    "false refusals": "answerable",
    "refusal recall": "unanswerable",
    "exact quotes": "questions",
}
MIN_QUESTIONS = 20  # shares of fewer are shown as counts


def format_header(cells: list[str]) -> list[str]:
    """Return the two lines that open a Markdown table."""
    heading = " | ".join(cells) if cells[0] else f"| {' | '.join(cells[1:])}"
    return [f"| {heading} |", f"|{'---|' * len(cells)}"]


def format_figure(column: Mapping[str, Any], name: str) -> str:
    """Return a figure with its interval, such as "92 % (74–98)", or a dash if it has no value.

    Args:
        column: `figures` and perhaps `intervals` of a set and a system.
        name: a key of `FIGURES`.
    """
    value = column["figures"].get(name)
    if value is None:
        return "–"
    interval = column.get("intervals", {}).get(name) or _estimate_interval(column["figures"], name)
    if FIGURES[name][1] == "share":
        return format_share(value, interval)
    return f"{value:.2f}" + (f" ({interval[0]:.2f}–{interval[1]:.2f})" if interval else "")


def _estimate_interval(figures: Mapping[str, Any], name: str) -> tuple[float, float] | None:
    answerable = figures["of them answerable"]
    counts = {
        "questions": figures["questions"],
        "answerable": answerable,
        "unanswerable": figures["questions"] - answerable,
    }
    base = counts.get(_BASES.get(name, ""), 0)
    return wilson_interval(figures[name], base) if base else None


def format_share(value: float, interval: tuple[float, float] | None) -> str:
    """Return a share as a percentage with its interval, if it has one."""
    if not interval:
        return f"{100 * value:.0f} %"
    low, high = (100 * limit for limit in interval)
    return f"{100 * value:.0f} % ({low:.0f}–{high:.0f})"


def format_count(share: float | None, count: float) -> str:
    """Return a share of yes/no outcomes: "3 of 5", or a percentage with its interval if many.

    Args:
        share: 0 to 1, or None if there are no outcomes.
        count: number of outcomes.
    """
    if share is None or not count:
        return "–"
    if count < MIN_QUESTIONS:
        return f"{share * count:.0f} of {count:.0f}"
    return format_share(share, wilson_interval(share, count))
