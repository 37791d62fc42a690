"""Make the parts of a trace from the results of the stages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from assistant.answer.trace import (
    ComputationTrace,
    PassageTrace,
    QuestionTrace,
    SentenceTrace,
)
from assistant.pipeline.candidate import Choice
from assistant.pipeline.computation.interface import Computed
from assistant.pipeline.query.answer_type import (
    asks_for_person,
    asks_for_time,
    needs_explanation,
    needs_number,
    needs_reason,
)
from assistant.pipeline.query.intent import Intent
from index.retrieval.hybrid import Hit

__all__ = ["trace_computation", "trace_passages", "trace_question", "trace_sentences"]

# The first type that applies to a question.
_ANSWER_TYPES = {
    "number": needs_number,
    "time": asks_for_time,
    "reason": needs_reason,
    "person": asks_for_person,
    "explanation": needs_explanation,
}


def trace_question(question: str, standalone: str, intent: Intent) -> QuestionTrace:
    """Return the question as it was parsed."""
    types = (name for name, applies in _ANSWER_TYPES.items() if applies(standalone))
    return QuestionTrace(question, standalone, intent, next(types, "any"))


def trace_passages(hits: Sequence[Hit]) -> tuple[PassageTrace, ...]:
    """Return the retrieved passages with their scores."""
    return tuple(
        PassageTrace(
            hit.article.id,
            hit.span.start,
            hit.span.end,
            float(hit.score),
            float(hit.dense),
            float(hit.bm25),
        )
        for hit in hits
    )


def trace_sentences(choice: Choice) -> tuple[SentenceTrace, ...]:
    """Return the candidates, best first, and selected sentences that are no candidates."""
    selected = {(item.article.id, item.position) for item in choice.selected}
    ranked = {(item.article.id, item.position) for item in choice.ranked}
    others = [item for item in choice.selected if (item.article.id, item.position) not in ranked]
    return tuple(
        SentenceTrace(
            item.article.id,
            item.span.start,
            item.span.end,
            item.text,
            probability,
            (item.article.id, item.position) in selected,
        )
        for item, probability in zip_longest(
            [*choice.ranked, *others], choice.probabilities, fillvalue=None
        )
        if item
    )


def trace_computation(computed: Computed | None) -> ComputationTrace | None:
    """Return a computed answer, or None if nothing was computed."""
    return ComputationTrace(computed.text, computed.calculation) if computed else None
