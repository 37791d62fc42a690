"""Outcomes of answers to yes/no questions."""

from __future__ import annotations

import json

import pytest

from assistant import Answer
from evaluation.yes_no import OUTCOMES, QUESTIONS, classify_outcome

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "truth", "outcome"),
    [
        ("Yes. “It did.” [1]", "Yes", "right"),
        ("Yes. “It did.” [1]", "No", "wrong"),
        ("No. “It did not.” [1]", None, "wrong"),
        ("“It did.” [1]", "Yes", "quotes alone"),
        ("Yesterday it did. [1]", "Yes", "quotes alone"),
    ],
)
def test_classify_outcome_of_answer(text: str, truth: str | None, outcome: str) -> None:
    assert classify_outcome(Answer.from_text("Did it?", text), truth) == outcome
    assert outcome in OUTCOMES


def test_classify_outcome_of_refusal() -> None:
    assert (
        classify_outcome(
            Answer.from_text("Did it?", "The article does not say.", answered=False), "Yes"
        )
        == "not stated"
    )


def test_questions_have_answer_and_seen_flag() -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    assert {row["answer"] for row in rows} == {"Yes", "No", None}
    assert len({row["question"] for row in rows}) == len(rows)
    assert {row["seen"] for row in rows} == {True, False}
