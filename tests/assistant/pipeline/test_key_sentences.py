"""Test which sentences of an article are its key sentences."""

from __future__ import annotations

import numpy as np
import pytest

from assistant.pipeline.evidence.key_sentences import count_key_sentences, select_key_sentences
from index.loaders import load_bytes
from index.text.article import Article
from tests.assistant.pipeline.request_cases import BOARD, FISHERS

pytestmark = pytest.mark.unit


def load(text: str) -> Article:
    return load_bytes(text.encode(), "article.md")


def select(article: Article, count: int) -> list[tuple[str, bool]]:
    """Return the key sentences and whether each is context. All passages are equally central."""
    vectors = np.eye(len(article.passages), dtype=np.float32)
    positions = select_key_sentences(article, vectors, count)
    return [(article.slice(article.sentences[at]), flag) for at, flag in positions.items()]


def test_key_sentences_are_statements_of_each_section() -> None:
    sentences = [text for text, is_context in select(load(BOARD), 4) if not is_context]
    assert [text.split(" was ")[0] for text in sentences[1:3]] == [
        "The east quay",
        "The west quay",
    ]
    everything = [text for text, _ in select(load(BOARD), 100)]
    for part in ("By Lene Holt", "?", "|", "http", "## "):
        assert not any(part in text for text in everything)


def test_dependent_sentence_follows_its_context() -> None:
    sentences = select(load(FISHERS), 100)
    texts = [text for text, _ in sentences]
    assert texts[texts.index("They ask for a later start of the work.") - 1].startswith(
        "A petition"
    )


def test_context_of_key_sentence_is_marked() -> None:
    article = Article.from_text(
        "The council met on Monday.\nMany of its members had not read the long plan before it met."
    )
    assert [is_context for _, is_context in select(article, 1)] == [True, False]


@pytest.mark.parametrize(("words", "count"), [(30, 4), (900, 5), (10_000, 7)])
def test_long_article_has_more_key_sentences(words: int, count: int) -> None:
    assert count_key_sentences(Article.from_text("word " * words)) == count


def test_article_without_statements_has_no_key_sentence() -> None:
    assert select(Article.from_text("Who came?"), 4) == []
