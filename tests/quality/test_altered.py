"""Altered questions: one thing is another, and that one stands elsewhere in the article."""

from __future__ import annotations

import random

import pytest

from training.altered import altered
from training.paraphrased import same_names

ARTICLE = "In 1998 the mayor, Ana Ruiz, opened the largest bridge of Porto. In 2004 the architect, Carla Dias, closed it."
ANSWERING = "In 1998 the mayor, Ana Ruiz, opened the largest bridge of Porto."


def ways(question: str) -> set[str | None]:
    return {altered(question, ARTICLE, ANSWERING, random.Random(seed)) for seed in range(40)}


def test_a_name_is_put_for_another_of_the_article_that_does_not_answer() -> None:
    assert ways("What did Ana Ruiz do?") == {"What did Carla Dias do?"}


def test_a_number_is_put_for_another() -> None:
    assert ways("What was built in 1998?") == {"What was built in 2004?"}


def test_a_word_is_put_for_its_opposite() -> None:
    assert ways("Who closed the largest one?") == {"Who opened the largest one?", "Who closed the smallest one?"}


def test_what_nothing_can_be_altered_of_is_left_out() -> None:
    assert ways("Where is it?") == {None}


def test_the_word_that_asks_is_no_name() -> None:
    assert ways("In What town is it?") == {None}


@pytest.mark.parametrize(
    ("question", "other", "same"),
    [
        ("When did Ana Ruiz open it?", "In which year was it opened by Ana Ruiz?", True),
        ("who opened the bridge of porto", "By whom was the bridge of Porto opened?", True),
        ("When did Ana Ruiz open it?", "In which year was it opened?", False),  # without a name
        ("What happened in 1998?", "What took place in 1999?", False),
        ("What happened?", "What happened in Porto?", False),
        ("What happened?", "what happened?", False),
        ("What happened?", "Something happened.", False),
        ("What happened?", "What took place?\nAnd when?", False),
        ("What happened?", "What was it that took place then and there before the eyes of them all?", False),
    ],
)
def test_another_wording_has_the_same_names_and_numbers(question: str, other: str, same: bool) -> None:
    assert same_names(question, other) is same
