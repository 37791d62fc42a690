"""Whether a confidence means what it says: expected calibration error, AUROC, and a plot of them.

All take `weights`, shape `(resamples, rows)`: how often each row counts. Ones, in one row, for the figure itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["BINS", "auroc", "calibration_error", "reliability_svg"]

Floats = NDArray[np.float64]

BINS = 10


def calibration_error(confidence: Floats, right: Floats, weights: Floats) -> Floats:
    """Guo et al., "On calibration of modern neural networks", ICML 2017: equal bins, weighted by their rows.

    Args:
        confidence: 0 to 1, shape `(rows,)`; right: 0 or 1, same shape.
    """
    gaps = np.eye(BINS)[_bins(confidence)] * (confidence - right)[:, None]
    error: Floats = np.abs(weights @ gaps).sum(axis=1) / weights.sum(axis=1)
    return error


def auroc(confidence: Floats, right: Floats, weights: Floats) -> Floats:
    """The probability that a right row has more confidence than a wrong one, ties counting half; NaN without both."""
    yes, no = right > 0, right == 0
    above = (confidence[yes][:, None] > confidence[no]) + 0.5 * (confidence[yes][:, None] == confidence[no])
    won = ((weights[:, yes] @ above) * weights[:, no]).sum(axis=1)
    pairs = weights[:, yes].sum(axis=1) * weights[:, no].sum(axis=1)
    area: Floats = np.divide(won, pairs, out=np.full_like(won, np.nan), where=pairs > 0)
    return area


def _bins(confidence: Floats) -> NDArray[np.int64]:
    return np.minimum((confidence * BINS).astype(np.int64), BINS - 1)


def reliability_svg(confidence: Floats, right: Floats, title: str) -> str:
    """A circle for each bin, larger for more rows: mean confidence across, share of right rows up. On the line is ideal."""
    bins = _bins(confidence)
    circles = []
    for number in np.unique(bins):
        inside = bins == number
        across, up, rows = confidence[inside].mean(), right[inside].mean(), int(inside.sum())
        radius = 3 + 12 * (rows / len(bins)) ** 0.5
        told = f"{rows} questions: confidence {across:.2f}, answerable {up:.2f}"
        circles.append(
            f'<circle cx="{50 + 300 * across:.1f}" cy="{330 - 300 * up:.1f}" r="{radius:.1f}" fill="#36c" fill-opacity=".6">'
            f"<title>{told}</title></circle>"
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
        '<text transform="rotate(-90 14 180)" x="14" y="180" text-anchor="middle">share that is answerable</text></svg>\n'
    )
