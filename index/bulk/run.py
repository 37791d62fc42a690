"""Index sources: read them, have workers prepare them, and write the articles to a library."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from typing import Literal

from index.bulk.dispatch import make_batches, prepare_batches
from index.bulk.failures import FailureTable
from index.bulk.items import BatchResult, Item
from index.bulk.pools import InProcessPool, ProcessPool, WorkerPool
from index.bulk.preparation import ArticleIds, MakePreparer, Preparer
from index.bulk.ray_pool import RayPool
from index.bulk.sources import check_names, normalize_name, read_source
from index.bulk.writer import BatchWriter, IndexReport
from index.embedders.base import Embedder
from index.errors import InputError, ModelError
from index.storage.library import Library
from index.web import Fetcher

__all__ = ["EngineName", "Selection", "index_sources", "make_pool", "select_failed", "select_names"]

EngineName = Literal["local", "ray"]
# A source, and the records of it that are indexed; all if there are none.
Selection = tuple[str, Collection[int]]


def select_names(names: Iterable[str]) -> list[Selection]:
    """Return each source once, with all of its records.

    Raises:
        InputError: the file system of an address cannot be used, a pattern is too complex, or a
            name is empty.
    """
    names = list(names)
    if not all(map(str.strip, names)):
        raise InputError("The name of a source is empty. Name files, folders, patterns or URLs.")
    normalized = list(dict.fromkeys(map(normalize_name, names)))
    check_names(normalized)
    return [(name, ()) for name in normalized]


def select_failed(failures: FailureTable) -> list[Selection]:
    """Return the sources that failed before, with the records that failed.

    Raises:
        InputError: as for `select_names`.
    """
    records: dict[str, list[int]] = {}
    for failure in failures.all():
        records.setdefault(failure.source, []).append(failure.record)
    check_names(records)
    return [
        (source, () if 0 in numbers else frozenset(numbers)) for source, numbers in records.items()
    ]


def make_pool(
    library: Library,
    make_embedder: Callable[[], Embedder],
    make_fetcher: Callable[[], Fetcher],
    engine: EngineName = "local",
    workers: int = 1,
    address: str = "",
) -> WorkerPool:
    """Return the workers of a run.

    Args:
        library: the articles that it has are not embedded again.
        make_embedder: makes the embedder of the library in each worker; it is pickled.
        make_fetcher: makes the fetcher of web addresses in each worker; it is pickled.
        engine: `local` for processes of this machine, or this process if `workers` is 1.
        workers: the number of workers.
        address: the address of a Ray cluster; if empty, Ray starts one on this machine.

    Raises:
        InputError: Ray is not installed, or the cluster cannot be used.
    """
    present = ArticleIds(library.store.ids())
    make_preparer: MakePreparer = partial(Preparer, make_embedder, make_fetcher, present)
    if engine == "ray":
        return RayPool(make_preparer, workers, address)
    return InProcessPool(make_preparer) if workers == 1 else ProcessPool(make_preparer, workers)


def index_sources(
    selections: Iterable[Selection],
    library: Library,
    pool: WorkerPool,
    failures: FailureTable,
    progress: Callable[[IndexReport, BatchResult], object] = lambda report, result: None,
) -> IndexReport:
    """Index sources, and return what was done. The pool is closed at the end.

    What is stored stays, so the same call continues an interrupted one. Ctrl+C stores what workers
    have finished, and sets `is_interrupted` of the report.

    Args:
        selections: the sources.
        library: the library to add to. Nothing else writes to it.
        pool: the workers.
        failures: where failed sources are remembered.
        progress: called after each batch that workers have finished.

    Raises:
        InputError: the library does not take so many articles.
        DataError: the library cannot be written.
        ModelError: the embedder cannot be used.
    """
    report = IndexReport()
    writer = BatchWriter(library, failures, report)
    try:
        batches = make_batches(_read_items(selections, writer))
        for result in prepare_batches(pool, batches):
            writer.take(result)
            progress(report, result)
    except KeyboardInterrupt:
        report.is_interrupted = True
    except ModelError:
        writer.flush()
        raise
    finally:
        pool.close()
    writer.flush()
    if not report.is_interrupted:
        library.vectors.finish_writing()
    return report


def _read_items(selections: Iterable[Selection], writer: BatchWriter) -> Iterator[Item]:
    """Yield the items of sources. What else happens to the sources is noted by the writer."""
    for name, records in selections:
        for event in read_source(name, records):
            if isinstance(event, Item):
                yield event
            else:
                writer.note(event)
