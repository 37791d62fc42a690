"""The paired bootstrap."""

from __future__ import annotations

import pytest

from .compare import Difference, changed, compare
from .examples import judged
from .measure import Judged


def run(right: list[bool]) -> list[Judged]:
    return [judged(str(place), quote_right=flag) for place, flag in enumerate(right)]


def difference(right: list[bool], then: list[bool]) -> Difference:
    return next(one for one in compare(run(right), run(then), resamples=2_000) if one.name == "right quote")


def test_a_run_does_not_differ_from_itself() -> None:
    rows = run([True, False] * 20)
    assert not any(one.beyond_noise or one.low or one.high for one in compare(rows, rows, resamples=200))


def test_forty_of_a_hundred_made_right_is_beyond_noise() -> None:
    one = difference([False] * 100, [True] * 40 + [False] * 60)
    assert one.second - one.first == pytest.approx(0.4)
    # The normal approximation: 0.4 ± 1.96 · √(0.4 · 0.6 / 100).
    assert (one.low, one.high) == pytest.approx((0.304, 0.496), abs=0.015)
    assert one.beyond_noise


def test_as_many_lost_as_won_is_noise() -> None:
    one = difference([True] * 5 + [False] * 95, [False] * 94 + [True] * 6)
    assert not one.beyond_noise


def test_the_same_seed_gives_the_same_interval() -> None:
    assert difference([True, False] * 9, [True] * 18) == difference([True, False] * 9, [True] * 18)


def test_questions_that_changed_are_listed() -> None:
    assert changed(run([True, True]), run([True, False])) == ["  1 QA → -A How much did it cost?"]
