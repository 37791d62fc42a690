"""The everyday questions: their form, and that the documents have what they demand.

Opening the documents takes seconds, so only the tests of the file itself are marked `unit`.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest

from assistant import Answer
from evaluation.examples import make_answer
from evaluation.failure_cases import EVERYDAY, judge_failure_case, read_everyday
from evaluation.questions import SETS
from evaluation.sets import Case
from index import Span

FIELDS = {
    "id",
    "class",
    "article",
    "question",
    "history",
    "expect",
    "answers",
    "quotes",
    "all_of",
    "none_of",
    "whole",
    "occurrence",
    "why",
}
MAX_BINARY_BYTES = 60_000
MIN_LONG_WORDS = 3_000


@cache
def read_rows() -> list[dict[str, Any]]:
    lines = (EVERYDAY / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return list(map(json.loads, lines))


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return read_everyday()


def get_texts(case: Case) -> list[str]:
    return [article.text for article in case.articles]


@pytest.mark.unit
def test_everyday_rows_have_the_fields_of_a_case() -> None:
    for row in read_rows():
        assert set(row) == FIELDS, row["id"]
        assert row["question"].strip()
        assert row["why"].strip()
        assert all(len(turn) == 2 for turn in row["history"]), row["id"]


def test_everyday_ids_and_questions_are_unique(cases: list[Case]) -> None:
    assert len(cases) == SETS["everyday"]
    assert max(Counter(case.id for case in cases).values()) == 1
    questions = Counter((case.article.id, case.question, case.history) for case in cases)
    assert max(questions.values()) == 1


def test_everyday_kinds_have_ten_with_three_refused(cases: list[Case]) -> None:
    kinds = Counter(case.kind for case in cases)
    refused = Counter(case.kind for case in cases if not case.answerable)
    assert len(kinds) == 26
    assert set(kinds.values()) == {10}
    assert {kind for kind in kinds if refused[kind] not in (3, 4)} == set()


@pytest.mark.unit
def test_everyday_answers_agree_with_expect() -> None:
    demands = ("answers", "quotes", "all_of", "none_of", "whole", "occurrence")
    for row in read_rows():
        assert row["expect"] in ("answered", "refused"), row["id"]
        if row["expect"] == "answered":
            assert row["answers"], row["id"]
            assert row["quotes"], row["id"]
        else:
            assert not any(row[field] for field in demands), row["id"]


def test_everyday_quotes_are_in_the_documents(cases: list[Case]) -> None:
    for case in cases:
        assert case.expectation
        for part in (*case.evidence, *case.expectation.whole):
            assert any(part in text for text in get_texts(case)), (case.id, part)


def test_everyday_occurrences_are_in_the_document(cases: list[Case]) -> None:
    counted = [case for case in cases if case.expectation and case.expectation.occurrence]
    assert counted
    for case in counted:
        assert case.expectation
        assert case.article.text.count(case.evidence[0]) >= max(2, case.expectation.occurrence)


def test_everyday_right_answers_pass(cases: list[Case]) -> None:
    for case in cases:
        assert judge_failure_case(case, make_right_answer(case)) == "pass", case.id
        if case.answerable:
            assert judge_failure_case(case, make_answer("No idea.", answered=False)) == "refused"


def make_right_answer(case: Case) -> Answer:
    """Return a refusal, or the first of the answers with the first of the quotes."""
    expectation = case.expectation
    assert expectation
    if not case.answerable:
        return make_answer("The article does not say.", answered=False)
    quote = (*expectation.whole, *case.evidence)[0]
    article = next(article for article in case.articles if quote in article.text)
    start = article.text.index(quote)
    for _ in range(1, expectation.occurrence):
        start = article.text.index(quote, start + 1)
    text = f"{'; '.join((case.answers[0], *expectation.all_of))} [1]"
    return make_answer(text, Span(start, start + len(quote)), article=article)


def test_everyday_followups_have_a_history(cases: list[Case]) -> None:
    assert all(bool(case.history) == (case.kind == "followup") for case in cases)


def test_everyday_long_documents_have_3000_words(cases: list[Case]) -> None:
    articles = {case.article.id: case.article for case in cases if case.kind == "long"}
    assert len(articles) == 2
    assert all(len(article.text.split()) >= MIN_LONG_WORDS for article in articles.values())


@pytest.mark.unit
def test_everyday_documents_are_all_asked() -> None:
    names = {name for row in read_rows() for name in make_list(row["article"])}
    files = {path.name for path in EVERYDAY.iterdir()} - {"README.md", "questions.jsonl"}
    assert files == names
    for path in EVERYDAY.iterdir():
        assert path.stat().st_size < MAX_BINARY_BYTES or path.name == "questions.jsonl"


def make_list(names: str | list[str]) -> list[str]:
    return [names] if isinstance(names, str) else names
