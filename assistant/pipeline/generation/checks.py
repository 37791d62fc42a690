"""List the checks of a generated draft, and run them in order.

Each check takes a draft, its evidence and the question, and returns a finding or None.
`assistant.pipeline.generation.actions` says what follows from a finding.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.evidence.answer_words import find_omitted_words, is_prose
from assistant.pipeline.evidence.span_reader import SpanReader
from assistant.pipeline.generation.answer_span import contains_span_stems
from assistant.pipeline.generation.completeness import (
    adds_information,
    names_person,
    omits_correction,
    omits_expected,
    repeats_question,
)
from assistant.pipeline.generation.draft import (
    Check,
    Draft,
    EvidenceSet,
    Finding,
    FindingCode,
    Query,
)
from assistant.pipeline.prompting.protocol import is_not_stated
from assistant.pipeline.query.answer_type import needs_explanation
from assistant.pipeline.thresholds import Thresholds
from assistant.pipeline.verification.claims import (
    find_added_words,
    find_affirmed_negations,
    find_antonyms,
    find_new_negations,
    find_unsupported_amounts,
    find_unsupported_terms,
)
from assistant.pipeline.verification.evidence import Evidence
from assistant.pipeline.verification.names import find_novel_words, find_unsupported_name
from assistant.pipeline.verification.negation import has_negation
from assistant.pipeline.verification.role_swap import find_role_swap
from assistant.pipeline.verification.verifier import Verifier, format_evidence
from assistant.text.language import detect_language
from assistant.text.tokens import MARKER

__all__ = [
    "CHECKS",
    "CLAIM_CHECKS",
    "FORM_CHECKS",
    "GIST_CHECKS",
    "NAME_CHECKS",
    "ONE_CALL_CHECKS",
    "SENTENCE_CHECKS",
    "SPAN_CHECKS",
    "STATEMENT_CHECKS",
    "VERDICT_CHECKS",
    "judge_statement",
    "make_checks",
    "run_checks",
]

_COPIED = re.compile(r"“[^“”]*”\W*")  # a clause of the article
_LOOP = re.compile(r"(\b\w[^.!?]{0,80})(?:\W+\1){3,}")  # the same words four times running

# The claims of a draft against the words of its evidence.
CLAIM_CHECKS: tuple[FindingCode, ...] = (
    "unsupported-term",
    "unsupported-amount",
    "new-words",
    "added-negation",
    "dropped-negation",
    "antonym",
)
# Whether a draft is an answer, even if the evidence supports it.
FORM_CHECKS: tuple[FindingCode, ...] = (
    "not-stated",
    "loop",
    "repeated-question",
    "unnamed-person",
    "omitted-value",
    "role-swap",
    "no-answer",
    "other-answer",
)
# The checks by what they are about. All of them are switches of an ablation.
SPAN_CHECKS: tuple[FindingCode, ...] = ("repeating-span",)
NAME_CHECKS: tuple[FindingCode, ...] = ("unsupported-name",)
SENTENCE_CHECKS: tuple[FindingCode, ...] = (
    "omitted-correction",
    *CLAIM_CHECKS,
    "unsupported-name",
    *FORM_CHECKS,
    "omitted-span",
    "novel-words",
)
ONE_CALL_CHECKS: tuple[FindingCode, ...] = ("missing-citation", *CLAIM_CHECKS, "role-swap")
GIST_CHECKS: tuple[FindingCode, ...] = (*CLAIM_CHECKS, "not-stated", "role-swap")
VERDICT_CHECKS: tuple[FindingCode, ...] = ("denied-verdict",)
STATEMENT_CHECKS: tuple[FindingCode, ...] = ("unsupported-statement",)
# All checks in their order. The first finding decides what follows.
CHECKS: tuple[FindingCode, ...] = (
    *SPAN_CHECKS,
    "missing-citation",
    *SENTENCE_CHECKS,
    *VERDICT_CHECKS,
    *STATEMENT_CHECKS,
)


def make_checks(
    thresholds: Thresholds,
    verifier: Verifier | None = None,
    span_reader: SpanReader | None = None,
    without: Collection[str] = (),
) -> dict[FindingCode, Check]:
    """Return the checks by name, in the order of `CHECKS`.

    Args:
        thresholds: the limits of the checks.
        verifier: judges statements; None: they are not judged.
        span_reader: finds the words that answer; None: statements are not compared with them.
        without: names of checks to leave out.
    """
    checks: dict[FindingCode, Check] = {
        "repeating-span": _check_repeating_span,
        "missing-citation": _check_citation,
        "omitted-correction": _check_correction,
        "unsupported-term": _make_claim_check("unsupported-term", find_unsupported_terms),
        "unsupported-amount": _make_claim_check("unsupported-amount", find_unsupported_amounts),
        "new-words": _make_claim_check(
            "new-words", partial(find_added_words, max_share=thresholds.max_share_of_new_words)
        ),
        "added-negation": _make_claim_check("added-negation", find_new_negations),
        "dropped-negation": _make_claim_check("dropped-negation", find_affirmed_negations),
        "antonym": _make_claim_check("antonym", find_antonyms),
        "unsupported-name": _check_name,
        "not-stated": _check_stated,
        "loop": _check_loop,
        "repeated-question": _check_information,
        "unnamed-person": _check_person,
        "omitted-value": _check_value,
        "role-swap": partial(_check_roles, min_copied_share=thresholds.min_copied_share),
        "no-answer": partial(
            _check_passage,
            span_reader=span_reader,
            min_probability=thresholds.min_no_answer_probability,
        ),
        "other-answer": partial(
            _check_answer_words,
            span_reader=span_reader,
            min_probability=thresholds.min_disagreement_probability,
        ),
        "omitted-span": _check_span,
        "novel-words": partial(_check_novel_words, high_confidence=thresholds.high_confidence),
        "denied-verdict": _check_verdict,
        "unsupported-statement": partial(
            _check_statement,
            verifier=verifier,
            min_supported=thresholds.min_supported_probability,
        ),
    }
    assert tuple(checks) == CHECKS
    return {code: check for code, check in checks.items() if code not in without}


def run_checks(
    checks: Mapping[FindingCode, Check],
    codes: Collection[FindingCode],
    draft: Draft,
    evidence: EvidenceSet,
    query: Query,
) -> tuple[Finding, ...]:
    """Return the findings of some of the checks, in the order of the checks.

    Args:
        checks: all checks that are switched on, from `make_checks`.
        codes: the names of the checks to run.
        draft: the draft to check.
        evidence: its evidence.
        query: the question.
    """
    findings = (check(draft, evidence, query) for code, check in checks.items() if code in codes)
    return tuple(finding for finding in findings if finding)


def _make_claim_check(code: FindingCode, find: Callable[[str, Evidence], Iterable[str]]) -> Check:
    def check(draft: Draft, evidence: EvidenceSet, query: Query) -> Finding | None:
        words = tuple(find(draft.claims, evidence.words))
        return Finding(code, words) if words else None

    return check


def _check_repeating_span(draft: Draft, evidence: EvidenceSet, query: Query) -> Finding | None:
    return Finding("repeating-span") if repeats_question(draft.span, query) else None


def _check_citation(draft: Draft, evidence: EvidenceSet, query: Query) -> Finding | None:
    return None if evidence.candidates else Finding("missing-citation")


def _check_correction(draft: Draft, evidence: EvidenceSet, query: Query) -> Finding | None:
    omits = omits_correction(draft.text, query.text, evidence)
    return Finding("omitted-correction") if omits else None


def _check_name(draft: Draft, evidence: EvidenceSet, query: Query) -> Finding | None:
    name = find_unsupported_name(draft.text, evidence.candidates)
    return Finding("unsupported-name", (name,)) if name else None


def _check_stated(draft: Draft, evidence: EvidenceSet, query: Query) -> Finding | None:
    is_stated = draft.text and not is_not_stated(draft.text)
    return None if is_stated else Finding("not-stated")


def _check_loop(draft: Draft, evidence: EvidenceSet, query: Query) -> Finding | None:
    return Finding("loop") if _LOOP.search(draft.text) else None


def _check_information(draft: Draft, evidence: EvidenceSet, query: Query) -> Finding | None:
    passes = query.intent == "yes-no" or adds_information(
        draft.text, query.text, evidence.candidates
    )
    return None if passes else Finding("repeated-question")


def _check_person(draft: Draft, evidence: EvidenceSet, query: Query) -> Finding | None:
    names = names_person(draft.text, query.text, evidence.candidates)
    return None if names else Finding("unnamed-person")


def _check_value(draft: Draft, evidence: EvidenceSet, query: Query) -> Finding | None:
    omits = omits_expected(draft.text, query.text, evidence.candidates)
    return Finding("omitted-value") if omits else None


def _check_roles(
    draft: Draft, evidence: EvidenceSet, query: Query, *, min_copied_share: float
) -> Finding | None:
    sentences = [candidate.text for candidate in evidence.candidates]
    swapped = find_role_swap(draft.text, sentences, min_copied_share)
    return Finding("role-swap", swapped) if swapped else None


def _check_passage(
    draft: Draft,
    evidence: EvidenceSet,
    query: Query,
    *,
    span_reader: SpanReader | None,
    min_probability: float,
) -> Finding | None:
    """Find evidence that has no words that answer the question."""
    passages = _find_readable_passages(evidence, query)
    if span_reader is None or not passages:
        return None
    title = evidence.candidates[0].article.title
    words = span_reader.find(query.text, " ".join(passages), title)
    return Finding("no-answer") if words.no_answer_probability >= min_probability else None


def _check_answer_words(
    draft: Draft,
    evidence: EvidenceSet,
    query: Query,
    *,
    span_reader: SpanReader | None,
    min_probability: float,
) -> Finding | None:
    """Find a statement that has nothing of the words of its evidence that answer the question."""
    passages = _find_readable_passages(evidence, query)
    if span_reader is None or not passages:
        return None
    title = evidence.candidates[0].article.title
    words = find_omitted_words(
        draft.text, query.text, passages, title, span_reader, min_probability
    )
    return Finding("other-answer", (words,)) if words else None


def _find_readable_passages(evidence: EvidenceSet, query: Query) -> list[str]:
    """Return the evidence if the span reader can read it: English prose, asked for a fact."""
    is_readable = (
        query.intent == "fact"
        and not needs_explanation(query.text)
        and all(map(is_prose, evidence.candidates))
    )
    return [candidate.text for candidate in evidence.candidates] if is_readable else []


def _check_span(draft: Draft, evidence: EvidenceSet, query: Query) -> Finding | None:
    omits = draft.source and not contains_span_stems(draft.text, draft.span)
    return Finding("omitted-span", (draft.span,)) if omits else None


def _check_novel_words(
    draft: Draft, evidence: EvidenceSet, query: Query, *, high_confidence: float
) -> Finding | None:
    """Find words that the evidence has in no form, at a low confidence and in English only."""
    if evidence.confidence is None or evidence.confidence >= high_confidence:
        return None
    if not _is_english(evidence.candidates) or detect_language(draft.text) not in ("en", None):
        return None
    words = tuple(find_novel_words(draft.text, evidence.candidates))
    return Finding("novel-words", words) if words else None


def _check_verdict(draft: Draft, evidence: EvidenceSet, query: Query) -> Finding | None:
    """Find a Yes to evidence with a negation, which a small model overlooks."""
    text = " ".join(candidate.text for candidate in evidence.candidates)
    denies = draft.text == "Yes" and has_negation(text) and not has_negation(query.text)
    return Finding("denied-verdict") if denies else None


def _check_statement(
    draft: Draft,
    evidence: EvidenceSet,
    query: Query,
    *,
    verifier: Verifier | None,
    min_supported: float,
) -> Finding | None:
    """Find a statement that the trained verifier does not find in its evidence."""
    supported = draft.supported
    if supported is None:
        supported = judge_statement(draft, evidence, query, verifier)
    is_stopped = supported is not None and supported < min_supported
    return Finding("unsupported-statement") if is_stopped else None


def judge_statement(
    draft: Draft, evidence: EvidenceSet, query: Query, verifier: Verifier | None
) -> float | None:
    """Return the verifier's probability that the evidence supports a draft.

    None: there is no verifier, or it does not judge the draft. That are copied words, and
    statements in languages that the verifier does not know.
    """
    statement = MARKER.sub("", draft.text).strip()
    is_generated = bool(statement) and not _COPIED.fullmatch(statement)
    if (
        verifier is None
        or not is_generated
        or not evidence.candidates
        or not _is_english(evidence.candidates)
    ):
        return None
    (judgement,) = verifier.judge(
        [(query.text, statement, _format_for_verifier(evidence.candidates))]
    )
    return judgement.supported


def _is_english(candidates: Sequence[Candidate]) -> bool:
    return all(candidate.article.language == "en" for candidate in candidates)


def _format_for_verifier(candidates: Sequence[Candidate]) -> str:
    """Return the evidence as the verifier reads it, with the sentence and the title above."""
    ordered = sorted(candidates, key=lambda candidate: (candidate.article.id, candidate.span.start))
    first = ordered[0]
    article = first.article
    before = article.slice(article.sentences[first.position - 1]) if first.position else ""
    title = first.section[-1] if first.section else article.title
    return format_evidence([candidate.readable_text for candidate in ordered], before, title)
