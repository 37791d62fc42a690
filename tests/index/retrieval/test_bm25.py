from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.retrieval.bm25 import KeywordIndex
from tests.index.texts import any_text, languages

pytestmark = pytest.mark.unit

PASSAGES = [
    "The troops entered the eastern districts of the city.",
    "Medics evacuated the wounded from two hospitals.",
    "About 30,000 residents have left their homes.",
]


def best(question: str, passages: list[str] = PASSAGES, language: str = "en") -> int | None:
    scores = KeywordIndex(passages, language).scores(question)
    return int(scores.argmax()) if scores.any() else None


def test_the_passage_with_the_words_of_the_question_is_best() -> None:
    assert [best("which districts of the city"), best("two hospitals"), best("30,000")] == [0, 1, 2]


def test_a_word_is_found_in_its_other_forms() -> None:
    assert [best("entering"), best("evacuation of a hospital"), best("resident")] == [0, 1, 2]


def test_case_does_not_matter() -> None:
    assert best("HOSPITALS") == 1


@pytest.mark.parametrize("question", ["", "volcano", "the of and", "?!", "\ud800", "zebra giraffe"])
def test_a_question_that_shares_no_word_scores_nothing(question: str) -> None:
    assert KeywordIndex(PASSAGES).scores(question).tolist() == [0, 0, 0]


def test_a_rarer_word_weighs_more() -> None:
    assert (
        best(
            "city volcano",
            ["The city is big here.", "The city is small here.", "The volcano is big here."],
        )
        == 2
    )


@pytest.mark.parametrize(
    ("language", "passages", "question", "expected"),
    [
        (
            "de",
            ["Die Häuser wurden zerstört.", "Die Kinder spielten draußen."],
            "Welches Kind spielt?",
            1,
        ),
        ("es", ["Las ciudades fueron sitiadas.", "Los médicos huyeron."], "¿Qué médico huyó?", 1),
        ("ar", ["غادر السكان المدينة.", "وصل الأطباء إلى المستشفى."], "أين الأطباء؟", 1),
        ("xx", ["The first one here.", "The other passage there."], "passage", 1),
    ],
)
def test_other_languages_are_searched(
    language: str, passages: list[str], question: str, expected: int
) -> None:
    assert best(question, passages, language) == expected


def test_no_passages_have_no_scores() -> None:
    assert KeywordIndex([]).scores("anything").shape == (0,)


def test_passages_without_a_word_score_nothing() -> None:
    assert KeywordIndex(["…", "!?", ""]).scores("anything").tolist() == [0, 0, 0]


@given(st.lists(any_text, max_size=5), any_text, languages)
def test_any_passages_and_any_question_give_a_score_each(
    passages: list[str], question: str, language: str
) -> None:
    scores = KeywordIndex(passages, language).scores(question)
    assert scores.shape == (len(passages),)
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
