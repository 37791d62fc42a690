"""Figures computed from hand-made numbers."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from evaluation.calibration import auroc, calibration_error, reliability_svg
from evaluation.examples import make_judged, make_refusal
from evaluation.figures import compute_figures, compute_weighted_figures, count_base
from evaluation.word_overlap import WordCounts

pytestmark = pytest.mark.unit

ONES = np.ones((1, 4))


def test_compute_figures_shares_use_their_own_base() -> None:
    rows = [
        make_judged("a"),
        make_judged("b", quote_right=False, quote_precision=0.0, answer_right=False, f1=0.5),
        make_refusal("c"),
        make_refusal("d", answerable=False),
        make_judged("e", answerable=False, quote_right=False),
    ]
    computed = compute_figures(rows)
    assert (computed["questions"], computed["of them answerable"]) == (5, 3)
    assert computed["right quote"] == pytest.approx(1 / 3)
    assert computed["quote precision"] == pytest.approx(1 / 2)
    assert computed["refusal precision"] == pytest.approx(1 / 2)
    assert computed["refusal recall"] == pytest.approx(1 / 2)
    assert computed["false refusals"] == pytest.approx(1 / 3)
    assert computed["exact quotes"] == 1.0
    assert math.isnan(computed["planted text quoted"])


def test_word_f1_is_of_summed_counts() -> None:
    rows = [
        make_judged("a", word_counts=WordCounts(6, 10, 8)),
        make_judged("b", word_counts=WordCounts(0, 2, 0)),  # nothing was chosen: a false positive
        make_judged("c"),  # nobody was asked
    ]
    computed = compute_figures(rows)
    assert computed["word precision"] == pytest.approx(6 / 12)
    assert computed["word recall"] == pytest.approx(6 / 8)
    assert computed["word F1"] == pytest.approx(2 * 6 / (12 + 8))
    assert "word F1" not in compute_figures(rows[2:])


def test_cases_passed_is_share_of_failure_cases() -> None:
    rows = [make_judged("a", outcome="pass"), make_judged("b", outcome="refused"), make_judged("c")]
    assert compute_figures(rows)["cases passed"] == pytest.approx(1 / 2)
    assert count_base(rows, "cases passed") == 2


def test_squad_figures_count_refusals_that_are_right() -> None:
    rows = [
        make_judged("a", squad_exact=0.0, squad_f1=0.5),
        make_refusal("b", answerable=False, squad_exact=1.0, squad_f1=1.0),
    ]
    computed = compute_figures(rows)
    assert (computed["SQuAD exact match"], computed["SQuAD F1"]) == (0.5, 0.75)


def test_right_quote_skips_cases_without_evidence() -> None:
    rows = [make_judged("a"), make_judged("b", has_evidence=False, quote_right=False)]
    assert compute_figures(rows)["right quote"] == 1.0


def test_token_f1_skips_cases_without_gold_text() -> None:
    rows = [make_judged("a", f1=0.5), make_judged("b", has_gold_text=False, f1=0.0)]
    assert compute_figures(rows)["token F1"] == 0.5


def test_compute_figures_seconds_skip_missing_stages() -> None:
    rows = [
        make_judged(str(n), seconds={"total": float(n)} | ({"writing": 9.0} if n == 1 else {}))
        for n in range(1, 11)
    ]
    computed = compute_figures(rows)
    assert (computed["seconds, total, median"], computed["seconds, total, p90"]) == (5.0, 9.0)
    assert computed["seconds, writing, median"] == 9.0


def test_weighted_figures_weight_two_equals_two_rows() -> None:
    rows = [make_judged("a"), make_judged("b", quote_right=False, seconds={"total": 7.0})]
    doubled = compute_weighted_figures(rows, np.array([[1.0, 2.0]]))
    written_out = compute_weighted_figures([*rows, rows[1]], np.ones((1, 3)))
    for name in ("right quote", "token F1", "seconds, total, median", "seconds, total, p90"):
        assert doubled[name] == pytest.approx(written_out[name])


def test_calibration_error_is_mean_gap_of_bins() -> None:
    confidence, right = np.array([0.95, 0.95, 0.15, 0.15]), np.array([1.0, 0.0, 0.0, 0.0])
    assert calibration_error(confidence, right, ONES)[0] == pytest.approx((2 * 0.45 + 2 * 0.15) / 4)
    assert calibration_error(np.array([1.0, 0.0]), np.array([1.0, 0.0]), np.ones((1, 2)))[0] == 0.0


def test_auroc_ties_count_half() -> None:
    assert auroc(np.array([0.9, 0.4, 0.4, 0.1]), np.array([1.0, 1.0, 0.0, 0.0]), ONES)[
        0
    ] == pytest.approx(3.5 / 4)
    assert math.isnan(auroc(np.array([0.9, 0.4, 0.4, 0.1]), np.ones(4), ONES)[0])


def test_compute_figures_without_confidence_lacks_auroc() -> None:
    assert "AUROC" not in compute_figures([make_judged("a")])
    assert compute_figures([make_judged("a", confidence=0.8), make_judged("b")])[
        "calibration error"
    ] == pytest.approx(0.2)


def test_reliability_svg_has_circle_for_each_filled_bin() -> None:
    drawn = ElementTree.fromstring(
        reliability_svg(np.array([0.95, 0.91, 0.15]), np.array([1.0, 1.0, 0.0]), "squad2, none")
    )
    circles = drawn.findall("{http://www.w3.org/2000/svg}circle")
    assert [circle.get("cy") for circle in circles] == ["330.0", "30.0"]
