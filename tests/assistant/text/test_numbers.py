"""Test hedges of numbers ("about", "more than") and ordinal numbers."""

from __future__ import annotations

import pytest
from hypothesis import given

from assistant.text.numbers import parse_ordinal, restore_hedges
from tests.index.texts import any_text

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "evidence", "hedging"),
    [
        (
            "The share was one-eighth.",
            "about one-eighth the number of Catholics",
            "The share was about one-eighth.",
        ),
        (
            "250,000 people are trapped.",
            "Some 250,000 people are trapped",
            "Some 250,000 people are trapped.",
        ),
        (
            "It cost $3.5 million.",
            "at a cost of more than $3.5 million, in 2003",
            "It cost more than $3.5 million.",
        ),
        (
            "It was cold. Two million came.",
            "an estimated two million came",
            "It was cold. An estimated two million came.",
        ),
        ("They held 40 % of it.", "held nearly 40 % of it", "They held nearly 40 % of it."),
        (
            "They sold a third of it.",
            "sold about a third of their land",
            "They sold about a third of it.",
        ),
        ("200 came in 1,200 years.", "about 200 came", "About 200 came in 1,200 years."),
        (
            "48 people died in 48 hours.",
            "at least 48 people died",
            "At least 48 people died in 48 hours.",
        ),
        ("It took 9 [1].", "took at least 9", "It took at least 9 [1]."),
    ],
)
def test_restore_hedges_adds_hedge_of_evidence(text: str, evidence: str, hedging: str) -> None:
    assert restore_hedges(text, [evidence]) == hedging
    assert restore_hedges(hedging, [evidence]) == hedging


@pytest.mark.parametrize(
    ("text", "evidence"),
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
def test_restore_hedges_leaves_other_numbers(text: str, evidence: str) -> None:
    assert restore_hedges(text, [evidence]) == text


@pytest.mark.parametrize(
    ("word", "number"),
    [
        ("15th", 15),
        ("fifteenth", 15),
        ("twenty-first", 21),
        ("1st", 1),
        ("last", None),
        ("15", None),
        ("fifteen", None),
    ],
)
def test_parse_ordinal_reads_digits_and_words(word: str, number: int | None) -> None:
    assert parse_ordinal(word) == number


@given(any_text, any_text)
def test_restore_hedges_accepts_any_text(text: str, evidence: str) -> None:
    assert len(restore_hedges(text, [evidence])) >= len(text)
