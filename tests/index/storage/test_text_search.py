"""Test the search in the texts of a library."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.storage.databases import make_store
from index.storage.store import ArticleStore
from index.storage.text_search import TextHit, search_texts
from index.text.article import Article
from tests.index.texts import any_text
from tests.postgresql import BOTH_DATABASES

pytestmark = BOTH_DATABASES

BRIDGE = Article.from_text(
    "The ferries left the harbour at dawn and came back. Mayor Ana Ruiz opened the old bridge "
    "of Lund in May 1998. The bridge of the river cost 3 million euros in the end.",
    "The bridge",
    language="en",
)
FERRY = Article.from_text("A ferry crossed the harbour.", "The ferry", language="en")
GERMAN = Article.from_text("Die Brücken wurden 1998 eröffnet.", "Brücken", language="de")


@pytest.fixture
def store(tmp_path: Path, database: str) -> Iterator[ArticleStore]:
    store = make_store(tmp_path, database)
    for article in (BRIDGE, FERRY, GERMAN):
        store.add(article, np.ones((len(article.passages), 4), np.float32), "one")
    yield store
    store.close()


def search(store: ArticleStore, words: str) -> dict[str, TextHit]:
    return {hit.article_id: hit for hit in search_texts(store, words, 10)}


def test_hit_is_sentence_with_its_words(store: ArticleStore) -> None:
    (hit,) = search(store, "open bridges").values()
    assert hit.text == BRIDGE.slice(hit.sentence) == BRIDGE.slice(BRIDGE.sentences[1])
    assert [BRIDGE.slice(word) for word in hit.words] == ["opened", "bridge"]


def test_every_word_must_be_in_passage(store: ArticleStore) -> None:
    assert set(search(store, "harbour")) == {BRIDGE.id, FERRY.id}
    assert set(search(store, "harbour crossed")) == {FERRY.id}
    assert search(store, "harbour volcano") == search(store, "") == search(store, '" OR *') == {}


def test_beginning_of_last_word_is_enough(store: ArticleStore) -> None:
    (hit,) = search(store, "million eur").values()
    assert [BRIDGE.slice(word) for word in hit.words] == ["million", "euros"]
    assert search(store, "eur million") == {}


def test_words_are_stemmed_in_the_language_of_each_article(store: ArticleStore) -> None:
    assert set(search(store, "Brücke")) == {GERMAN.id}
    assert set(search(store, "1998")) == {BRIDGE.id, GERMAN.id}


def test_count_bounds_the_articles(store: ArticleStore) -> None:
    assert len(search_texts(store, "harbour", 1)) == 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=any_text | st.sampled_from(['"', "a*b", "NEAR(x y)", "-bridge", "stems:x"]))
def test_any_text_can_be_searched(store: ArticleStore, words: str) -> None:
    for hit in search_texts(store, words, 10):
        assert hit.text
