"""Measure the verdicts on our own yes/no questions about texts of `../shared`.

    python -m evaluation.yes_no

The thresholds of `assistant/pipeline/thresholds.py` were chosen on the questions marked as
seen. The others were written after that.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from contextlib import closing
from functools import cache
from pathlib import Path

from tqdm import tqdm

from assistant import Answer, Article
from evaluation.sets import SHARED, Case
from evaluation.systems import make_system
from index.storage.library import Library

QUESTIONS = Path(__file__).with_suffix(".jsonl")
OUTCOMES = ("right", "wrong", "quotes alone", "not stated")


def classify_outcome(answer: Answer, truth: str | None) -> str:
    """Return the outcome of an answer, one of `OUTCOMES`.

    Args:
        truth: `Yes`, `No`, or None if the text does not say.
    """
    if not answer.answered:
        return "not stated"
    verdicts = [statement.text for statement in answer.statements if statement.kind == "verdict"]
    if not verdicts:
        return "quotes alone"
    return "right" if verdicts[0] == f"{truth}." else "wrong"


@cache
def read_text(name: str) -> str:
    """Return the text of a question: a file of `../shared`, or a marked page."""
    if name.endswith(".txt"):
        return (SHARED / name).read_text(encoding="utf-8")
    pages = map(
        json.loads, (SHARED / "eval/pages/gold.jsonl").read_text(encoding="utf-8").splitlines()
    )
    return str(next(page["text"] for page in pages if page["file"] == name))


def main() -> int:
    if not SHARED.is_dir():
        print(f"Skipped: the texts are not there ({SHARED}).", file=sys.stderr)
        return 0
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    counts: Counter[tuple[bool, str | None, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder, closing(Library(Path(folder))) as library:
        ask = make_system("embedded", library)
        for row in tqdm(rows, disable=None):
            article = library.add(Article.from_text(read_text(row["text"])))
            case = Case("", row["question"], article, row["answer"] is not None, (), ())
            outcome = classify_outcome(ask(case), row["answer"])
            counts[row["seen"], row["answer"], outcome] += 1
            if outcome == "wrong":
                print(f"wrong: {row['question']} ({row['answer'] or 'not stated'})")
    _print_tables(counts)
    return 0


def _print_tables(counts: Counter[tuple[bool, str | None, str]]) -> None:
    for seen in (True, False):
        print(f"\n| {'seen' if seen else 'unseen'} | {' | '.join(OUTCOMES)} |")
        print(f"|{'---|' * (len(OUTCOMES) + 1)}")
        for truth in ("Yes", "No", None):
            cells = (str(counts[seen, truth, outcome]) for outcome in OUTCOMES)
            print(f"| {truth or 'not stated'} | {' | '.join(cells)} |")


if __name__ == "__main__":
    sys.exit(main())
