"""A follow-up is searched for so that it stands alone."""

from __future__ import annotations

import pytest

from assistant import Answer
from assistant.answer import NOT_STATED
from assistant.followup import LONGEST, leans, refers, stand_alone

from .fakes import Scripted

EARLIER = "Who opened the Old Bridge?"
SAID = "Mayor Ana Ruiz opened it in May 1998. [1]"
HISTORY = [("What is Lund?", "A town."), (EARLIER, SAID)]
JOINED = f"{EARLIER} Mayor Ana Ruiz opened it in May 1998. And when was it closed?"


@pytest.mark.parametrize(
    "question",
    ["And when was it closed?", "Why?", "When did she open the bridge?", "What about the cost?", "How about them?", "And the flood?",
     "But why did the engineer leave?", "Are you sure?", "What else did the mayor say about Lund?", "How come?", "Who were the others?",
     "Was the former mayor there, too?", "And the other one?", "What about Malmö?", "How many of them?", "How many?", "Really?",
     "What happened then?", "Who lived there?", "Is that true?", "What are the drawbacks?", "How many kinds are there?",
     "WHO SAW HIM LEAVE THE TOWN?", "That is interesting. Tell me more.", "Bridges are rare now. Why?", "What happened at that time?",
     "Does he like Ana Ruiz?", "Why did it take so long?"],
)  # fmt: skip
def test_a_question_that_leans_on_what_was_said_is_known(question: str) -> None:
    assert leans(question)


@pytest.mark.parametrize(
    "question",
    ["How long is the Old Bridge of Lund?", "Who is the mayor of Lund?", "How many workers came from Syria?", "What did Jonas Weber say?",
     "How much rain fell in Lund this year?", "Are there any schools in Lund?", "There is a school in Lund; who built it?",
     "How many people have left Lund so far?", "Is it true that Ana Ruiz left Lund?", "Did Weber say that the bridge of Lund fell?",
     "How many left one camp in Lund?", "When did Ana Ruiz say that she would leave?", "What is inflation?",
     "Besides Ana Ruiz, who else spoke?", "That is interesting. How long is the bridge of Lund?", "Where did Mr. Costa live?",
     "Where did Thomas A. Weber live?", "How long did it take Ana Ruiz to build the bridge?"],
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


def test_without_a_model_what_was_asked_and_answered_is_put_in_front() -> None:
    assert stand_alone("And when was it closed?", HISTORY, None) == JOINED


def test_without_a_model_the_latest_names_are_put_in_front() -> None:
    history = [*HISTORY, ("How much did it cost?", "It cost 3 million euros.")]
    asked = "Which painters repaired it afterwards?"
    assert stand_alone(asked, history, None) == f"{EARLIER} Mayor Ana Ruiz May {asked}"


@pytest.mark.parametrize("question", ["Why?", "How come?", "And the other one?", "How many of them?"])
def test_without_a_model_what_was_just_said_is_put_in_front_of_a_bare_question(question: str) -> None:
    history = [*HISTORY, ("How much did it cost?", "It cost 3 million euros. The town paid.")]
    joined = f"{EARLIER} Mayor Ana Ruiz May How much did it cost? It cost 3 million euros. {question}"
    assert stand_alone(question, history, None) == joined


def test_what_was_not_stated_is_not_searched_for() -> None:
    assert stand_alone("Why?", [(EARLIER, NOT_STATED)], None) == f"{EARLIER} Why?"


@pytest.mark.parametrize("question", ["Are you sure?", "Really?", "Is that true?", "But are you really sure?"])
@pytest.mark.parametrize("model", [None, Scripted(pieces=("Is the mayor sure?",))])
def test_a_doubt_asks_the_earlier_question_again(question: str, model: Scripted | None) -> None:
    assert stand_alone(question, HISTORY, model) == EARLIER


def test_a_doubt_about_a_follow_up_asks_again_what_it_stood_for() -> None:
    history = [*HISTORY, ("And when was it closed?", "In 2003."), ("Really?", "In 2003.")]
    assert stand_alone("Are you sure?", history, None) == JOINED
    model = Scripted(pieces=("When was the Old Bridge closed?",))
    assert stand_alone("Are you sure?", history, model) == "When was the Old Bridge closed?"


@pytest.mark.parametrize(
    ("earlier", "question", "asked"),
    [
        (EARLIER, "And the New Bridge?", "Who opened the New Bridge?"),
        ("How many came from Syria?", "What about Turkey?", "How many came from Turkey?"),
        ("How many came from Syria?", "And from Turkey?", "How many came from Turkey?"),
    ],
)
def test_another_name_takes_the_place_of_the_one_asked_about(earlier: str, question: str, asked: str) -> None:
    assert stand_alone(question, [(earlier, "9,000.")], None) == asked


@pytest.mark.parametrize("question", ["And in May?", "What about the cost?"])
def test_nothing_is_replaced_where_the_other_subject_is_of_another_kind(question: str) -> None:
    assert stand_alone(question, HISTORY, None) == f"{EARLIER} {SAID.removesuffix(' [1]')} {question}"


def test_a_model_rewrites_it() -> None:
    model = Scripted(pieces=("Rewritten: When was the Old", " Bridge closed?\nIt never was."))
    assert stand_alone("And when was it closed?", HISTORY, model) == "When was the Old Bridge closed?"


@pytest.mark.parametrize("answer", [SAID, Answer(EARLIER, SAID)])
def test_a_model_is_shown_the_last_turns_without_their_citations(answer: Answer | str) -> None:
    model = Scripted(pieces=("When was the Old Bridge closed?",))
    turns = [("Who is Jonas Weber?", "An engineer."), ("What is Lund?", "A town."), ("Is it large?", "No."), (EARLIER, answer)]
    stand_alone("And when was it closed?", turns, model)
    (shown,) = model.shown
    assert f"Question: {EARLIER}\nAnswer: Mayor Ana Ruiz opened it in May 1998.\nFollow-up: And when was it closed?" in shown
    assert "A town." in shown
    assert "An engineer." not in shown


@pytest.mark.parametrize(
    "rewritten",
    [
        "When was the Golden Gate closed?",  # another name
        "When was the Old Bridge closed in 2003?",  # a number that nobody told
        "When was the Old Bridge not closed?",  # the opposite
        "When was the Old Bridge of Paris closed?",
        EARLIER,  # the question before it
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


def test_a_rewriting_that_loses_a_name_of_the_question_is_not_used() -> None:
    model = Scripted(pieces=("Who opened it?",))
    assert stand_alone("And the New Bridge?", HISTORY, model) == "Who opened the New Bridge?"


def test_a_model_that_fails_leaves_what_can_be_searched_all_the_same() -> None:
    assert stand_alone("And when was it closed?", HISTORY, Scripted(pieces=(), error=OSError("offline"))) == JOINED


@pytest.mark.parametrize(
    ("sentence", "leaning"),
    [
        ("He died in 1821.", True),
        ("Born in Lund, she opened the Old Bridge in 1998.", True),
        ("Founded in 1724, it employed 300 people.", True),
        ("Later he moved to Malmö.", True),
        ("However, she stayed.", True),
        ("Originally it was a barn.", True),
        ("The group said it would go.", True),
        ("Napoleon died on 5 May; he was 51.", False),
        ("But Mr Assad said they left.", False),
        ("It is true that Lund has a bridge.", False),
        ("In Lund, Ana Ruiz opened it.", False),
    ],
)
def test_a_sentence_that_leans_on_another_is_known(sentence: str, leaning: bool) -> None:
    assert refers(sentence) is leaning
