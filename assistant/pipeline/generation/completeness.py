"""Find what a generated text leaves out, and spans that cannot answer."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.evidence.referents import has_pronoun_subject
from assistant.pipeline.generation.answer_span import contains_span, find_candidate_with_span
from assistant.pipeline.generation.draft import EvidenceSet, Query
from assistant.pipeline.query.answer_type import (
    asks_for_person,
    lacks_expected_type,
    lacks_reason,
    needs_explanation,
    needs_number,
)
from assistant.text.numbers import find_amounts
from assistant.text.tokens import content_stems

__all__ = [
    "adds_information",
    "find_span_source",
    "is_too_short",
    "names_person",
    "omits_correction",
    "omits_expected",
    "repeats_question",
]

# Intents of questions that a span of the article does not answer.
_INTENTS_BEYOND_SPAN = ("yes-no", "list")


def adds_information(text: str, question: str, candidates: Sequence[Candidate]) -> bool:
    """Return whether a text has content of the sentences that the question lacks.

    "All of these" has none.
    """
    added = set(content_stems(text)) - set(content_stems(question))
    # Numbers and names are verified separately and may be worded differently.
    claims = added - set(content_stems(text, claims=False))
    evidence = " ".join(candidate.text for candidate in candidates)
    return bool(claims or added & set(content_stems(evidence)))


def names_person(text: str, question: str, candidates: Sequence[Candidate]) -> bool:
    """Return whether a text names who is meant, if the question asks who.

    "She broke an arm" names no one. The name is in the context of the evidence.
    """
    context = [candidate.text for candidate in candidates if candidate.is_context]
    if not context or not asks_for_person(question):
        return True
    added = set(content_stems(text)) - set(content_stems(question))
    if added & set(content_stems(" ".join(context))):
        return True
    language = candidates[0].article.language
    return not has_pronoun_subject(text, language) and any(
        word[0].isupper() for word in re.findall(r"\w+", text)[1:]
    )


def omits_correction(text: str, question: str, evidence: EvidenceSet) -> bool:
    """Return whether a text has nothing of the sentences that correct the selected ones."""
    if not evidence.corrections:
        return False
    positions = {candidate.position for candidate in evidence.corrections}
    corrected = [
        candidate.text for candidate in evidence.selected if candidate.position not in positions
    ]
    stated = set(content_stems(" ".join([question, *corrected])))
    corrections = " ".join(candidate.text for candidate in evidence.corrections)
    return not (set(content_stems(corrections)) - stated) & set(content_stems(text))


def omits_expected(text: str, question: str, candidates: Sequence[Candidate]) -> bool:
    """Return whether a text lacks an expected number, date or reason of the sentences."""
    evidence = " ".join(candidate.text for candidate in candidates)
    if needs_number(question) and not find_amounts(text):
        return bool(find_amounts(evidence))
    return lacks_reason(question, text, evidence) or (
        lacks_expected_type(question, text) and not lacks_expected_type(question, evidence)
    )


def repeats_question(span: str, query: Query) -> bool:
    """Return whether a span is in the question: "Kurdish" for "Who leads the Kurdish forces?".

    A question with "or", or one for a number, may be answered with its own words.
    """
    applies = (
        query.intent == "fact"
        and not re.search(r"\bor\b", query.text)
        and not find_amounts(span)
        and not needs_number(query.text)
    )
    return applies and bool(span) and contains_span(span, query.text)


def find_span_source(
    span: str, query: Query, candidates: Sequence[Candidate], max_insufficient_words: int
) -> Candidate | None:
    """Return the sentence that contains a span if the span may answer the question, or None."""
    may_answer = (
        query.intent not in _INTENTS_BEYOND_SPAN
        and adds_information(span, query.text, candidates)
        and not omits_expected(span, query.text, candidates)
        and not is_too_short(span, query.text, max_insufficient_words)
    )
    return find_candidate_with_span(span, candidates) if may_answer else None


def is_too_short(span: str, question: str, max_insufficient_words: int) -> bool:
    """Return whether the answer needs more words than a span has."""
    return needs_explanation(question) and len(span.split()) <= max_insufficient_words
