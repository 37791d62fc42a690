"""`make quality`: the product and its baseline on question sets, as a table and as JSON in `results/`."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

from assistant import Answer, Assistant
from assistant.models import make_model
from assistant.settings import get_settings
from index.library import Library

from .measure import Judged, as_rows, judge, summary
from .naive import Naive
from .sets import SHARED, Case, cases


def main() -> int:
    arguments = argparse.ArgumentParser(prog="make quality", description=__doc__)
    arguments.add_argument("--sets", nargs="+", default=["article_dev"], help="article_dev, squad2, clapnq, covidqa_long, …")
    arguments.add_argument(
        "--systems", nargs="+", default=["embedded", "none", "naive"], help="embedded, none, naive, or provider:name"
    )
    arguments.add_argument("--count", type=int, default=60, help="questions of each set but article_dev")
    arguments.add_argument("--out", type=Path, default=Path("results/quality.json"))
    arguments.add_argument("--failures", action="store_true", help="print each answer that was wrong")
    given = arguments.parse_args()
    if not SHARED.is_dir():
        print(f"Skipped: the question sets are not there ({SHARED}).", file=sys.stderr)
        return 0
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        library = Library(Path(folder))
        for name in given.sets:
            for system in given.systems:
                rows = run(library, name, system, given.count)
                results[f"{name} {system}"] = {**summary(rows), "rows": as_rows(rows)}
                show(f"{name} {system}", summary(rows))
                if given.failures:
                    show_failures(rows)
        library.close()
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(
        json.dumps({"commit": commit(), "count": given.count, "results": results}, ensure_ascii=False, indent=1)
    )
    return 0 if all(result["exact"] == 1.0 for result in results.values()) else 1


def run(library: Library, name: str, system: str, count: int) -> list[Judged]:
    asked = cases(name, count)
    for case in {case.article.id: case for case in asked}.values():
        library.add(case.article)
    ask = answerer(library, system)
    return [judge(case, ask(case)) for case in tqdm(asked, desc=f"{name} {system}", disable=not sys.stderr.isatty())]


def answerer(library: Library, system: str) -> Callable[[Case], Answer]:
    """Models are loaded, and an article read ahead, before the clock starts, as they are when a person asks."""
    model = make_model("embedded" if system == "naive" else system, get_settings().cache)
    if system == "naive":
        assert model is not None
        model.chat.load()  # type: ignore[attr-defined]
        return Naive(library, model.chat).ask
    assistants: dict[str, Assistant] = {}

    def ask(case: Case) -> Answer:
        if case.article.id not in assistants:
            assistants.clear()
            assistants[case.article.id] = Assistant(library, [case.article], model)
            assistants[case.article.id].load_search()
            assistants[case.article.id].load()
        return assistants[case.article.id].ask(case.question, case.history)

    return ask


def show(name: str, figures: dict[str, float]) -> None:
    cells = [
        f"{key} {value:.0f}" if value >= 2 and value == int(value) else f"{key} {value:.3f}" for key, value in figures.items()
    ]
    print(f"{name}: " + ", ".join(cells), flush=True)


def show_failures(rows: list[Judged]) -> None:
    for row in rows:
        wrong = not (row.quote_right and row.answer_right) if row.answerable else row.answered
        if wrong:
            marks = f"{'Q' if row.quote_right else '-'}{'A' if row.answer_right else '-'}" if row.answerable else "refuse"
            print(f"  {row.id} {marks} {row.question} => {row.text!r} {row.quotes}")


def commit() -> str:
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
