"""The measuring itself."""

from __future__ import annotations

import pytest

from assistant import Answer, Article, Quote
from index import Span

from .measure import judge, normal, summary
from .sets import SHARED, Case, article_dev

ARTICLE = Article.from_text("Ana Ruiz opened the bridge in 1998. It cost 3 million euros.", "The bridge")
CASE = Case("1", "How much did it cost?", ARTICLE, True, ("3 million",), ("It cost 3 million",))


def answered(text: str, *spans: Span, said: bool = True) -> Answer:
    quotes = tuple(Quote.of(ARTICLE, span, number) for number, span in enumerate(spans, 1))
    return Answer("?", text, quotes, said, seconds={"total": 1.0})


def test_a_right_answer_with_its_quote_counts() -> None:
    row = judge(CASE, answered("It cost 3 million euros. [1]", ARTICLE.sentences[1]))
    assert (row.quote_right, row.answer_right, row.exact, row.quote_share) == (True, True, True, 1.0)


def test_a_wrong_quote_and_a_wrong_number_do_not() -> None:
    row = judge(CASE, answered("It cost 30 million euros. [1]", ARTICLE.sentences[0]))
    assert (row.quote_right, row.answer_right) == (False, False)


def test_a_refusal_is_never_right_for_a_question_that_has_an_answer() -> None:
    row = judge(CASE, answered("The article does not say. 3 million", said=False))
    assert not row.answer_right
    assert summary([row])["falsely refused"] == 1.0


def test_a_quote_that_is_not_its_slice_is_noticed() -> None:
    quote = Quote(1, "It cost 4 million euros.", *ARTICLE.sentences[1], ARTICLE.id)
    assert not judge(CASE, Answer("?", "x", (quote,), seconds={"total": 0.1})).exact


def test_normalisation_is_squads() -> None:
    assert normal("The  “North-West”, a place!") == "north west place"


def test_the_article_set_is_whole_where_it_is_there() -> None:
    if not SHARED.is_dir():
        pytest.skip(f"the question sets are not there ({SHARED})")
    found = article_dev()
    assert sum(case.answerable for case in found) == 24
    assert sum(not case.answerable for case in found) == 11
    assert all(any(part in case.article.text for part in case.evidence) for case in found if case.answerable)
