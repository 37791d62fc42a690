"""Test copying a library from one database to another, in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index.embedders.base import Vectors
from index.errors import DataError
from index.storage.databases import make_store
from index.storage.sqlite.store import SqliteStore
from index.storage.store import ArticleStore
from index.storage.transfer import TransferReport, copy_articles
from index.text.article import Article
from tests.postgresql import BOTH_DATABASES

pytestmark = BOTH_DATABASES

OLD = Article.from_text("The mill has 3 wheels.", "The mill")
NEW = Article.from_text("The mill has 4 wheels.", "The mill")
STALE = Article.from_text("A lone \ud83d surrogate and a \0 are text.", "Odd\\0")
REMOVED = Article.from_text("It was forgotten.")


def embed(article: Article) -> Vectors:
    generator = np.random.default_rng(len(article.text))
    return generator.random((len(article.passages), 4), dtype=np.float32)


def ignore_steps(done: int, total: int) -> None:
    """Show no progress."""


@pytest.fixture(params=["from sqlite", "to sqlite"])
def stores(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> Iterator[tuple[ArticleStore, ArticleStore]]:
    """The filled store and the empty one; one of them is in SQLite."""
    (tmp_path / "other").mkdir()
    pair = [SqliteStore(tmp_path / "other"), make_store(tmp_path, database)]
    source, target = pair if request.param == "from sqlite" else reversed(pair)
    source.add(OLD, embed(OLD), "minilm", added="2026-01-01T00:00:00+00:00")
    source.rename(OLD.id, "Old mill")
    source.replace(OLD.id, NEW, embed(NEW), "minilm")
    source.rename(NEW.id, "The mill")
    source.add(STALE, embed(STALE), "another", added="2026-01-02T00:00:00+00:00")
    source.set_tags(STALE.id, ["odd", "ends"])
    source.record_opened([STALE.id])
    source.set_written_questions(STALE.id, ["What is odd?"])
    source.add(REMOVED, embed(REMOVED), "minilm")
    source.remove(REMOVED.id)
    yield source, target
    for store in pair:
        store.close()


def test_copy_has_everything(stores: tuple[ArticleStore, ArticleStore]) -> None:
    source, target = stores
    steps: list[tuple[int, int]] = []
    report = copy_articles(source, target, "minilm", lambda *step: steps.append(step))
    assert report == TransferReport(copied=4, present=0, compared=4, others=0)
    assert steps == [(number, 8) for number in range(1, 9)]
    assert target.get(OLD.id) == source.get(OLD.id)
    assert {row.id for row in target.listed()} == {row.id for row in source.listed()}
    assert target.summary(STALE.id) == source.summary(STALE.id)
    assert target.get(NEW.id).title == "The mill"
    assert target.list_newer() == {OLD.id: NEW.id}
    assert target.written_questions(STALE.id) == ["What is odd?"]
    assert set(target.count_stale_passages("minilm")) == {STALE.id}
    assert [row.id for row in target.listed(removed=True)] == [REMOVED.id]
    target.restore(REMOVED.id)
    assert target.get(REMOVED.id) == REMOVED
    assert [hit[0] for hit in target.search_keywords("wheels", 5)] == [NEW.id]


def test_interrupted_copy_goes_on(stores: tuple[ArticleStore, ArticleStore]) -> None:
    source, target = stores

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_articles(source, target, "minilm", stop)
    assert len(target.ids(every=True)) == 2
    report = copy_articles(source, target, "minilm", ignore_steps)
    assert report == TransferReport(copied=2, present=2, compared=4, others=0)
    again = copy_articles(source, target, "minilm", ignore_steps)
    assert again == TransferReport(copied=0, present=4, compared=4, others=0)
    assert target.list_newer() == {OLD.id: NEW.id}
    assert source.summary(STALE.id) == target.summary(STALE.id)


def test_articles_of_target_stay_and_are_counted(
    stores: tuple[ArticleStore, ArticleStore],
) -> None:
    source, target = stores
    own = Article.from_text("It was here before.")
    target.add(own, embed(own), "minilm")
    assert copy_articles(source, target, "minilm", ignore_steps).others == 1
    assert target.get(own.id) == own


def test_copy_that_differs_is_reported(stores: tuple[ArticleStore, ArticleStore]) -> None:
    source, target = stores
    target.add(STALE, embed(STALE) + 1, "minilm")
    with pytest.raises(DataError, match=f"{STALE.id} has other vectors"):
        copy_articles(source, target, "minilm", ignore_steps)
    target.delete(STALE.id)
    target.add(STALE, embed(STALE), "minilm")
    target.rename(STALE.id, "Renamed there")
    with pytest.raises(DataError, match=f"{STALE.id} has another text or other metadata"):
        copy_articles(source, target, "minilm", ignore_steps)
