"""Say what follows from the finding of a check, in one table, and what the user is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from assistant.pipeline.generation.checks import CLAIM_CHECKS, FORM_CHECKS
from assistant.pipeline.generation.draft import Finding, FindingCode
from assistant.pipeline.state import UNCLEAR

__all__ = ["ACTIONS", "Action", "format_note", "join_claims"]


class Action(StrEnum):
    """What is done about a draft. The value is stable: traces contain it."""

    ACCEPT = "accept"  # no finding
    # Repairs, which are tried once, before the first finding decides.
    CITE_BEST = "cite-best"  # the draft was written from the best sentence: cite that one
    WRITE_AGAIN = "write-again"  # without the words that the evidence lacks
    # Conclusions.
    WRITE_FROM_BEST = "write-from-best"  # select the best sentence instead, and write from it
    USE_SPAN = "use-span"  # answer with the words of the article
    ABSTAIN_ON_SPAN = "abstain-on-span"  # the confidence is not high, the span is insufficient
    ABSTAIN = "abstain"  # the confidence is too low for unverified words
    QUOTES_ONLY = "quotes-only"


_CLAIM_ACTIONS = (
    Action.CITE_BEST,
    Action.WRITE_AGAIN,
    Action.USE_SPAN,
    Action.ABSTAIN_ON_SPAN,
    Action.ABSTAIN,
    Action.QUOTES_ONLY,
)
_FORM_ACTIONS = (
    Action.USE_SPAN,
    Action.ABSTAIN_ON_SPAN,
    Action.ABSTAIN,
    Action.QUOTES_ONLY,
)
_UNVERIFIED_ACTIONS = (Action.ABSTAIN, Action.QUOTES_ONLY)
# The actions of each finding. The first one that is possible is taken.
ACTIONS: Mapping[FindingCode, Sequence[Action]] = {
    "repeating-span": (Action.ABSTAIN_ON_SPAN, Action.QUOTES_ONLY),
    "missing-citation": _UNVERIFIED_ACTIONS,
    "omitted-correction": _UNVERIFIED_ACTIONS,
    **dict.fromkeys(CLAIM_CHECKS, _CLAIM_ACTIONS),
    "unsupported-name": (Action.WRITE_FROM_BEST, Action.ABSTAIN, Action.QUOTES_ONLY),
    **dict.fromkeys(FORM_CHECKS, _FORM_ACTIONS),
    "no-answer": _UNVERIFIED_ACTIONS,
    "other-answer": _UNVERIFIED_ACTIONS,
    "omitted-span": (Action.USE_SPAN,),
    "novel-words": (Action.QUOTES_ONLY,),
    "denied-verdict": _UNVERIFIED_ACTIONS,
    "unsupported-statement": _UNVERIFIED_ACTIONS,
}

_UNSUPPORTED = (
    "The model's own words held something that the quotes do not ({}); here are the quotes alone."
)
_REPEATED = "The model's own words only repeat the question; here are the quotes alone."
# The note to quotes that replace a draft. {} stands for the words of the finding.
_NOTES: Mapping[FindingCode, str] = {
    "repeating-span": _REPEATED,
    "missing-citation": "The model cited no sentence; here are the quotes alone.",
    "omitted-correction": "A later sentence corrects an earlier one; judge for yourself.",
    **dict.fromkeys(CLAIM_CHECKS, _UNSUPPORTED),
    "unsupported-name": "The quotes do not name “{}”; judge for yourself.",
    "not-stated": "The model found no answer in these sentences; judge for yourself.",
    "loop": "The model's own words went round in a circle; here are the quotes alone.",
    "repeated-question": _REPEATED,
    "unnamed-person": "The model's own words name no one; here are the quotes alone.",
    "omitted-value": (
        "The model's own words left out the number, date or reason; here are the quotes alone."
    ),
    "role-swap": (
        "The model's own words had two things in each other's place; here are the quotes alone."
    ),
    "novel-words": "The quotes do not say {}; judge for yourself.",
    "denied-verdict": UNCLEAR,
    "no-answer": "These quotes may not answer the question; judge for yourself.",
    "other-answer": (
        "The model's own words name something else than these quotes; here are the quotes alone."
    ),
    "unsupported-statement": (
        "The quotes do not clearly say what the model wrote; here are the quotes alone."
    ),
}


def format_note(findings: Sequence[Finding]) -> str:
    """Return the note to the quotes that replace a draft, by its first finding.

    The note about a claim names the words of all claims.
    """
    first = findings[0]
    words: Sequence[str] = first.words
    if first.code in CLAIM_CHECKS:
        words = join_claims(findings)
    elif first.code == "novel-words":
        words = [f"“{word}”" for word in first.words]
    return _NOTES[first.code].format(", ".join(words))


def join_claims(findings: Sequence[Finding]) -> list[str]:
    """Return the words of all findings about claims, each once."""
    return list(
        dict.fromkeys(
            word for finding in findings if finding.code in CLAIM_CHECKS for word in finding.words
        )
    )
