"""Change a library whose file refuses a write or holds rows from long ago."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.errors import DataError
from index.retrieval.hybrid import HybridRetriever
from index.storage.library import RESTORE_PERIOD, Library
from index.text.article import Article
from tests.index.hashing import Hashing, numbered

pytestmark = pytest.mark.unit


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path, Hashing())
    yield library
    library.close()


def reopened(library: Library) -> Library:
    library.close()
    return Library(library.folder, Hashing())


def found(library: Library, article_id: str) -> Article:
    """The article as the search knows it, with a quote that is checked."""
    (hit,) = HybridRetriever(library=library, article_ids=(article_id,), k=1).hits("House 20004")
    assert hit.article.slice(hit.span) == hit.article.text[hit.span.start : hit.span.end] != ""
    assert hit.to_document().metadata["title"] == hit.article.title
    return hit.article


def test_open_library_purges_articles_removed_long_ago(library: Library) -> None:
    article, second = library.add(numbered(1)), library.add(numbered(2))
    library.remove(article.id)
    library.remove(second.id)
    longer = (datetime.now(UTC) - RESTORE_PERIOD - timedelta(minutes=1)).isoformat()
    with sqlite3.connect(library.folder / "articles.sqlite") as db:
        db.execute("UPDATE articles SET removed = ? WHERE id = ?", (longer, article.id))
    again = reopened(library)
    with pytest.raises(KeyError):
        again.restore(article.id)
    assert again.restore(second.id) == second
    again.close()


@pytest.mark.parametrize("act", ["rename", "remove", "replace"])
def test_failed_write_changes_nothing(library: Library, act: str) -> None:
    article, two = library.add(numbered(1)), library.add(numbered(2))
    with sqlite3.connect(library.folder / "articles.sqlite") as db:
        db.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON articles "
            "BEGIN SELECT RAISE(ABORT, 'disk is full'); END"
        )
    acts: dict[str, Callable[[], object]] = {
        "rename": lambda: library.rename(article.id, "New"),
        "remove": lambda: library.remove(article.id),
        "replace": lambda: library.replace(article.id, two),
    }
    with pytest.raises(DataError, match="full"):
        acts[act]()
    again = reopened(library)
    assert (again.articles(), again.vectors.count(), found(again, article.id)) == (
        [article, two],
        40,
        article,
    )
    again.close()


def test_replace_that_fails_stores_no_newer_version(
    library: Library,
) -> None:
    article = library.add(numbered(1))
    with sqlite3.connect(library.folder / "articles.sqlite") as db:
        db.execute(
            "CREATE TRIGGER full BEFORE UPDATE OF newer ON articles BEGIN SELECT RAISE(ABORT, "
            "'disk is full'); END"
        )
    with pytest.raises(DataError, match="full"):
        library.replace(article.id, numbered(2))
    again = reopened(library)
    assert (again.store.ids(every=True), again.vectors.count(), found(again, article.id)) == (
        [article.id],
        20,
        article,
    )
    again.close()
