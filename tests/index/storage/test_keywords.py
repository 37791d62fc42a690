from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.embedders.base import Vectors
from index.retrieval.bm25 import KeywordIndex
from index.storage.databases import make_store
from index.storage.store import ArticleStore
from index.text.article import Article
from index.text.stems import stem_texts
from tests.index.hashing import numbered
from tests.index.texts import texts_with_words
from tests.postgresql import BOTH_DATABASES

pytestmark = BOTH_DATABASES

TEXTS = (
    "The troops entered the eastern districts of the city.",
    "Medics evacuated the wounded from two hospitals in the city.",
    "About 30,000 residents have left their homes in the city.",
)


@pytest.fixture
def store(tmp_path: Path, database: str) -> Iterator[ArticleStore]:
    store = make_store(tmp_path, database)
    yield store
    store.close()


def vectors(article: Article) -> Vectors:
    return np.ones((len(article.passages), 4), dtype=np.float32)


def add(store: ArticleStore, text: str, language: str = "en") -> str:
    article = Article.from_text(text, language=language)
    store.add(article, vectors(article), "one")
    return article.id


def found(store: ArticleStore, question: str) -> list[str]:
    return [article_id for article_id, _, _ in store.search_keywords(question, 10)]


def test_words_are_found_in_their_other_forms(store: ArticleStore) -> None:
    ids = [add(store, text) for text in TEXTS]
    assert found(store, "Who is entering a district?") == [ids[0]]
    assert found(store, "HOSPITAL evacuation") == [ids[1]]
    assert found(store, "a resident of a home") == [ids[2]]
    assert set(found(store, "cities")) == set(ids)
    assert found(store, "the of and") == found(store, "volcano") == found(store, "") == []


def test_keywords_rank_as_in_memory(store: ArticleStore) -> None:
    articles = [numbered(number) for number in range(5)]
    for article in articles:
        store.add(article, vectors(article), "one")
    rows = [(article, position) for article in articles for position in range(20)]
    index = KeywordIndex([article.slice(article.passages[at]) for article, at in rows])
    for article, at in rows[::7]:
        question = article.slice(article.passages[at])
        best = rows[int(index.scores(question).argmax())]
        assert (
            store.search_keywords(question, 1)[0][:2] == (best[0].id, best[1]) == (article.id, at)
        )


def test_keywords_follow_the_articles(store: ArticleStore) -> None:
    first, second, third = (add(store, text) for text in TEXTS)
    store.remove(second)
    assert set(found(store, "city")) == {first, third}
    store.restore(second)
    assert set(found(store, "city")) == {first, second, third}
    newer = Article.from_text("The wounded left the hospitals of the city.")
    store.replace(second, newer, vectors(newer), "one")
    assert set(found(store, "hospital")) == {newer.id}
    store.delete(first)
    assert found(store, "district") == []
    store.rename(third, "Another title")
    assert found(store, "resident") == [third]


def test_only_the_selected_articles_are_searched(store: ArticleStore) -> None:
    ids = [add(store, text) for text in TEXTS]
    for selection in ([ids[1]], ids[:2], [ids[2], ids[0]], [], ["missing"]):
        results = store.search_keywords("city", 10, selection)
        assert {article_id for article_id, *_ in results} == {*selection} - {"missing"}


def test_question_is_stemmed_in_each_language(store: ArticleStore) -> None:
    english = add(store, TEXTS[1])
    german = add(store, "Die Kinder spielten draußen vor den Häusern.", "de")
    assert found(store, "Welches Kind spielt?") == [german]
    assert found(store, "evacuation") == [english]


@given(st.lists(texts_with_words, max_size=3))
def test_any_text_and_question_can_be_searched(store: ArticleStore, texts: list[str]) -> None:
    for article_id in store.ids():  # of the last example
        store.delete(article_id)
    for text in dict.fromkeys(texts):
        article_id = add(store, text, "xx")
        is_searchable = any(stem_texts([text], "xx")[0])
        assert (article_id in found(store, text)) == is_searchable
