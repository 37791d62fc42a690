"""Questions about sections, paragraphs and sentences."""

from __future__ import annotations

import pytest

from assistant.pipeline.computation.sections import find_sentence, list_sections, quote_section
from index.loaders import load_bytes
from index.text.article import Article
from tests.assistant.pipeline.computation.recipe import SOUP, quoted, request

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def soup() -> Article:
    return load_bytes(SOUP, "soup.md")


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


def test_words_of_the_title_name_the_article(soup: Article) -> None:
    rules = load_bytes(SOUP, "soup.md").renamed("Kitchen: House Rules")
    counted = list_sections(request(rules, "How many sections do the rules have?"))
    assert counted
    assert counted.text == "3"
    assert list_sections(request(soup, "How many sections do the rules have?")) is None
