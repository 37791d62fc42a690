"""Index the vectors of passages in Chroma. The index can be rebuilt from the database at any time.

The index has two parts: a collection of Chroma, and the articles that are not in it yet. A search
ranks the passages of both. Added articles are written to the collection together, in the
background, because that takes long in a large library. The collection may also contain articles
that were removed; a search leaves them out.

The database names the collection and is changed last. If the process is killed before, the articles
still wait, and are written again.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from threading import Event, RLock, Thread
from time import monotonic
from typing import NamedTuple

import numpy as np

from index.embedders.base import Vectors
from index.errors import DataError
from index.storage.passage_collection import (
    CollectionHost,
    CollectionRecord,
    Passage,
    PassageCollection,
    PassageVector,
)
from index.storage.store import ArticleStore
from index.storage.visibility import SHARED, UserStore

__all__ = ["MAX_UNINDEXED_PASSAGES", "RECORD_KEY", "VectorIndex", "forget_index"]

log = logging.getLogger(__name__)

RECORD_KEY = "chroma_collection"
# Comparing so many passages one by one takes about 2 ms and 3 MB.
MAX_UNINDEXED_PASSAGES = 2_000
# In a large library one in so many passages may wait, because a write copies the whole collection.
UNINDEXED_PART = 10
# A collection with more removed passages than one in so many is built again.
REMOVED_PART = 3
MAX_FILTER_ARTICLES = 1_000
RETRY_SECONDS = 30.0


class _WaitingArticle(NamedTuple):
    """An article that is not in the collection yet."""

    owner: str
    vectors: Vectors  # shape `(passages, dimensions)`


class VectorIndex:
    """The vectors of a library: a Chroma collection, and articles that are not in it yet.

    The database records which articles are not in the collection. The collection is opened when it
    is first needed.

    Args:
        store: the store that the index is built from.
        host: where the collection is stored.
        fingerprint: the fingerprint of the embedder.
        max_unindexed: the most passages that wait in a small library. While twice as many wait, an
            addition takes as long as the write.
        max_filter_articles: the most articles that Chroma is asked to filter by.
        retry_seconds: how long no write is tried after one failed.
    """

    def __init__(
        self,
        store: ArticleStore,
        host: CollectionHost,
        fingerprint: str,
        max_unindexed: int = MAX_UNINDEXED_PASSAGES,
        max_filter_articles: int = MAX_FILTER_ARTICLES,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._store = store
        self._host = host
        self._fingerprint = fingerprint
        self._max_unindexed = max_unindexed
        self._max_filter_articles = max_filter_articles
        self._lock = RLock()  # of the attributes below
        self._open_lock = RLock()
        self._write_lock = RLock()  # acquired after the lock for opening, if both are needed
        self._writer: Thread | None = None
        self._retry_seconds = retry_seconds
        self._next_write = 0.0  # on the monotonic clock
        self._closed = Event()
        self._record = self._load_record()
        self._collection: PassageCollection | None = None
        # Of all passages that were ever written or wait, while the articles are stored.
        self._owners = set(store.list_private().values())
        # Replaced by each change, never changed: a search reads it without a lock.
        self._unindexed = {
            article_id: self._read_waiting(article_id) for article_id in store.unindexed_ids()
        }

    def _read_waiting(self, article_id: str) -> _WaitingArticle:
        owner = self._store.owner_of(article_id) or SHARED
        self._owners.add(owner)
        return _WaitingArticle(owner, self._store.vectors(article_id))

    def _load_record(self) -> CollectionRecord | None:
        """Return the collection that the database names, if its place and embedder are the same."""
        values = json.loads(self._store.get_meta(RECORD_KEY) or "{}")
        key = self._host.location, self._fingerprint
        if (values.pop("location", ""), values.pop("embedder", "")) != key:
            return None
        return CollectionRecord(**values)

    def _store_record(self, record: CollectionRecord) -> None:
        key = {"location": self._host.location, "embedder": self._fingerprint}
        self._store.set_meta(RECORD_KEY, json.dumps(key | asdict(record)))
        self._record = record

    def _get_collection(self) -> PassageCollection:
        """Return the collection. Open or build it first. Raises DataError."""
        # Without the lock: a search does not wait for articles that are being written.
        if (collection := self._collection) is not None:
            return collection
        with self._open_lock:
            if self._collection is None and self._record is not None:
                self._host.remove_all_but(self._record.name)
                self._collection = self._host.open(self._record)
            if self._collection is not None:
                return self._collection
            with self._write_lock:  # another thread may just be building it
                return self._collection or self.rebuild()

    def rebuild(self) -> PassageCollection:
        """Build a new collection from all vectors in the database. Raises DataError."""
        with self._write_lock:
            return self._write(None, self._store.ids())

    def _write_unindexed(self) -> None:
        """Write the articles that are not in the collection yet. Raises DataError."""
        if self._record is None:
            self.rebuild()
            return
        total = self._get_collection().count()
        indexed = self._store.count_passages() - self._count_unindexed()
        if total - indexed > total // REMOVED_PART:
            self.rebuild()
        elif article_ids := list(self._unindexed):  # none if the collection was just built
            with self._write_lock:
                self._write(self._record, article_ids)

    def _write(
        self, base: CollectionRecord | None, article_ids: Sequence[str]
    ) -> PassageCollection:
        """Write articles to the base or a new collection, and use the result from now on."""
        self._host.remove_all_but(self._record.name if self._record else "")
        record = self._host.extend(base, self._read_passages(article_ids))
        collection = self._host.open(record)
        if collection is None:
            raise DataError("The search index cannot be read after it was written. Check the disk.")
        self._store_record(record)
        self._collection = collection
        self._store.set_indexed(article_ids)
        self._forget_unindexed(article_ids)
        return collection

    def _read_passages(self, article_ids: Iterable[str]) -> Iterator[PassageVector]:
        """Yield the passages of articles. Raises DataError if the index is closed meanwhile."""
        for article_id in article_ids:
            if self._closed.is_set():
                raise DataError("The library was closed before the search index was complete.")
            owner, vectors = self._read_waiting(article_id)
            for position, vector in enumerate(vectors):
                yield article_id, position, owner, vector

    def add(self, *article_ids: str) -> None:
        """Index articles that were added to the store."""
        with self._lock:
            added = {article_id: self._read_waiting(article_id) for article_id in article_ids}
            self._unindexed = {**self._unindexed, **added}
            waiting, limit = self._count_unindexed(), self._get_limit()
            is_writing = self._writer is not None and self._writer.is_alive()
            if waiting > limit and not is_writing and monotonic() >= self._next_write:
                writer = Thread(target=self._write_in_background, name="vector-index", daemon=True)
                writer.start()
                self._writer = writer
        if waiting > 2 * limit:
            self.finish_writing()

    def finish_writing(self) -> None:
        """Wait until the articles that are being written are in the collection."""
        if self._writer:
            self._writer.join()

    def _get_limit(self) -> int:
        """Return how many passages may wait."""
        indexed = self._record.passages if self._record else 0
        return max(self._max_unindexed, indexed // UNINDEXED_PART)

    def _write_in_background(self) -> None:
        try:
            self._write_unindexed()
        except DataError as error:
            self._next_write = monotonic() + self._retry_seconds
            if not self._closed.is_set():
                log.warning("Articles wait for the search index: %s", error)

    def forget(self, article_id: str) -> None:
        """Leave out an article that was removed from the store."""
        self._forget_unindexed([article_id])

    def _forget_unindexed(self, article_ids: Sequence[str]) -> None:
        gone = set(article_ids)
        with self._lock:
            waiting = self._unindexed.items()
            self._unindexed = {key: article for key, article in waiting if key not in gone}

    def _count_unindexed(self) -> int:
        return sum(len(article.vectors) for article in self._unindexed.values())

    def find_nearest(
        self,
        vector: Vectors,
        count: int,
        article_ids: Sequence[str] | None = None,
        viewer: str | None = None,
    ) -> list[tuple[str, int, float]]:
        """Return the passages nearest to a vector, best first.

        Args:
            vector: the query, shape `(dimensions,)`.
            count: the maximum number of passages.
            article_ids: the articles to search; None for all.
            viewer: the user whose private articles are searched with the shared ones; None for all.

        Returns:
            `(article id, passage position, cosine similarity)` of each passage.

        Raises:
            DataError: the collection cannot be read or built.
        """
        unindexed = self._unindexed  # before the query: passages may move to Chroma meanwhile
        selected = None if article_ids is None else frozenset(article_ids)
        waiting = {
            article_id: article.vectors
            for article_id, article in unindexed.items()
            if (selected is None or article_id in selected)
            and (viewer is None or article.owner in (SHARED, viewer))
            and len(article.vectors)  # none if another process has deleted it meanwhile
        }
        nearest = _rank_exactly(waiting, vector, count)
        if (selected is None or not selected <= unindexed.keys()) and self._store.has_indexed():
            nearest |= self._query(vector, count, selected, unindexed.keys(), viewer)
        best = sorted(nearest.items(), key=lambda item: -item[1])[:count]
        return [(*passage, score) for passage, score in best]

    def _query(
        self,
        vector: Vectors,
        count: int,
        selected: frozenset[str] | None,
        unindexed: Collection[str],
        viewer: str | None,
    ) -> dict[Passage, float]:
        """Return the nearest passages in the collection and their cosine similarity."""
        collection = self._get_collection()
        # A filter takes ten times as long, so leave it out if all articles are searched. Many ids
        # make a slow statement in Chroma.
        if selected is not None and selected == frozenset(self._store.ids()):
            selected = None
        is_filtered = selected is not None and len(selected) <= self._max_filter_articles
        article_ids = list(selected) if selected is not None and is_filtered else None
        store = self._store if viewer is None else UserStore(self._store, viewer)
        hidden_owners = [] if viewer is None else self._list_others(viewer)
        is_current = cache(store.has)
        is_visible = cache(lambda article_id: store.owner_of(article_id) is not None)
        wanted = count
        while True:
            found = collection.query(vector, wanted, article_ids, hidden_owners)
            nearest = {
                (article_id, position): score
                for (article_id, position), score in found.items()
                if article_id not in unindexed
                and (
                    is_current(article_id)
                    if selected is None
                    else article_id in selected and is_visible(article_id)
                )
            }
            if len(nearest) >= count or len(found) < wanted:
                return nearest
            wanted *= 4

    def _list_others(self, viewer: str) -> list[str]:
        """Return the other users who have private articles."""
        return sorted(self._owners - {SHARED, viewer})

    @property
    def is_lost(self) -> bool:
        """Whether the collection was open and is known to be gone."""
        return bool(self._collection and self._record and self._host.is_lost(self._record))

    def count(self) -> int:
        """Return the number of passages that a search can find. It reads all their ids."""
        unindexed = self._unindexed
        indexed = self._get_collection().passages() if self._store.has_indexed() else []
        is_current = cache(self._store.has)
        return sum(len(article.vectors) for article in unindexed.values()) + sum(
            article_id not in unindexed and is_current(article_id) for article_id, _ in indexed
        )

    def close(self) -> None:
        """Stop writing and close the index. Articles that still wait are written later."""
        self._closed.set()
        self.finish_writing()
        if self._collection:
            self._collection.close()
            self._collection = None


def forget_index(store: ArticleStore) -> None:
    """Have the index rebuilt when it is next opened, because vectors in the store change."""
    store.set_meta(RECORD_KEY, "")


def _rank_exactly(
    vectors: Mapping[str, Vectors], query: Vectors, count: int
) -> dict[Passage, float]:
    """Return the passages nearest to a query and their cosine similarity.

    Args:
        vectors: the vectors of the passages of each article.
        query: shape `(dimensions,)`.
        count: the maximum number of passages.
    """
    if not vectors:
        return {}
    scores = np.concatenate([rows @ query for rows in vectors.values()])
    article_ids = list(vectors)
    ends = np.cumsum([len(rows) for rows in vectors.values()])
    nearest = np.argsort(-scores, kind="stable")[:count]
    numbers = np.searchsorted(ends, nearest, side="right")
    return {
        (article_ids[number], int(row - ends[number] + len(vectors[article_ids[number]]))): float(
            scores[row]
        )
        for row, number in zip(nearest, numbers, strict=True)
    }
