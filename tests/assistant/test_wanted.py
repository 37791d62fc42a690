"""What sort of thing a question asks for, and whether sentences have any."""

from __future__ import annotations

import pytest

from assistant.wanted import lacks, lacks_reason, wants_number, wants_telling


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
def test_what_has_nothing_of_the_sort_is_no_answer(question: str, text: str) -> None:
    assert lacks(question, text)


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
def test_what_may_be_of_the_sort_may_be_an_answer(question: str, text: str) -> None:
    assert not lacks(question, text)


def test_how_many_and_how_much_want_a_number() -> None:
    assert wants_number("How much did it cost?")
    assert not wants_number("Why did it cost so much?")


@pytest.mark.parametrize(
    ("question", "telling"),
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
def test_why_and_how_want_telling(question: str, telling: bool) -> None:
    assert wants_telling(question) is telling


@pytest.mark.parametrize(
    ("question", "text", "left_out"),
    [
        ("Why did it close?", "The role of the bridge in the traffic of Porto.", True),
        ("Why did it close?", "Ice had formed.", False),
        ("Why did it close?", "Because of the ice.", False),
        ("When did it close?", "The role of the bridge.", False),
    ],
)
def test_a_text_that_is_to_tell_why_leaves_out_the_reason(question: str, text: str, left_out: bool) -> None:
    evidence = "The bridge closed because ice had formed on its northern side, the mayor said."
    assert lacks_reason(question, text, evidence) is left_out
    assert not lacks_reason(question, text, "The bridge closed.")
