"""Distribute batches to workers, and do those of a lost worker again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace

from index.bulk.items import Batch, BatchResult, Item, ItemResult
from index.bulk.pools import PoolResult, WorkerPool
from index.errors import AssistantError, ModelError

__all__ = ["MAX_TRIES", "make_batches", "prepare_batches"]

BATCH_ITEMS = 16
BATCH_BYTES = 500_000
MAX_FIRST_FAILURES = 2  # of items, before any worker has finished a batch
MAX_TRIES = 3  # of an item that is prepared by itself and whose worker is lost


def make_batches(items: Iterable[Item]) -> Iterator[Batch]:
    """Group items into batches of a few seconds of work."""
    batch: list[Item] = []
    size = 0
    for item in items:
        batch.append(item)
        size += item.size
        if len(batch) >= BATCH_ITEMS or size >= BATCH_BYTES:
            yield tuple(batch)
            batch, size = [], 0
    if batch:
        yield tuple(batch)


def prepare_batches(pool: WorkerPool, batches: Iterable[Batch]) -> Iterator[BatchResult]:
    """Yield the result of each batch once, in the order in which they are ready.

    If a worker is lost, each batch that was submitted and is not ready is done again, without
    another beside it. So the one whose article kills workers is known, and becomes a failure after
    `MAX_TRIES`.

    Args:
        pool: the workers.
        batches: read only as fast as workers take them.

    Raises:
        AssistantError: the workers cannot go on, for example without their embedder.
    """
    return _Dispatcher(pool).run(batches)


class _Dispatcher:
    """The batches that are being prepared.

    Args:
        pool: the workers.
    """

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._pending: dict[Future[PoolResult], Batch] = {}
        self._lost: list[Batch] = []  # to be done again
        self._has_result = False
        self._failed_items = 0

    def run(self, batches: Iterable[Batch]) -> Iterator[BatchResult]:
        """Yield the results, as `prepare_batches` does."""
        source = iter(batches)
        while self._submit(source):
            yield from self._collect()
            if self._lost:
                lost, self._lost = self._lost, []
                self._pool.restart()
                for batch in lost:
                    yield self._prepare_alone(batch)

    def _submit(self, source: Iterator[Batch]) -> bool:
        """Submit batches until all workers have some. Return whether any is pending or lost."""
        while len(self._pending) < self._pool.capacity and not self._lost:
            batch = next(source, None)
            if batch is None:
                break
            try:
                self._pending[self._pool.submit(batch)] = batch
            except self._pool.lost_errors:
                self._lost.append(batch)
        return bool(self._pending or self._lost)

    def _collect(self) -> Iterator[BatchResult]:
        """Yield the results that are ready next. After a loss, wait for all that are pending."""
        while self._pending:
            done, _ = wait(self._pending, return_when=FIRST_COMPLETED)
            for future in done:
                batch = self._pending.pop(future)
                result = self._get_result(future)
                if result is None:
                    self._lost.append(batch)
                else:
                    yield result
            if not self._lost:
                return  # give the free workers their next batches

    def _get_result(self, future: Future[PoolResult]) -> BatchResult | None:
        """Return the result, or None if the worker was lost. Raises AssistantError."""
        try:
            result = future.result()
        except self._pool.lost_errors:
            return None
        if isinstance(result, AssistantError):
            raise result
        self._has_result = True
        return result

    def _prepare_alone(self, batch: Batch) -> BatchResult:
        """Return the result of a batch that no other batch is prepared beside.

        If its worker is lost again, each of its items is prepared by itself.
        """
        tries = 1 if len(batch) > 1 else MAX_TRIES
        for _ in range(tries):
            try:
                result = self._get_result(self._pool.submit(batch))
            except self._pool.lost_errors:
                result = None
            if result is not None:
                return result
            self._pool.restart()
        if len(batch) > 1:
            parts = [self._prepare_alone((item,)) for item in batch]
            results = tuple(result for part in parts for result in part.results)
            return replace(parts[0], results=results)
        return self._make_failure(batch[0])

    def _make_failure(self, item: Item) -> BatchResult:
        """Return the result of an item whose worker was lost at each try.

        Raises:
            ModelError: no worker has ever finished anything.
        """
        self._failed_items += 1
        if not self._has_result and self._failed_items >= MAX_FIRST_FAILURES:
            raise ModelError(
                "The workers stop before they have finished anything. Their memory may not be "
                "enough, or they cannot load this program. Try --workers 1, which shows why."
            )
        reason = f"{item.source} cannot be indexed: its worker was stopped {MAX_TRIES} times."
        failure = ItemResult(item.source, item.record, item.size, reason)
        return BatchResult((failure,), "", os.getpid())
