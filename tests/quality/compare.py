"""Two runs, question by question: `python -m tests.quality.compare results/a.json results/b.json`.

Each difference comes with the interval that holds 95 % of 10,000 paired bootstrap resamples of the questions that both
runs have (Efron and Tibshirani, 1993); where it leaves out 0, the difference is marked: noise alone rarely makes it.
Seconds can be compared only between runs on one machine that did nothing else.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .calibration import Floats
from .figures import figures, weighted
from .measure import Judged, marks
from .report import cell
from .runs import Group, RunError, read_run

__all__ = ["Difference", "changed", "compare"]

RESAMPLES = 10_000


@dataclass(frozen=True)
class Difference:
    """A figure of both runs, and the 95 % interval of the second less the first."""

    name: str
    first: float
    second: float
    low: float
    high: float

    @property
    def beyond_noise(self) -> bool:
        return self.low > 0 or self.high < 0


def compare(first: Sequence[Judged], second: Sequence[Judged], resamples: int = RESAMPLES, seed: int = 0) -> list[Difference]:
    """Both with the same questions in the same order. Figures that cannot be had of both are left out."""
    count = len(first)
    weights: Floats = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), resamples).astype(float)
    ours, theirs = weighted(first, weights), weighted(second, weights)
    before, after = figures(first), figures(second)
    names = [name for name in ours if name in theirs and not math.isnan(before[name] + after[name])]
    return [Difference(name, before[name], after[name], *_interval(theirs[name] - ours[name])) for name in names]


def _interval(differences: Floats) -> tuple[float, float]:
    low, high = np.nanpercentile(differences, [2.5, 97.5])
    return float(low), float(high)


def changed(first: Sequence[Judged], second: Sequence[Judged]) -> list[str]:
    """The questions that one run did better than the other, a line each."""
    pairs = zip(first, second, strict=True)
    return [f"  {old.id} {marks(old)} → {marks(new)} {old.question}" for old, new in pairs if marks(old) != marks(new)]


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.quality.compare", description=__doc__)
    arguments.add_argument("first", type=Path, help="the .json or .jsonl of a run")
    arguments.add_argument("second", type=Path)
    arguments.add_argument(
        "--systems", nargs=2, metavar=("A", "B"), help="system A of the first run with system B of the second"
    )
    given = arguments.parse_args()
    try:
        runs = read_run(given.first)[1], read_run(given.second)[1]
    except RunError as error:
        print(error, file=sys.stderr)
        return 2
    pairs = list(_pairs(*runs, given.systems))
    if not pairs:
        print("The two runs have no set and system in common; name two systems with --systems.", file=sys.stderr)
    for (name, system), first, second in pairs:
        _show(f"{name}, {system}", *_both(first, second))
    return 0 if pairs else 1


def _pairs(
    first: Mapping[Group, dict[str, Judged]], second: Mapping[Group, dict[str, Judged]], systems: Sequence[str] | None
) -> Iterator[tuple[Group, dict[str, Judged], dict[str, Judged]]]:
    for (name, system), rows in first.items():
        if systems is None and (name, system) in second:
            yield (name, system), rows, second[name, system]
        elif systems is not None and system == systems[0] and (name, systems[1]) in second:
            yield (name, " → ".join(systems)), rows, second[name, systems[1]]


def _both(first: dict[str, Judged], second: dict[str, Judged]) -> tuple[list[Judged], list[Judged]]:
    ids = sorted(first.keys() & second.keys())
    return [first[id] for id in ids], [second[id] for id in ids]


def _show(title: str, first: list[Judged], second: list[Judged]) -> None:
    if not first:
        return print(f"{title}: no question in common\n")
    print(f"| {title}, {len(first)} questions | first | second | difference | 95 % interval | |\n|---|---|---|---|---|---|")
    for one in compare(first, second):
        told = [cell(one.name, value) for value in (one.first, one.second, one.second - one.first, one.low, one.high)]
        print(f"| {one.name} | {told[0]} | {told[1]} | {told[2]} | {told[3]} to {told[4]} | {'changed' * one.beyond_noise} |")
    lines = changed(first, second)
    print("\n".join([f"\n{len(lines)} questions changed", *lines, ""]))
    return None


if __name__ == "__main__":
    sys.exit(main())
