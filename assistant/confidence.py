"""How likely it is that the article answers a question: one probability from what the parts of the chain say.

Logistic regression (Platt, "Probabilistic outputs for support vector machines", 1999) over the signals, fitted by
`training.confidence` on questions that the reader was not trained on. There is one fit of what the reader and the question say, one of
the model's opinions, and one of how near search came; those that are known are pooled (the logarithmic pool: Genest and Zidek,
"Combining probability distributions", 1986).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from index.article import Article
from index.embedding import MiniLM
from index.search import Hit

from .checking import Evidence
from .evidence import Choice

__all__ = ["FITS", "SHARE", "Signals", "confidence", "foreign_to", "nearness", "pooled", "signals_of"]

FITS = Path(__file__).parent / "weights" / "confidence.json"
# What the others' log odds count beside those of the best judge: the model, or where it says nothing, the reader.
SHARE = 0.3  # docs/tried.md has the figures for other shares
# Odds of a model or of the reader beyond this (e to the power of 8, about 3,000 to 1) are taken for this.
SUREST = 8.0


@dataclass(frozen=True)
class Signals:
    """What speaks for and against an answer. An opinion is known only where a model tells probabilities."""

    reader: float  # its probability that one of the candidates answers
    foreign: bool  # the question has a name or a number that the article has nowhere
    opinion: float | None = None  # the model's probability that the article, as far as it is shown it, states the answer
    again: float | None = None  # the same of the sentences that it then named, alone; None: it was sure enough
    near: float | None = (
        None  # the question's cosine similarity to the passage nearest to it; None: of vectors that no fit is of
    )

    @property
    def of_reader(self) -> list[float]:
        """As the fit takes them: probabilities as log odds."""
        return [_log_odds(self.reader), float(self.foreign)]

    @property
    def of_model(self) -> list[float]:
        """The same; empty where no model told its opinion."""
        if self.opinion is None:
            return []
        return [_log_odds(self.opinion), _log_odds(self.opinion if self.again is None else self.again)]

    @property
    def of_search(self) -> list[float]:
        """The same; empty where the similarity is of vectors that no fit is of, and without a model: it is no help to the reader."""
        return [] if self.near is None or self.opinion is None else [self.near]

    @property
    def known(self) -> dict[str, list[float]]:
        """What is known, by the name of its fit; the best judge first."""
        told = {"opinion": self.of_model, "reader": self.of_reader, "search": self.of_search}
        return {name: values for name, values in told.items() if values}


def signals_of(question: str, choice: Choice, near: float | None = None) -> Signals:
    """The signals that need no language model. `choice.ranked` must not be empty."""
    return Signals(1 - choice.none, foreign_to(choice.ranked[0].article, question) is not None, near=near)


def nearness(hits: Sequence[Hit], fingerprint: str) -> float | None:
    """How near the best of the hits is to the question, by vectors of the default embedder; None for any other's."""
    return max((hit.dense for hit in hits), default=0.0) if fingerprint == MiniLM.fingerprint else None


def foreign_to(article: Article, question: str) -> str | None:
    """A name or a number of the question that the article has nowhere; None if there is none."""
    named = question[:1].lower() + question[1:]  # "Besides" and "During" are capitals of grammar
    return _words_of(article).first_missing(named)


def confidence(signals: Signals) -> float:
    """The probability, 0 to 1, that the article answers the question."""
    log_odds = pooled(*(_fitted(name, values) for name, values in signals.known.items()))
    return 1 / (1 + math.exp(-log_odds))


def pooled(best: float, *others: float) -> float:
    """Log odds as one."""
    return best + SHARE * sum(others)


def _fitted(name: str, values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(_fits()[name], [1.0, *values], strict=True))


@cache
def _fits() -> dict[str, Sequence[float]]:
    fits: dict[str, Sequence[float]] = json.loads(FITS.read_text(encoding="utf-8"))
    return fits


def _log_odds(probability: float) -> float:
    if probability <= 0 or probability >= 1:
        return math.copysign(SUREST, probability - 0.5)
    return max(-SUREST, min(SUREST, math.log(probability / (1 - probability))))


@lru_cache(maxsize=8)
def _words_of(article: Article) -> Evidence:
    return Evidence([article.title, article.text])
