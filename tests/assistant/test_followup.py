"""A follow-up is searched for so that it stands alone."""

from __future__ import annotations

import pytest

from assistant import Answer
from assistant.followup import LONGEST, leans, stand_alone

from .fakes import Scripted

EARLIER = "Who opened the Old Bridge?"
SAID = "Mayor Ana Ruiz opened it in May 1998. [1]"
HISTORY = [("What is Lund?", "A town."), (EARLIER, SAID)]
JOINED = f"{EARLIER} And when was it closed?"


@pytest.mark.parametrize(
    "question",
    ["And when was it closed?", "Why?", "When did she open the bridge?", "What about the cost?", "How about them?", "And the flood?",
     "But why did the engineer leave?", "Are you sure?", "What else did the mayor say about Lund?", "How come?", "Who were the others?",
     "Was the former mayor there, too?"],
)  # fmt: skip
def test_a_question_that_leans_on_what_was_said_is_known(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    ["How long is the Old Bridge of Lund?", "Who is the mayor of Lund?", "How many workers came from Syria?", "What did Jonas Weber say?"],
)  # fmt: skip
def test_a_question_that_stands_alone_is_known(question: str) -> None:
    assert not leans(question)


def test_a_first_question_is_left_as_it_is() -> None:
    model = Scripted(pieces=("Something else?",))
    assert stand_alone("And when was it closed?", [], model) == "And when was it closed?"
    assert model.shown == []


def test_a_question_that_stands_alone_is_left_as_it_is() -> None:
    model = Scripted(pieces=("Something else?",))
    assert stand_alone("How long is the Old Bridge of Lund?", HISTORY, model) == "How long is the Old Bridge of Lund?"
    assert model.shown == []


def test_without_a_model_the_question_before_it_is_put_in_front() -> None:
    assert stand_alone("And when was it closed?", HISTORY, None) == JOINED


def test_a_model_rewrites_it() -> None:
    model = Scripted(pieces=("Rewritten: When was the Old", " Bridge closed?\nIt never was."))
    assert stand_alone("And when was it closed?", HISTORY, model) == "When was the Old Bridge closed?"


@pytest.mark.parametrize("answer", [SAID, Answer(EARLIER, SAID)])
def test_a_model_is_shown_the_last_turn_without_its_citations(answer: Answer | str) -> None:
    model = Scripted(pieces=("When was the Old Bridge closed?",))
    stand_alone("And when was it closed?", [("What is Lund?", "A town."), (EARLIER, answer)], model)
    (shown,) = model.shown
    assert f"Question: {EARLIER}\nAnswer: Mayor Ana Ruiz opened it in May 1998.\nFollow-up: And when was it closed?" in shown
    assert "A town." not in shown


@pytest.mark.parametrize(
    "rewritten",
    [
        "When was the Golden Gate closed?",  # another name
        "When was the Old Bridge closed in 2003?",  # a number that nobody told
        "When was the Old Bridge not closed?",  # the opposite
        "When was the Old Bridge of Paris closed?",
        "",
        " \n ",
        "When was the bridge closed? " + "The bridge, the bridge. " * LONGEST,
    ],
)
def test_a_rewriting_that_makes_something_up_is_not_used(rewritten: str) -> None:
    assert stand_alone("And when was it closed?", HISTORY, Scripted(pieces=(rewritten,))) == JOINED


def test_what_the_answer_before_it_told_may_be_used() -> None:
    model = Scripted(pieces=("Where was Ana Ruiz in May 1998?",))
    assert stand_alone("Where was she then?", HISTORY, model) == "Where was Ana Ruiz in May 1998?"
