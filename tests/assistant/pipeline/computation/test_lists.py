"""Questions about steps and lists."""

from __future__ import annotations

import pytest

from assistant.pipeline.computation.interface import ComputationInput
from assistant.pipeline.computation.lists import count_items, find_item, list_items
from index.loaders import load_bytes
from index.text.article import Article
from tests.assistant.pipeline.computation.recipe import SOUP, quoted, request

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def soup() -> Article:
    return load_bytes(SOUP, "soup.md")


@pytest.mark.parametrize(
    ("question", "item"),
    [
        ("What is step 3?", "Add the stock."),
        ("What is the third step?", "Add the stock."),
        ("What comes after step 2?", "Add the stock."),
        ("What happens before step two?", "Chop the onions."),
        ("What is the last step?", "Simmer it for an hour."),
        ("What is step number four?", "Simmer it for an hour."),
    ],
)
def test_an_item_is_found_by_its_number(soup: Article, question: str, item: str) -> None:
    assert quoted(find_item(request(soup, question))) == [item]


@pytest.mark.parametrize(
    "question",
    ["What is step 9?", "What is the third prize?", "What is rule 2?", "What is chapter 3 about?"],
)
def test_an_item_that_is_not_there_is_not_found(soup: Article, question: str) -> None:
    assert find_item(request(soup, question)) is None


def test_items_are_counted(soup: Article) -> None:
    steps = count_items(request(soup, "How many steps are there?"))
    things = count_items(request(soup, "How many things go in?", "two onions", "a litre"))
    assert steps
    assert (steps.text, len(steps.evidence)) == ("4", 4)
    assert things
    assert things.text == "3"


def test_a_stated_number_is_not_counted_again(soup: Article) -> None:
    asked = request(soup, "How many people will be full?", "Four people")
    assert count_items(asked) is None
    asked = request(soup, "How many onions go in?", "two onions")
    assert count_items(asked) is None


@pytest.mark.parametrize("question", ["List the steps.", "What are the steps?"])
def test_all_items_of_a_list_are_quoted(soup: Article, question: str) -> None:
    assert len(quoted(list_items(request(soup, question)))) == 4


def test_the_list_that_the_reader_selected_is_quoted_whole(soup: Article) -> None:
    asked = request(soup, "What are the ingredients?", "two onions", "a litre", "Add the stock")
    assert quoted(list_items(asked)) == ["two onions", "a litre of stock", "three carrots"]


def test_several_articles_are_not_counted(soup: Article) -> None:
    asked = request(soup, "How many steps are there?")
    several = ComputationInput(asked.question, asked.intent, [soup, soup], asked.choice)
    assert count_items(several) is None


def test_item_of_the_only_list_about_a_thing(soup: Article) -> None:
    asked = request(soup, "What is the second step for making the soup?")
    assert quoted(find_item(asked)) == quoted(find_item(request(soup, "What is step 2?")))
    assert find_item(request(soup, "What is the second step for making the bread?")) is None


def test_list_of_another_in_a_series_is_not_counted() -> None:
    article = load_bytes(b"The first half has three songs:\n\n1. Lark\n2. Owl\n3. Wren\n", "a.md")
    assert count_items(request(article, "How many songs are in the second half?")) is None
