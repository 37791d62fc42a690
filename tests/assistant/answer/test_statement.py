"""Test statements: their text, citations, the list of quotes at the end, and parsing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import Answer, Quote, Statement
from assistant.answer.quote import NOT_STATED, render_quotes_text
from assistant.answer.statement import (
    Outcome,
    join_statements,
    make_quote_statements,
    split_quote_list,
)
from assistant.answer.statement_parser import parse_cited_text, parse_statements

pytestmark = pytest.mark.unit

QUOTES = (Quote(1, "It cost 3 million.[2]", 0, 21, "a"), Quote(2, "Ana paid.", 22, 31, "a"))
NUMBERS = {1, 2}


def describe(statements: tuple[Statement, ...]) -> list[tuple[str, str, tuple[int, ...]]]:
    return [(item.kind, item.text, item.citations) for item in statements]


def test_statement_has_text_without_markers() -> None:
    statement = Statement("generated", ("It cost much ", 1, ", and Ana paid ", 2, 1, "."))
    assert statement.text == "It cost much, and Ana paid."
    assert statement.citations == (1, 2)
    assert statement.marked_text == "It cost much [1], and Ana paid [2][1]."


def test_cited_text_has_a_statement_for_each_sentence() -> None:
    text = "It cost 3.5 million [1]. Ana paid. [2] She is rich [7], Dr. Weber is not [1][2]."
    statements = parse_cited_text(text, NUMBERS)
    assert describe(statements) == [
        ("generated", "It cost 3.5 million.", (1,)),
        ("generated", "Ana paid.", (2,)),
        ("generated", "She is rich [7], Dr. Weber is not.", (1, 2)),
    ]
    assert join_statements(statements) == text


@pytest.mark.parametrize("text", ["No. It cost much. [1]", "No.", "Yes.\nAna paid. [2]"])
def test_opening_yes_or_no_is_a_verdict(text: str) -> None:
    statements = parse_cited_text(text, NUMBERS)
    assert [item.kind for item in statements] == ["verdict", "generated"][: len(statements)]
    assert join_statements(statements) == text


def test_opening_word_that_only_begins_with_no_is_no_verdict() -> None:
    assert [item.kind for item in parse_cited_text("Nobody paid. [1]", NUMBERS)] == ["generated"]


def test_quotes_at_the_end_are_quote_statements() -> None:
    text = f"Ana paid. [2]\n{render_quotes_text(QUOTES)}"
    statements = parse_statements(text, QUOTES, "answered")
    own, listed = split_quote_list(statements, QUOTES)
    assert describe(own) == [("generated", "Ana paid.", (2,))]
    assert listed == make_quote_statements(QUOTES)
    assert join_statements(statements) == text


def test_quotes_on_one_line_are_no_list() -> None:
    first, second = make_quote_statements(QUOTES)
    joined = (first, Statement(second.kind, second.pieces))
    assert split_quote_list(joined, QUOTES) == (joined, ())


@pytest.mark.parametrize(
    ("answer", "outcome", "kinds"),
    [
        (Answer.from_text("?", "Ana. [2]", QUOTES), "answered", ["generated"]),
        (Answer.from_text("?", NOT_STATED, answered=False), "not_stated", ["unanswered"]),
        (
            Answer.from_text("?", NOT_STATED, answered=False, nearest=QUOTES[0]),
            "nearest_passage",
            ["unanswered"],
        ),
        (
            Answer.from_text("?", "Hello.\nAgain.", seconds={"total": 1.0}),
            "metadata",
            ["metadata", "metadata"],
        ),
        (
            Answer.from_text("?", "Ana. [2] The article does not say: “Why?”", QUOTES),
            "answered",
            ["generated", "unanswered"],
        ),
    ],
)
def test_answer_from_text_has_outcome_and_kinds(
    answer: Answer, outcome: Outcome, kinds: list[str]
) -> None:
    assert answer.outcome == outcome
    assert [item.kind for item in answer.statements] == kinds


@given(
    st.lists(
        st.sampled_from(
            [
                *["[1]", "[2]", "[3]", "[01]", " ", "\n", ".", "Yes.", "No.", "“", "”", "A b", "!"],
                *["The article does not say: “", render_quotes_text(QUOTES)],
            ]
        )
    ).map("".join),
    st.sampled_from(["answered", "metadata", "not_stated"]),
)
def test_parsed_text_is_kept_exactly(text: str, outcome: Outcome) -> None:
    assert join_statements(parse_statements(text, QUOTES, outcome)) == text
