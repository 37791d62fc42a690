"""Read and write a Chroma collection of passages, wherever it is stored."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from index.embedders.base import Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

__all__ = [
    "CollectionHost",
    "CollectionRecord",
    "Passage",
    "PassageCollection",
    "PassageVector",
    "SEARCH_WIDTH",
    "make_configuration",
    "write_passages",
]

# HNSW's `ef_search`, `max_neighbors` and `ef_construction`. Recall of the 10 nearest of 20,000
# random vectors of 384 dimensions is 99 %, against 73 % with 400, 16 and 100. Random vectors are
# the hardest case. Measured in docs/experiments/speed.md.
SEARCH_WIDTH = 800
MAX_NEIGHBORS = 32
CONSTRUCTION_WIDTH = 200
BATCH_SIZE = 5_000  # records per call; Chroma accepts at most 5461

# Article id and passage position. The id in Chroma is `article_id:position`.
Passage = tuple[str, int]
# With the owner of the article before the vector.
PassageVector = tuple[str, int, str, Vectors]


@dataclass(frozen=True)
class CollectionRecord:
    """What the database knows of the collection that is in use."""

    name: str
    passages: int  # in it when it was recorded
    checksums: dict[str, int] = field(default_factory=dict)  # of the files that must not change


class PassageCollection:
    """An open collection. Its client is closed by `close`, or when no search uses it any more.

    Args:
        client: a client that nothing else uses.
        name: the name of the collection.
        translate_errors: the context in which Chroma is called after the collection was opened.
    """

    def __init__(
        self,
        client: ClientAPI,
        name: str,
        translate_errors: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self.close = weakref.finalize(self, client.close)  # type: ignore[attr-defined]
        self._translate_errors = translate_errors
        self._collection = client.get_collection(name, embedding_function=None)

    def count(self) -> int:
        """Return the number of passages."""
        with self._translate_errors():
            return self._collection.count()

    def passages(self) -> list[Passage]:
        """Return all passages. The work grows with their number."""
        with self._translate_errors():
            return [_parse_id(key) for key in self._collection.get(include=[])["ids"]]

    def query(
        self,
        vector: Vectors,
        count: int,
        article_ids: Sequence[str] | None = None,
        hidden_owners: Sequence[str] = (),
    ) -> dict[Passage, float]:
        """Return the nearest passages and their cosine similarity.

        Args:
            vector: the query, shape `(dimensions,)`.
            count: the maximum number of passages.
            article_ids: the articles to search; None for all.
            hidden_owners: the users whose private articles are left out, if all are searched.
        """
        with self._translate_errors():
            result: Any = self._collection.query(
                query_embeddings=[vector],  # type: ignore[arg-type]
                n_results=count,
                where=_make_owner_filter(hidden_owners)
                if article_ids is None
                else _make_filter(article_ids),
                include=["distances"],
            )
        pairs: Iterable[tuple[str, float]] = zip(
            result["ids"][0], result["distances"][0], strict=True
        )
        return {_parse_id(key): 1.0 - float(distance) for key, distance in pairs}


class CollectionHost(Protocol):
    """Where collections are stored: a folder or a server. The methods raise DataError."""

    @property
    def location(self) -> str:
        """Return a name of the place, without secrets."""

    def open(self, record: CollectionRecord) -> PassageCollection | None:
        """Return a collection, or None if it is missing or broken."""

    def is_lost(self, record: CollectionRecord) -> bool:
        """Return whether an open collection is known to be gone."""

    def extend(
        self, record: CollectionRecord | None, passages: Iterable[PassageVector]
    ) -> CollectionRecord:
        """Write passages to a collection; None for a new one. Return the resulting collection."""

    def remove_all_but(self, name: str) -> None:
        """Remove the collections of this library that are not in use."""


def make_configuration(search_width: int = SEARCH_WIDTH, **options: int) -> Any:
    """Return the configuration of a new collection.

    Args:
        search_width: HNSW's `ef_search`.
        options: further options of HNSW.
    """
    return {
        "hnsw": {
            "space": "cosine",
            "ef_search": search_width,
            "ef_construction": CONSTRUCTION_WIDTH,
            "max_neighbors": MAX_NEIGHBORS,
            **options,
        }
    }


def write_passages(collection: Collection, passages: Iterable[PassageVector]) -> None:
    """Write passages in as few calls as possible.

    Passages of these articles from an earlier addition are removed: an article that was deleted and
    is added again by another version of the program may have fewer passages.
    """
    written: set[str] = set()
    for batch in _batched(passages):
        if article_ids := {article_id for article_id, *_ in batch} - written:
            collection.delete(where=_make_filter(list(article_ids)))
        written |= article_ids
        collection.upsert(
            ids=[f"{article_id}:{position}" for article_id, position, *_ in batch],
            embeddings=np.array([vector for *_, vector in batch]),
            metadatas=[_make_metadata(article_id, owner) for article_id, _, owner, _ in batch],
        )


def _batched(passages: Iterable[PassageVector]) -> Iterator[list[PassageVector]]:
    remaining = iter(passages)
    while batch := list(islice(remaining, BATCH_SIZE)):
        yield batch


def _parse_id(key: str) -> Passage:
    article_id, _, position = key.rpartition(":")
    return article_id, int(position)


def _make_metadata(article_id: str, owner: str) -> dict[str, Any]:
    """Return the metadata of a passage. Those of shared articles have no owner, as ever."""
    return {"article_id": article_id} | ({"owner": owner} if owner else {})


def _make_owner_filter(hidden_owners: Sequence[str]) -> Any:
    """Return the filter that leaves out owners; passages without an owner pass it."""
    return {"owner": {"$nin": list(hidden_owners)}} if hidden_owners else None


def _make_filter(article_ids: Sequence[str]) -> Any:
    return (
        {"article_id": article_ids[0]}
        if len(article_ids) == 1
        else {"article_id": {"$in": list(article_ids)}}
    )
