"""`make quality`: the product and simpler systems on question sets, side by side. A run that was cut short goes on.

Each judged answer goes to `results/<run>.jsonl` as it comes; at the end, tables go to standard output, and figures and
reliability plots to `results/`. Compare two runs with `python -m tests.quality.compare`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cache
from pathlib import Path

from tqdm import tqdm

from index.errors import AssistantError
from index.library import Library

from .measure import Judged, judge
from .questions import SETS, how_many, questions
from .report import failures, markdown, save, table
from .runs import Run, RunError, header, version
from .searching import search_figures, unit_figures
from .sets import SHARED, Case
from .systems import SYSTEMS, System, known, make_system


def main() -> int:
    given = _arguments()
    if not SHARED.is_dir():
        print(f"Skipped: the question sets are not there ({SHARED}).", file=sys.stderr)
        return 0
    try:
        return _search(given) if given.search else _answers(given)
    except (AssistantError, RunError) as error:
        print(error, file=sys.stderr)
        return 2


def _arguments() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="make quality", description=__doc__)
    arguments.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS), metavar="SET", help=", ".join(SETS))
    told = f"{', '.join(SYSTEMS)}, or provider:name; by default embedded none"
    arguments.add_argument("--systems", nargs="+", default=["embedded", "none"], metavar="SYSTEM", help=told)
    arguments.add_argument("--count", type=int, help="questions of each set")
    arguments.add_argument("--quick", action="store_true", help="a tenth of each set, at least six")
    arguments.add_argument("--held-out", action="store_true", help="only questions that nothing was trained or fitted on")
    arguments.add_argument("--search", action="store_true", help="search by itself; needs no language model")
    arguments.add_argument("--units", action="store_true", help="with --search: other units of text to search, too")
    arguments.add_argument("--failures", action="store_true", help="print each answer that was wrong")
    arguments.add_argument("--run", help="name of the run; by default the commit and the options")
    arguments.add_argument("--out", type=Path, default=Path("results"), help="folder")
    return arguments.parse_args()


def _name(given: argparse.Namespace) -> str:
    options = [name for name in ("held_out", "quick") if getattr(given, name)]
    return given.run or "-".join([version(), *options, *([str(given.count)] if given.count else [])])


def _asked(given: argparse.Namespace, name: str) -> list[Case]:
    return questions(name, how_many(name, count=given.count, quick=given.quick), held_out=given.held_out)


def _answers(given: argparse.Namespace) -> int:
    for system in given.systems:
        known(system)
    made_with = header(count=given.count, quick=given.quick, held_out=given.held_out)
    run = Run(given.out / f"{_name(given)}.jsonl", made_with)
    with closing(run), tempfile.TemporaryDirectory() as folder, closing(Library(Path(folder))) as library:
        system_of = cache(lambda name: make_system(name, library))
        for name in given.sets:
            cases = _asked(given, name)
            for system in given.systems:
                _measure(run, library, name, cases, system, system_of)
    return _report(run, given.failures)


def _measure(run: Run, library: Library, name: str, cases: list[Case], system: str, system_of: Callable[[str], System]) -> None:
    done = run.rows[name, system]
    left = [case for case in cases if case.id not in done]
    bar = tqdm(left, desc=f"{name} {system}", initial=len(done), total=len(cases), disable=None)
    for case in bar:
        library.add(case.article)
        run.add(name, system, judge(case, system_of(system)(case)))


def _report(run: Run, with_failures: bool) -> int:
    save(run)
    print(f"{run.path.stem}: {json.dumps(run.header, ensure_ascii=False)}\n\n{markdown(run.rows)}", flush=True)
    rows: list[Judged] = [row for found in run.rows.values() for row in found.values()]
    if with_failures:
        for (name, system), found in run.rows.items():
            print(f"\n{name} {system}\n{failures(found.values())}")
    return 0 if all(row.exact for row in rows) else 1


def _search(given: argparse.Namespace) -> int:
    results: dict[str, dict[str, dict[str, float]]] = {}
    for name in given.sets:
        cases = _asked(given, name)
        results[name] = search_figures(cases)
        print(table(name, results[name]) + "\n", flush=True)
        if given.units:
            results[f"{name}, units"] = unit_figures(cases)
            print(table(f"{name}, units", results[f"{name}, units"]) + "\n", flush=True)
    made_with = header(count=given.count, quick=given.quick, held_out=given.held_out)
    given.out.mkdir(parents=True, exist_ok=True)
    told = json.dumps({**made_with, "search": results}, ensure_ascii=False, indent=1)
    (given.out / f"{_name(given)}-search.json").write_text(told, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
