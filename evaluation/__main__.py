"""Measure the assistant and simpler systems on question sets: `make quality`.

An interrupted run continues where it stopped. Each judged answer is appended to
`results/<run>.jsonl` as it comes. At the end, tables go to standard output, and figures and
reliability plots to `results/`. Compare two runs with `python -m evaluation.compare`.
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

from evaluation.judgement import JudgedAnswer, judge
from evaluation.machine import describe_environment
from evaluation.questions import BUNDLED_SETS, SETS, count_questions, load_questions
from evaluation.report import format_failures, format_table, format_tables, save_results
from evaluation.retrieval import measure_search, measure_units
from evaluation.runs import Run, RunError, code_version, make_header
from evaluation.sets import SHARED, Case
from evaluation.systems import SYSTEMS, System, check_system_name, make_system
from evaluation.table_formats import format_kinds
from index.errors import AssistantError
from index.storage.library import Library


def main() -> int:
    options = _parse_options()
    if not SHARED.is_dir() and not BUNDLED_SETS.issuperset(options.sets):
        print(f"Skipped: the question sets are not there ({SHARED}).", file=sys.stderr)
        return 0
    try:
        return _measure_search(options) if options.search else _measure_answers(options)
    except (AssistantError, RunError) as error:
        print(error, file=sys.stderr)
        return 2


def _parse_options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="make quality", description=__doc__)
    arguments.add_argument(
        "--sets", nargs="+", choices=SETS, default=list(SETS), metavar="SET", help=", ".join(SETS)
    )
    systems = f"{', '.join(SYSTEMS)}, or provider:name; by default embedded none"
    arguments.add_argument(
        "--systems", nargs="+", default=["embedded", "none"], metavar="SYSTEM", help=systems
    )
    arguments.add_argument("--count", type=int, help="questions of each set")
    arguments.add_argument("--quick", action="store_true", help="a tenth of each set, at least six")
    arguments.add_argument(
        "--held-out",
        action="store_true",
        help="only questions that nothing was trained or fitted on",
    )
    arguments.add_argument(
        "--search", action="store_true", help="search by itself; needs no language model"
    )
    arguments.add_argument(
        "--units", action="store_true", help="with --search: other units of text to search, too"
    )
    arguments.add_argument(
        "--failures", action="store_true", help="print each answer that was wrong"
    )
    arguments.add_argument("--run", help="name of the run; by default the commit and the options")
    arguments.add_argument("--out", type=Path, default=Path("results"), help="folder")
    return arguments.parse_args()


def _make_run_name(options: argparse.Namespace) -> str:
    flags = [name for name in ("held_out", "quick") if getattr(options, name)]
    count = [str(options.count)] if options.count else []
    return options.run or "-".join([code_version(), *flags, *count])


def _load_cases(options: argparse.Namespace, name: str) -> list[Case]:
    count = count_questions(name, count=options.count, quick=options.quick)
    return load_questions(name, count, held_out=options.held_out)


def _measure_answers(options: argparse.Namespace) -> int:
    for system in options.systems:
        check_system_name(system)
    header = make_header(count=options.count, quick=options.quick, held_out=options.held_out)
    run = Run(options.out / f"{_make_run_name(options)}.jsonl", header)
    with (
        closing(run),
        tempfile.TemporaryDirectory() as folder,
        closing(Library(Path(folder))) as library,
    ):
        system_of = cache(lambda name: make_system(name, library))
        for name in options.sets:
            cases = _load_cases(options, name)
            for system in options.systems:
                _measure_system(run, library, name, cases, system, system_of)
    return _print_report(run, options.failures)


def _measure_system(
    run: Run,
    library: Library,
    name: str,
    cases: list[Case],
    system: str,
    system_of: Callable[[str], System],
) -> None:
    done = run.rows[name, system]
    pending = [case for case in cases if case.id not in done]
    bar = tqdm(pending, desc=f"{name} {system}", initial=len(done), total=len(cases), disable=None)
    for case in bar:
        for article in case.articles:
            library.add(article)
        run.add(name, system, judge(case, system_of(system)(case)))


def _print_report(run: Run, with_failures: bool) -> int:
    contents = save_results(run)
    header = json.dumps(run.header, ensure_ascii=False)
    tables = [format_tables(run.rows), *format_kinds(contents["results"])]
    print("\n\n".join([f"{run.path.stem}: {header}", *tables]), flush=True)
    rows: list[JudgedAnswer] = [row for group in run.rows.values() for row in group.values()]
    if with_failures:
        for (name, system), group in run.rows.items():
            print(f"\n{name} {system}\n{format_failures(group.values())}")
    return 0 if all(row.exact for row in rows) else 1


def _measure_search(options: argparse.Namespace) -> int:
    results: dict[str, dict[str, dict[str, float]]] = {}
    for name in options.sets:
        cases = [case for case in _load_cases(options, name) if case.evidence]
        if not cases:
            print(f"{name}: nobody marked evidence that search could find\n", flush=True)
            continue
        results[name] = measure_search(cases)
        print(format_table(name, results[name]) + "\n", flush=True)
        if options.units:
            results[f"{name}, units"] = measure_units(cases)
            print(format_table(f"{name}, units", results[f"{name}, units"]) + "\n", flush=True)
    header = make_header(count=options.count, quick=options.quick, held_out=options.held_out)
    contents = {"kind": "search", **header, **describe_environment(), "search": results}
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{_make_run_name(options)}-search.json"
    path.write_text(json.dumps(contents, ensure_ascii=False, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
