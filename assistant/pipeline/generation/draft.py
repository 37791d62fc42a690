"""Define what a check reads, a draft with its evidence and the question, and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.query.intent import Intent
from assistant.pipeline.verification.evidence import Evidence

__all__ = ["Check", "Draft", "EvidenceSet", "Finding", "FindingCode", "Query"]

# The name of a check, and the code of its finding. The codes are stable: traces contain them.
FindingCode = Literal[
    "added-negation",
    "antonym",
    "denied-verdict",
    "dropped-negation",
    "loop",
    "missing-citation",
    "new-words",
    "not-stated",
    "novel-words",
    "no-answer",
    "omitted-correction",
    "omitted-span",
    "omitted-value",
    "other-answer",
    "repeated-question",
    "repeating-span",
    "role-swap",
    "unnamed-person",
    "unsupported-amount",
    "unsupported-name",
    "unsupported-statement",
    "unsupported-term",
]


@dataclass(frozen=True)
class Query:
    """The question as checks read it.

    Attributes:
        text: the standalone question.
        intent: its intent.
    """

    text: str
    intent: Intent = "fact"


@dataclass(frozen=True)
class Draft:
    """A generated text that is not an answer yet.

    Attributes:
        text: the text, with hedges restored.
        span: the words of the article with which the model opened; empty if it did not.
        source: the sentence that contains the span, if the span may answer; otherwise None.
        claims: the part of the text that makes claims about the article.
        supported: the verifier's probability that the evidence supports it; None if it was not
            judged.
    """

    text: str
    span: str = ""
    source: Candidate | None = None
    claims: str = ""
    supported: float | None = None


@dataclass(frozen=True)
class EvidenceSet:
    """The evidence of a draft.

    Attributes:
        candidates: the sentences that the draft is written from, with their context.
        words: the words that the draft may use.
        confidence: the probability that the evidence answers; None if no model gave one.
        selected: the sentences that were selected as evidence, without context.
        corrections: those of them that correct other selected ones.
    """

    candidates: tuple[Candidate, ...]
    words: Evidence
    confidence: float | None = None
    selected: tuple[Candidate, ...] = ()
    corrections: tuple[Candidate, ...] = ()


@dataclass(frozen=True)
class Finding:
    """What a check has against a draft.

    Attributes:
        code: the name of the check.
        words: the words of the draft that it is about; may be empty.
    """

    code: FindingCode
    words: tuple[str, ...] = ()


# Returns None if the draft passes.
Check = Callable[[Draft, EvidenceSet, Query], Finding | None]
