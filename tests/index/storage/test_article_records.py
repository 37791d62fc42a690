"""Test tags of articles, and the times when they were opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index.errors import InputError
from index.storage.article_records import MAX_TAG_CHARACTERS, MAX_TAGS
from index.storage.databases import make_store
from index.storage.store import ArticleStore, ArticleSummary
from index.text.article import Article
from tests.postgresql import BOTH_DATABASES

pytestmark = BOTH_DATABASES

OLD = Article.from_text("The bridge is old.", "The bridge")
NEW = Article.from_text("The bridge is new.", "The bridge")


@pytest.fixture
def store(tmp_path: Path, database: str) -> Iterator[ArticleStore]:
    store = make_store(tmp_path, database)
    add(store, OLD)
    yield store
    store.close()


def add(store: ArticleStore, article: Article) -> None:
    store.add(article, np.ones((len(article.passages), 4), np.float32), "one")


def test_article_and_tags_are_stored_together(store: ArticleStore) -> None:
    article = Article.from_text("The ferry sails at noon.", "The ferry")
    vectors = np.ones((len(article.passages), 4), np.float32)
    with pytest.raises(InputError):
        store.add(article, vectors, "test", tags=["x" * 41])
    assert not store.has(article.id)
    store.add(article, vectors, "test", tags=["war", "sea"])
    assert store.summary(article.id).tags == ("sea", "war")
    store.add(article, vectors, "test")
    assert store.summary(article.id).tags == ("sea", "war")


def only(store: ArticleStore) -> ArticleSummary:
    (summary,) = store.listed()
    return summary


def test_tags_are_cleaned_and_stay_after_reopening(
    store: ArticleStore, tmp_path: Path, database: str
) -> None:
    tags = ["b", " A  tag ", "a TAG", "Ärger\ud800"]
    assert store.set_tags(OLD.id, tags) == ["A tag", "b", "Ärger?"]
    store.close()
    assert only(make_store(tmp_path, database)).tags == ("A tag", "b", "Ärger?")


def test_set_tags_replaces_earlier_ones(store: ArticleStore) -> None:
    store.set_tags(OLD.id, ["one", "two"])
    store.set_tags(OLD.id, ["two", "three"])
    assert only(store).tags == ("three", "two")
    store.set_tags(OLD.id, [])
    assert only(store).tags == ()


@pytest.mark.parametrize(
    "tags", [[" "], ["x" * (MAX_TAG_CHARACTERS + 1)], [str(n) for n in range(MAX_TAGS + 1)]]
)
def test_unusable_tags_are_refused_and_change_nothing(store: ArticleStore, tags: list[str]) -> None:
    store.set_tags(OLD.id, ["kept"])
    with pytest.raises(InputError):
        store.set_tags(OLD.id, tags)
    assert only(store).tags == ("kept",)


def test_most_tags_of_most_characters_are_accepted(store: ArticleStore) -> None:
    tags = [f"{number:0{MAX_TAG_CHARACTERS}}" for number in range(MAX_TAGS)]
    assert store.set_tags(OLD.id, tags) == tags


def test_tags_of_unknown_article_raise_key_error(store: ArticleStore) -> None:
    with pytest.raises(KeyError):
        store.set_tags(NEW.id, ["tag"])


def test_newer_version_inherits_tags_and_time(store: ArticleStore) -> None:
    store.set_tags(OLD.id, ["tag"])
    store.record_opened([OLD.id])
    opened = only(store).last_opened
    store.replace(OLD.id, NEW, np.ones((len(NEW.passages), 4), np.float32), "one")
    assert (only(store).id, only(store).tags) == (NEW.id, ("tag",))
    assert only(store).last_opened == opened != ""


def test_removed_and_restored_article_keeps_tags(store: ArticleStore) -> None:
    store.set_tags(OLD.id, ["tag"])
    store.remove(OLD.id)
    store.restore(OLD.id)
    assert only(store).tags == ("tag",)


def test_opening_is_recorded_and_unknown_articles_ignored(store: ArticleStore) -> None:
    assert only(store).last_opened == ""
    store.record_opened([NEW.id, OLD.id])
    first = only(store).last_opened
    store.record_opened([OLD.id])
    assert "" < first < only(store).last_opened
