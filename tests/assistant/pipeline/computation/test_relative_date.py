"""Test relative dates. 4 October 2024 was a Friday."""

from __future__ import annotations

import pytest

from assistant.pipeline.candidate import make_candidates_at
from assistant.pipeline.computation.dates import parse_article_date
from assistant.pipeline.computation.relative_date import (
    resolve_answer_words,
    resolve_relative_date,
)
from index.text.article import Article
from index.text.spans import Span
from tests.assistant.pipeline.computation.stated import compute

pytestmark = pytest.mark.unit

LEFT = "When did the ferry leave?"
VOTE = "When will the council vote?"


@pytest.mark.parametrize(
    ("question", "text", "resolved"),
    [
        (LEFT, "The ferry left yesterday.", "Yesterday, that is 3 October 2024"),
        (LEFT, "Late on Sunday the ferry left.", "Sunday, that is 29 September 2024"),
        (LEFT, "The ferry left on Friday.", "On Friday, that is 4 October 2024"),
        (LEFT, "The ferry left last Saturday.", "Last Saturday, that is 28 September 2024"),
        (LEFT, "The ferry left three days ago.", "Three days ago, that is 1 October 2024"),
        (LEFT, "The ferry left a week ago.", "A week ago, that is 27 September 2024"),
        (LEFT, "The ferry left last month.", "Last month, that is in September 2024"),
        (LEFT, "The ferry left last year.", "Last year, that is in 2023"),
        (VOTE, "The council will vote tomorrow.", "Tomorrow, that is 5 October 2024"),
        (VOTE, "The council will vote on Monday.", "On Monday, that is 7 October 2024"),
        (VOTE, "The council will vote next Monday.", "Next Monday, that is 7 October 2024"),
        (VOTE, "The council will vote in two weeks.", "In two weeks, that is 18 October 2024"),
        (VOTE, "The council will vote next month.", "Next month, that is in November 2024"),
        ("On which date did the ferry leave?", "The ferry left yesterday.", "3 October 2024"),
    ],
)
def test_resolve_relative_date_clear_resolves(question: str, text: str, resolved: str) -> None:
    computed = compute(resolve_relative_date, question, text, date="2024-10-04")
    assert computed
    assert resolved in computed.text
    assert computed.text.endswith("(the article is of 4 October 2024).")


@pytest.mark.parametrize(
    ("question", "text", "date"),
    [
        (LEFT, "The ferry left yesterday.", ""),
        (LEFT, "The ferry left yesterday.", "3/4/2024"),
        (LEFT, "The ferry left yesterday.", "2024"),
        (LEFT, "The ferry left yesterday, 3 October 2024.", "2024-10-04"),
        (LEFT, "The ferry left every Sunday.", "2024-10-04"),
        (LEFT, "The ferry left that Sunday.", "2024-10-04"),
        (LEFT, "The ferry left on Good Friday.", "2024-10-04"),
        (LEFT, "The ferry left on Sunday or Monday.", "2024-10-04"),
        (LEFT, "The ferry did not leave yesterday.", "2024-10-04"),
        (LEFT, "The ferry will leave tomorrow.", "2024-10-04"),
        (LEFT, "The ferry left last Wednesday.", "2024-10-04"),
        (LEFT, "“The ferry left yesterday”, the captain wrote.", "2024-10-04"),
        (LEFT, "The train left yesterday.", "2024-10-04"),
        (LEFT, "The ferry left, while the mayor arrived yesterday.", "2024-10-04"),
        (LEFT, "The ferry left 16,500 years ago.", "2024-10-04"),
        (LEFT, "The ferry left about three days ago.", "2024-10-04"),
        (VOTE, "The council voted yesterday.", "2024-10-04"),
        (VOTE, "The council will vote on Friday.", "2024-10-04"),
        ("Where did the ferry leave?", "The ferry left yesterday.", "2024-10-04"),
    ],
)
def test_resolve_relative_date_unclear_is_none(question: str, text: str, date: str) -> None:
    assert compute(resolve_relative_date, question, text, date=date) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-10-04T08:00:00Z", "2024-10-04"),
        ("Fri, 04 Oct 2024 10:00:00 +0000", "2024-10-04"),
        ("October 4, 2024", "2024-10-04"),
        ("04.10.2024", "2024-10-04"),
        ("2024/10/04", "2024-10-04"),
        ("October 2024", "None"),
        ("4/10/2024", "None"),
        ("2024-13-45", "None"),
    ],
)
def test_parse_article_date_formats(text: str, expected: str) -> None:
    assert str(parse_article_date(text)) == expected


@pytest.mark.parametrize(
    ("sentence", "words", "question", "text"),
    [
        (
            "It jammed last Friday and has not moved since.",
            "last Friday",
            "When did it get stuck?",
            "Last Friday, that is 6 June 2025 (the article is of 12 June 2025).",
        ),
        (
            "The last check took place two years ago.",
            "two years ago",
            "In which year was it checked?",
            "Two years ago, that is in 2023 (the article is of 12 June 2025).",
        ),
        (
            "The council will meet next Tuesday.",
            "next Tuesday",
            "What date will it meet?",
            "Next Tuesday, that is 17 June 2025 (the article is of 12 June 2025).",
        ),
        ("“It jammed yesterday,” she said.", "yesterday", "When did it jam?", None),
        ("It jammed yesterday.", "yesterday", "Who saw it?", None),
        ("It jammed yesterday.", "It jammed", "When did it jam?", None),
        ("It jammed about three days ago.", "three days ago", "When did it jam?", None),
        ("It jammed on 2 May 2025, not yesterday.", "yesterday", "When did it jam?", None),
    ],
)
def test_words_that_answer_are_resolved(
    sentence: str, words: str, question: str, text: str | None
) -> None:
    article = Article.from_text(f"The bridge. {sentence}", "The bridge", date="2025-06-12")
    (candidate,) = make_candidates_at([article], lambda _: [1])
    start = candidate.text.index(words)
    computed = resolve_answer_words(candidate, Span(start, start + len(words)), question)
    assert (computed.text if computed else None) == text


def test_article_without_a_date_resolves_no_words() -> None:
    article = Article.from_text("The bridge. It jammed yesterday.")
    (candidate,) = make_candidates_at([article], lambda _: [1])
    assert resolve_answer_words(candidate, Span(10, 19), "When did it jam?") is None
