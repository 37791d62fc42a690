"""How likely it is that the article answers a question: one probability from what the parts of the chain say.

Logistic regression (Platt, "Probabilistic outputs for support vector machines", 1999) over the signals, fitted by
`training.confidence` on questions that the reader was not trained on. There is one fit of what the reader and the question say, and
one of the model's opinions; where both are known, they are pooled (the logarithmic pool: Genest and Zidek, "Combining probability
distributions", 1986).
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from index.article import Article

from .checking import Evidence
from .evidence import Choice

__all__ = ["FITS", "READERS_SHARE", "Signals", "confidence", "foreign_to", "signals_of"]

FITS = Path(__file__).parent / "weights" / "confidence.json"
# What the reader's log odds count beside the model's. docs/quality.md has the figures for other shares.
READERS_SHARE = 0.3
# Odds of a model or of the reader beyond this (e to the power of 8, about 3,000 to 1) are taken for this.
SUREST = 8.0


@dataclass(frozen=True)
class Signals:
    """What speaks for and against an answer. An opinion is known only where a model tells probabilities."""

    reader: float  # its probability that one of the candidates answers
    foreign: bool  # the question has a name or a number that the article has nowhere
    opinion: float | None = None  # the model's probability that the article, as far as it is shown it, states the answer
    again: float | None = None  # the same of the sentences that it then named, alone; None: it was sure enough

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


def signals_of(question: str, choice: Choice) -> Signals:
    """The signals that need no language model. `choice.ranked` must not be empty."""
    return Signals(1 - choice.none, foreign_to(choice.ranked[0].article, question) is not None)


def foreign_to(article: Article, question: str) -> str | None:
    """A name or a number of the question that the article has nowhere; None if there is none."""
    named = question[:1].lower() + question[1:]  # "Besides" and "During" are capitals of grammar
    return _words_of(article).first_missing(named)


def confidence(signals: Signals) -> float:
    """The probability, 0 to 1, that the article answers the question."""
    log_odds = _fitted("reader", signals.of_reader)
    if signals.of_model:
        log_odds = _fitted("opinion", signals.of_model) + READERS_SHARE * log_odds
    return 1 / (1 + math.exp(-log_odds))


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
