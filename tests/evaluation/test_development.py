"""Test the development questions: the documents have what they demand."""

from __future__ import annotations

from collections import Counter

import pytest

from evaluation.failure_cases import DEVELOPMENT, read_development
from evaluation.questions import SETS
from evaluation.sets import Case


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return read_development()


def test_development_kinds_have_tens_with_some_refused(cases: list[Case]) -> None:
    kinds = Counter(case.kind for case in cases)
    refused = Counter(case.kind for case in cases if not case.answerable)
    assert (len(cases), len(kinds), set(kinds.values())) == (SETS["development"], 14, {10, 20})
    assert all(2 <= 10 * refused[kind] / kinds[kind] <= 3 for kind in kinds)


def test_development_quotes_are_in_the_documents(cases: list[Case]) -> None:
    for case in cases:
        assert all(part in case.article.text for part in case.evidence), case.id


def test_development_documents_are_all_asked(cases: list[Case]) -> None:
    documents = {path.name for path in DEVELOPMENT.iterdir()} - {"README.md", "questions.jsonl"}
    assert len({case.article.id for case in cases}) == len(documents)
