"""Lists of plain text."""

from __future__ import annotations

import time

import pytest

from index.text.article import Article

pytestmark = pytest.mark.unit


def list_items(text: str) -> list[tuple[int | None, str]]:
    article = Article.from_text(text, language="en")
    return [
        (item.number, " ".join(article.text[item.start : item.end].split()))
        for items in article.structure.lists
        for item in items.items
    ]


def test_lines_with_numbers_that_count_up_are_items() -> None:
    text = "The rules are:\n1. No dogs.\n2. No candles after 9 p.m.\n3. Out by 11."
    assert list_items(text) == [
        (1, "1. No dogs."),
        (2, "2. No candles after 9 p.m."),
        (3, "3. Out by 11."),
    ]
    sentences = [Article.from_text(text).slice(span) for span in Article.from_text(text).sentences]
    assert sentences == [
        "The rules are:",
        "1. No dogs.",
        "2. No candles after 9 p.m.",
        "3. Out by 11.",
    ]


def test_letters_have_numbers_and_bullets_have_none() -> None:
    assert list_items("For a year:\n(a) he stays;\n(b) he learns.") == [
        (1, "(a) he stays;"),
        (2, "(b) he learns."),
    ]
    assert list_items("- a mop\n- soap") == [(None, "- a mop"), (None, "- soap")]


def test_items_may_be_paragraphs_and_wrapped() -> None:
    text = "1) Boil the water in a large pan\n   with a lid.\n\n2) Add the salt.\n\nEat it."
    assert list_items(text) == [
        (1, "1) Boil the water in a large pan with a lid."),
        (2, "2) Add the salt."),
    ]


def test_indented_list_is_within_the_other() -> None:
    article = Article.from_text("1. Tools\n  - a saw\n  - a nail\n2. Wood")
    levels = [block.level for block in article.blocks]
    assert levels == [1, 2, 2, 1]


@pytest.mark.parametrize(
    "text",
    [
        "We met on\n4. October 2024 in the hall.",
        "It was 1990.\n12. was the number of the house.\n7. was the floor.",
        "– Good morning!\n– Hello!",
        "1. Introduction\n\nThe hall was built in 1901.\n\n2. Use\n\nIt is let to all.",
        "a) this alone",
    ],
)
def test_other_lines_are_no_items(text: str) -> None:
    assert list_items(text) == []


def test_text_after_a_list_is_a_paragraph() -> None:
    article = Article.from_text("1. Boil.\n2. Stir.\nThen eat it while it is hot.")
    assert [block.kind for block in article.blocks] == ["item", "item", "paragraph"]


def test_long_lists_take_linear_time() -> None:
    def measure(count: int) -> float:
        text = "\n".join(f"- thing {number % 7}" for number in range(count))
        started = time.process_time()
        Article.from_text(text, language="en")
        return time.process_time() - started

    measure(100)
    assert measure(8_000) < 4 * 3 * max(measure(2_000), 0.01)
