"""Figures by hand-made numbers."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from .calibration import auroc, calibration_error, reliability_svg
from .examples import judged, refused
from .figures import figures, weighted

ONES = np.ones((1, 4))


def test_shares_are_of_those_they_speak_of() -> None:
    rows = [
        judged("a"),
        judged("b", quote_right=False, quote_precision=0.0, answer_right=False, f1=0.5),
        refused("c"),
        refused("d", answerable=False),
        judged("e", answerable=False, quote_right=False),
    ]
    found = figures(rows)
    assert (found["questions"], found["of them answerable"]) == (5, 3)
    assert found["right quote"] == pytest.approx(1 / 3)
    assert found["quote precision"] == pytest.approx(1 / 2)
    assert found["refusal precision"] == pytest.approx(1 / 2)
    assert found["refusal recall"] == pytest.approx(1 / 2)
    assert found["false refusals"] == pytest.approx(1 / 3)
    assert found["exact quotes"] == 1.0
    assert math.isnan(found["planted text quoted"])


def test_seconds_are_of_the_answers_that_had_the_stage() -> None:
    rows = [judged(str(n), seconds={"total": float(n)} | ({"writing": 9.0} if n == 1 else {})) for n in range(1, 11)]
    found = figures(rows)
    assert (found["seconds, total, median"], found["seconds, total, p90"]) == (5.0, 9.0)
    assert found["seconds, writing, median"] == 9.0


def test_a_row_that_counts_twice_is_as_two_rows() -> None:
    rows = [judged("a"), judged("b", quote_right=False, seconds={"total": 7.0})]
    doubled = weighted(rows, np.array([[1.0, 2.0]]))
    written_out = weighted([*rows, rows[1]], np.ones((1, 3)))
    for name in ("right quote", "token F1", "seconds, total, median", "seconds, total, p90"):
        assert doubled[name] == pytest.approx(written_out[name])


def test_calibration_error_is_the_mean_gap_of_the_bins() -> None:
    confidence, right = np.array([0.95, 0.95, 0.15, 0.15]), np.array([1.0, 0.0, 0.0, 0.0])
    assert calibration_error(confidence, right, ONES)[0] == pytest.approx((2 * 0.45 + 2 * 0.15) / 4)
    assert calibration_error(np.array([1.0, 0.0]), np.array([1.0, 0.0]), np.ones((1, 2)))[0] == 0.0


def test_auroc_counts_pairs_in_order_and_ties_by_half() -> None:
    assert auroc(np.array([0.9, 0.4, 0.4, 0.1]), np.array([1.0, 1.0, 0.0, 0.0]), ONES)[0] == pytest.approx(3.5 / 4)
    assert math.isnan(auroc(np.array([0.9, 0.4, 0.4, 0.1]), np.ones(4), ONES)[0])


def test_without_a_confidence_there_is_no_calibration() -> None:
    assert "AUROC" not in figures([judged("a")])
    assert figures([judged("a", confidence=0.8), judged("b")])["calibration error"] == pytest.approx(0.2)


def test_the_plot_has_a_circle_for_each_bin_that_is_not_empty() -> None:
    drawn = ElementTree.fromstring(reliability_svg(np.array([0.95, 0.91, 0.15]), np.array([1.0, 1.0, 0.0]), "squad2, none"))
    circles = drawn.findall("{http://www.w3.org/2000/svg}circle")
    assert [circle.get("cy") for circle in circles] == ["330.0", "30.0"]
