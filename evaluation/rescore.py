"""Compute the figures of a stored run again, with those that were added since it ran.

    python -m evaluation.rescore results/RUN.jsonl --out evaluation/results/NAME.json

No question is asked. Short answers are scored again by SQuAD's rules, and every figure gets its
95 % interval. The date and the machine stay those of the run's own result file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluation.judgement import JudgedAnswer, score_short_answer
from evaluation.machine import describe_environment
from evaluation.report import format_table, make_results
from evaluation.runs import Group, RunError, code_version, read_run
from evaluation.sets import SHARED, SPAN_SETS, Case, read_set

__all__ = ["main", "rescore"]


def rescore(
    rows: Mapping[Group, Mapping[str, JudgedAnswer]], cases: Mapping[str, Mapping[str, Case]]
) -> dict[Group, list[JudgedAnswer]]:
    """Return the rows with the scores of their short answers.

    Args:
        rows: the rows by set and system, then by case ID.
        cases: the cases by set, then by ID. Sets without cases are not scored again.

    Raises:
        KeyError: a row of a set that has cases belongs to none of them.
    """
    return {
        (name, system): [
            score_short_answer(row, cases[name][row.id]) if name in cases else row
            for row in group.values()
        ]
        for (name, system), group in rows.items()
        if group
    }


def main() -> int:
    arguments = argparse.ArgumentParser(
        prog="python -m evaluation.rescore",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_argument("run", type=Path, help="the .jsonl of a run")
    arguments.add_argument("--out", type=Path, help="file; by default the .json of the run")
    options = arguments.parse_args()
    if not SHARED.is_dir():
        print(f"Skipped: the question sets are not there ({SHARED}).", file=sys.stderr)
        return 0
    try:
        header, rows = read_run(options.run)
        names = {name for name, _ in rows if name in SPAN_SETS}
        cases = {name: {case.id: case for case in read_set(name)} for name in names}
        groups = rescore(rows, cases)
    except (RunError, KeyError) as error:
        print(error, file=sys.stderr)
        return 2
    before = _read_environment(options.run.with_suffix(".json"))
    contents = {"kind": "quality", **header, **before, "rescored": code_version()}
    contents |= make_results(groups)
    path = options.out or options.run.with_suffix(".json")
    path.write_text(json.dumps(contents, ensure_ascii=False, indent=1), encoding="utf-8")
    for column in contents["results"]:
        figures = {key: value for key, value in column["figures"].items() if value is not None}
        print(format_table(column["set"], {column["system"]: figures}) + "\n")
    return 0


def _read_environment(path: Path) -> dict[str, Any]:
    """Return the date and the machine of a result file, or those of now if there is none."""
    if not path.is_file():
        return describe_environment()
    contents = json.loads(path.read_text(encoding="utf-8"))
    return {key: contents[key] for key in ("date", "machine")}


if __name__ == "__main__":
    sys.exit(main())
