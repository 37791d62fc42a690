"""Questions about sections, sentences, steps and lists."""

from __future__ import annotations

import pytest

from assistant.pipeline.candidate import Candidate, Choice, make_candidates_at
from assistant.pipeline.computation.interface import ComputationInput, Computed
from assistant.pipeline.computation.layout import (
    count_items,
    find_item,
    find_sentence,
    list_items,
    list_sections,
    quote_section,
)
from assistant.pipeline.query.intent import classify_intent
from index.loaders import load_bytes
from index.text.article import Article

pytestmark = pytest.mark.unit

SOUP = b"""# Soup for a cold day

It takes an hour.

## What goes in

- two onions
- a litre of stock
- three carrots

## Steps

1. Chop the onions.
2. Fry them slowly.
3. Add the stock.
4. Simmer it for an hour.

## Serving

Eat it hot. Four people will be full.
"""


@pytest.fixture(scope="module")
def soup() -> Article:
    return load_bytes(SOUP, "soup.md")


def every_sentence(article: Article) -> list[Candidate]:
    return make_candidates_at([article], lambda article: range(len(article.sentences)))


def request(article: Article, question: str, *best: str) -> ComputationInput:
    """Return an input in which the reader has selected the sentences with these words."""
    candidates = every_sentence(article)
    selected = tuple(item for words in best for item in candidates if words in item.text)
    ranked = (*selected, *(item for item in candidates if item not in selected))
    choice = Choice(selected or ranked[:1], ranked, 0.1)
    return ComputationInput(question, classify_intent(question), [article], choice)


def quoted(computed: Computed | None) -> list[str]:
    return [candidate.text for candidate in computed.evidence] if computed else []


@pytest.mark.parametrize(
    "question",
    [
        "What are the headings of the sections?",
        "Which sections does the article have?",
        "List the headings.",
        "What sections are there?",
    ],
)
def test_sections_are_listed(soup: Article, question: str) -> None:
    computed = list_sections(request(soup, question))
    assert quoted(computed) == ["What goes in", "Steps", "Serving"]


def test_sections_are_counted_and_picked(soup: Article) -> None:
    counted = list_sections(request(soup, "How many sections does the article have?"))
    picked = list_sections(request(soup, "What is the second section?"))
    assert counted
    assert counted.text == "3"
    assert quoted(picked) == ["Steps"]


@pytest.mark.parametrize(
    "question",
    [
        "What does the section of the road look like?",
        "Which chapter of the society was founded first?",
        "How are the headings set?",
        "Who wrote the section on carrots in the book?",
    ],
)
def test_sections_of_other_things_are_not_listed(soup: Article, question: str) -> None:
    assert list_sections(request(soup, question)) is None


@pytest.mark.parametrize(
    "question", ["What is said under “Serving”?", "What is there in the section Serving?"]
)
def test_a_named_section_is_quoted(soup: Article, question: str) -> None:
    assert quoted(quote_section(request(soup, question))) == [
        "Eat it hot.",
        "Four people will be full.",
    ]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("What is the last sentence of the article?", "Four people will be full."),
        ("What is the first sentence?", "It takes an hour."),
        ("How does the article end?", "Four people will be full."),
        ("What is the first sentence of the section Serving?", "Eat it hot."),
        ("Quote the second sentence.", "two onions"),
    ],
)
def test_a_sentence_is_found_by_its_position(soup: Article, question: str, sentence: str) -> None:
    assert quoted(find_sentence(request(soup, question))) == [sentence]


@pytest.mark.parametrize(
    "question",
    ["How long was the first sentence of the thief?", "What was his last sentence to her?"],
)
def test_other_sentences_are_not_found_by_position(soup: Article, question: str) -> None:
    assert find_sentence(request(soup, question)) is None


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
