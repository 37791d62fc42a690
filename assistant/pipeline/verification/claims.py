"""Check the claims of an answer against its evidence."""

from __future__ import annotations

from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS
from assistant.pipeline.verification.evidence import Evidence
from assistant.pipeline.verification.negation import (
    find_added_negations,
    find_antonym_swaps,
    find_dropped_negations,
    split_clauses,
)
from assistant.text.numbers import find_amounts
from assistant.text.tokens import MARKER, content_stems

__all__ = [
    "find_added_words",
    "find_affirmed_negations",
    "find_antonyms",
    "find_new_negations",
    "find_unsupported_amounts",
    "find_unsupported_claims",
    "find_unsupported_terms",
]


def find_unsupported_claims(
    answer: str,
    evidence: Evidence,
    max_share_of_new_words: float = DEFAULT_THRESHOLDS.max_share_of_new_words,
) -> list[str]:
    """Return the words of an answer that its evidence does not support; empty if all are supported.

    Checks amounts with their units and bounds, names and dates, negations added or dropped, and
    words replaced by their antonyms. Swapped arguments are checked in `role_swap`.

    Args:
        answer: the generated text.
        evidence: the words that it may use.
        max_share_of_new_words: share of the content words of an answer that may be neither in its
            quotes nor in the question.
    """
    return list(
        dict.fromkeys(
            (
                *find_unsupported_terms(answer, evidence),
                *find_unsupported_amounts(answer, evidence),
                *find_added_words(answer, evidence, max_share_of_new_words),
                *find_new_negations(answer, evidence),
                *find_affirmed_negations(answer, evidence),
                *find_antonyms(answer, evidence),
            )
        )
    )


def find_unsupported_terms(answer: str, evidence: Evidence) -> list[str]:
    """Return the first number in digits or name of an answer that the evidence lacks."""
    word = evidence.find_missing_term(_plain_text(answer, evidence))
    return [word] if word else []


def find_unsupported_amounts(answer: str, evidence: Evidence) -> list[str]:
    """Return the amounts of an answer that no amount of the evidence supports."""
    return [
        amount.text
        for amount in find_amounts(_plain_text(answer, evidence))
        if not any(map(amount.is_supported_by, evidence.amounts))
    ]


def find_added_words(
    answer: str,
    evidence: Evidence,
    max_share: float = DEFAULT_THRESHOLDS.max_share_of_new_words,
) -> list[str]:
    """Return the stems of an answer that the evidence lacks, if they are too many.

    Args:
        answer: the generated text.
        evidence: the words that it may use.
        max_share: share of the content words of an answer that may be new.
    """
    text = _plain_text(answer, evidence)
    new = [stem for stem in content_stems(text, claims=False) if stem not in evidence.stems]
    return new if len(new) > max_share * len(content_stems(text)) else []


def find_new_negations(answer: str, evidence: Evidence) -> list[str]:
    """Return the negations of an answer that the evidence does not have."""
    return [*find_added_negations(split_clauses(_plain_text(answer, evidence)), evidence)]


def find_affirmed_negations(answer: str, evidence: Evidence) -> list[str]:
    """Return the negations of the evidence that an answer leaves out."""
    return [*find_dropped_negations(split_clauses(_plain_text(answer, evidence)), evidence)]


def find_antonyms(answer: str, evidence: Evidence) -> list[str]:
    """Return the words of an answer of which the evidence has only an antonym."""
    return [*find_antonym_swaps(_plain_text(answer, evidence), evidence)]


def _plain_text(answer: str, evidence: Evidence) -> str:
    """Return an answer without markers, and without centuries that a year supports."""
    return evidence.strip_supported_centuries(MARKER.sub(" ", answer))
