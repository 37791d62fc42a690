"""Questions to begin with are about what the article counts, dates and names, fit what that is, and are answered."""

from __future__ import annotations

import pytest

from assistant import Article
from assistant.page.starters import COUNT, about, answerable, names_in, starters

GENERAL = ["What happened?", "Who was involved?", "When did it happen?"]
TEXT = (
    "Some 6,000 people have streamed into Lund, according to the police. Visitors in Lund praised Mayor Ana Ruiz. "
    "Ana Ruiz, who is 50, said so. The Old Bridge of Lund was opened by Ana Ruiz in May 1998. "
    "A report of the Bridge Fund says that it paid. The Bridge Fund said more. Rain fell near Lund. They met Lars and Anna, too."
)


def test_what_is_counted_and_the_names_that_are_mentioned_most_are_asked_about(bundled: Article) -> None:
    counted, named, *_ = starters(bundled)
    assert "How many people have streamed into Sheikh Maqsoud?" in counted
    assert "What is said of the Syrian Observatory for Human Rights?" in named
    questions = [question for group in starters(bundled) for question in group]
    assert len(questions) == len(set(questions))


def test_what_is_counted_and_dated_becomes_a_question() -> None:
    groups = starters(Article.from_text(TEXT))
    assert ["How many people have streamed into Lund?"] in groups
    assert ["When was the Old Bridge of Lund opened?"] in groups
    assert groups[-1] == GENERAL


@pytest.mark.parametrize(
    ("name", "first", "never"),
    [
        ("Lund", "What happened in Lund?", "Who is Lund?"),
        ("Ana Ruiz", "What did Ana Ruiz say?", "What happened in Ana Ruiz?"),
        ("the Bridge Fund", "What did the Bridge Fund say?", "Who is the Bridge Fund?"),
        ("Lars and Anna", "What is said of Lars and Anna?", "Who is Lars and Anna?"),
    ],
)
def test_a_place_is_not_asked_about_as_a_person_nor_a_person_as_a_place(name: str, first: str, never: str) -> None:
    asked = about(name, TEXT)
    assert asked[0] == first
    assert never not in asked
    assert asked[-1] == f"What is said of {name}?"


@pytest.mark.parametrize("name", ["Sheikh Maqsoud", "Aleppo", "Syria"])
def test_no_place_of_the_bundled_article_is_taken_for_a_person(bundled: Article, name: str) -> None:
    assert f"Who is {name}?" not in about(name, bundled.text)


def test_an_article_without_names_has_starters_too() -> None:
    assert starters(Article.from_text("it rained.")) == [GENERAL]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Die Brücke wurde im Mai 1998 von der Bürgermeisterin eröffnet, und die ganze Stadt kam.", "Worum geht es?"),
        ("El puente fue inaugurado por la alcaldesa en mayo de 1998, y vino toda la ciudad.", "¿De qué se trata?"),
        ("Le pont a été inauguré par la maire en mai 1998, et toute la ville est venue.", "De quoi s'agit-il ?"),
        ("افتتحت رئيسة البلدية الجسر في مايو ١٩٩٨ وحضرت المدينة كلها.", "ما الموضوع؟"),
    ],
)
def test_an_article_in_another_language_is_asked_about_in_its_own(text: str, question: str) -> None:
    groups = starters(Article.from_text(text))
    assert [question] in groups
    assert not [one for group in groups for one in group if one in GENERAL or one.startswith(("Who ", "What ", "When "))]


def test_of_a_language_whose_questions_are_not_known_nothing_is_asked() -> None:
    assert starters(Article.from_text("Most został otwarty w maju 1998 roku przez burmistrza, a całe miasto przyszło.")) == []


def test_only_what_is_answered_is_offered_and_one_question_of_each_group() -> None:
    groups = [[f"Who is {number}?", f"What is {number}?"] for number in range(9)]
    assert answerable(groups, lambda question: question.startswith("What")) == [f"What is {number}?" for number in range(COUNT)]
    assert answerable(groups, lambda question: "7" in question) == ["Who is 7?"]
    assert answerable(groups, lambda question: False) == []


def test_what_is_said_of_something_else_is_no_name() -> None:
    text = "The town was taken by Kurdish and Arab fighters. Later the Kurdish forces left it to Brian, who had come."
    assert names_in(text) == ["Brian"]
