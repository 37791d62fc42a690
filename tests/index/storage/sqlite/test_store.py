from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from index.embedders.base import Vectors
from index.errors import DataError
from index.storage.sqlite.schema import SCHEMA_VERSION
from index.storage.sqlite.store import SqliteStore
from index.storage.store import ArticleStore
from index.text.article import Article
from index.text.spans import Block, Span
from tests.index.hashing import numbered
from tests.index.texts import any_text, texts_with_words

pytestmark = pytest.mark.unit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ArticleStore]:
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


def test_an_article_comes_back_as_it_went_in(store: ArticleStore, bundled: Article) -> None:
    store.add(bundled, vectors(bundled), "one")
    stored = store.get(bundled.id)
    assert stored == bundled
    assert (stored.id, stored.blocks, stored.sentences, stored.passages) == (
        bundled.id, bundled.blocks, bundled.sentences, bundled.passages,
    )  # fmt: skip


@given(texts_with_words, any_text, any_text)
@settings(max_examples=50)
def test_any_text_title_and_source_come_back(
    store: ArticleStore, text: str, title: str, source: str
) -> None:
    article = Article.from_text(text, title, source=source)
    store.remove(article.id)
    store.add(article, vectors(article), "one")
    assert store.get(article.id) == article


def test_an_article_comes_back_after_closing_and_opening(tmp_path: Path, bundled: Article) -> None:
    store = SqliteStore(tmp_path)
    store.add(bundled, vectors(bundled), "one")
    store.close()
    store = SqliteStore(tmp_path)
    assert [store.get(article_id) for article_id in store.ids()] == [bundled]
    store.close()


def test_lone_surrogates_come_back(store: ArticleStore) -> None:
    article = Article.from_text("A lone \ud83d here and \udc00 there.")
    store.add(article, vectors(article), "one")
    assert store.get(article.id).text == "A lone \ud83d here and \udc00 there."


def test_blocks_come_back_with_their_kinds(store: ArticleStore) -> None:
    blocks = (Block(0, 5, "heading", 2), Block(7, 15, "item", 3), Block(17, 28))
    article = Article.from_text("Title\n\nAn item.\n\nA sentence.", blocks=blocks)
    store.add(article, vectors(article), "one")
    assert store.get(article.id).blocks == blocks


def test_vectors_come_back_to_the_last_bit(store: ArticleStore) -> None:
    article = numbered(1)
    facts = (
        np.random.default_rng(7).standard_normal((len(article.passages), 384)).astype(np.float32)
    )
    store.add(article, facts, "one")
    assert (store.vectors(article.id) == facts).all()
    assert store.vectors(article.id).dtype == np.float32


def test_adding_twice_changes_nothing(store: ArticleStore, tmp_path: Path) -> None:
    article = numbered(1)
    store.add(article, vectors(article, 0.5), "one")
    before = rows(tmp_path)
    store.add(article, vectors(article, 0.9), "one")
    assert rows(tmp_path) == before
    assert (store.vectors(article.id) == 0.5).all()


def test_ids_are_listed_oldest_first(store: ArticleStore) -> None:
    articles = [numbered(number) for number in (3, 1, 2)]
    for article in articles:
        store.add(article, vectors(article), "one")
    assert store.ids() == [article.id for article in articles]


def test_ids_containing_finds_exact_text_of_current_articles(
    store: ArticleStore,
) -> None:
    texts = ("An été in Zürich.", "another été.", "Nothing.")
    articles = [Article.from_text(text) for text in texts]
    for article in articles:
        store.add(article, vectors(article), "one")
    assert store.ids_containing("été") == [added.id for added in articles[:2]]
    assert store.ids_containing("ÉTÉ") == store.ids_containing("%") == []
    store.remove(articles[0].id)
    assert store.ids_containing("été") == [articles[1].id]


def test_an_unknown_article_is_not_there(store: ArticleStore) -> None:
    assert not store.has("0" * 16)
    with pytest.raises(KeyError, match="0000"):
        store.get("0" * 16)


def test_forgetting_an_article_removes_all_of_it(store: ArticleStore, tmp_path: Path) -> None:
    article, newer = numbered(1), numbered(2)
    store.add(article, vectors(article), "one")
    store.add(newer, vectors(newer), "one")
    store.delete(article.id)
    assert rows(tmp_path) == {
        "articles": 1,
        "sentences": len(newer.sentences),
        "passages": len(newer.passages),
    }
    assert store.get(newer.id) == newer


def test_too_few_vectors_keep_nothing(store: ArticleStore, tmp_path: Path) -> None:
    article = numbered(1)
    with pytest.raises(ValueError, match="19 vectors for 20 passages"):
        store.add(article, vectors(article)[1:], "one")
    assert rows(tmp_path) == {"articles": 0, "sentences": 0, "passages": 0}


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


def test_threads_may_share_a_store(store: ArticleStore) -> None:
    articles = [numbered(number) for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda article: store.add(article, vectors(article), "one"), articles * 2))
    assert sorted(store.ids()) == sorted(article.id for article in articles)
    assert store.count_passages() == sum(len(article.passages) for article in articles)


def test_the_last_value_of_a_fact_counts(store: ArticleStore) -> None:
    for value in ("first", "", "naïve \0 文字"):
        store.set_meta("fact", value)
        assert store.get_meta("fact") == value
    assert store.get_meta("unknown") is None


def test_pages_are_kept(store: ArticleStore) -> None:
    article = Article.from_text(
        "One page. Two pages.", pages=(Span(0, 10), Span(10, 10), Span(10, 20))
    )
    store.add(article, vectors(article), "one")
    assert store.get(article.id).pages == article.pages


def test_authors_are_kept_and_listed(store: ArticleStore) -> None:
    article = Article.from_text("Some words.", author="Jane Doe, Ana “Ruiz”")
    store.add(article, vectors(article), "one")
    assert (store.get(article.id), store.listed()[0].author) == (article, article.author)
    assert (
        store.get(article.id).author == store.summary(article.id).author == "Jane Doe, Ana “Ruiz”"
    )


CARE = ("renamed", "retrieved", "removed", "newer", "words", "characters")


@pytest.mark.parametrize(
    ("version", "lacks"),
    [("1", ("pages", *CARE, "author")), ("2", (*CARE, "author")), ("4", ("author",))],
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
    (tmp_path / "chroma" / "index").mkdir(parents=True)
    damage(store.path)
    with pytest.raises(DataError, match=reason):
        SqliteStore(tmp_path)


def test_article_with_altered_text_is_refused(store: ArticleStore) -> None:
    store.add(numbered(1), vectors(numbered(1)), "fake")
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE articles SET text = CAST(replace(text, 'House', 'Mouse') AS BLOB)")
    with pytest.raises(DataError, match="was altered"):
        store.get(numbered(1).id)
