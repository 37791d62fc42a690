"""Compute 95 % confidence intervals of figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from evaluation.calibration import Floats
from evaluation.figures import BINARY_SHARES, compute_weighted_figures, count_base
from evaluation.judgement import JudgedAnswer

__all__ = ["bootstrap_weights", "compute_intervals", "percentile_interval", "wilson_interval"]

Z = 1.959964  # of a normal distribution, for 95 %
RESAMPLES = 2_000


def wilson_interval(share: float, count: float) -> tuple[float, float]:
    """Return the interval of a share of yes/no outcomes (Wilson, 1927).

    It stays within 0 and 1, and has a width even if the share is 0 or 1.

    Args:
        share: 0 to 1.
        count: number of outcomes.

    Raises:
        ValueError: there are no outcomes.
    """
    if count <= 0:
        raise ValueError("An interval needs at least one outcome.")
    scale = 1 + Z**2 / count
    center = (share + Z**2 / (2 * count)) / scale
    margin = Z / scale * math.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2))
    return max(0.0, center - margin), min(1.0, center + margin)


def bootstrap_weights(count: int, resamples: int, seed: int = 0) -> Floats:
    """Return how often each of `count` rows is in each resample; shape `(resamples, count)`.

    Source: Efron and Tibshirani, "An introduction to the bootstrap", 1993.
    """
    chance = np.random.default_rng(seed)
    return chance.multinomial(count, np.full(count, 1 / count), resamples).astype(float)


def percentile_interval(values: Floats) -> tuple[float, float]:
    """Return the 2.5th and the 97.5th percentile; values that are NaN are left out."""
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def compute_intervals(
    rows: Sequence[JudgedAnswer], resamples: int = RESAMPLES
) -> dict[str, tuple[float, float]]:
    """Return the interval of each figure but the seconds and the calibration error.

    It is Wilson's for shares of yes/no outcomes, and the percentiles of a bootstrap for the rest.
    The calibration error of resamples is biased upwards. Figures that are NaN have no interval.
    """
    weighted = compute_weighted_figures(rows, bootstrap_weights(len(rows), resamples))
    figures = compute_weighted_figures(rows, np.ones((1, len(rows))))
    intervals = {}
    for name, values in weighted.items():
        value = float(figures[name][0])
        if name.startswith(("seconds", "calibration")) or math.isnan(value):
            continue
        base = count_base(rows, name) if name in BINARY_SHARES else 0.0
        intervals[name] = wilson_interval(value, base) if base else percentile_interval(values)
    return intervals
