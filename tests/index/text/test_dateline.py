"""The date that plain text opens with: known of the article, and a paragraph of its own."""

from __future__ import annotations

import pytest

from index.text.article import Article

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "date", "opening"),
    [
        (" date 2016-11-28 The bridge fell. Nobody was hurt.", "2016-11-28", "date 2016-11-28"),
        ("2016-11-28\n\nThe bridge fell.", "2016-11-28", "2016-11-28"),
        (
            "Published: 2016-11-28T10:00Z The bridge fell.",
            "2016-11-28",
            "Published: 2016-11-28T10:00Z",
        ),
        (
            "2016-11-28, when the bridge fell, was a Monday.",
            "",
            "2016-11-28, when the bridge fell, was a Monday.",
        ),
        ("2016-13-45 is no date.", "", "2016-13-45 is no date."),
        ("date 2016-11-28", "", "date 2016-11-28"),
    ],
)
def test_a_date_that_opens_a_text_dates_the_article(text: str, date: str, opening: str) -> None:
    article = Article.from_text(text)
    assert article.date == date
    assert article.slice(article.sentences[0]) == opening
    assert "".join(article.text.split()) == "".join(
        "".join(article.slice(sentence) for sentence in article.sentences).split()
    )


def test_a_date_that_is_given_is_kept() -> None:
    assert Article.from_text("2016-11-28 The bridge fell.", date="2016-12-01").date == "2016-12-01"
