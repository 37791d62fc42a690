"""Compare two runs question by question: `python -m evaluation.compare a.json b.json`.

Each difference comes with the interval of 95 % of 10,000 paired bootstrap resamples of the
questions that both runs have (Efron and Tibshirani, 1993). A difference whose interval leaves out 0
is marked as changed: noise alone rarely causes it. Seconds can be compared only between runs on one
machine that did nothing else.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.figures import compute_figures, compute_weighted_figures
from evaluation.intervals import bootstrap_weights, percentile_interval
from evaluation.judgement import JudgedAnswer, format_outcome
from evaluation.report import format_cell
from evaluation.runs import Group, RunError, read_run

__all__ = ["Difference", "compare_answers", "list_changes"]

RESAMPLES = 10_000


@dataclass(frozen=True)
class Difference:
    """A figure of both runs, and the 95 % interval of the second minus the first."""

    name: str
    first: float
    second: float
    low: float
    high: float

    @property
    def is_beyond_noise(self) -> bool:
        return self.low > 0 or self.high < 0


def compare_answers(
    first: Sequence[JudgedAnswer],
    second: Sequence[JudgedAnswer],
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Difference]:
    """Return the difference of each figure that both runs have.

    Args:
        first, second: answers to the same questions in the same order.
    """
    weights = bootstrap_weights(len(first), resamples, seed)
    ours, theirs = (
        compute_weighted_figures(first, weights),
        compute_weighted_figures(second, weights),
    )
    before, after = compute_figures(first), compute_figures(second)
    names = [name for name in ours if name in theirs and not math.isnan(before[name] + after[name])]
    return [
        Difference(name, before[name], after[name], *percentile_interval(theirs[name] - ours[name]))
        for name in names
    ]


def list_changes(first: Sequence[JudgedAnswer], second: Sequence[JudgedAnswer]) -> list[str]:
    """Return a line for each question whose outcome differs between the runs."""
    pairs = zip(first, second, strict=True)
    return [
        f"  {old.id} {format_outcome(old)} → {format_outcome(new)} {old.question}"
        for old, new in pairs
        if format_outcome(old) != format_outcome(new)
    ]


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m evaluation.compare", description=__doc__)
    arguments.add_argument("first", type=Path, help="the .json or .jsonl of a run")
    arguments.add_argument("second", type=Path)
    arguments.add_argument(
        "--systems",
        nargs=2,
        metavar=("A", "B"),
        help="system A of the first run with system B of the second",
    )
    options = arguments.parse_args()
    try:
        runs = read_run(options.first)[1], read_run(options.second)[1]
    except RunError as error:
        print(error, file=sys.stderr)
        return 2
    pairs = list(_match_groups(*runs, options.systems))
    if not pairs:
        print(
            "The two runs have no set and system in common; name two systems with --systems.",
            file=sys.stderr,
        )
    for (name, system), first, second in pairs:
        _print_differences(f"{name}, {system}", *_align_rows(first, second))
    return 0 if pairs else 1


def _match_groups(
    first: Mapping[Group, dict[str, JudgedAnswer]],
    second: Mapping[Group, dict[str, JudgedAnswer]],
    systems: Sequence[str] | None,
) -> Iterator[tuple[Group, dict[str, JudgedAnswer], dict[str, JudgedAnswer]]]:
    for (name, system), rows in first.items():
        if systems is None and (name, system) in second:
            yield (name, system), rows, second[name, system]
        elif systems is not None and system == systems[0] and (name, systems[1]) in second:
            yield (name, " → ".join(systems)), rows, second[name, systems[1]]


def _align_rows(
    first: dict[str, JudgedAnswer], second: dict[str, JudgedAnswer]
) -> tuple[list[JudgedAnswer], list[JudgedAnswer]]:
    ids = sorted(first.keys() & second.keys())
    return [first[id] for id in ids], [second[id] for id in ids]


def _print_differences(title: str, first: list[JudgedAnswer], second: list[JudgedAnswer]) -> None:
    if not first:
        return print(f"{title}: no question in common\n")
    print(
        f"| {title}, {len(first)} questions | first | second | difference | 95 % interval | |\n"
        "|---|---|---|---|---|---|"
    )
    for difference in compare_answers(first, second):
        print(_format_difference(difference))
    lines = list_changes(first, second)
    print("\n".join([f"\n{len(lines)} questions changed", *lines, ""]))
    return None


def _format_difference(difference: Difference) -> str:
    name = difference.name
    first, second = format_cell(name, difference.first), format_cell(name, difference.second)
    change = format_cell(name, difference.second - difference.first)
    low, high = format_cell(name, difference.low), format_cell(name, difference.high)
    mark = "changed" if difference.is_beyond_noise else ""
    return f"| {name} | {first} | {second} | {change} | {low} to {high} | {mark} |"


if __name__ == "__main__":
    sys.exit(main())
