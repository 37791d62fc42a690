"""What passes between the sources, the workers and the writer."""

from __future__ import annotations

from dataclasses import dataclass, field

from index.embedders.base import Vectors
from index.text.article import Article

__all__ = [
    "Batch",
    "BatchResult",
    "CompleteSource",
    "Item",
    "ItemResult",
    "SourceFailure",
    "SourceFile",
]


@dataclass(frozen=True)
class SourceFile:
    """A file that a source consists of. Its size in bytes is 0 if it is not known."""

    address: str  # an absolute path, or an address
    size: int = 0


@dataclass(frozen=True)
class Item:
    """An article that a worker loads: a whole file, or one record of a file.

    Attributes:
        source: the file, as an absolute path or an address.
        record: the number of the record from 1; 0 for a whole file.
        data: the record as a line of JSON.
        size: its share of the size of the file, in bytes.
    """

    source: str
    record: int = 0
    data: bytes = field(default=b"", repr=False)
    size: int = 0


@dataclass(frozen=True)
class SourceFailure:
    """A source, or one record of it, that could not be indexed, and why."""

    source: str
    record: int
    reason: str


@dataclass(frozen=True)
class CompleteSource:
    """A source whose list of files, or whose last record, was read.

    Attributes:
        source: its name.
        records: the number of its last record; None if it has none.
    """

    source: str
    records: int | None = None


Batch = tuple[Item, ...]


@dataclass(frozen=True)
class ItemResult:
    """What a worker made of an item.

    Attributes:
        source: that of the item.
        record: that of the item.
        size: that of the item.
        reason: why there is no article; empty if there is one.
        article: the article; None if it was in the library before, or if there is none.
        vectors: the vectors of its passages, shape `(passages, dimensions)`.
    """

    source: str
    record: int
    size: int
    reason: str = ""
    article: Article | None = None
    vectors: Vectors | None = None


@dataclass(frozen=True)
class BatchResult:
    """What a worker made of a batch.

    Attributes:
        results: one for each item.
        fingerprint: that of the worker's embedder.
        process: the number of the worker's process.
    """

    results: tuple[ItemResult, ...]
    fingerprint: str
    process: int
