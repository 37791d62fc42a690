"""Measure a confidence: expected calibration error, AUROC and a reliability plot.

`weights`, shape `(resamples, rows)`, says how often each row counts. A single row of ones gives the
figure itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["BIN_COUNT", "auroc", "calibration_error", "reliability_svg"]

Floats = NDArray[np.float64]

BIN_COUNT = 10


def calibration_error(confidence: Floats, right: Floats, weights: Floats) -> Floats:
    """Return the expected calibration error, shape `(resamples,)`.

    Bins have equal width and are weighted by their rows.

    Source: Guo et al., "On calibration of modern neural networks", ICML 2017.

    Args:
        confidence: 0 to 1, shape `(rows,)`.
        right: 0 or 1, shape `(rows,)`.
    """
    gaps = np.eye(BIN_COUNT)[_assign_bins(confidence)] * (confidence - right)[:, None]
    error: Floats = np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1)
    return error


def auroc(confidence: Floats, right: Floats, weights: Floats) -> Floats:
    """Return the area under the ROC curve, shape `(resamples,)`.

    It is the probability that a right row has more confidence than a wrong one. A tie counts as one
    half. The result is NaN without both kinds of rows.
    """
    yes, no = right > 0, right == 0
    above = (confidence[yes][:, None] > confidence[no]) + 0.5 * (
        confidence[yes][:, None] == confidence[no]
    )
    won = ((weights[:, yes] @ above) * weights[:, no]).sum(axis=1)
    pairs = weights[:, yes].sum(axis=1) * weights[:, no].sum(axis=1)
    area: Floats = np.divide(won, pairs, out=np.full_like(won, np.nan), where=pairs > 0)
    return area


def _assign_bins(confidence: Floats) -> NDArray[np.int64]:
    return np.minimum((confidence * BIN_COUNT).astype(np.int64), BIN_COUNT - 1)


def reliability_svg(confidence: Floats, right: Floats, title: str) -> str:
    """Return a reliability plot as SVG, with a circle for each bin that has rows.

    The horizontal position is the mean confidence, the vertical one the share of right rows; a
    circle grows with the number of rows. Circles of an ideal confidence lie on the diagonal.
    """
    bins = _assign_bins(confidence)
    circles = []
    for number in np.unique(bins):
        inside = bins == number
        across, up, rows = confidence[inside].mean(), right[inside].mean(), int(inside.sum())
        radius = 3 + 12 * (rows / len(bins)) ** 0.5
        tooltip = f"{rows} questions: confidence {across:.2f}, answerable {up:.2f}"
        circles.append(
            f'<circle cx="{50 + 300 * across:.1f}" cy="{330 - 300 * up:.1f}" r="{radius:.1f}" '
            f'fill="#36c" fill-opacity=".6"><title>{tooltip}</title></circle>'
        )
    ticks = "".join(
        f'<text x="{50 + 300 * tick:.0f}" y="346" text-anchor="middle">{tick}</text>'
        f'<text x="44" y="{334 - 300 * tick:.0f}" text-anchor="end">{tick}</text>'
        for tick in (0, 0.5, 1)
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 370 375" width="370" height="375" '
        'font-family="sans-serif" font-size="12"><rect width="370" height="375" fill="#fff"/>'
        f'<text x="200" y="18" text-anchor="middle">{title}</text>'
        '<path d="M50 30V330H350M50 330L350 30" fill="none" stroke="#888"/>'
        f'{ticks}{"".join(circles)}<text x="200" y="366" text-anchor="middle">confidence</text>'
        '<text transform="rotate(-90 14 180)" x="14" y="180" text-anchor="middle">'
        "share that is answerable</text></svg>\n"
    )
