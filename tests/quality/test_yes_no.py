"""What an answer to a question of yes or no comes to."""

from __future__ import annotations

import json

import pytest

from assistant import Answer

from .yes_no import QUESTIONS, SAID, outcome


@pytest.mark.parametrize(
    ("text", "truth", "found"),
    [
        ("Yes. “It did.” [1]", "Yes", "right"),
        ("Yes. “It did.” [1]", "No", "wrong"),
        ("No. “It did not.” [1]", None, "wrong"),
        ("“It did.” [1]", "Yes", "quotes alone"),
        ("Yesterday it did. [1]", "Yes", "quotes alone"),
    ],
)
def test_an_answer_is_right_wrong_or_its_quotes_alone(text: str, truth: str | None, found: str) -> None:
    assert outcome(Answer("Did it?", text), truth) == found
    assert found in SAID


def test_a_refusal_is_neither() -> None:
    assert outcome(Answer("Did it?", "The article does not say.", answered=False), "Yes") == "not stated"


def test_every_question_says_what_is_true_and_whether_it_was_seen() -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    assert {row["answer"] for row in rows} == {"Yes", "No", None}
    assert len({row["question"] for row in rows}) == len(rows)
    assert {row["seen"] for row in rows} == {True, False}
