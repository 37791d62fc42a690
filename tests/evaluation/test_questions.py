"""The selection of questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from evaluation.examples import ARTICLE
from evaluation.questions import count_questions, sample_cases
from evaluation.sets import Case, read_article_dev

pytestmark = pytest.mark.unit

CASES = [Case(str(number), "?", ARTICLE, number % 3 == 0, (), ()) for number in range(60)]


def test_sample_cases_half_unanswerable_and_nested() -> None:
    many, few = sample_cases(CASES, 30), sample_cases(CASES, 10)
    assert sum(case.answerable for case in many) == 15
    assert {case.id for case in few} < {case.id for case in many}
    assert sample_cases(CASES, 30) == many


def test_sample_cases_fills_up_with_answerable() -> None:
    assert len(sample_cases([case for case in CASES if case.answerable], 10)) == 10


def test_count_questions_quick_is_a_tenth_at_least_six() -> None:
    assert count_questions("squad2", quick=True) == 30
    assert count_questions("xquad_ar", quick=True) == 6
    assert count_questions("squad2", count=4, quick=True) == 4
    assert count_questions("squad2", count=80) == 80


def test_read_article_dev_has_35_questions(shared: Path) -> None:
    cases = read_article_dev()
    assert sum(case.answerable for case in cases) == 24
    assert sum(not case.answerable for case in cases) == 11
    assert all(
        any(part in case.article.text for part in case.evidence)
        for case in cases
        if case.answerable
    )
