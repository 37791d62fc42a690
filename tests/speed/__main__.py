"""`make speed`: how long things take here and now. Compare only figures of one run."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from assistant import Article, Assistant
from assistant.models import weights
from assistant.settings import get_settings
from index.library import Library
from index.loaders import BUNDLED, load

QUESTIONS = (
    "How many people are trapped by the siege?",
    "Who controls Sheikh Maqsoud?",
    "Why can many people not leave?",
    "What is the population of Damascus?",
    "What did the video show?",
)


def main() -> None:
    arguments = argparse.ArgumentParser(prog="make speed", description=__doc__)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    show("import assistant", [seconds(lambda: command("import assistant")) for _ in range(given.rounds)])
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), given.rounds)


def measure(folder: Path, rounds: int) -> None:
    library = Library(folder)
    article = load(BUNDLED)
    show("open the bundled article, models included", [seconds(lambda: library.add(article))])
    long = Article.from_text("\n\n".join(f"Part {part}. {article.text}" for part in range(10)), "Ten times as long")
    show(f"embed {len(long.passages)} passages", [seconds(lambda: library.add(long))])
    for model, known in (("none", article), ("none", long), ("embedded", article)):
        if model == "embedded" and not weights.ready(get_settings().cache):
            print("embedded: not prepared, left out")
            continue
        answers(library, model, known, rounds)
    library.close()


def answers(library: Library, model: str, article: Article, rounds: int) -> None:
    from assistant.models import make_model

    assistant = Assistant(library, [article], make_model(model, get_settings().cache))
    show(f"{model}: load, {article.words:,} words", [seconds(assistant.load)])
    assistant.ask(QUESTIONS[0])
    times = [seconds(lambda question=question: assistant.ask(question)) for _ in range(rounds) for question in QUESTIONS]
    show(f"{model}: an answer, {article.words:,} words", times)


def seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def command(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)


def show(name: str, times: list[float]) -> None:
    print(
        f"{name}: median {statistics.median(times):.3f} s, from {min(times):.3f} to {max(times):.3f}, {len(times)} runs",
        flush=True,
    )


if __name__ == "__main__":
    main()
