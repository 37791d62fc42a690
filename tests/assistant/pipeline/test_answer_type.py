"""Expected answer types."""

from __future__ import annotations

import pytest

from assistant.pipeline.query.answer_type import (
    lacks_expected_type,
    lacks_reason,
    needs_explanation,
    needs_number,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many people crossed it?", "A crowd of people crossed it at the side."),
        ("In what year did it open?", "It opened in May."),
        ("Which year was that?", "It was closed."),
        ("When did it open?", "Mayor Ana Ruiz opened it at the river."),
        ("And when was that?", "The bridge is long."),
    ],
)
def test_text_lacks_expected_type(question: str, text: str) -> None:
    assert lacks_expected_type(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How many people crossed it?", "Nine people crossed it."),
        ("How many people crossed it?", "Most of the town crossed it."),
        ("How many people crossed it?", "Nobody crossed it."),
        ("How much damage was done?", "The damage was great."),
        ("In what year did it open?", "It opened in 1998."),
        ("In what year did it open?", "It opened in the 90s."),
        ("When did it open?", "It opened on a Monday."),
        ("When did it open?", "It opened after the flood."),
        ("What happened when it opened?", "Mayor Ana Ruiz spoke."),
        ("Who opened it?", "Mayor Ana Ruiz opened it."),
        ("Wann wurde sie eröffnet?", "Ana Ruiz eröffnete sie."),
    ],
)
def test_text_has_expected_type(question: str, text: str) -> None:
    assert not lacks_expected_type(question, text)


def test_needs_number_for_how_much() -> None:
    assert needs_number("How much did it cost?")
    assert not needs_number("Why did it cost so much?")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Why did it close?", True),
        ("And how do people cross it?", True),
        ("How come it closed?", True),
        ("What happened to the ferry?", True),
        ("What does the mayor do there?", True),
        ("What does the sign mean?", True),
        ("What was the weather like?", True),
        ("What is said about the bridge?", True),
        ("How long is it?", False),
        ("How many people crossed it?", False),
        ("Who opened it?", False),
        ("What is the name of the river?", False),
        ("In what year did it open?", False),
        ("Which mayor did it?", False),
    ],
)
def test_needs_explanation_for_why_and_how(question: str, expected: bool) -> None:
    assert needs_explanation(question) is expected


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("Why did it close?", "The role of the bridge in the traffic of Porto.", True),
        ("Why did it close?", "Ice had formed.", False),
        ("Why did it close?", "Because of the ice.", False),
        ("When did it close?", "The role of the bridge.", False),
    ],
)
def test_lacks_reason_if_evidence_gives_one(question: str, text: str, expected: bool) -> None:
    evidence = "The bridge closed because ice had formed on its northern side, the mayor said."
    assert lacks_reason(question, text, evidence) is expected
    assert not lacks_reason(question, text, "The bridge closed.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Guests pay £6 each.", True),
        ("Guests pay £6 each, members nothing.", True),
        ("Guests pay £6, members £4.", False),
        ("Guests pay £2 more than members.", False),
        ("The fee for guests is twice that of members.", False),
    ],
)
def test_difference_takes_two_amounts(text: str, expected: bool) -> None:
    question = "How much more does a guest pay than a member?"
    assert lacks_expected_type(question, text) is expected


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("She fined him £400.", True),
        ("He came back two days later.", False),
        ("He came back on Friday.", False),
        ("Er kam am 4. Oktober zurück.", False),
    ],
)
def test_question_for_a_date_needs_a_day(text: str, lacks: bool) -> None:
    assert lacks_expected_type("On what date did he come back?", text) is lacks
