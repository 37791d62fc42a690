"""What the reader's "none" means: false refusals and refusals at every threshold, on sets it was not trained on.

Each question is put to its own article, and to the article of another question, which cannot answer it.
`python -m training.thresholds ../shared/eval`
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from assistant.evidence import candidates_of, choose
from assistant.reader import WEIGHTS, Reader
from index.article import Article
from index.library import Library
from index.search import HybridRetriever

SETS = ("xquad_en", "covidqa_long")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data", type=Path)
    arguments.add_argument("--weights", type=Path, default=WEIGHTS)
    arguments.add_argument("--count", type=int, default=80)
    given = arguments.parse_args()
    reader = Reader(given.weights)
    for name in SETS:
        with tempfile.TemporaryDirectory() as folder:
            own, other, first = measure(Library(Path(folder)), reader, given.data, name, given.count)
        area = float(np.mean([[a < b for b in other] for a in own]))
        print(f"{name}: {len(own)} questions, best sentence right {first:.2f}, AUROC against another article {area:.3f}")
        for threshold in np.arange(0.1, 1.0, 0.1):
            refused, falsely = float(np.mean(np.array(other) >= threshold)), float(np.mean(np.array(own) >= threshold))
            print(f"  none >= {threshold:.1f}: falsely refused {falsely:.2f}, refused {refused:.2f}")


def measure(library: Library, reader: Reader, data: Path, name: str, count: int) -> tuple[list[float], list[float], float]:
    """Probabilities of "none" on the own article and on another's, and the share whose best sentence is right."""
    documents = {row["doc_id"]: row for row in _rows(data / f"{name}.docs.jsonl")}
    asked = [row for row in _rows(data / f"{name}.questions.jsonl") if row["answerable"] and row["answer_start"] is not None]
    chosen = random.Random(0).sample(asked, min(count, len(asked)))
    own: list[float] = []
    other: list[float] = []
    right = 0
    for row, away in zip(chosen, [*chosen[1:], chosen[0]], strict=True):
        article = library.add(_article(documents[row["doc_id"]]))
        verdict, best = ask(library, reader, article, row["question"])
        own.append(verdict)
        right += best[0] <= row["answer_start"] < best[1]
        elsewhere = library.add(_article(documents[away["doc_id"]]))
        if elsewhere.id != article.id:
            other.append(ask(library, reader, elsewhere, row["question"])[0])
    return own, other, right / len(chosen)


def ask(library: Library, reader: Reader, article: Article, question: str) -> tuple[float, tuple[int, int]]:
    hits = HybridRetriever(library=library, article_ids=(article.id,)).hits(question)
    choice = choose(question, candidates_of(hits), 3, reader)
    return choice.none, choice.ranked[0].span


def _article(document: dict[str, Any]) -> Article:
    return Article.from_text(document["text"], document.get("title") or "")


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    main()
