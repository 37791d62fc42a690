"""Index the vectors of passages in Chroma. The index can be rebuilt from SQLite at any time.

Chroma rewrites its HNSW files in place. If the process is killed meanwhile, the files are broken,
and the next open may crash. Therefore `sync_threshold` is so large that the files are never
flushed: Chroma replays its log instead. For the same reason each write sets a dirty marker first. A
folder that is marked dirty is not opened again. A new one replaces it, built from SQLite.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from index.embedders.base import Vectors
from index.errors import DataError
from index.storage.sqlite import ArticleStore

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

__all__ = ["SEARCH_WIDTH", "VectorIndex", "mark_dirty"]

log = logging.getLogger(__name__)

COLLECTION = "passages"
BATCH_SIZE = 5_000  # records per call; Chroma accepts at most 5461
SYNC_THRESHOLD_RECORDS = 10_000_000  # never reached
# HNSW's `ef_search`. Measured on 12,685 sentences of third-party articles: recall of the 50 nearest
# sentences is 99.8 % in 4 ms, against 97.8 % in 2 ms with Chroma's default of 100.
SEARCH_WIDTH = 400

CLEAN, DIRTY = "clean", "dirty"


class VectorIndex:
    """The Chroma collection of one data folder. The id of a passage is `article_id:position`.

    Args:
        folder: the data folder.
        store: the store that the index is built from.
        fingerprint: the fingerprint of the embedder.
        search_width: HNSW's `ef_search`. A larger value finds more and takes longer.

    Raises:
        DataError: the index cannot be written.
    """

    def __init__(
        self,
        folder: Path,
        store: ArticleStore,
        fingerprint: str,
        search_width: int = SEARCH_WIDTH,
    ) -> None:
        self._root = folder / "chroma"
        self._store = store
        self._fingerprint = fingerprint
        self._search_width = search_width
        self._client: ClientAPI | None = None
        self._collection = self._open() or self.rebuild()

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
            return collection if collection.count() == self._store.count_passages() else None
        # For a broken folder Chroma raises errors of its own, of SQLite and of Rust.
        except Exception as error:
            log.warning("The search index is rebuilt: the old one cannot be opened (%s).", error)
            return None

    def rebuild(self) -> Collection:
        """Build a new index from all vectors in SQLite and remove the old one. Raises DataError."""
        mark_dirty(self._store)
        self._forget_client()
        shutil.rmtree(self._root, ignore_errors=True)
        name = uuid4().hex[:12]
        try:
            (self._root / name).mkdir(parents=True)
            self._client = _open_client(self._root / name)
            self._collection = self._client.create_collection(
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
            for article_id in self._store.ids():
                self._insert(article_id)
        except OSError as error:
            raise DataError(
                f"The search index {self._root} cannot be written ({error.strerror}). "
                "Choose another folder with --data."
            ) from error
        self._store.set_meta("chroma_folder", name)
        self._store.set_meta("chroma_embedder", self._fingerprint)
        self._store.set_meta("chroma_state", CLEAN)
        return self._collection

    @contextmanager
    def mark_changing(self) -> Iterator[None]:
        """Mark the index dirty during a change of the store and the index.

        If the change is interrupted, the index is rebuilt when it is next opened.
        """
        mark_dirty(self._store)
        yield
        self._store.set_meta("chroma_state", CLEAN)

    def add(self, article_id: str) -> None:
        """Index an article of the store. Call it within `mark_changing`."""
        self._insert(article_id)

    def remove(self, article_id: str) -> None:
        """Remove the passages of an article. Call it within `mark_changing`."""
        self._collection.delete(where={"article_id": article_id})

    def _insert(self, article_id: str) -> None:
        vectors = self._store.vectors(article_id)
        for first in range(0, len(vectors), BATCH_SIZE):
            rows = vectors[first : first + BATCH_SIZE]
            positions = range(first, first + len(rows))
            self._collection.upsert(
                ids=[f"{article_id}:{position}" for position in positions],
                embeddings=rows,
                metadatas=[
                    {"article_id": article_id, "position": position} for position in positions
                ],
            )

    def find_nearest(
        self, vector: Vectors, count: int, article_ids: Sequence[str]
    ) -> list[tuple[str, int, float]]:
        """Return the passages nearest to a vector, best first.

        Args:
            vector: the query, shape `(dimensions,)`.
            count: the maximum number of passages.
            article_ids: the articles to search.

        Returns:
            `(article id, passage position, cosine similarity)` of each passage.
        """
        # A filter takes ten times as long, so leave it out if all articles are searched.
        is_everything = set(article_ids) == set(self._store.ids())
        result: Any = self._collection.query(
            query_embeddings=[vector],  # type: ignore[arg-type]
            n_results=count,
            where=None if is_everything else _article_filter(article_ids),
            include=["metadatas", "distances"],
        )
        pairs: Iterable[tuple[dict[str, Any], float]] = zip(
            result["metadatas"][0], result["distances"][0], strict=True
        )
        return [
            (str(meta["article_id"]), int(meta["position"]), 1.0 - float(distance))
            for meta, distance in pairs
        ]

    @property
    def is_there(self) -> bool:
        """Whether the files of the index are still on the disk."""
        name = self._store.get_meta("chroma_folder") or ""
        return bool(name) and (self._root / name / "chroma.sqlite3").is_file()

    def count(self) -> int:
        """Return the number of indexed passages."""
        return self._collection.count()

    def close(self) -> None:
        """Close the index."""
        self._forget_client()

    def _forget_client(self) -> None:
        if self._client is not None:
            self._client.close()  # type: ignore[attr-defined]
            self._client = None


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
