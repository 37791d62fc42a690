"""Comparison of two runs by the paired bootstrap."""

from __future__ import annotations

import pytest

from evaluation.compare import Difference, compare_answers, list_changes
from evaluation.examples import make_judged
from evaluation.judgement import JudgedAnswer

pytestmark = pytest.mark.unit


def make_run(right: list[bool]) -> list[JudgedAnswer]:
    return [make_judged(str(number), quote_right=flag) for number, flag in enumerate(right)]


def compare_quotes(right: list[bool], then: list[bool]) -> Difference:
    return next(
        difference
        for difference in compare_answers(make_run(right), make_run(then), resamples=2_000)
        if difference.name == "right quote"
    )


def test_compare_run_with_itself_has_no_difference() -> None:
    rows = make_run([True, False] * 20)
    assert not any(
        difference.is_beyond_noise or difference.low or difference.high
        for difference in compare_answers(rows, rows, resamples=200)
    )


def test_compare_40_of_100_improved_is_beyond_noise() -> None:
    difference = compare_quotes([False] * 100, [True] * 40 + [False] * 60)
    assert difference.second - difference.first == pytest.approx(0.4)
    # The normal approximation: 0.4 ± 1.96 · √(0.4 · 0.6 / 100).
    assert (difference.low, difference.high) == pytest.approx((0.304, 0.496), abs=0.015)
    assert difference.is_beyond_noise


def test_compare_balanced_changes_are_noise() -> None:
    difference = compare_quotes([True] * 5 + [False] * 95, [False] * 94 + [True] * 6)
    assert not difference.is_beyond_noise


def test_compare_same_seed_gives_same_interval() -> None:
    assert compare_quotes([True, False] * 9, [True] * 18) == compare_quotes(
        [True, False] * 9, [True] * 18
    )


def test_list_changes_names_changed_questions() -> None:
    assert list_changes(make_run([True, True]), make_run([True, False])) == [
        "  1 QA → -A How much did it cost?"
    ]
