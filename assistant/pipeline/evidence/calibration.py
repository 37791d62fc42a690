"""Compute the confidence: the calibrated probability that the article answers a question.

The signals of the pipeline's stages are calibrated by logistic regression (Platt, "Probabilistic
outputs for support vector machines", 1999). `training.confidence` fits it on questions that the
reader was not trained on. There are three fits: of the reader and the question, of the language
model's probabilities, and of the retrieval similarity. Those whose signals are available are
combined in a logarithmic pool (Genest and Zidek, "Combining probability distributions", 1986).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from assistant.pipeline.candidate import Choice
from assistant.pipeline.verification.evidence import Evidence
from index.embedders.minilm import MiniLM
from index.retrieval.hybrid import Hit
from index.text.article import Article

__all__ = [
    "Calibration",
    "FITS_FILE",
    "SECONDARY_WEIGHT",
    "Signals",
    "compute_confidence",
    "compute_retrieval_similarity",
    "find_unknown_term",
    "make_signals",
    "pool_log_odds",
]

FITS_FILE = Path(__file__).parents[2] / "weights" / "confidence.json"
# Weight in the pool of all fits but the first: the language model's or, without it, the reader's.
SECONDARY_WEIGHT = 0.3  # docs/experiments/confidence.md has the figures for other shares
# Log odds of a model or of the reader are clipped to this: odds of e ** 8, about 3,000 to 1.
MAX_LOG_ODDS = 8.0


@dataclass(frozen=True)
class Signals:
    """The values from which the confidence is computed.

    Attributes:
        reader: the reader's probability that one of the candidates answers.
        has_unknown_term: the question has a name or number that is nowhere in the article.
        model_probability: the language model's probability that the text in its prompt states the
            answer. None if the model gives no probabilities.
        model_recheck: the same for the sentences that it then selected, alone. None if the first
            probability was high enough.
        retrieval_similarity: cosine similarity of the question to the nearest passage. None if
            there is no fit for the embedder.
    """

    reader: float
    has_unknown_term: bool
    model_probability: float | None = None
    model_recheck: float | None = None
    retrieval_similarity: float | None = None

    @property
    def reader_features(self) -> list[float]:
        """Return the inputs of the fit "reader": probabilities as log odds."""
        return [_compute_log_odds(self.reader), float(self.has_unknown_term)]

    @property
    def model_features(self) -> list[float]:
        """Return the inputs of the fit "opinion"; empty if no model gave a probability."""
        if self.model_probability is None:
            return []
        recheck = self.model_probability if self.model_recheck is None else self.model_recheck
        return [_compute_log_odds(self.model_probability), _compute_log_odds(recheck)]

    @property
    def search_features(self) -> list[float]:
        """Return the inputs of the fit "search".

        Empty without a similarity, and without a language model: the similarity adds nothing to the
        reader.
        """
        if self.retrieval_similarity is None or self.model_probability is None:
            return []
        return [self.retrieval_similarity]

    @property
    def features(self) -> dict[str, list[float]]:
        """Return the available inputs by the name of their fit, the most reliable fit first."""
        features = {
            "opinion": self.model_features,
            "reader": self.reader_features,
            "search": self.search_features,
        }
        return {name: values for name, values in features.items() if values}


# Returns the confidence, 0 to 1, that follows from the signals.
Calibration = Callable[[Signals], float]


def make_signals(
    question: str, choice: Choice, retrieval_similarity: float | None = None
) -> Signals:
    """Return the signals that need no language model. `choice.ranked` must not be empty."""
    return Signals(
        1 - choice.no_answer_probability,
        find_unknown_term(choice.ranked[0].article, question) is not None,
        retrieval_similarity=retrieval_similarity,
    )


def compute_retrieval_similarity(hits: Sequence[Hit], fingerprint: str) -> float | None:
    """Return the similarity of the question to the nearest passage.

    None unless `fingerprint` is that of the default embedder: there is no fit for any other.
    """
    return (
        max((hit.dense for hit in hits), default=0.0) if fingerprint == MiniLM.fingerprint else None
    )


def find_unknown_term(article: Article, question: str) -> str | None:
    """Return the first name or number of the question that is nowhere in the article, or None."""
    # "Besides" and "During" are capitalized only because they are the first word.
    uncapitalized = question[:1].lower() + question[1:]
    return _make_evidence(article).find_missing_term(uncapitalized)


def compute_confidence(signals: Signals) -> float:
    """Return the probability, 0 to 1, that the article answers the question."""
    log_odds = pool_log_odds(
        *(_apply_fit(name, values) for name, values in signals.features.items())
    )
    return 1 / (1 + math.exp(-log_odds))


def pool_log_odds(primary: float, *secondary: float) -> float:
    """Combine log odds into one; the first is of the most reliable fit."""
    return primary + SECONDARY_WEIGHT * sum(secondary)


def _apply_fit(name: str, values: Sequence[float]) -> float:
    return sum(
        weight * value for weight, value in zip(_load_fits()[name], [1.0, *values], strict=True)
    )


@cache
def _load_fits() -> dict[str, Sequence[float]]:
    fits: dict[str, Sequence[float]] = json.loads(FITS_FILE.read_text(encoding="utf-8"))
    return fits


def _compute_log_odds(probability: float) -> float:
    if probability <= 0 or probability >= 1:
        return math.copysign(MAX_LOG_ODDS, probability - 0.5)
    return max(-MAX_LOG_ODDS, min(MAX_LOG_ODDS, math.log(probability / (1 - probability))))


@lru_cache(maxsize=8)
def _make_evidence(article: Article) -> Evidence:
    return Evidence([article.title, article.text])
