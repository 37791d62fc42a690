"""Questions of yes and no, of our own, on texts of `../shared`: whether what is said first is right.

    python -m tests.quality.yes_no

The thresholds of `assistant/wording.py` were chosen on the questions that are marked as seen; the others were written after that.
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
from index.library import Library

from .sets import SHARED, Case
from .systems import make_system

QUESTIONS = Path(__file__).with_suffix(".jsonl")
SAID = ("right", "wrong", "quotes alone", "not stated")


def outcome(answer: Answer, truth: str | None) -> str:
    """What an answer comes to, where the truth is Yes, No, or that the text does not say."""
    if not answer.answered:
        return "not stated"
    said = answer.text.split(".")[0]
    if said not in ("Yes", "No"):
        return "quotes alone"
    return "right" if said == truth else "wrong"


@cache
def text_of(name: str) -> str:
    if name.endswith(".txt"):
        return (SHARED / name).read_text(encoding="utf-8")
    pages = map(json.loads, (SHARED / "eval/pages/gold.jsonl").read_text(encoding="utf-8").splitlines())
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
            article = library.add(Article.from_text(text_of(row["text"])))
            case = Case("", row["question"], article, row["answer"] is not None, (), ())
            found = outcome(ask(case), row["answer"])
            counts[row["seen"], row["answer"], found] += 1
            if found == "wrong":
                print(f"wrong: {row['question']} ({row['answer'] or 'not stated'})")
    for seen in (True, False):
        print(f"\n| {'seen' if seen else 'unseen'} | {' | '.join(SAID)} |\n|{'---|' * (len(SAID) + 1)}")
        for truth in ("Yes", "No", None):
            print(f"| {truth or 'not stated'} | {' | '.join(str(counts[seen, truth, found]) for found in SAID)} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
