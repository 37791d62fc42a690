"""Questions to begin with are about what the article names, and are answered."""

from __future__ import annotations

from assistant import Article
from assistant.page.starters import COUNT, answerable, starters


def test_the_names_that_are_mentioned_most_are_asked_about(bundled: Article) -> None:
    groups = starters(bundled)
    assert "What does the article say about the Syrian Observatory for Human Rights?" in groups[0]
    questions = [question for group in groups for question in group]
    assert len(questions) == len(set(questions))


def test_an_article_without_names_has_starters_too() -> None:
    assert starters(Article.from_text("it rained.")) == [["What happened?", "Who was involved?", "When did it happen?"]]


def test_only_what_is_answered_is_offered_and_one_question_of_each_group() -> None:
    groups = [[f"Who is {number}?", f"What is {number}?"] for number in range(9)]
    assert answerable(groups, lambda question: question.startswith("What")) == [f"What is {number}?" for number in range(COUNT)]
    assert answerable(groups, lambda question: "7" in question) == ["Who is 7?"]
    assert answerable(groups, lambda question: False) == []
