from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.embedders.base import Vectors
from index.errors import DataError
from index.retrieval.bm25 import KeywordIndex
from index.storage.sqlite.keywords import search_keywords
from index.storage.sqlite.store import SqliteStore
from index.storage.store import ArticleStore
from index.text.article import Article
from index.text.stems import stem_texts
from tests.index.hashing import numbered
from tests.index.texts import texts_with_words

pytestmark = pytest.mark.unit

TEXTS = (
    "The troops entered the eastern districts of the city.",
    "Medics evacuated the wounded from two hospitals in the city.",
    "About 30,000 residents have left their homes in the city.",
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ArticleStore]:
    store = SqliteStore(tmp_path)
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


def test_failed_addition_leaves_no_keywords(store: ArticleStore) -> None:
    with sqlite3.connect(store.path) as db:
        db.execute(
            "CREATE TRIGGER full BEFORE INSERT ON unindexed "
            "BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    with pytest.raises(DataError, match="full"):
        add(store, TEXTS[0])
    assert found(store, "district") == []
    with sqlite3.connect(store.path) as db:
        db.execute("DROP TRIGGER full")
    assert found(store, "district") == [] != [add(store, TEXTS[0])] == found(store, "district")


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


def test_frequent_stems_do_not_choose_passages(store: ArticleStore) -> None:
    first, *_ = (add(store, text) for text in TEXTS)
    with closing(sqlite3.connect(store.path)) as db:
        results = search_keywords(db, "districts of the city", 10, None, max_matches=2)
        assert [article_id for article_id, *_ in results] == [first]
        assert len(search_keywords(db, "city", 10, None, max_matches=2)) == 3


def forget_version(db: sqlite3.Connection) -> None:
    """As in a file of an earlier version of the program."""
    db.execute("DELETE FROM stems")
    db.execute("DELETE FROM meta WHERE key = 'keywords'")


def lose_rows(db: sqlite3.Connection) -> None:
    db.execute("DELETE FROM keywords_data")


def garble_rows(db: sqlite3.Connection) -> None:
    db.execute("UPDATE keywords_data SET block = x'ffffffffffffffffff'")


@pytest.mark.parametrize("damage", [forget_version, lose_rows, garble_rows])
def test_damaged_keywords_are_rebuilt(
    tmp_path: Path, damage: Callable[[sqlite3.Connection], None]
) -> None:
    store = SqliteStore(tmp_path)
    ids = [add(store, text) for text in TEXTS]
    store.remove(ids[0])
    store.close()
    with closing(sqlite3.connect(store.path)) as db, db:
        damage(db)
    store = SqliteStore(tmp_path)
    assert found(store, "hospital") == [ids[1]]
    ids.append(add(store, "A hospital burnt."))
    store.restore(ids[0])
    assert set(found(store, "hospital")) == {ids[1], ids[3]}
    assert set(found(store, "city")) == set(ids[:3])
    store.close()


def test_addition_repairs_damaged_keywords_for_the_next(store: ArticleStore) -> None:
    first = add(store, TEXTS[0])
    store.close()
    with closing(sqlite3.connect(store.path)) as db, db:
        lose_rows(db)
    again = SqliteStore(store.path.parent)
    with pytest.raises(DataError):
        add(again, TEXTS[1])
    second = add(again, TEXTS[1])
    assert set(found(again, "city")) == {first, second}
    again.close()


@given(st.lists(texts_with_words, max_size=3))
def test_any_text_and_question_can_be_searched(texts: list[str]) -> None:
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder))
        for text in dict.fromkeys(texts):
            article_id = add(store, text, "xx")
            is_searchable = any(stem_texts([text], "xx")[0])
            assert (article_id in found(store, text)) == is_searchable
        store.close()
