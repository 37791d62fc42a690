"""Index the vectors of passages in Chroma. The index can be rebuilt from SQLite at any time.

Chroma rewrites its HNSW files in place. If the process is killed meanwhile, the files are broken,
and the next open may crash. Therefore `sync_threshold` is so large that the files are never
flushed: Chroma replays its log instead. For the same reason each write sets a dirty marker first. A
folder that is marked dirty is not opened again. A new one replaces it, built from SQLite.

Without a flush Chroma also reads its whole log at each write. Therefore it gets many articles at
once, and a search compares the vectors of the others one by one.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np

from index.embedders.base import Vectors
from index.errors import DataError
from index.storage.sqlite import ArticleStore

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

__all__ = ["MAX_UNINDEXED_PASSAGES", "SEARCH_WIDTH", "VectorIndex", "mark_dirty"]

log = logging.getLogger(__name__)

COLLECTION = "passages"
BATCH_SIZE = 5_000  # records per call; Chroma accepts at most 5461
SYNC_THRESHOLD_RECORDS = 10_000_000  # never reached
# HNSW's `ef_search`. Measured on 12,685 sentences of third-party articles: recall of the 50 nearest
# sentences is 99.8 % in 4 ms, against 97.8 % in 2 ms with Chroma's default of 100.
SEARCH_WIDTH = 400
# Comparing so many passages one by one takes about 2 ms and 3 MB.
MAX_UNINDEXED_PASSAGES = 2_000
MAX_FILTER_ARTICLES = 1_000

CLEAN, DIRTY = "clean", "dirty"


class VectorIndex:
    """The vectors of one data folder: a Chroma collection, and articles that are not in it yet.

    Added articles are written to Chroma together once they have more than `max_unindexed` passages.
    SQLite records which articles are not in Chroma. The collection is opened when it is first
    needed, because Chroma then replays its log.

    The id of a passage in Chroma is `article_id:position`.

    Args:
        folder: the data folder.
        store: the store that the index is built from.
        fingerprint: the fingerprint of the embedder.
        search_width: HNSW's `ef_search`. A larger value finds more and takes longer.
        max_unindexed: the most passages that are not written to Chroma yet.
        max_filter_articles: the most articles that Chroma is asked to filter by.
    """

    def __init__(
        self,
        folder: Path,
        store: ArticleStore,
        fingerprint: str,
        search_width: int = SEARCH_WIDTH,
        max_unindexed: int = MAX_UNINDEXED_PASSAGES,
        max_filter_articles: int = MAX_FILTER_ARTICLES,
    ) -> None:
        self._root = folder / "chroma"
        self._store = store
        self._fingerprint = fingerprint
        self._search_width = search_width
        self._max_unindexed = max_unindexed
        self._max_filter_articles = max_filter_articles
        self._lock = RLock()
        self._client: ClientAPI | None = None
        self._collection: Collection | None = None
        # Replaced by each change, never changed: a search reads it without a lock.
        self._unindexed = {
            article_id: store.vectors(article_id) for article_id in store.unindexed_ids()
        }

    def _get_collection(self) -> Collection:
        """Return the collection. Open or build it first. Raises DataError."""
        # Without the lock: a search does not wait for articles that are being written.
        if (collection := self._collection) is not None:
            return collection
        with self._lock:
            if self._collection is None:
                self._collection = self._open()
            return self._collection or self.rebuild()

    def _open(self) -> Collection | None:
        """Return the stored collection.

        Return None if it is missing, marked dirty, broken or of another embedder.
        """
        name = self._store.get_meta("chroma_folder")
        is_current = (
            self._store.get_meta("chroma_state") == CLEAN
            and self._store.get_meta("chroma_embedder") == self._fingerprint
        )
        if not (name and is_current and (self._root / name / "chroma.sqlite3").is_file()):
            return None
        try:
            _check_database(self._root / name / "chroma.sqlite3")
            self._client = _open_client(self._root / name)
            collection = self._client.get_collection(COLLECTION, embedding_function=None)
            _update_search_width(collection, self._search_width)
            indexed = self._store.count_passages() - self._count_unindexed()
            return collection if collection.count() == indexed else None
        # For a broken folder Chroma raises errors of its own, of SQLite and of Rust.
        except Exception as error:
            log.warning("The search index is rebuilt: the old one cannot be opened (%s).", error)
            return None

    def rebuild(self) -> Collection:
        """Build a new index from all vectors in SQLite and remove the old one. Raises DataError."""
        with self._lock:
            mark_dirty(self._store)
            self._forget_client()
            shutil.rmtree(self._root, ignore_errors=True)
            name = uuid4().hex[:12]
            try:
                (self._root / name).mkdir(parents=True)
                self._client = _open_client(self._root / name)
                collection = self._client.create_collection(
                    COLLECTION,
                    embedding_function=None,
                    configuration={
                        "hnsw": {
                            "space": "cosine",
                            "sync_threshold": SYNC_THRESHOLD_RECORDS,
                            "batch_size": 100,
                            "ef_search": self._search_width,
                        }
                    },
                )
                article_ids = self._store.ids()
                self._write(collection, article_ids)
            except OSError as error:
                raise DataError(
                    f"The search index {self._root} cannot be written ({error.strerror}). "
                    "Choose another folder with --data."
                ) from error
            self._store.set_meta("chroma_folder", name)
            self._store.set_meta("chroma_embedder", self._fingerprint)
            self._set_indexed(article_ids)
            self._collection = collection
            return collection

    @contextmanager
    def mark_removing(self, article_id: str) -> Iterator[None]:
        """Remove an article from the index after the store has removed it in the body.

        If the change is interrupted, the index is rebuilt when it is next opened.
        """
        if article_id in self._unindexed:
            yield
            self._forget_unindexed([article_id])
            return
        collection = self._get_collection()
        mark_dirty(self._store)
        yield
        collection.delete(where={"article_id": article_id})
        self._store.set_meta("chroma_state", CLEAN)

    def add(self, article_id: str) -> None:
        """Index an article that was added to the store. Raises DataError."""
        with self._lock:
            vectors = self._store.vectors(article_id)
            self._unindexed = {**self._unindexed, article_id: vectors}
            if self._count_unindexed() > self._max_unindexed:
                self._index_pending()

    def _index_pending(self) -> None:
        """Write the articles that are not in Chroma yet."""
        collection = self._get_collection()
        article_ids = list(self._unindexed)  # none if the index was just rebuilt
        mark_dirty(self._store)
        self._write(collection, article_ids)
        self._set_indexed(article_ids)

    def _set_indexed(self, article_ids: Sequence[str]) -> None:
        self._store.set_indexed(article_ids)
        self._store.set_meta("chroma_state", CLEAN)
        self._forget_unindexed(article_ids)

    def _forget_unindexed(self, article_ids: Sequence[str]) -> None:
        gone = set(article_ids)
        with self._lock:
            waiting = self._unindexed.items()
            self._unindexed = {key: vectors for key, vectors in waiting if key not in gone}

    def _count_unindexed(self) -> int:
        return sum(map(len, self._unindexed.values()))

    def _write(self, collection: Collection, article_ids: Iterable[str]) -> None:
        """Write the passages of articles of the store, in as few batches as possible."""
        for batch in _batched_passages(self._store, article_ids):
            collection.upsert(
                ids=[f"{article_id}:{position}" for article_id, position, _ in batch],
                embeddings=np.array([vector for *_, vector in batch]),
                metadatas=[
                    {"article_id": article_id, "position": position}
                    for article_id, position, _ in batch
                ],
            )

    def find_nearest(
        self, vector: Vectors, count: int, article_ids: Sequence[str] | None = None
    ) -> list[tuple[str, int, float]]:
        """Return the passages nearest to a vector, best first.

        Args:
            vector: the query, shape `(dimensions,)`.
            count: the maximum number of passages.
            article_ids: the articles to search; None for all.

        Returns:
            `(article id, passage position, cosine similarity)` of each passage.
        """
        unindexed = self._unindexed  # before the query: passages may move to Chroma meanwhile
        selected = None if article_ids is None else frozenset(article_ids)
        nearest = {
            (article_id, position): float(score)
            for article_id, rows in unindexed.items()
            if selected is None or article_id in selected
            for position, score in enumerate(rows @ vector)
        }
        if selected is None or not selected <= unindexed.keys():
            nearest |= self._query(vector, count, selected)
        best = sorted(nearest.items(), key=lambda item: -item[1])[:count]
        return [(*passage, score) for passage, score in best]

    def _query(
        self, vector: Vectors, count: int, selected: frozenset[str] | None
    ) -> dict[tuple[str, int], float]:
        """Return the nearest passages in Chroma and their cosine similarity."""
        if not self._store.has_indexed():
            return {}
        collection = self._get_collection()
        # A filter takes ten times as long, so leave it out if all articles are searched.
        if selected is None or selected == set(self._store.ids()):
            return _query_collection(collection, vector, count)
        if len(selected) <= self._max_filter_articles:
            return _query_collection(collection, vector, count, _article_filter(list(selected)))
        # Many ids make a slow statement in Chroma: filter more and more of the nearest instead.
        total, count_queried = collection.count(), count
        while True:
            count_queried = min(4 * count_queried, total)
            nearest = {
                passage: score
                for passage, score in _query_collection(collection, vector, count_queried).items()
                if passage[0] in selected
            }
            if len(nearest) >= count or count_queried == total:
                return nearest

    @property
    def is_lost(self) -> bool:
        """Whether the index was open and its files are no longer on the disk."""
        if self._collection is None:
            return False
        name = self._store.get_meta("chroma_folder") or ""
        return not name or not (self._root / name / "chroma.sqlite3").is_file()

    def count(self) -> int:
        """Return the number of indexed passages."""
        indexed = self._get_collection().count() if self._store.has_indexed() else 0
        return indexed + self._count_unindexed()

    def close(self) -> None:
        """Close the index."""
        self._forget_client()

    def _forget_client(self) -> None:
        self._collection = None
        if self._client is not None:
            self._client.close()  # type: ignore[attr-defined]
            self._client = None


def _batched_passages(
    store: ArticleStore, article_ids: Iterable[str]
) -> Iterator[list[tuple[str, int, Vectors]]]:
    """Yield the article id, position and vector of each passage, `BATCH_SIZE` at a time."""
    passages = (
        (article_id, position, vector)
        for article_id in article_ids
        for position, vector in enumerate(store.vectors(article_id))
    )
    while batch := list(islice(passages, BATCH_SIZE)):
        yield batch


def _query_collection(
    collection: Collection, vector: Vectors, count: int, where: Any = None
) -> dict[tuple[str, int], float]:
    result: Any = collection.query(
        query_embeddings=[vector],  # type: ignore[arg-type]
        n_results=count,
        where=where,
        include=["metadatas", "distances"],
    )
    pairs: Iterable[tuple[dict[str, Any], float]] = zip(
        result["metadatas"][0], result["distances"][0], strict=True
    )
    return {
        (str(meta["article_id"]), int(meta["position"])): 1.0 - float(distance)
        for meta, distance in pairs
    }


def mark_dirty(store: ArticleStore) -> None:
    """Have the index rebuilt when it is next opened, because the store changes without it."""
    store.set_meta("chroma_state", DIRTY)


def _article_filter(article_ids: Sequence[str]) -> Any:
    return (
        {"article_id": article_ids[0]}
        if len(article_ids) == 1
        else {"article_id": {"$in": list(article_ids)}}
    )


def _update_search_width(collection: Collection, width: int) -> None:
    """Set `ef_search` of an index that an earlier version created with a smaller value."""
    if (collection.configuration["hnsw"] or {}).get("ef_search") != width:
        collection.modify(configuration={"hnsw": {"ef_search": width}})


def _check_database(database: Path) -> None:
    """Check a database file, because Chroma panics on a broken one, now or at a later query.

    Raises:
        sqlite3.DatabaseError: the file is broken.
    """
    with closing(sqlite3.connect(database)) as db:
        (result,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if result != "ok":
        raise sqlite3.DatabaseError(result)


def _open_client(folder: Path) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    # Settings also read the environment and .env files; pass everything that matters.
    settings = Settings(
        anonymized_telemetry=False,
        is_persistent=True,
        persist_directory=str(folder),
        _env_file=None,
    )
    return chromadb.PersistentClient(path=str(folder), settings=settings)
