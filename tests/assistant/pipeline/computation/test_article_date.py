"""The date of an article is in its metadata or at its head."""

from __future__ import annotations

import pytest

from assistant.pipeline.computation.article_date import find_article_date
from index.text.article import Article

pytestmark = pytest.mark.unit
BODY = (
    "The ferry left yesterday with forty people, and the harbour office was closed. It came back."
)
DAY = "4 October 2024"


@pytest.mark.parametrize(
    "head",
    [
        "4 October 2024",
        "The ferry\n\nFriday, 4 October 2024",
        "The ferry\n\nBy Ana Ruiz, Harbour Gazette, 4 October 2024",
        "The ferry\n\nPublished on 4 October 2024 at 10:30",
        "The ferry\n\nAna Ruiz\n\nOctober 4, 2024",
        "Harbour notice (2024-10-04)",
        "Minutes of the committee meeting held on Friday 4 October 2024 in the Scout Hut",
        "Friday 4 October 2024. By Ana Ruiz",
        "Published: Friday, 4 October 2024, 4.15 p.m.",
    ],
)
def test_date_in_a_line_at_the_head(head: str) -> None:
    assert str(find_article_date(Article.from_text(f"{head}\n\n{BODY}"))) == DAY


@pytest.mark.parametrize(
    "dateline", ["TOLM, 4 October 2024 — ", "Tolm (4 October 2024): ", "Tolm, October 4, 2024 - "]
)
def test_date_before_the_first_sentence(dateline: str) -> None:
    assert str(find_article_date(Article.from_text(f"The ferry\n\n{dateline}{BODY}"))) == DAY


def test_metadata_come_first() -> None:
    article = Article.from_text(f"4 October 2024\n\n{BODY}", date="2023-01-02")
    assert str(find_article_date(article)) == "2 January 2023"


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "The pier burned on 4 October 2024.",  # a sentence tells of an event
        f"The ferry\n\nOn 4 October 2024 the first ferry left the old harbour of Tolm. {BODY}",
        "From 4 October 2024 to 6 November 2024",  # two days
        "October 2024",  # no day
        f"{BODY}\n\n4 October 2024",
    ],
)
def test_other_dates_are_not_of_the_article(text: str) -> None:
    assert find_article_date(Article.from_text(text)) is None
