"""Figures of the checks of statements."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from evaluation.verification import (
    compute_balanced_interval,
    compute_calibration_error,
    find_rejected,
    measure,
)
from tests.assistant.fakes import FixedSpanReader
from training.verifier_data import Example

CHANCES = np.array([0.9, 0.6, 0.1, 0.7, 0.3, 0.1])
SUPPORTED = np.array([True, True, True, False, False, False])
EVIDENCE = "The ferry Aurora was built in Turku in 1998."


def make_example(statement: str) -> Example:
    return Example("", statement, EVIDENCE, "supported", "copy", "set", "group", "sentence")


def test_measure_balanced_accuracy_and_stopped() -> None:
    figures = measure(CHANCES, SUPPORTED, 0.2)
    assert (figures["statements"], figures["supported"]) == (6, 3)
    assert figures["balanced accuracy"] == pytest.approx((2 / 3 + 2 / 3) / 2)
    assert figures["false stopped"] == figures["true stopped"] == pytest.approx(1 / 3)
    # Of the nine pairs of a true and a false statement, five are in order and one is a tie.
    assert figures["AUROC"] == pytest.approx(5.5 / 9)
    assert "false stopped, other checks" not in figures


def test_measure_rules_and_both() -> None:
    rejected = np.array([False, True, False, True, False, False])
    figures = measure(CHANCES, SUPPORTED, 0.2, rejected)
    assert figures["false stopped, other checks"] == pytest.approx(1 / 3)
    assert figures["false stopped, all checks"] == pytest.approx(2 / 3)
    assert figures["true stopped, all checks"] == pytest.approx(2 / 3)


def test_measure_of_one_kind_has_no_balanced_accuracy() -> None:
    figures = measure(CHANCES[:3], SUPPORTED[:3], 0.2)
    assert figures["balanced accuracy"] is figures["false stopped"] is figures["AUROC"] is None
    assert "intervals" not in figures


def test_balanced_interval_near_normal_approximation() -> None:
    supported = np.array([True] * 100 + [False] * 300)
    chances = np.array([0.9] * 80 + [0.1] * 20 + [0.9] * 120 + [0.1] * 180)
    # (0.8 + 0.6) / 2 ± 1.96 · √(0.8 · 0.2 / 100 + 0.6 · 0.4 / 300) / 2.
    assert compute_balanced_interval(chances, supported) == pytest.approx((0.652, 0.748), abs=0.01)


def test_find_rejected_number_and_copy() -> None:
    altered = EVIDENCE.replace("1998", "1989")
    reader = FixedSpanReader("1998")
    examples = [make_example(altered), make_example(EVIDENCE)]
    assert find_rejected(examples, reader).tolist() == [True, False]
    assert not reader.asked  # without a question, no words answer


@pytest.mark.parametrize(
    ("question", "rejected"),
    [("When was it built?", True), ("Was it built?", False), ("Why was it built?", False)],
)
def test_find_rejected_without_the_words_that_answer(question: str, rejected: bool) -> None:
    example = replace(make_example("The Aurora was built in Turku."), question=question)
    assert find_rejected([example], FixedSpanReader("1998")).tolist() == [rejected]


def test_calibration_error_is_mean_gap_of_bins() -> None:
    chances, supported = np.array([0.95, 0.95, 0.15, 0.15]), np.array([True, False, False, False])
    assert compute_calibration_error(chances, supported) == pytest.approx((2 * 0.45 + 2 * 0.15) / 4)
