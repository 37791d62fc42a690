"""Test the plans that a language model writes for calculations."""

from __future__ import annotations

import re

import pytest

from assistant.pipeline.computation.plan import (
    CalculationPlan,
    asks_for_quantity,
    drop_compared_number,
    is_unanswered_by_one_value,
    make_plan_form,
    parse_plan,
    plan_calculation,
    states_difference,
)
from assistant.pipeline.computation.quantities import find_quantities
from index.text.spans import Span
from tests.assistant.fakes import ScriptedModel

pytestmark = pytest.mark.unit

TALLER = "How much taller is the Glass Tower than the Brick Tower?"


@pytest.mark.parametrize(
    ("written", "factors", "constant"),
    [
        (" How tall is the mast? B = How tall is the tower? A - B\n", (1, -1), 0),
        (" How much does a child pay? B = How much is a tent? 2 * A + 1 * B\n", (2, 1), 0),
        (" When was Ada born? 2015 - A\n", (-1,), 2015),
        (" How much does a night cost? 4 * A", (4,), 0),
    ],
)
def test_parse_plan_formulas(written: str, factors: tuple[int, ...], constant: int) -> None:
    plan = parse_plan(written)
    assert plan
    assert (plan.factors, plan.constant) == (factors, constant)
    assert all(question.endswith("?") for question in plan.questions)


@pytest.mark.parametrize(
    "written",
    [
        " How many people live in Tolm? A\n",
        " How many people live in Tolm? A - B\n",
        " How many people live in Tolm? B = How big is it? A\n",
        " How many people live in Tolm? __import__('os')\n",
        " Many people",
        "",
    ],
)
def test_parse_plan_without_a_calculation_is_none(written: str) -> None:
    assert parse_plan(written) is None


def test_form_admits_only_numbers_of_the_question() -> None:
    form = re.compile(make_plan_form("How old was Ada in 2015?"))
    assert form.fullmatch(" When was Ada born? 2015 - A\n")
    assert not form.fullmatch(" When was Ada born? 1947 - A\n")


def test_form_of_a_comparison_has_two_questions() -> None:
    form = re.compile(make_plan_form(TALLER))
    assert not form.fullmatch(f" {TALLER} A\n")
    assert form.fullmatch(" How tall is the Glass Tower? B = How tall is the Brick Tower? A - B\n")


def test_comparison_is_dropped_from_a_simple_question() -> None:
    question = "How much more did the desk fetch than the clock?"
    model = ScriptedModel(pieces=(f" {question} B = How much did the clock fetch? A - B\n",))
    plan = plan_calculation(question, "The desk and the clock were sold.", model)
    questions = ("How much did the desk fetch?", "How much did the clock fetch?")
    assert plan == CalculationPlan(questions, (1, -1))


def test_word_of_an_example_is_not_taken_over() -> None:
    model = ScriptedModel(pieces=(" When was the lighthouse built? 2015 - A\n",))
    assert plan_calculation("How old was it in 2015?", "The mill is of 1950.", model) is None
    assert plan_calculation("How old was it in 2015?", "The lighthouse is of 1950.", model)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (TALLER, True),
        ("What do two adults pay?", True),
        ("What is the difference between them?", True),
        ("How did the fire start?", False),
        ("Who built it?", False),
    ],
)
def test_asks_for_quantity(question: str, expected: bool) -> None:
    assert asks_for_quantity(question) is expected


def test_number_that_is_compared_with_is_dropped() -> None:
    question = "Were there fewer than forty people on the outing?"
    number = find_quantities(question)[0]
    simple = "How many people were there fewer than forty people on the outing?"
    assert drop_compared_number(simple, question, number) == (
        "How many people were there on the outing?"
    )
    assert drop_compared_number("How many came?", question, number) == "How many came?"


@pytest.mark.parametrize(
    ("text", "words", "is_stated"),
    [
        ("In all 1,130 landed, 210 fewer than before.", "210", True),
        ("It came nine days later than in 2022.", "nine days", True),
        ("It rose by £54 in a year.", "£54", True),
        ("Ann beat Bob by twelve votes.", "twelve votes", True),
        ("Ada is fifteen years older than Bob.", "fifteen years", True),
        ("It closed a week after the fair.", "a week", True),
        ("July was 3 degrees warmer than June.", "3 degrees", True),
        ("The difference was 12 votes.", "12 votes", True),
        ("It cost £186,000, a good deal more than planned.", "£186,000", False),
        ("A guest pays £6.", "£6", False),
    ],
)
def test_stated_difference(text: str, words: str, is_stated: bool) -> None:
    start = text.index(words)
    assert states_difference(text, Span(start, start + len(words))) is is_stated


@pytest.mark.parametrize(
    ("question", "is_unanswered"),
    [
        ("How much more does a guest pay than a member?", True),
        ("How many years after the fire did it open?", True),
        ("How old was Ada when she died?", False),
        ("How many people voted in total?", False),
        ("How long did the voyage between Hull and Oslo take?", False),
    ],
)
def test_one_value_is_no_answer_to_a_difference(question: str, is_unanswered: bool) -> None:
    assert is_unanswered_by_one_value(question) is is_unanswered
