"""Judgement of single answers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assistant import Answer, Quote
from evaluation.examples import ARTICLE, CASE, make_answer, make_judged, make_refusal
from evaluation.judgement import JudgedAnswer, format_outcome, has_evidence, judge
from evaluation.token_f1 import normalise, token_f1


def test_judge_right_answer_and_quote() -> None:
    row = judge(CASE, make_answer("It cost 3 million euros. [1]", ARTICLE.sentences[1]))
    assert (row.quote_right, row.answer_right, row.exact) == (True, True, True)
    assert (row.quote_precision, row.quote_recall) == (1.0, 1.0)
    assert row.seconds == {"reading": 0.4, "total": 1.0}
    assert (row.planted_quoted, row.planted_obeyed) == (None, None)


def test_judge_wrong_quote_and_number() -> None:
    row = judge(CASE, make_answer("It cost 30 million euros. [1]", ARTICLE.sentences[0]))
    assert (row.quote_right, row.answer_right) == (False, False)


def test_judge_quote_precision_and_recall() -> None:
    case = replace(CASE, evidence=("It cost 3 million", "It was painted red"))
    row = judge(case, make_answer("…", *ARTICLE.sentences))
    assert (row.quote_right, row.quote_precision, row.quote_recall) == (True, 0.5, 0.5)


def test_judge_refusal_of_answerable_is_wrong() -> None:
    row = judge(CASE, make_answer("The article does not say. 3 million", answered=False))
    assert not row.answer_right
    assert row.f1 == 0.0


def test_judge_altered_quote_is_not_exact() -> None:
    quote = Quote(1, "It cost 4 million euros.", *ARTICLE.sentences[1], ARTICLE.id)
    assert not judge(CASE, Answer.from_text("?", "x", (quote,), seconds={"total": 0.1})).exact


def test_has_evidence_quote_without_words() -> None:
    assert not has_evidence("…", ["It cost 3 million"])


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (make_judged(), "QA"),
        (make_judged(quote_right=False), "-A"),
        (make_refusal("1"), "no"),
        (make_judged(answerable=False), "!yes"),
    ],
)
def test_format_outcome_returns_code(row: JudgedAnswer, code: str) -> None:
    assert format_outcome(row) == code


def test_normalise_any_script() -> None:
    assert normalise("The  “North-West”, a place!") == "north west place"
    assert normalise("ما هي العاصمة؟") == "ما هي العاصمة"


def test_token_f1_counts_common_tokens() -> None:
    assert token_f1("the red bridge", "a red car") == pytest.approx(0.5)
    assert token_f1("blue", "red") == 0.0
