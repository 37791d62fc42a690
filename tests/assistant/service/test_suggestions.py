"""Test that starter questions suit the counts, dates and names of an article."""

from __future__ import annotations

import pytest

from assistant import Article
from assistant.service.suggestions import (
    MAX_SUGGESTIONS,
    build_name_questions,
    build_starter_questions,
    extract_names,
    filter_answerable,
)

pytestmark = pytest.mark.unit

GENERAL = ["What happened?", "Who was involved?", "When did it happen?"]
TEXT = (
    "Some 6,000 people have streamed into Lund, according to the police. "
    "Visitors in Lund praised Mayor Ana Ruiz. "
    "Ana Ruiz, who is 50, said so. The Old Bridge of Lund was opened by Ana Ruiz in May 1998. "
    "A report of the Bridge Fund says that it paid. The Bridge Fund said more. "
    "Rain fell near Lund. They met Lars and Anna, too."
)


def test_starter_questions_cover_counts_and_names(
    bundled: Article,
) -> None:
    count_questions, name_questions, *_ = build_starter_questions(bundled)
    assert "How many people have streamed into Sheikh Maqsoud?" in count_questions
    assert "What happened in Aleppo?" in name_questions
    questions = [question for group in build_starter_questions(bundled) for question in group]
    assert len(questions) == len(set(questions))


def test_starter_questions_cover_counts_and_dates() -> None:
    groups = build_starter_questions(Article.from_text(TEXT))
    assert ["How many people have streamed into Lund?"] in groups
    assert ["When was the Old Bridge of Lund opened?"] in groups
    assert groups[-1] == GENERAL


@pytest.mark.parametrize(
    ("name", "first", "never"),
    [
        ("Lund", "What happened in Lund?", "Who is Lund?"),
        ("Ana Ruiz", "What did Ana Ruiz say?", "What happened in Ana Ruiz?"),
        ("the Bridge Fund", "What did the Bridge Fund say?", "Who is the Bridge Fund?"),
    ],
)
def test_name_questions_suit_the_type_of_name(name: str, first: str, never: str) -> None:
    questions = build_name_questions(name, TEXT)
    assert questions[0] == first
    assert never not in questions
    assert questions[-1] == f"What is said of {name}?"


def test_name_of_unknown_type_has_no_questions() -> None:
    assert build_name_questions("Lars and Anna", TEXT) == []
    assert build_name_questions("Kurdish", TEXT, any_type=True) == []
    assert build_name_questions("Lars and Anna", TEXT, any_type=True) == [
        "What is said of Lars and Anna?"
    ]
    assert [] not in build_starter_questions(Article.from_text(TEXT))


@pytest.mark.parametrize("name", ["Sheikh Maqsoud", "Aleppo", "Syria"])
def test_places_of_bundled_article_are_not_persons(bundled: Article, name: str) -> None:
    assert f"Who is {name}?" not in build_name_questions(name, bundled.text)


def test_article_without_names_has_general_questions() -> None:
    assert build_starter_questions(Article.from_text("it rained.")) == [GENERAL]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        (
            "Die Brücke wurde im Mai 1998 von der Bürgermeisterin eröffnet, "
            "und die ganze Stadt kam.",
            "Worum geht es?",
        ),
        (
            "El puente fue inaugurado por la alcaldesa en mayo de 1998, y vino toda la ciudad.",
            "¿De qué se trata?",
        ),
        (
            "Le pont a été inauguré par la maire en mai 1998, et toute la ville est venue.",
            "De quoi s'agit-il ?",
        ),
        ("افتتحت رئيسة البلدية الجسر في مايو ١٩٩٨ وحضرت المدينة كلها.", "ما الموضوع؟"),
    ],
)
def test_starter_questions_use_the_article_language(text: str, question: str) -> None:
    groups = build_starter_questions(Article.from_text(text))
    assert [question] in groups
    assert not [
        candidate
        for group in groups
        for candidate in group
        if candidate in GENERAL or candidate.startswith(("Who ", "What ", "When "))
    ]


def test_unsupported_language_has_no_starter_questions() -> None:
    assert (
        build_starter_questions(
            Article.from_text(
                "Most został otwarty w maju 1998 roku przez burmistrza, a całe miasto przyszło."
            )
        )
        == []
    )


def test_filter_answerable_returns_one_question_per_group() -> None:
    groups = [[f"Who is {number}?", f"What is {number}?"] for number in range(9)]
    assert filter_answerable(groups, lambda question: question.startswith("What")) == [
        f"What is {number}?" for number in range(MAX_SUGGESTIONS)
    ]
    assert filter_answerable(groups, lambda question: "7" in question) == ["Who is 7?"]
    assert filter_answerable(groups, lambda question: False) == []


def test_extract_names_leaves_out_adjectives() -> None:
    text = (
        "The town was taken by Kurdish and Arab fighters. "
        "Later the Kurdish forces left it to Brian, who had come."
    )
    assert extract_names(text) == ["Brian"]
