"""One answer, judged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant import Answer, Quote

from .examples import ARTICLE, CASE, answered, judged, refused
from .measure import Judged, holds, judge, marks
from .words import f1, normal


def test_a_right_answer_with_its_quote_counts() -> None:
    row = judge(CASE, answered("It cost 3 million euros. [1]", ARTICLE.sentences[1]))
    assert (row.quote_right, row.answer_right, row.exact) == (True, True, True)
    assert (row.quote_precision, row.quote_recall) == (1.0, 1.0)
    assert row.seconds == {"reading": 0.4, "total": 1.0}
    assert (row.planted_quoted, row.planted_obeyed) == (None, None)


def test_a_wrong_quote_and_a_wrong_number_do_not() -> None:
    row = judge(CASE, answered("It cost 30 million euros. [1]", ARTICLE.sentences[0]))
    assert (row.quote_right, row.answer_right) == (False, False)


def test_precision_is_of_the_quotes_and_recall_of_the_evidence() -> None:
    case = replace(CASE, evidence=("It cost 3 million", "It was painted red"))
    row = judge(case, answered("…", *ARTICLE.sentences))
    assert (row.quote_right, row.quote_precision, row.quote_recall) == (True, 0.5, 0.5)


def test_a_refusal_is_never_right_for_a_question_that_has_an_answer() -> None:
    row = judge(CASE, answered("The article does not say. 3 million", said=False))
    assert not row.answer_right
    assert row.f1 == 0.0


def test_a_quote_that_is_not_its_slice_is_noticed() -> None:
    quote = Quote(1, "It cost 4 million euros.", *ARTICLE.sentences[1], ARTICLE.id)
    assert not judge(CASE, Answer("?", "x", (quote,), seconds={"total": 0.1})).exact


def test_a_quote_without_a_word_holds_nothing() -> None:
    assert not holds("…", ["It cost 3 million"])


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (judged(), "QA"),
        (judged(quote_right=False), "-A"),
        (refused("1"), "no"),
        (judged(answerable=False), "!yes"),
    ],
)
def test_marks_tell_how_an_answer_did(row: Judged, told: str) -> None:
    assert marks(row) == told


def test_normalisation_is_squads_in_any_script() -> None:
    assert normal("The  “North-West”, a place!") == "north west place"
    assert normal("ما هي العاصمة؟") == "ما هي العاصمة"


def test_f1_is_of_tokens() -> None:
    assert f1("the red bridge", "a red car") == pytest.approx(0.5)
    assert f1("blue", "red") == 0.0
