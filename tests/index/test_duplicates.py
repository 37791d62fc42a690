"""Copies are found whatever their title, case and punctuation; what only shares a subject is none."""

from __future__ import annotations

from index.article import Article
from index.duplicates import COMMON, Duplicate, duplicates

from .hashing import numbered


def copied(article: Article, lines: int) -> Article:
    """The first lines of an article, and one of its own."""
    return Article.from_text("\n\n".join([*article.text.split("\n\n")[:lines], "This line is of the copy alone."]), "Copy")


def test_a_copy_under_another_title_is_found_whatever_its_case_and_punctuation() -> None:
    one = numbered(1)
    other = Article.from_text(one.text.upper().replace(".", " !"), "Other")
    assert duplicates([one, numbered(2), other]) == [Duplicate(one.id, other.id, 1.0)]


def test_nearly_the_same_is_found_with_the_share_of_the_shorter() -> None:
    one = numbered(1)
    near, far = copied(one, 9), copied(one, 3)
    assert duplicates([one, near]) == [Duplicate(one.id, near.id, 0.9)]
    assert duplicates([one, far]) == []
    assert duplicates([one, far], 0.7) == [Duplicate(one.id, far.id, 0.75)]


def test_articles_of_one_subject_are_no_copies() -> None:
    assert duplicates(numbered(number) for number in range(5)) == []


def test_short_texts_are_compared_whole() -> None:
    one, other, third = (Article.from_text(text, str(n)) for n, text in enumerate(("Too short.", "too SHORT", "Short too.")))
    assert duplicates([one, other, third]) == [Duplicate(one.id, other.id, 1.0)]


def test_what_many_have_is_a_footer() -> None:
    footers = [Article.from_text("Subscribe to the letter of this paper today.", str(n)) for n in range(COMMON + 1)]
    assert duplicates(footers) == []
    assert len(duplicates(footers[:3])) == 3
