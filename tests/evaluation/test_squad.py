"""SQuAD's scores, by hand-computed examples of its official script's rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evaluation.examples import ARTICLE, CASE, make_answer, make_refusal
from evaluation.judgement import judge, score_short_answer
from evaluation.squad import exact_match, normalise_answer, squad_f1, strip_answer

pytestmark = pytest.mark.unit

SPAN_CASE = replace(CASE, answers=("3 million euros", "3 million"), has_span_answers=True)


@pytest.mark.parametrize(
    ("text", "normalised"),
    [
        ("The  North-West, a place!", "northwest place"),
        ("An answer", "answer"),
        ("theatre", "theatre"),
        ("“quoted”", "“quoted”"),  # only ASCII punctuation is removed
        ("a", ""),
    ],
)
def test_normalise_answer(text: str, normalised: str) -> None:
    assert normalise_answer(text) == normalised


@pytest.mark.parametrize(
    ("answer", "golds", "exact", "f1"),
    [
        ("the Norman dynasty", ["Norman dynasty!"], 1.0, 1.0),
        # Two common tokens of three and of two: 2 · (2/3) · 1 / (2/3 + 1).
        ("between 1621 and", ["between and"], 0.0, 0.8),
        ("in 1951", ["1951", "the year 1951"], 0.0, 2 / 3),
        ("red red", ["red"], 0.0, 2 / 3),  # a token counts as often as both have it
        ("blue", ["red"], 0.0, 0.0),
        ("", [], 1.0, 1.0),
        ("red", [], 0.0, 0.0),
        ("", ["red"], 0.0, 0.0),
        ("red", ["the", "red"], 1.0, 1.0),  # a right answer without tokens is left out
    ],
)
def test_exact_match_and_f1(answer: str, golds: list[str], exact: float, f1: float) -> None:
    assert exact_match(answer, golds) == exact
    assert squad_f1(answer, golds) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“in October 2007” [1]", "in October 2007"),
        ("Deal, Dover and Ryde [1][2]\n“They are old.” [3]", "Deal, Dover and Ryde"),
        ("", ""),
    ],
)
def test_strip_answer(text: str, plain: str) -> None:
    assert strip_answer(text) == plain


def test_judge_scores_the_words_that_an_answer_marks() -> None:
    sentence = ARTICLE.sentences[1]
    answer = make_answer("It cost 3 million euros. [1]", sentence)
    start = ARTICLE.text.index("3 million euros")
    quote = replace(answer.quotes[0], answer_start=start, answer_end=start + 15)
    row = judge(SPAN_CASE, replace(answer, quotes=(quote,)))
    assert (row.short_answer, row.squad_exact, row.squad_f1) == ("3 million euros", 1.0, 1.0)
    assert judge(CASE, answer).squad_f1 is None


def test_judge_scores_the_text_if_no_words_are_marked() -> None:
    answer = make_answer("It cost 3 million euros. [1]", ARTICLE.sentences[1])
    row = judge(SPAN_CASE, answer)
    assert (row.short_answer, row.squad_exact) == ("It cost 3 million euros.", 0.0)
    assert row.squad_f1 == pytest.approx(0.75)


def test_score_short_answer_of_stored_refusal() -> None:
    unanswerable = replace(SPAN_CASE, answerable=False, answers=())
    refusal = make_refusal("1", answerable=False)
    assert score_short_answer(refusal, unanswerable).squad_f1 == 1.0
    assert score_short_answer(make_refusal("1"), SPAN_CASE).squad_f1 == 0.0
