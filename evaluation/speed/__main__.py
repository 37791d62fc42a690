"""Measure how long things take on this machine: `make speed`. Compare only figures of one run.

The figures go to standard output and to `results/<commit>-speed.json`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from assistant import Article, Assistant
from assistant.models import conversion as weights
from assistant.settings import get_settings
from evaluation.machine import describe_environment
from evaluation.runs import code_version, make_header
from index.loaders import BUNDLED_ARTICLE, load
from index.storage.library import Library

QUESTIONS = (
    "How many people are trapped by the siege?",
    "Who controls Sheikh Maqsoud?",
    "Why can many people not leave?",
    "What is the population of Damascus?",
    "What did the video show?",
)

Timing = tuple[str, list[float]]  # what was measured, and the seconds of each repetition


def main() -> None:
    arguments = argparse.ArgumentParser(prog="make speed", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--out", type=Path, default=Path("results"), help="folder")
    options = arguments.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for name, seconds in measure_all(Path(folder), options.rounds):
            result = summarise(name, seconds)
            results.append(result)
            print(
                f"{name}: median {result['median']:.3f} s, from {result['min']:.3f} "
                f"to {result['max']:.3f}, {result['runs']} runs",
                flush=True,
            )
    header = make_header(rounds=options.rounds)
    contents = {"kind": "speed", **header, **describe_environment(), "results": results}
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / f"{code_version()}-speed.json"
    path.write_text(json.dumps(contents, ensure_ascii=False, indent=1), encoding="utf-8")


def measure_all(folder: Path, rounds: int) -> Iterator[Timing]:
    """Measure the import, opening and embedding articles, and answers with and without a model."""
    yield (
        "import assistant",
        [measure_seconds(lambda: run_command("import assistant")) for _ in range(rounds)],
    )
    with closing(Library(folder)) as library:
        article = load(BUNDLED_ARTICLE)
        yield (
            "open the bundled article, models included",
            [measure_seconds(lambda: library.add(article))],
        )
        long = Article.from_text(
            "\n\n".join(f"Part {part}. {article.text}" for part in range(10)), "Ten times as long"
        )
        yield f"embed {len(long.passages)} passages", [measure_seconds(lambda: library.add(long))]
        for model, text in (("none", article), ("none", long), ("embedded", article)):
            if model == "embedded" and not weights.is_ready(get_settings().cache):
                print("embedded: not prepared, left out")
                continue
            yield from measure_answers(library, model, text, rounds)


def measure_answers(
    library: Library, model: str, article: Article, rounds: int
) -> Iterator[Timing]:
    """Measure loading a model, and `rounds` answers to each question."""
    from assistant.models import make_model

    assistant = Assistant(library, [article], make_model(model, get_settings().cache))
    yield f"{model}: load, {article.words:,} words", [measure_seconds(assistant.load)]
    assistant.ask(QUESTIONS[0])
    seconds = [
        measure_seconds(partial(assistant.ask, question))
        for _ in range(rounds)
        for question in QUESTIONS
    ]
    yield f"{model}: an answer, {article.words:,} words", seconds


def measure_seconds(work: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def run_command(code: str) -> None:
    """Run Python code in a new process."""
    subprocess.run([sys.executable, "-c", code], check=True)


def summarise(name: str, seconds: list[float]) -> dict[str, Any]:
    """Return the median, the extremes and the number of repetitions."""
    return {
        "name": name,
        "median": round(statistics.median(seconds), 4),
        "min": round(min(seconds), 4),
        "max": round(max(seconds), 4),
        "runs": len(seconds),
    }


if __name__ == "__main__":
    main()
