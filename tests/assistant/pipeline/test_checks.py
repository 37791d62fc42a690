"""Test the list of checks: each finds its fault, and can be switched off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from assistant.pipeline.candidate import Candidate, make_candidates_at
from assistant.pipeline.evidence.span_reader import SpanReader
from assistant.pipeline.generation.actions import ACTIONS, Action, format_note, join_claims
from assistant.pipeline.generation.checks import (
    CHECKS,
    CLAIM_CHECKS,
    SENTENCE_CHECKS,
    VERDICT_CHECKS,
    make_checks,
    run_checks,
)
from assistant.pipeline.generation.draft import (
    Draft,
    EvidenceSet,
    Finding,
    FindingCode,
    Query,
)
from assistant.pipeline.query.intent import Intent
from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS
from assistant.pipeline.verification.evidence import Evidence
from assistant.pipeline.verification.verifier import Judgement, Verifier
from index.text.article import Article
from tests.assistant.fakes import FixedSpanReader

pytestmark = pytest.mark.unit

ARTICLE = Article.from_text(
    "Eva Lind steers the tug Aurora. She broke an arm on it in 2004. Berg sued Lind in 2004. "
    "The harbour never closed. Four boats were lost. Later the count rose to seven boats. "
    "The old harbour opened because of the storm.",
    "The harbour",
)
STEERS, BROKE, SUED, CLOSED, FOUR, SEVEN, OPENED = range(7)


class FixedVerifier(Verifier):
    """Supports every statement with the same probability."""

    def __init__(self, supported: float) -> None:
        super().__init__()
        self.supported = supported

    def judge(self, statements: Sequence[tuple[str, str, str]]) -> list[Judgement]:
        return [Judgement(self.supported, 0.0, 1 - self.supported) for _ in statements]


def take(*positions: int) -> tuple[Candidate, ...]:
    return tuple(make_candidates_at([ARTICLE], lambda _: positions))


def make_set(*candidates: Candidate, question: str = "") -> EvidenceSet:
    texts = [candidate.text for candidate in candidates]
    return EvidenceSet(candidates, Evidence(texts, question, ARTICLE.text), selected=candidates)


def find_codes(
    draft: Draft,
    evidence: EvidenceSet,
    query: Query,
    *,
    verifier: Verifier | None = None,
    span_reader: SpanReader | None = None,
    without: Sequence[FindingCode] = (),
) -> list[FindingCode]:
    checks = make_checks(DEFAULT_THRESHOLDS, verifier, span_reader, without)
    return [finding.code for finding in run_checks(checks, CHECKS, draft, evidence, query)]


def write(text: str, span: str = "", source: Candidate | None = None) -> Draft:
    return Draft(text, span, source, claims=text)


CONTEXT = replace(take(STEERS)[0], is_context=True)
FAULTS: list[tuple[FindingCode, Draft, EvidenceSet, Query]] = [
    ("missing-citation", write("Eva Lind."), make_set(), Query("Who steers?")),
    ("unsupported-term", write("Bob steers it."), make_set(*take(STEERS)), Query("Who steers?")),
    (
        "no-answer",
        write("The harbour closed."),
        make_set(*take(CLOSED)),
        Query("Who steers the tug?"),
    ),
    (
        "other-answer",
        write("The tug steers."),
        make_set(*take(STEERS)),
        Query("Who steers the tug?"),
    ),
    (
        "unsupported-amount",
        write("She broke nine arms."),
        make_set(*take(BROKE)),
        Query("What broke?"),
    ),
    (
        "new-words",
        write("A purple elephant danced."),
        make_set(*take(CLOSED)),
        Query("What closed?"),
    ),
    (
        "added-negation",
        write("Eva Lind does not steer the tug."),
        make_set(*take(STEERS)),
        Query("Who steers the tug?"),
    ),
    (
        "dropped-negation",
        write("The harbour closed."),
        make_set(*take(CLOSED)),
        Query("Did the harbour close?", "yes-no"),
    ),
    (
        "antonym",
        write("The young harbour opened."),
        make_set(*take(OPENED)),
        Query("What opened?"),
    ),
    (
        "unsupported-name",
        write("Grand Hotel Splendid opened."),
        make_set(*take(OPENED)),
        Query("What opened?"),
    ),
    ("not-stated", write(""), make_set(*take(STEERS)), Query("Who steers?")),
    ("loop", write("a tug, a tug, a tug, a tug"), make_set(*take(STEERS)), Query("What?")),
    (
        "repeated-question",
        write("The tug."),
        make_set(*take(STEERS)),
        Query("Who steers the tug?"),
    ),
    (
        "unnamed-person",
        write("She broke an arm."),
        make_set(CONTEXT, *take(BROKE)),
        Query("Who broke an arm?"),
    ),
    (
        "omitted-value",
        write("Boats were lost."),
        make_set(*take(FOUR)),
        Query("How many boats were lost?"),
    ),
    (
        "role-swap",
        write("Lind sued Berg in 2004."),
        make_set(*take(SUED)),
        Query("What happened in 2004?"),
    ),
    (
        "omitted-span",
        write("She broke it.", "an arm", take(BROKE)[0]),
        make_set(*take(BROKE)),
        Query("What did she break?"),
    ),
    (
        "novel-words",
        write("She wrecked an arm."),
        replace(make_set(*take(BROKE)), confidence=0.5),
        Query("What did she break?"),
    ),
    (
        "denied-verdict",
        write("Yes"),
        make_set(*take(CLOSED)),
        Query("Did the harbour close?", "yes-no"),
    ),
    (
        "repeating-span",
        write("", "tug"),
        make_set(*take(STEERS)),
        Query("Who steers the tug?"),
    ),
    (
        "omitted-correction",
        write("Four boats."),
        replace(make_set(*take(FOUR, SEVEN)), corrections=take(SEVEN)),
        Query("How many boats were lost?"),
    ),
    (
        "unsupported-statement",
        write("Eva Lind steers the tug."),
        make_set(*take(STEERS)),
        Query("Who steers the tug?"),
    ),
]


def test_every_check_has_an_example_and_actions() -> None:
    assert {code for code, *_ in FAULTS} == set(CHECKS) == set(ACTIONS)
    assert len(CHECKS) == len(set(CHECKS))


@pytest.mark.parametrize(
    ("code", "draft", "evidence", "query"), FAULTS, ids=[code for code, *_ in FAULTS]
)
def test_check_finds_its_fault_unless_switched_off(
    code: FindingCode, draft: Draft, evidence: EvidenceSet, query: Query
) -> None:
    verifier, reader = FixedVerifier(0.0), FixedSpanReader("Eva Lind")
    codes = find_codes(draft, evidence, query, verifier=verifier, span_reader=reader)
    assert code in codes
    assert code not in find_codes(
        draft, evidence, query, verifier=verifier, span_reader=reader, without=[code]
    )


def test_unsure_reader_lets_other_words_pass() -> None:
    draft, evidence = write("The tug steers."), make_set(*take(STEERS))
    query = Query("Who steers the tug?")
    unsure = FixedSpanReader("Eva Lind", DEFAULT_THRESHOLDS.min_disagreement_probability - 0.01)
    assert "other-answer" not in find_codes(draft, evidence, query, span_reader=unsure)


@pytest.mark.parametrize("question", ["Why does Eva Lind steer?", "Does Eva Lind steer?"])
def test_only_questions_for_a_fact_are_compared_with_the_words(question: str) -> None:
    intent: Intent = "yes-no" if question.startswith("Does") else "fact"
    draft, evidence = write("The tug steers."), make_set(*take(STEERS))
    reader = FixedSpanReader("Eva Lind")
    codes = find_codes(draft, evidence, Query(question, intent), span_reader=reader)
    assert "other-answer" not in codes


def test_supported_draft_has_no_findings() -> None:
    draft, query = write("Eva Lind steers the tug."), Query("Who steers the tug?")
    verifier = FixedVerifier(1.0)
    assert find_codes(draft, make_set(*take(STEERS)), query, verifier=verifier) == []


def test_findings_are_in_the_order_of_the_checks() -> None:
    draft, query = write("Bob does not steer 9 tugs."), Query("Who steers the tug?")
    codes = find_codes(draft, make_set(*take(STEERS)), query)
    assert codes == sorted(codes, key=CHECKS.index)
    assert codes[0] == "unsupported-term"
    assert "added-negation" in codes


def test_only_named_checks_run() -> None:
    checks = make_checks(DEFAULT_THRESHOLDS)
    draft, evidence = write("Bob."), make_set(*take(STEERS))
    assert run_checks(checks, VERDICT_CHECKS, draft, evidence, Query("Who?")) == ()


def test_threshold_of_constructor_limits_new_words() -> None:
    draft, evidence = write("A purple elephant danced."), make_set(*take(CLOSED))
    for limit, found in ((0.5, True), (1.0, False)):
        checks = make_checks(replace(DEFAULT_THRESHOLDS, max_share_of_new_words=limit))
        findings = run_checks(checks, CLAIM_CHECKS, draft, evidence, Query("What?"))
        codes = [finding.code for finding in findings]
        assert ("new-words" in codes) is found


def test_repairs_precede_conclusions() -> None:
    repairs = [Action.CITE_BEST, Action.WRITE_AGAIN]
    for code, actions in ACTIONS.items():
        assert (list(actions[:2]) == repairs) is (code in CLAIM_CHECKS)
        assert not set(actions[2:]) & set(repairs)


@pytest.mark.parametrize("code", [code for code in CHECKS if code != "omitted-span"])
def test_every_replaced_draft_ends_in_quotes(code: FindingCode) -> None:
    assert ACTIONS[code][-1] is Action.QUOTES_ONLY
    assert "{" not in format_note([Finding(code, ("Bob",))])


def test_note_names_words_of_all_claims_once() -> None:
    findings = [
        Finding("unsupported-term", ("Bob",)),
        Finding("added-negation", ("not", "Bob")),
        Finding("loop"),
    ]
    assert join_claims(findings) == ["Bob", "not"]
    assert "(Bob, not)" in format_note(findings)


def test_sentence_checks_contain_all_claim_checks() -> None:
    assert set(CLAIM_CHECKS) < set(SENTENCE_CHECKS)
