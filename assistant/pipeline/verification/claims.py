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

__all__ = ["find_unsupported_claims"]


def find_unsupported_claims(
    answer: str,
    evidence: Evidence,
    max_share_of_new_words: float = DEFAULT_THRESHOLDS.max_share_of_new_words,
) -> list[str]:
    """Return the words of an answer that its evidence does not support; empty if all are supported.

    Checks amounts with their units and bounds, names and dates, negations added or dropped, and
    words replaced by their antonyms. Swapped arguments are checked in `role_swap`.

    Args:
        max_share_of_new_words: share of the content words of an answer that may be neither in its
            quotes nor in the question.
    """
    answer = evidence.strip_supported_centuries(MARKER.sub(" ", answer))
    missing = [word] if (word := evidence.find_missing_term(answer)) else []
    missing += [
        amount.text
        for amount in find_amounts(answer)
        if not any(map(amount.is_supported_by, evidence.amounts))
    ]
    new = [stem for stem in content_stems(answer, claims=False) if stem not in evidence.stems]
    missing += new if len(new) > max_share_of_new_words * len(content_stems(answer)) else []
    clauses = split_clauses(answer)
    missing += [
        *find_added_negations(clauses, evidence),
        *find_dropped_negations(clauses, evidence),
        *find_antonym_swaps(answer, evidence),
    ]
    return list(dict.fromkeys(missing))
