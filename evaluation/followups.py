"""Measure follow-up questions: which are detected, and what search finds after rewriting them.

`python -m evaluation.followups ../shared/eval` measures CANARD, CoQAR and CAsT. It prints a table
and writes `results/followups.json`. `needs_context` was tuned on one half of the conversations
("tuned"); the other half is "held out".
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from langchain_core.language_models import BaseChatModel
from numpy.typing import NDArray
from tqdm import tqdm

from assistant.models import make_model
from assistant.pipeline.query.rewrite import needs_context, rewrite_standalone
from assistant.settings import get_settings
from index.embedders.minilm import MiniLM
from index.retrieval.bm25 import KeywordIndex
from index.retrieval.hybrid import RANK_CONSTANT
from training.conversations import Turn, read_turns

__all__ = ["Passages", "measure_detection", "measure_recall"]

SETS = ("canard", "coqar", "cast")
NO_ANSWER = "I don't know."
# Shorter answers ("two", "no") are no passages that a search could find.
MIN_WORDS = 4
TOP_PASSAGES = 5  # passages of the search that count

Figures = dict[str, float]
Rewrite = Callable[["Turn"], str]


class Passages:
    """The answers of all turns of a set, searched by keywords, or by keywords and embeddings."""

    def __init__(self, turns: Sequence[Turn], embedder: MiniLM | None = None) -> None:
        answers = [
            answer
            for turn in turns
            for answer in (*(reply for _, reply in turn.history), turn.answer)
        ]
        self.texts = [text for text in dict.fromkeys(answers) if is_searchable(text)]
        self._keywords = KeywordIndex(self.texts)
        self._embedder = embedder
        self._vectors = embedder.embed(self.texts) if embedder else None

    def search(self, question: str) -> list[str]:
        """Return the `TOP_PASSAGES` best passages, best first."""
        sparse = self._keywords.scores(question)
        scores = np.where(sparse > 0, _score_by_rank(sparse), 0)
        if self._embedder and self._vectors is not None:
            scores = scores + _score_by_rank(self._vectors @ self._embedder.embed([question])[0])
        best = np.argsort(-scores, kind="stable")[:TOP_PASSAGES]
        return [self.texts[row] for row in best if scores[row] > 0]


def _score_by_rank(scores: NDArray[np.float32]) -> NDArray[np.float64]:
    ranks = np.argsort(np.argsort(-scores, kind="stable"))
    return np.asarray(1 / (RANK_CONSTANT + ranks))


def is_searchable(answer: str) -> bool:
    """Return whether the answer is long enough to be found as a passage."""
    return answer != NO_ANSWER and len(answer.split()) >= MIN_WORDS


def measure_detection(turns: Sequence[Turn]) -> Figures:
    """Return precision and recall of `needs_context` on questions that have a history.

    `left alone` is the share of people's rewrites, which need no context, that are recognised so.
    """
    followups = [turn for turn in turns if turn.history]
    dependent = [turn for turn in followups if turn.is_dependent]
    detected = [turn.is_dependent for turn in followups if needs_context(turn.question)]
    return {
        "questions": len(followups),
        "leaning": len(dependent),
        "precision": _compute_share(detected),
        "recall": _compute_share([needs_context(turn.question) for turn in dependent]),
        "left alone": _compute_share([not needs_context(turn.rewrite) for turn in dependent]),
    }


def measure_recall(
    turns: Sequence[Turn], passages: Passages, rewrites: dict[str, Rewrite]
) -> Figures:
    """Return, for each way to rewrite, how often search finds the question's own answer."""
    figures: Figures = {"searched": len(turns)}
    for name, rewrite in rewrites.items():
        bar = tqdm(turns, desc=name, disable=not sys.stderr.isatty())
        hits = [turn.answer in passages.search(rewrite(turn)) for turn in bar]
        figures[name] = _compute_share(hits)
    return figures


def _make_rewriter(model: BaseChatModel | None) -> Rewrite:
    return lambda turn: rewrite_standalone(turn.question, turn.history, model)


def _compute_share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else float("nan")


def main() -> int:
    options = _parse_options()
    paths = {
        name: path
        for name in SETS
        if (path := options.folder / f"followups_{name}.jsonl").is_file()
    }
    if not paths:
        print(f"Skipped: no follow-ups are in {options.folder}.", file=sys.stderr)
        return 0
    model = make_model(options.model, get_settings().cache)
    rewrites: dict[str, Rewrite] = {
        "raw": lambda turn: turn.question,
        "joined": _make_rewriter(None),
    }
    rewrites |= {options.model: _make_rewriter(model.chat)} if model else {}
    rewrites["people"] = lambda turn: turn.rewrite
    results = {}
    for name, path in paths.items():
        turns = read_turns(path)
        passages = Passages(turns, MiniLM() if options.dense else None)
        for half, half_turns in _split_halves(turns).items():
            sample = _sample_turns(half_turns, options.count, options.seed)
            results[f"{name} {half}"] = (
                measure_detection(half_turns)
                | {"passages": len(passages.texts)}
                | measure_recall(sample, passages, rewrites)
            )
    print_table(results)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    contents = {
        "model": options.model,
        "dense": options.dense,
        "count": options.count,
        "seed": options.seed,
        "results": results,
    }
    options.out.write_text(json.dumps(contents, indent=1))
    return 0


def _parse_options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(prog="python -m evaluation.followups", description=__doc__)
    arguments.add_argument(
        "folder", type=Path, help="where followups_canard.jsonl and the others are"
    )
    arguments.add_argument(
        "--count", type=int, help="questions to search for in each half of a set; all, if left out"
    )
    arguments.add_argument(
        "--model", default="none", help="who rewrites: none, embedded, or provider:name"
    )
    arguments.add_argument("--dense", action="store_true", help="search by embeddings too")
    arguments.add_argument(
        "--seed", type=int, default=0, help="chooses the questions that are searched for"
    )
    arguments.add_argument("--out", type=Path, default=Path("results/followups.json"))
    return arguments.parse_args()


def _sample_turns(turns: Sequence[Turn], count: int | None, seed: int) -> list[Turn]:
    """Return follow-ups whose own answer can be searched for; all of them without a count."""
    candidates = [
        turn for turn in turns if turn.history and turn.is_dependent and is_searchable(turn.answer)
    ]
    return random.Random(seed).sample(candidates, min(count or len(candidates), len(candidates)))


def _split_halves(turns: Sequence[Turn]) -> dict[str, list[Turn]]:
    """Return the turns of each half of the conversations."""
    return {
        "tuned": [turn for turn in turns if not turn.is_held_out],
        "held out": [turn for turn in turns if turn.is_held_out],
    }


def print_table(results: dict[str, Figures]) -> None:
    print(
        "(raw and the columns after it: "
        f"recall of the own answer among the first {TOP_PASSAGES} passages)"
    )
    names = list(next(iter(results.values())))
    print(" " * 16 + "".join(f"{name:>12}" for name in names))
    for name, figures in results.items():
        cells = [
            f"{value:12.3f}" if isinstance(value, float) else f"{value:12}"
            for value in figures.values()
        ]
        print(f"{name:16}" + "".join(cells))


if __name__ == "__main__":
    sys.exit(main())
