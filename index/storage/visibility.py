"""Show each user of a library the shared articles and the user's own, and hide all others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from typing import NoReturn

from index.embedders.base import Vectors
from index.storage.keywords import KeywordHit
from index.storage.store import ArticleStore, ArticleSummary
from index.text.article import Article

__all__ = ["SHARED", "UserStore"]

SHARED = ""  # the owner of an article that is everybody's


class UserStore(ArticleStore):
    """The articles of a store that one user sees. Private articles of others do not exist in it.

    An article of another user behaves in every method as an unknown one. The class implements each
    abstract method of `ArticleStore`, so that a new method cannot be forgotten here.

    Args:
        store: the store with all articles.
        user: the name of the user; empty for nobody, who sees the shared articles alone.
    """

    def __init__(self, store: ArticleStore, user: str) -> None:
        self._store = store
        self._owners = frozenset((SHARED, user))
        self.user = user
        self.path = store.path

    def _is_visible(self, article_id: str) -> bool:
        """Return whether the store has an article, in any state, that the user may see."""
        return self._store.owner_of(article_id) in self._owners

    def _require(self, article_id: str) -> None:
        """Raise KeyError if there is no article with this ID that the user may see."""
        if not self._is_visible(article_id):
            raise KeyError(article_id)

    def _select(self, article_ids: Iterable[str]) -> list[str]:
        """Return the articles that the user may see."""
        private = self._store.list_private()
        return [key for key in article_ids if private.get(key, SHARED) in self._owners]

    def _check_owner(self, article: Article, *owners: str) -> None:
        """Raise ValueError if an article has none of these owners."""
        if article.owner not in owners:
            raise ValueError(f"The article {article.id} belongs to another user.")

    # ---- What there is
    def check(self) -> None:
        self._store.check()

    def ids(self, *, every: bool = False) -> list[str]:
        return self._select(self._store.ids(every=every))

    def list_newer(self) -> dict[str, str]:
        newer = self._store.list_newer()
        return {key: newer[key] for key in self._select(newer)}

    def listed(self, *, removed: bool = False) -> list[ArticleSummary]:
        summaries = self._store.listed(removed=removed)
        return [summary for summary in summaries if summary.owner in self._owners]

    def summary(self, article_id: str) -> ArticleSummary:
        self._require(article_id)
        return self._store.summary(article_id)

    def owner_of(self, article_id: str) -> str | None:
        owner = self._store.owner_of(article_id)
        return owner if owner in self._owners else None

    def list_private(self) -> dict[str, str]:
        private = self._store.list_private()
        return {key: owner for key, owner in private.items() if owner in self._owners}

    def has(self, article_id: str) -> bool:
        return self._is_visible(article_id) and self._store.has(article_id)

    def ids_containing(self, text: str) -> list[str]:
        return self._select(self._store.ids_containing(text))

    def get(self, article_id: str, *, removed: bool = False) -> Article:
        self._require(article_id)
        return self._store.get(article_id, removed=removed)

    def vectors(self, article_id: str) -> Vectors:
        self._require(article_id)
        return self._store.vectors(article_id)

    def passage_vectors(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Vectors]:
        visible = {key for key in {place[0] for place in places} if self._is_visible(key)}
        return self._store.passage_vectors([place for place in places if place[0] in visible])

    def written_questions(self, article_id: str) -> list[str] | None:
        return self._store.written_questions(article_id) if self._is_visible(article_id) else None

    def count_changes(self) -> int:
        return self._store.count_changes()

    # ---- Search
    def search_keywords(
        self,
        question: str,
        count: int,
        article_ids: Collection[str] | None = None,
        *,
        every_word: bool = False,
        viewer: str | None = None,
    ) -> list[KeywordHit]:
        return self._store.search_keywords(
            question, count, article_ids, every_word=every_word, viewer=self.user
        )

    def has_more_passages(
        self, limit: int, article_ids: Sequence[str] | None = None, *, viewer: str | None = None
    ) -> bool:
        if article_ids is not None:
            article_ids = [key for key in article_ids if self._is_visible(key)]
        return self._store.has_more_passages(limit, article_ids, viewer=self.user)

    def languages(self, *, viewer: str | None = None) -> set[str]:
        return self._store.languages(viewer=self.user)

    # ---- Changes
    def add(
        self,
        article: Article,
        vectors: Vectors,
        embedder: str,
        *,
        added: str = "",
        tags: Iterable[str] = (),
    ) -> None:
        self._check_owner(article, *self._owners)
        self._store.add(article, vectors, embedder, added=added, tags=tags)

    def replace(self, article_id: str, newer: Article, vectors: Vectors, embedder: str) -> None:
        self._require(article_id)
        self._check_owner(newer, str(self._store.owner_of(article_id)))
        self._store.replace(article_id, newer, vectors, embedder)

    def rename(self, article_id: str, title: str) -> Article:
        self._require(article_id)
        return self._store.rename(article_id, title)

    def set_retrieved(self, article_id: str, retrieved: str, author: str = "") -> None:
        if self._is_visible(article_id):
            self._store.set_retrieved(article_id, retrieved, author)

    def remove(self, article_id: str) -> None:
        if self._is_visible(article_id):
            self._store.remove(article_id)

    def restore(self, article_id: str) -> None:
        self._require(article_id)
        self._store.restore(article_id)

    def delete(self, article_id: str) -> None:
        if self._is_visible(article_id):
            self._store.delete(article_id)

    def set_tags(self, article_id: str, tags: Iterable[str]) -> list[str]:
        self._require(article_id)
        return self._store.set_tags(article_id, tags)

    def set_written_questions(self, article_id: str, questions: Sequence[str]) -> None:
        if self._is_visible(article_id):
            self._store.set_written_questions(article_id, questions)

    def record_opened(self, article_ids: Sequence[str], time: str = "") -> None:
        self._store.record_opened([key for key in article_ids if self._is_visible(key)], time)

    # ---- The care of the whole library, which is no matter of one user
    def get_meta(self, key: str) -> str | None:
        self._refuse()

    def set_meta(self, key: str, value: str) -> None:
        self._refuse()

    def purge(self, before: datetime) -> int:
        self._refuse()

    def replace_vectors(self, article: Article, vectors: Vectors, embedder: str) -> None:
        self._refuse()

    def count_stale_passages(self, embedder: str) -> dict[str, int]:
        self._refuse()

    def sample_vector(self, embedder: str) -> tuple[str, Vectors] | None:
        self._refuse()

    def invalidate_vectors(self, embedder: str) -> None:
        self._refuse()

    def unindexed_ids(self) -> list[str]:
        self._refuse()

    def has_indexed(self) -> bool:
        self._refuse()

    def set_indexed(self, article_ids: Iterable[str]) -> None:
        self._refuse()

    def count_passages(self) -> int:
        self._refuse()

    def follow_changes(self, remove: Callable[[str], None], add: Callable[[str], None]) -> None:
        self._refuse()

    def add_batch(self, batch: Sequence[tuple[Article, Vectors]], embedder: str) -> None:
        self._refuse()

    def close(self) -> None:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise PermissionError("Only the whole library can do this, not the view of one user.")
