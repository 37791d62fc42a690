"""Kill processes and damage files, and write a result file.

python -m evaluation.stress --kills 5
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from evaluation.machine import describe_environment
from evaluation.runs import code_version
from evaluation.stress.damage import damage_files, make_library
from evaluation.stress.kills import KILL_ACTIONS, Fault, State, kill_once

__all__ = ["main", "run_stress", "summarize"]

RESULTS = Path(__file__).parents[1] / "results"


def main(argv: list[str] | None = None) -> int:
    """Run the test. The exit status is 1 if something was lost or crashed."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.stress", description=__doc__)
    parser.add_argument("--kills", type=int, default=21, help="number of kills")
    parser.add_argument("--seed", type=int, default=0, help="of the moments and of the articles")
    parser.add_argument("--actions", nargs="*", choices=KILL_ACTIONS, default=KILL_ACTIONS)
    parser.add_argument("--no-damage", action="store_true", help="damage no files")
    parser.add_argument("--out", type=Path, help="result file; by default in evaluation/results")
    options = parser.parse_args(argv)
    faults = run_stress(
        options.kills, options.seed, options.actions, is_damaging=not options.no_damage
    )
    environment = describe_environment()
    result: dict[str, Any] = {
        "kind": "stress",
        "commit": code_version(),
        **environment,
        "kills": options.kills,
        "seed": options.seed,
        "results": summarize(faults),
    }
    name = f"{environment['date']}-{result['commit']}-stress.json"
    path = options.out or RESULTS / name
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(path)
    return int(any(row["lost"] or row["crashed"] for row in result["results"]))


def run_stress(
    kills: int, seed: int, actions: Iterable[str] = KILL_ACTIONS, *, is_damaging: bool = True
) -> list[Fault]:
    """Kill processes, then damage files; print and return what happened.

    Args:
        kills: the number of kills, shared by the actions in turn.
        seed: of the moments and of the articles.
        actions: what the processes do that are killed.
        is_damaging: whether to damage files as well.
    """
    random, names, faults = Random(seed), list(actions), []
    with TemporaryDirectory() as name:
        root = Path(name)
        states: dict[str, State] = {"changed": {}, "served": {}}
        for number in range(kills):
            action = names[number % len(names)]
            folder = "served" if action == "serve" else "changed"
            fault, states[folder] = kill_once(
                root / folder / "data", action, states[folder], random
            )
            faults.append(_report(fault))
        if is_damaging:
            whole = root / "whole"
            state = make_library(whole / "data", random)
            faults += [_report(fault) for fault in damage_files(whole, state)]
    return faults


def _report(fault: Fault) -> Fault:
    print(f"{fault.outcome:9} {fault.seconds:6.2f} s  {fault.fault}  {fault.detail}", flush=True)
    return fault


def summarize(faults: Iterable[Fault]) -> list[dict[str, Any]]:
    """Return a row for each fault: tries, outcomes and the longest time to heal."""
    rows: dict[str, dict[str, Any]] = {}
    for fault in faults:
        empty = {"fault": fault.fault, "tries": 0, "survived": 0, "refused": 0, "lost": 0}
        row = rows.setdefault(fault.fault, {**empty, "crashed": 0, "seconds": 0.0, "detail": ""})
        row["tries"] += 1
        row[fault.outcome] += 1
        row["seconds"] = max(row["seconds"], fault.seconds)
        row["detail"] = row["detail"] or asdict(fault)["detail"]
    return list(rows.values())


if __name__ == "__main__":
    sys.exit(main())
