"""Test which questions are asked of every article, and what each article is asked."""

from __future__ import annotations

import pytest

from assistant.pipeline.query.shared_topic import find_shared_topic

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What do they say about the toll?", "What is said about the toll?"),
        ("What does each article say about Lund?", "What is said about Lund?"),
        ("Compare what the reports say about the flood.", "What is said about the flood?"),
        ("Do they agree on the cost of the bridge?", "What is said about the cost of the bridge?"),
        ("Do the articles agree on when it opened?", "When it opened?"),
        ("Do both sources agree on who paid?", "Who paid?"),
        ("Do they disagree about how many came?", "How many came?"),
        ("Which articles mention Ana Ruiz?", "What is said about Ana Ruiz?"),
        ("How do the texts differ on taxes?", "What is said about taxes?"),
        ("Compare the cost of the bridge", "What is said about the cost of the bridge?"),
    ],
)
def test_shared_question_asks_each_article(question: str, topic: str) -> None:
    assert find_shared_topic(question) == topic


@pytest.mark.parametrize(
    "question",
    [
        "How do they fish in Lund?", "What did Ana Ruiz say about the toll?", "Who agreed to pay?",
        "Do the engineers agree on the cost?", "When was the bridge opened?", "Compare them",
        "What does the article say about Lund?", "How much do they charge?", "Why?",
    ],
)  # fmt: skip
def test_other_question_has_no_shared_topic(question: str) -> None:
    assert find_shared_topic(question) is None
