from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import DataError
from index.storage.sqlite.keywords import search_keywords
from index.storage.sqlite.store import SqliteStore
from index.storage.store import ArticleStore
from tests.index.storage.test_keywords import TEXTS, add, found

pytestmark = pytest.mark.unit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ArticleStore]:
    store = SqliteStore(tmp_path)
    yield store
    store.close()


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
