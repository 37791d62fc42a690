"""Chroma: an index of the passages' vectors that can be rebuilt from SQLite at any time.

Chroma rewrites its HNSW files in place; a process killed meanwhile leaves them broken, sometimes so that the next open
crashes. Hence `sync_threshold`: those files are never flushed, Chroma replays its log instead. Hence, too, the dirty
marker around every write: a marked folder is not opened again but replaced by a new one, built from SQLite.
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

from .embedding import Vectors
from .errors import DataError
from .store import Store

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

__all__ = ["VectorIndex", "spoil"]

log = logging.getLogger(__name__)

COLLECTION = "passages"
BATCH = 5_000  # Chroma takes at most 5461 records a call
NEVER = 10_000_000
# How far HNSW looks. Of the 50 sentences nearest to a question among 12,685 of other people's articles, it finds 99.8 % with this
# and 97.8 % with Chroma's 100, in 4 ms rather than 2.
FAR = 400

CLEAN, DIRTY = "clean", "dirty"


class VectorIndex:
    """The Chroma collection of one data folder. Ids are `article_id:position` of a passage."""

    def __init__(self, folder: Path, store: Store, fingerprint: str) -> None:
        self._root = folder / "chroma"
        self._store = store
        self._fingerprint = fingerprint
        self._client: ClientAPI | None = None
        self._collection = self._open() or self.rebuild()

    def _open(self) -> Collection | None:
        """The collection as it was left, or None where it is missing, marked dirty, broken or of another embedder."""
        name = self._store.meta("chroma_folder")
        known = self._store.meta("chroma_state") == CLEAN and self._store.meta("chroma_embedder") == self._fingerprint
        if not (name and known and (self._root / name / "chroma.sqlite3").is_file()):
            return None
        try:
            _check(self._root / name / "chroma.sqlite3")
            self._client = _client(self._root / name)
            collection = self._client.get_collection(COLLECTION, embedding_function=None)
            _look_far(collection)
            return collection if collection.count() == self._store.count_passages() else None
        except Exception as error:  # Chroma raises its own, SQLite's and Rust's errors for a broken folder
            log.warning("The search index is rebuilt: the old one cannot be opened (%s).", error)
            return None

    def rebuild(self) -> Collection:
        """A new folder with every vector that SQLite holds; the old folders are removed."""
        spoil(self._store)
        self._forget_client()
        shutil.rmtree(self._root, ignore_errors=True)
        name = uuid4().hex[:12]
        try:
            (self._root / name).mkdir(parents=True)
            self._client = _client(self._root / name)
            self._collection = self._client.create_collection(
                COLLECTION,
                embedding_function=None,
                configuration={"hnsw": {"space": "cosine", "sync_threshold": NEVER, "batch_size": 100, "ef_search": FAR}},
            )
            for article_id in self._store.ids():
                self._insert(article_id)
        except OSError as error:
            raise DataError(
                f"The search index {self._root} cannot be written ({error.strerror}). Choose another --data."
            ) from error
        self._store.set_meta("chroma_folder", name)
        self._store.set_meta("chroma_embedder", self._fingerprint)
        self._store.set_meta("chroma_state", CLEAN)
        return self._collection

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Around a change of the store and of this index: one that is cut short anywhere ends in a rebuilt index."""
        spoil(self._store)
        yield
        self._store.set_meta("chroma_state", CLEAN)

    def add(self, article_id: str) -> None:
        """Index an article that the store already holds, `changing`."""
        self._insert(article_id)

    def remove(self, article_id: str) -> None:
        self._collection.delete(where={"article_id": article_id})

    def _insert(self, article_id: str) -> None:
        vectors = self._store.vectors(article_id)
        for first in range(0, len(vectors), BATCH):
            rows = vectors[first : first + BATCH]
            positions = range(first, first + len(rows))
            self._collection.upsert(
                ids=[f"{article_id}:{position}" for position in positions],
                embeddings=rows,  # type: ignore[arg-type]
                metadatas=[{"article_id": article_id, "position": position} for position in positions],
            )

    def nearest(self, vector: Vectors, count: int, article_ids: Sequence[str]) -> list[tuple[str, int, float]]:
        """`(article id, passage position, cosine similarity)`, best first, of a query vector of shape `(dimensions,)`."""
        found: Any = self._collection.query(
            query_embeddings=[vector],  # type: ignore[arg-type]
            n_results=count,
            where=None
            if set(article_ids) == set(self._store.ids())
            else _one_of(article_ids),  # a filter takes ten times as long
            include=["metadatas", "distances"],
        )
        pairs: Iterable[tuple[dict[str, Any], float]] = zip(found["metadatas"][0], found["distances"][0], strict=True)
        return [(str(meta["article_id"]), int(meta["position"]), 1.0 - float(distance)) for meta, distance in pairs]

    def count(self) -> int:
        return self._collection.count()

    def close(self) -> None:
        self._forget_client()

    def _forget_client(self) -> None:
        if self._client is not None:
            self._client.close()  # type: ignore[attr-defined]
            self._client = None


def spoil(store: Store) -> None:
    """Have the index made anew when it is next opened: the store changes without it."""
    store.set_meta("chroma_state", DIRTY)


def _one_of(article_ids: Sequence[str]) -> Any:
    return {"article_id": article_ids[0]} if len(article_ids) == 1 else {"article_id": {"$in": list(article_ids)}}


def _look_far(collection: Collection) -> None:
    """Indexes of earlier versions looked less far, which is no part of what is stored."""
    if (collection.configuration["hnsw"] or {}).get("ef_search") != FAR:
        collection.modify(configuration={"hnsw": {"ef_search": FAR}})


def _check(database: Path) -> None:
    """Raises sqlite3.DatabaseError for a broken file, over which Chroma would panic, now or at a later question."""
    with closing(sqlite3.connect(database)) as db:
        (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _client(folder: Path) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    # Settings also read the environment and .env files; what matters here is given explicitly.
    settings = Settings(anonymized_telemetry=False, is_persistent=True, persist_directory=str(folder), _env_file=None)  # type: ignore[call-arg]
    return chromadb.PersistentClient(path=str(folder), settings=settings)
