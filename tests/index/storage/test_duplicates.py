"""Find copies whatever their title, case and punctuation, and nothing else."""

from __future__ import annotations

import pytest

from index.storage.duplicates import MAX_ARTICLES_PER_SENTENCE, Duplicate, duplicates
from index.text.article import Article
from tests.index.hashing import numbered

pytestmark = pytest.mark.unit


def copied(article: Article, lines: int) -> Article:
    """The first lines of an article, and one of its own."""
    return Article.from_text(
        "\n\n".join([*article.text.split("\n\n")[:lines], "This line is of the copy alone."]),
        "Copy",
    )


def test_duplicates_ignores_title_case_and_punctuation() -> None:
    article = numbered(1)
    copy = Article.from_text(article.text.upper().replace(".", " !"), "Other")
    assert duplicates([article, numbered(2), copy]) == [Duplicate(article.id, copy.id, 1.0)]


def test_nearly_the_same_is_found_with_the_share_of_the_shorter() -> None:
    article = numbered(1)
    near, far = copied(article, 9), copied(article, 3)
    assert duplicates([article, near]) == [Duplicate(article.id, near.id, 0.9)]
    assert duplicates([article, far]) == []
    assert duplicates([article, far], 0.7) == [Duplicate(article.id, far.id, 0.75)]


def test_articles_of_one_subject_are_no_copies() -> None:
    assert duplicates(numbered(number) for number in range(5)) == []


def test_short_texts_are_compared_whole() -> None:
    article, copy, third = (
        Article.from_text(text, str(n))
        for n, text in enumerate(("Too short.", "too SHORT", "Short too."))
    )
    assert duplicates([article, copy, third]) == [Duplicate(article.id, copy.id, 1.0)]


def test_what_many_have_is_a_footer() -> None:
    footers = [
        Article.from_text("Subscribe to the letter of this paper today.", str(n))
        for n in range(MAX_ARTICLES_PER_SENTENCE + 1)
    ]
    assert duplicates(footers) == []
    assert len(duplicates(footers[:3])) == 3
