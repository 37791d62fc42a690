"""Run preparers in this process, or in several processes of this machine."""

from __future__ import annotations

import os
import signal
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread
from types import FrameType
from typing import Protocol

from index.bulk.items import Batch, BatchResult
from index.bulk.preparation import MakePreparer, Preparer
from index.errors import AssistantError

__all__ = [
    "BATCHES_PER_WORKER",
    "InProcessPool",
    "PoolResult",
    "ProcessPool",
    "WorkerPool",
    "prepare_safely",
]

# An error is a value: an exception that crosses processes brings their tracebacks with it.
PoolResult = BatchResult | AssistantError
STOP_SECONDS = 10  # a process that does not end by itself is killed then
BATCHES_PER_WORKER = 2  # one that is prepared, and one that waits


class WorkerPool(Protocol):
    """Workers that prepare batches.

    Attributes:
        capacity: the most batches that are submitted at the same time.
        lost_errors: the exceptions of a future whose worker is gone.
    """

    capacity: int
    lost_errors: tuple[type[Exception], ...]

    def submit(self, batch: Batch) -> Future[PoolResult]:
        """Have a worker prepare a batch. May raise one of `lost_errors`."""

    def restart(self) -> None:
        """Replace the workers that are gone. No batch is being prepared."""

    def close(self) -> None:
        """Stop all workers at once, whatever they do."""


def prepare_safely(preparer: Preparer, batch: Batch) -> PoolResult:
    """Return the result of a batch, or the error of the assistant that it raised."""
    try:
        return preparer.prepare(batch)
    except AssistantError as error:
        return error


class InProcessPool:
    """Prepare each batch in this process, when it is submitted."""

    capacity = 1
    lost_errors: tuple[type[Exception], ...] = ()

    def __init__(self, make_preparer: MakePreparer) -> None:
        self._make_preparer = make_preparer
        self._preparer: Preparer | None = None

    def submit(self, batch: Batch) -> Future[PoolResult]:
        self._preparer = self._preparer or self._make_preparer()
        future: Future[PoolResult] = Future()
        future.set_result(prepare_safely(self._preparer, batch))
        return future

    def restart(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class ProcessPool:
    """Prepare batches in processes that load the embedder once.

    Args:
        make_preparer: makes the preparer of a process; it is pickled.
        workers: the number of processes.
    """

    lost_errors: tuple[type[Exception], ...] = (BrokenExecutor,)

    def __init__(self, make_preparer: MakePreparer, workers: int) -> None:
        self.capacity = BATCHES_PER_WORKER * workers
        self._make_preparer = make_preparer
        self._workers = workers
        self._executor = self._start()

    def _start(self) -> ProcessPoolExecutor:
        threads = max(1, (os.cpu_count() or 1) // self._workers)
        return ProcessPoolExecutor(
            self._workers,
            get_context("spawn"),  # a fork would copy the locks of torch's and Chroma's threads
            initializer=_start_worker,
            initargs=(self._make_preparer, threads),
        )

    def submit(self, batch: Batch) -> Future[PoolResult]:
        return self._executor.submit(_prepare, batch)

    def restart(self) -> None:
        self._executor.shutdown()
        self._executor = self._start()

    def close(self) -> None:
        processes = list((self._executor._processes or {}).values())
        self._executor.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(STOP_SECONDS)
            process.kill()
        self._executor.shutdown()


class _Worker:
    """The preparer of this process, made at the first batch."""

    make_preparer: MakePreparer | None = None
    preparer: Preparer | None = None
    is_stopped = False


def _start_worker(make_preparer: MakePreparer, threads: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C ends the run, which stops the workers
    signal.signal(signal.SIGTERM, _stop_worker)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))  # torch reads it when it is imported
    _Worker.make_preparer = make_preparer
    Thread(target=_end_with_parent, daemon=True, name="parent-watch").start()


def _end_with_parent() -> None:
    """End this process when the one that started it ends, even if it was killed."""
    parent = parent_process()
    assert parent is not None, "a worker has a parent"
    parent.join()
    os._exit(1)


def _stop_worker(number: int, frame: FrameType | None) -> None:
    """Leave the batch that is prepared. The process then ends in order, and cleans up."""
    _Worker.is_stopped = True
    raise SystemExit


def _prepare(batch: Batch) -> PoolResult:
    if _Worker.is_stopped:
        raise SystemExit
    try:
        if _Worker.preparer is None:
            assert _Worker.make_preparer is not None, "the process was initialized"
            _Worker.preparer = _Worker.make_preparer()
    except AssistantError as error:
        return error
    return prepare_safely(_Worker.preparer, batch)
