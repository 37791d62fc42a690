"""Answers to the parts of a question become one."""

from __future__ import annotations

import pytest

from assistant.answer.answer import Answer
from assistant.answer.merge import merge_answers
from assistant.answer.quote import NOT_STATED, Quote, render_quotes_text
from index.text.article import Article

pytestmark = pytest.mark.unit

ARTICLE = Article.from_text("About 300 people went to Oban. They came back in May.")


def quoted(question: str, *positions: int) -> Answer:
    """Return an answer that consists of the quotes of some sentences."""
    quotes = tuple(
        Quote.of(ARTICLE, ARTICLE.sentences[position], number)
        for number, position in enumerate(positions, 1)
    )
    return Answer.from_text(
        question, render_quotes_text(quotes), quotes, searched=question, confidence=0.9
    )


def test_quote_that_answers_two_parts_is_shown_once() -> None:
    merged = merge_answers("Where, and how many?", [quoted("Where?", 0), quoted("How many?", 0)])
    assert merged.text == "“About 300 people went to Oban.” [1]"
    assert [quote.number for quote in merged.quotes] == [1]


def test_quotes_of_two_parts_are_numbered_in_order() -> None:
    merged = merge_answers("Where, and when?", [quoted("Where?", 0), quoted("When?", 1)])
    assert [quote.text for quote in merged.quotes] == [
        "About 300 people went to Oban.",
        "They came back in May.",
    ]
    assert merged.text.endswith("[2]")


def test_part_that_is_not_stated_is_named() -> None:
    missing = Answer.from_text("Why?", NOT_STATED, answered=False, searched="Why?", confidence=0.1)
    merged = merge_answers("Where, and why?", [quoted("Where?", 0), missing])
    assert merged.answered
    assert "“Why?”" in merged.text
    assert merged.confidence == 0.1
