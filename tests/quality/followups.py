"""Follow-ups: which are known to lean on what was said, and what is found with their rewriting.

`python -m tests.quality.followups ../shared/eval`: CANARD, CoQAR and CAsT, as a table and in `results/followups.json`.
`followup.leans` was tuned on one half of the conversations ("tuned"); the other half is "held out".
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.language_models import BaseChatModel
from numpy.typing import NDArray
from tqdm import tqdm

from assistant.followup import leans, stand_alone
from assistant.models import make_model
from assistant.settings import get_settings
from index.embedding import MiniLM
from index.keywords import Keywords
from index.search import RANK_CONSTANT

__all__ = ["Passages", "Turn", "detection", "found", "read"]

SETS = ("canard", "coqar", "cast")
NO_ANSWER = "I don't know."
# Shorter answers ("two", "no") are no passages that a search could find.
FEWEST_WORDS = 4
FIRST = 5  # passages of the search that count

Figures = dict[str, float]
Rewrite = Callable[["Turn"], str]


@dataclass(frozen=True)
class Turn:
    """A question in a conversation, the person's rewriting of it, and its own answer where that is told."""

    id: str
    question: str
    rewrite: str
    history: tuple[tuple[str, str], ...]
    answer: str = ""

    @property
    def leaning(self) -> bool:
        """Whether the person changed more than case and punctuation."""
        return _plain(self.question) != _plain(self.rewrite)

    @property
    def held_out(self) -> bool:
        return zlib.crc32(self.id.rsplit("_", 1)[0].encode()) % 2 == 1


class Passages:
    """The answers of all turns of a set, searched by keywords, or by keywords and embeddings, fused."""

    def __init__(self, turns: Sequence[Turn], embedder: MiniLM | None = None) -> None:
        told = [answer for turn in turns for answer in (*(said for _, said in turn.history), turn.answer)]
        self.texts = [text for text in dict.fromkeys(told) if searchable(text)]
        self._keywords = Keywords(self.texts)
        self._embedder = embedder
        self._vectors = embedder.embed(self.texts) if embedder else None

    def first(self, question: str) -> list[str]:
        """The `FIRST` best, best first."""
        sparse = self._keywords.scores(question)
        scores = np.where(sparse > 0, _by_rank(sparse), 0)
        if self._embedder and self._vectors is not None:
            scores = scores + _by_rank(self._vectors @ self._embedder.embed([question])[0])
        return [self.texts[row] for row in np.argsort(-scores, kind="stable")[:FIRST] if scores[row] > 0]


def _by_rank(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    ranks = np.argsort(np.argsort(-scores, kind="stable"))
    return np.asarray(1 / (RANK_CONSTANT + ranks))


def searchable(answer: str) -> bool:
    return answer != NO_ANSWER and len(answer.split()) >= FEWEST_WORDS


def read(path: Path) -> list[Turn]:
    """The turns of a file. The answer of one stands in the history of those after it; it is never in its own."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    answers: dict[tuple[str, ...], str] = {}
    for row in filter(_has_answers, rows):
        said = row["history"]
        answers |= {tuple(said[:place]): said[place] for place in range(1, len(said), 2)}
    return [
        Turn(
            row["qid"],
            row["question"],
            row["rewrite"],
            tuple(_pairs(row)),
            answers.get((*row["history"], row["question"]), "") if _has_answers(row) else "",
        )
        for row in rows
    ]


def _has_answers(row: dict[str, Any]) -> bool:
    """The first two years of CAsT tell earlier questions alone."""
    return not row["qid"].startswith(("cast2019", "cast2020"))


def _pairs(row: dict[str, Any]) -> list[tuple[str, str]]:
    said = row["history"]
    return list(zip(said[::2], said[1::2], strict=True)) if _has_answers(row) else [(question, "") for question in said]


def detection(turns: Sequence[Turn]) -> Figures:
    """Of questions with a history. `left alone`: of people's rewritings, which stand alone, those that do not lean."""
    asked = [turn for turn in turns if turn.history]
    leaning = [turn for turn in asked if turn.leaning]
    known = [turn.leaning for turn in asked if leans(turn.question)]
    return {
        "questions": len(asked),
        "leaning": len(leaning),
        "precision": _share(known),
        "recall": _share([leans(turn.question) for turn in leaning]),
        "left alone": _share([not leans(turn.rewrite) for turn in leaning]),
    }


def found(turns: Sequence[Turn], passages: Passages, rewrites: dict[str, Rewrite]) -> Figures:
    """How often a leaning question's own answer is among the first passages, for each way to write the question."""
    figures: Figures = {"searched": len(turns)}
    for name, rewrite in rewrites.items():
        bar = tqdm(turns, desc=name, disable=not sys.stderr.isatty())
        figures[name] = _share([turn.answer in passages.first(rewrite(turn)) for turn in bar])
    return figures


def _ours(model: BaseChatModel | None) -> Rewrite:
    return lambda turn: stand_alone(turn.question, turn.history, model)


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else float("nan")


def _plain(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.quality.followups", description=__doc__)
    arguments.add_argument("folder", type=Path, help="where followups_canard.jsonl and the others are")
    arguments.add_argument("--count", type=int, help="questions to search for in each half of a set; all, if left out")
    arguments.add_argument("--model", default="none", help="who rewrites: none, embedded, or provider:name")
    arguments.add_argument("--dense", action="store_true", help="search by embeddings too")
    arguments.add_argument("--seed", type=int, default=0, help="chooses the questions that are searched for")
    arguments.add_argument("--out", type=Path, default=Path("results/followups.json"))
    given = arguments.parse_args()
    there = {name: path for name in SETS if (path := given.folder / f"followups_{name}.jsonl").is_file()}
    if not there:
        print(f"Skipped: no follow-ups are in {given.folder}.", file=sys.stderr)
        return 0
    made = make_model(given.model, get_settings().cache)
    rewrites: dict[str, Rewrite] = {"raw": lambda turn: turn.question, "joined": _ours(None)}
    rewrites |= {given.model: _ours(made.chat)} if made else {}
    rewrites["people"] = lambda turn: turn.rewrite
    results = {}
    for name, path in there.items():
        turns = read(path)
        passages = Passages(turns, MiniLM.shared() if given.dense else None)
        for half, of_half in _halves(turns).items():
            sought = [turn for turn in of_half if turn.history and turn.leaning and searchable(turn.answer)]
            sought = random.Random(given.seed).sample(sought, min(given.count or len(sought), len(sought)))
            results[f"{name} {half}"] = (
                detection(of_half) | {"passages": len(passages.texts)} | found(sought, passages, rewrites)
            )
    show(results)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    said = {"model": given.model, "dense": given.dense, "count": given.count, "seed": given.seed, "results": results}
    given.out.write_text(json.dumps(said, indent=1))
    return 0


def _halves(turns: Sequence[Turn]) -> dict[str, list[Turn]]:
    """By conversation."""
    return {
        "tuned": [turn for turn in turns if not turn.held_out],
        "held out": [turn for turn in turns if turn.held_out],
    }


def show(results: dict[str, Figures]) -> None:
    print(f"(raw and the columns after it: recall of the own answer among the first {FIRST} passages)")
    names = list(next(iter(results.values())))
    print(" " * 16 + "".join(f"{name:>12}" for name in names))
    for name, figures in results.items():
        cells = [f"{value:12.3f}" if isinstance(value, float) else f"{value:12}" for value in figures.values()]
        print(f"{name:16}" + "".join(cells))


if __name__ == "__main__":
    sys.exit(main())
