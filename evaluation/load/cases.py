"""Generate articles and questions whose answers cannot be mistaken for each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

__all__ = ["Case", "describe_fault", "make_articles", "make_cases"]

ARTICLES = 6  # fewer than the server keeps open
_PLACES = ("Alder", "Birch", "Cedar", "Dogwood", "Elder", "Fir", "Gorse", "Hazel", "Ivy", "Juniper")
# Of each topic: a sentence of the article and the question that it answers.
_TOPICS = (
    ("The {place} bridge cost {number} euros to build.", "How much did the {place} bridge cost?"),
    ("The {place} library has {number} books.", "How many books does the {place} library have?"),
    ("The {place} school has {number} pupils.", "How many pupils does the {place} school have?"),
    ("The {place} orchard has {number} trees.", "How many trees does the {place} orchard have?"),
)
_FILLERS = (
    "The road to {place} follows the river and passes two old farms.",
    "Visitors come to {place} in summer, when the market is open.",
)


@dataclass(frozen=True)
class Case:
    """A question, the article to ask and the number that answers it."""

    question: str
    article_id: str
    article: str
    expected: str


def make_articles(seed: int) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the title and the text of each article, and its questions with their answers."""
    random = Random(seed)
    for place in _PLACES[:ARTICLES]:
        numbers = [f"{random.randrange(1_001, 9_999):,}" for _ in _TOPICS]
        sentences = [
            sentence.format(place=place, number=number)
            for (sentence, _), number in zip(_TOPICS, numbers, strict=True)
        ]
        fillers = [filler.format(place=place) for filler in _FILLERS]
        questions = [question.format(place=place) for _, question in _TOPICS]
        text = "\n\n".join((*sentences, *fillers))
        yield f"About {place}", text, dict(zip(questions, numbers, strict=True))


def make_cases(stored: Mapping[str, Any], questions: Mapping[str, str]) -> list[Case]:
    """Return the cases of an article.

    Args:
        stored: the article as the server returned it.
        questions: its questions with their answers.
    """
    return [
        Case(question, stored["id"], stored["text"], expected)
        for question, expected in questions.items()
    ]


def describe_fault(case: Case, answer: Mapping[str, Any]) -> str:
    """Return what is wrong with an answer; an empty string if nothing is.

    An answer has to belong to the question and to its article, and each quote has to be exact.
    """
    if answer["question"] != case.question:
        return "the answer to another question"
    quotes = answer["quotes"]
    if any(quote["article_id"] != case.article_id for quote in quotes):
        return "a quote of another article"
    if any(case.article[quote["start"] : quote["end"]] != quote["text"] for quote in quotes):
        return "a quote that is not exact"
    if not any(case.expected in quote["text"] for quote in quotes):
        return "no quote with the answer"
    return ""
