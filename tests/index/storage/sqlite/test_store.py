from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from index.embedders.base import Vectors
from index.errors import DataError
from index.storage.sqlite.schema import SCHEMA_VERSION
from index.storage.sqlite.store import SqliteStore
from index.storage.store import ArticleStore
from index.text.article import Article
from tests.index.hashing import numbered

pytestmark = pytest.mark.unit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path)
    yield store
    store.close()


def vectors(article: Article, value: float = 0.5) -> Vectors:
    return np.full((len(article.passages), 4), value, dtype=np.float32)


def rows(folder: Path) -> dict[str, int]:
    """How many rows each table holds, as another program sees the file."""
    with sqlite3.connect(folder / "articles.sqlite") as db:
        tables = ("articles", "sentences", "passages")
        return {
            table: db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables
        }


def fail_at_passage(folder: Path, position: int) -> None:
    """Let SQLite itself refuse one row, as it does when the disk is full."""
    with sqlite3.connect(folder / "articles.sqlite") as db:
        db.execute(
            f"CREATE TRIGGER full BEFORE INSERT ON passages WHEN NEW.position = {position} "
            "BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
        )


def test_an_article_is_kept_whole_or_not_at_all(store: ArticleStore, tmp_path: Path) -> None:
    fail_at_passage(tmp_path, 7)
    article = numbered(1)
    with pytest.raises(DataError, match=r"articles\.sqlite cannot be written \(.*full\).*--data"):
        store.add(article, vectors(article), "one")
    assert rows(tmp_path) == {"articles": 0, "sentences": 0, "passages": 0}


def test_after_a_failure_the_next_article_is_kept(store: ArticleStore, tmp_path: Path) -> None:
    fail_at_passage(tmp_path, 7)
    with pytest.raises(DataError):
        store.add(numbered(1), vectors(numbered(1)), "one")
    short = numbered(2, passages=5)
    store.add(short, vectors(short), "one")
    assert store.ids() == [short.id]


def test_vectors_are_replaced_whole_or_not_at_all(store: ArticleStore, tmp_path: Path) -> None:
    article = numbered(1)
    store.add(article, vectors(article, 0.5), "one")
    store.replace_vectors(article, vectors(article, 0.9), "one")
    assert (store.vectors(article.id) == np.float32(0.9)).all()
    fail_at_passage(tmp_path, 7)
    with pytest.raises(DataError):
        store.replace_vectors(article, vectors(article, 0.1), "one")
    assert (store.vectors(article.id) == np.float32(0.9)).all()


CARE = ("renamed", "retrieved", "removed", "newer", "words", "characters")


@pytest.mark.parametrize(
    ("version", "lacks"),
    [
        ("1", ("pages", *CARE, "author", "owner")),
        ("2", (*CARE, "author", "owner")),
        ("4", ("author", "owner")),
        ("7", ("owner",)),
    ],
)
def test_migrate_earlier_version_adds_columns_keeps_data(
    tmp_path: Path, bundled: Article, version: str, lacks: tuple[str, ...]
) -> None:
    store = SqliteStore(tmp_path)
    store.add(bundled, vectors(bundled), "one")
    listed = store.listed()
    store.set_meta("version", version)
    store.close()
    with sqlite3.connect(tmp_path / "articles.sqlite") as db:
        db.execute("DROP TRIGGER article_hidden")
        db.execute("DROP INDEX private_articles")
        db.execute("DELETE FROM meta WHERE key = 'keywords'")
        for column in lacks:
            db.execute(f"ALTER TABLE articles DROP COLUMN {column}")
    for _ in range(2):
        store = SqliteStore(tmp_path)
        assert (store.get(bundled.id), store.listed(), store.get_meta("version")) == (
            bundled,
            listed,
            str(SCHEMA_VERSION),
        )
        assert store.search_keywords("residents", 1)
        assert store.rename(bundled.id, "Another").title == "Another"
        store.rename(bundled.id, bundled.title)
        store.close()


def test_a_file_of_a_newer_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    store.set_meta("version", str(SCHEMA_VERSION + 1))
    store.close()
    with pytest.raises(
        DataError, match=r"articles\.sqlite was written by a newer version.*Upgrade.*--data"
    ):
        SqliteStore(tmp_path)
    with sqlite3.connect(tmp_path / "articles.sqlite") as db:
        assert db.execute("SELECT value FROM meta WHERE key = 'version'").fetchone() == (
            str(SCHEMA_VERSION + 1),
        )


def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "articles.sqlite").write_bytes(b"no database at all " * 100)
    with pytest.raises(DataError, match=r"cannot be used .*no SQLite database.*--data"):
        SqliteStore(tmp_path)
    assert (tmp_path / "articles.sqlite").read_bytes() == b"no database at all " * 100


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DataError, match=rf"{tmp_path / 'file' / 'data'} cannot be used.*--data"):
        SqliteStore(tmp_path / "file" / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into read-only folders too")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(DataError, match="--data"):
        SqliteStore(tmp_path)


def test_article_for_a_deleted_file_is_refused(store: ArticleStore) -> None:
    store.add(numbered(1), vectors(numbered(1)), "fake")
    copy = store.path.read_bytes()
    store.path.unlink()
    with pytest.raises(DataError, match="it is gone"):
        store.add(numbered(2), vectors(numbered(2)), "fake")
    assert store.get(numbered(1).id) == numbered(1)  # reading goes on
    store.path.with_suffix(".copy").write_bytes(copy)
    store.path.with_suffix(".copy").rename(store.path)
    with pytest.raises(DataError, match="another file"):
        store.add(numbered(2), vectors(numbered(2)), "fake")
    with pytest.raises(DataError, match="another file"):
        store.check()


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda file: file.unlink(), "is gone, although"),
        (lambda file: os.truncate(file, 0), "is empty, although"),
        (lambda file: os.truncate(file, file.stat().st_size // 2), "it was shortened"),
    ],
)
def test_damaged_file_is_refused_at_the_start(
    damage: Callable[[Path], None], reason: str, tmp_path: Path
) -> None:
    store = SqliteStore(tmp_path)
    store.add(numbered(1), vectors(numbered(1)), "fake")
    store.close()
    damage(store.path)
    with pytest.raises(DataError, match=reason):
        SqliteStore(tmp_path)


def test_missing_file_with_a_search_index_is_refused(tmp_path: Path) -> None:
    (tmp_path / "chroma" / "index").mkdir(parents=True)  # of a library without the marker
    with pytest.raises(DataError, match="is gone, although"):
        SqliteStore(tmp_path)


def test_article_with_altered_text_is_refused(store: ArticleStore) -> None:
    store.add(numbered(1), vectors(numbered(1)), "fake")
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE articles SET text = CAST(replace(text, 'House', 'Mouse') AS BLOB)")
    with pytest.raises(DataError, match="was altered"):
        store.get(numbered(1).id)


def test_vectors_of_chosen_passages_are_looked_up(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[str] = []
    read = store._rows

    def explain(query: str, *values: object) -> list[tuple[object, ...]]:
        plans.extend(str(row[3]) for row in read(f"EXPLAIN QUERY PLAN {query}", *values))
        return read(query, *values)

    monkeypatch.setattr(store, "_rows", explain)
    store.passage_vectors([("one", 1), ("two", 2)])
    assert any(plan.startswith("SEARCH passages") for plan in plans)
    assert not any(plan.startswith("SCAN passages") for plan in plans)
