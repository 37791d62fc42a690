"""A number keeps the "about" or "more than" that the article puts before it."""

from __future__ import annotations

import pytest
from hypothesis import given

from assistant.amounts import hedged, ordinal

from ..index.texts import any_text


@pytest.mark.parametrize(
    ("said", "evidence", "hedging"),
    [
        ("The share was one-eighth.", "about one-eighth the number of Catholics", "The share was about one-eighth."),
        ("250,000 people are trapped.", "Some 250,000 people are trapped", "Some 250,000 people are trapped."),
        ("It cost $3.5 million.", "at a cost of more than $3.5 million, in 2003", "It cost more than $3.5 million."),
        ("It was cold. Two million came.", "an estimated two million came", "It was cold. An estimated two million came."),
        ("They held 40 % of it.", "held nearly 40 % of it", "They held nearly 40 % of it."),
        ("They sold a third of it.", "sold about a third of their land", "They sold about a third of it."),
        ("200 came in 1,200 years.", "about 200 came", "About 200 came in 1,200 years."),
        ("48 people died in 48 hours.", "at least 48 people died", "At least 48 people died in 48 hours."),
        ("It took 9 [1].", "took at least 9", "It took at least 9 [1]."),
    ],
)
def test_what_the_article_hedges_is_hedged(said: str, evidence: str, hedging: str) -> None:
    assert hedged(said, [evidence]) == hedging
    assert hedged(hedging, [evidence]) == hedging


@pytest.mark.parametrize(
    ("said", "evidence"),
    [
        ("About 250,000 people", "Some 250,000 people"),  # in its own words
        ("More than 20 came.", "over 20 came"),
        ("200 died.", "More than 200 died. Of the 200, many were old."),  # named without it, too
        ("It has time.", "some time ago it fell over two hills"),
        ("It fell under the bridge.", "it fell under the bridge"),
        ("They sold 48 cars.", "at least 48 people"),  # of something else
        ("It began in 1998.", "It was built in 1998 for about 3 million euros"),
        ("", "about 3"),
    ],
)
def test_what_it_does_not_is_left_as_it_is(said: str, evidence: str) -> None:
    assert hedged(said, [evidence]) == said


@pytest.mark.parametrize(
    ("word", "number"),
    [("15th", 15), ("fifteenth", 15), ("twenty-first", 21), ("1st", 1), ("last", None), ("15", None), ("fifteen", None)],
)
def test_ordinal_numbers_are_known(word: str, number: int | None) -> None:
    assert ordinal(word) == number


@given(any_text, any_text)
def test_no_text_is_too_strange(said: str, evidence: str) -> None:
    assert len(hedged(said, [evidence])) >= len(said)
