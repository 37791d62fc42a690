"""Write what workers prepared to the library, in large batches."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from index.bulk.failures import FailureTable
from index.bulk.items import BatchResult, CompleteSource, ItemResult, SourceFailure
from index.embedders.base import Vectors
from index.errors import InputError, ModelError
from index.storage.library import Library
from index.text.article import Article

__all__ = ["BatchWriter", "IndexReport"]

WRITE_ARTICLES = 256
WRITE_PASSAGES = 5_000  # 8 MB of vectors
MAX_LISTED_FAILURES = 100


@dataclass
class IndexReport:
    """What an index run has done so far.

    Attributes:
        added: number of articles that were stored.
        present: number of articles that were in the library before, or are twice in the sources.
        failed: number of sources and records that could not be indexed.
        passages: number of passages of the stored articles.
        waiting: number of articles that are embedded and wait to be stored.
        waiting_passages: number of their passages.
        size: bytes of the sources that are done.
        listed_failures: the first failures.
        is_interrupted: whether the user ended the run.
    """

    added: int = 0
    present: int = 0
    failed: int = 0
    passages: int = 0
    waiting: int = 0
    waiting_passages: int = 0
    size: int = 0
    listed_failures: list[SourceFailure] = field(default_factory=list)
    is_interrupted: bool = False
    started: float = field(default_factory=monotonic)

    @property
    def seconds(self) -> float:
        """Return the seconds since the start."""
        return monotonic() - self.started


class BatchWriter:
    """Store prepared articles. It is the only one that writes to the library.

    Args:
        library: the library.
        failures: remembers the sources that failed.
        report: counts what is stored.
    """

    def __init__(self, library: Library, failures: FailureTable, report: IndexReport) -> None:
        self._library = library
        self._failures = failures
        self._report = report
        self._waiting: dict[str, tuple[Article, Vectors]] = {}
        self._failed: list[SourceFailure] = []
        self._resolved: list[tuple[str, int]] = []
        self._ends: list[tuple[str, int]] = []  # the sources whose last record was read, and it

    def take(self, result: BatchResult) -> None:
        """Take the result of a batch, and write if enough has come together.

        Raises:
            ModelError: the worker has another embedder than the library.
            DataError: the library cannot be written.
            InputError: the library does not take so many articles.
        """
        fingerprint = self._library.embedder.fingerprint
        if result.fingerprint and result.fingerprint != fingerprint:
            raise ModelError(
                f"A worker embeds with {result.fingerprint}, but the library with {fingerprint}. "
                "Install the same version everywhere."
            )
        for item in result.results:
            self._take_item(item)
        report = self._report
        if report.waiting >= WRITE_ARTICLES or report.waiting_passages >= WRITE_PASSAGES:
            self.flush()

    def _take_item(self, item: ItemResult) -> None:
        self._report.size += item.size
        if item.reason:
            self.note(SourceFailure(item.source, item.record, item.reason))
            return
        self._resolved.append((item.source, item.record))
        if item.article is None or item.vectors is None or item.article.id in self._waiting:
            self._report.present += 1
            return
        self._waiting[item.article.id] = item.article, item.vectors
        self._report.waiting += 1
        self._report.waiting_passages += len(item.vectors)

    def note(self, event: SourceFailure | CompleteSource) -> None:
        """Note that a source failed, or that all of it was read."""
        if isinstance(event, CompleteSource):
            self._resolved.append((event.source, 0))
            if event.records is not None:
                self._ends.append((event.source, event.records))
            return
        self._failed.append(event)
        self._report.failed += 1
        if len(self._report.listed_failures) < MAX_LISTED_FAILURES:
            self._report.listed_failures.append(event)

    def flush(self) -> None:
        """Write what waits. Raises DataError or InputError."""
        try:
            added = self._library.add_embedded(list(self._waiting.values()))
        except InputError:  # the library is full; what failed until now is remembered
            self._failures.update(self._failed)
            raise
        self._report.added += len(added)
        self._report.present += len(self._waiting) - len(added)
        self._report.passages += sum(len(self._waiting[key][1]) for key in added)
        self._failures.update(self._failed, self._resolved, self._ends)
        self._waiting, self._report.waiting, self._report.waiting_passages = {}, 0, 0
        self._failed, self._resolved, self._ends = [], [], []
