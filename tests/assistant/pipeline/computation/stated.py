"""Run a computation on a short text, without a reader: the sentences are ranked as a test says."""

from __future__ import annotations

from assistant.pipeline.candidate import Choice, make_candidates_at
from assistant.pipeline.computation.interface import Computation, ComputationInput, Computed
from assistant.pipeline.query.intent import classify_intent
from index.text.article import Article

__all__ = ["compute"]


def compute(
    computation: Computation,
    question: str,
    text: str,
    *,
    best: int = 0,
    date: str = "",
    title: str = "",
) -> Computed | None:
    """Return what a computation makes of a text whose sentence at `best` is ranked first."""
    article = Article.from_text(text, title, date=date)
    candidates = make_candidates_at([article], lambda article: range(len(article.sentences)))
    first = candidates[best]
    ranked = (first, *(candidate for candidate in candidates if candidate is not first))
    choice = Choice((first,), ranked, 0.0)
    return computation(ComputationInput(question, classify_intent(question), [article], choice))
