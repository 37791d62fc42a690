"""Confidence intervals."""

from __future__ import annotations

import numpy as np
import pytest

from evaluation.examples import make_judged, make_refusal
from evaluation.intervals import (
    bootstrap_weights,
    compute_intervals,
    percentile_interval,
    wilson_interval,
)

pytestmark = pytest.mark.unit


def test_wilson_interval_by_hand() -> None:
    # 8 of 10 with z = 1.96: (0.8 + 0.192) / 1.384 ± 1.96 / 1.384 · √(0.016 + 0.0096).
    assert wilson_interval(0.8, 10) == pytest.approx((0.490, 0.943), abs=0.001)


def test_wilson_interval_of_all_and_of_none() -> None:
    # 1 / (1 + z² / n) bounds the share if all outcomes are alike.
    assert wilson_interval(1.0, 11) == pytest.approx((0.741, 1.0), abs=0.001)
    assert wilson_interval(0.0, 11) == pytest.approx((0.0, 0.259), abs=0.001)


def test_wilson_interval_without_outcomes_raises() -> None:
    with pytest.raises(ValueError, match="at least one"):
        wilson_interval(0.5, 0)


def test_bootstrap_weights_draw_as_many_rows() -> None:
    weights = bootstrap_weights(7, 50)
    assert weights.shape == (50, 7)
    assert (weights.sum(axis=1) == 7).all()
    assert (bootstrap_weights(7, 50) == weights).all()


def test_percentile_interval_skips_nan() -> None:
    assert percentile_interval(np.array([np.nan, *range(101)])) == pytest.approx((2.5, 97.5))


def test_compute_intervals_of_shares_and_of_means() -> None:
    rows = [make_judged(str(number), f1=number / 10) for number in range(10)]
    rows += [make_refusal(f"r{number}", f1=0.0) for number in range(10)]
    intervals = compute_intervals(rows)
    assert intervals["right quote"] == pytest.approx(wilson_interval(0.5, 20))
    low, high = intervals["token F1"]
    # The normal approximation: 0.225 ± 1.96 · 0.305 / √20.
    assert (low, high) == pytest.approx((0.09, 0.36), abs=0.03)
    assert "refusal recall" not in intervals
    assert not any(name.startswith("seconds") for name in intervals)
