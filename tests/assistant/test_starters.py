"""Questions to begin with are about what the article names, and are answered."""

from __future__ import annotations

from assistant import Article
from assistant.page.starters import COUNT, answerable, starters


def test_the_names_that_are_mentioned_most_are_asked_about(bundled: Article) -> None:
    questions = starters(bundled)
    assert questions[0] == "What does the article say about the Syrian Observatory for Human Rights?"
    assert len(questions) == len(set(questions))


def test_an_article_without_names_has_starters_too() -> None:
    assert starters(Article.from_text("it rained.")) == ["What happened?", "Who was involved?", "What is known?"]


def test_only_what_is_answered_is_offered() -> None:
    questions = [f"What is {number}?" for number in range(9)]
    tried: list[str] = []

    def answers(question: str) -> bool:
        tried.append(question)
        return question in questions[1::2]

    assert answerable(questions, answers) == questions[1:6:2]
    assert len(tried) == 2 * COUNT
    assert answerable(questions, lambda question: False) == []
