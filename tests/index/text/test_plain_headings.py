"""Headings of plain text."""

from __future__ import annotations

import pytest

from index.text.article import Article

pytestmark = pytest.mark.unit

LETTER = """St Aldhelm's School

Monday 9 September 2024

Dear parents and carers,

Class trip to the farm

Years 3 and 4 will be going to the farm on Thursday 26 September.

Gates

The side gate is opened at 8.30 and locked at 8.55. Please come in by the front door.

Yours sincerely,

Helen Strickland
"""


def list_headings(text: str) -> list[str]:
    article = Article.from_text(text)
    return [article.text[block.start : block.end] for block in article.blocks if block.level]


def test_short_lines_above_prose_are_headings() -> None:
    assert list_headings(LETTER) == ["Class trip to the farm", "Gates"]


def test_numbered_lines_above_prose_are_headings() -> None:
    text = "Minutes\n\n1. Water\n\nThe tap was broken last Friday and is mended now.\n\n"
    text += "2. Bonfires\n\nBonfires may be lit from October to March, but not on Sundays."
    assert list_headings(text) == ["1. Water", "2. Bonfires"]


@pytest.mark.parametrize(
    "text",
    [
        # One short line may be anything.
        "The town\n\nJane Doe\n\nThe bridge was opened by the mayor in the spring of 1998.",
        # A byline and an author's name, before all prose
        "The bridge\n\nBy Jane Doe\n\nThe bridge was opened by the mayor in the spring of 1998.\n\n"
        "It cost more than twice as much as the council had planned.",
        # Verse
        "Rose\n\nRed is the rose that in yonder garden grows.\n\nLily\n\nWhite is the lily\n\nof",
        # Speakers
        "Q: Why?\n\nBecause nobody else would do it in those days, I suppose.\n\nQ: When?\n\n"
        "In the spring of 1998, when the bridge had just been opened.",
    ],
)
def test_other_short_lines_are_paragraphs(text: str) -> None:
    assert list_headings(text) == []


def test_sections_of_plain_text_have_titles() -> None:
    article = Article.from_text(LETTER)
    assert [section.title for section in article.structure.sections] == [
        "Class trip to the farm",
        "Gates",
    ]
