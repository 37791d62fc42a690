"""Cancel running answers at once, even in the middle of a model step that takes a second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import closing
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import TypeVar

__all__ = ["CancellationRegistry", "POLL_SECONDS", "run_in_thread"]

T = TypeVar("T")

POLL_SECONDS = 0.05  # interval between two checks of the cancellation flag


class CancellationRegistry:
    """Track the running answers of each user and cancel all answers of one user."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[str, set[Event]] = defaultdict(set)

    def begin(self, user: str) -> Event:
        """Register a new answer and return its flag, which is set when the answer must end."""
        flag = Event()
        with self._lock:
            self._running[user].add(flag)
        return flag

    def end(self, user: str, flag: Event) -> None:
        """Remove a finished answer from the registry."""
        with self._lock:
            self._running[user].discard(flag)
            if not self._running[user]:
                del self._running[user]

    def stop(self, user: str) -> None:
        """Set the flags of all running answers of a user."""
        with self._lock:
            for flag in self._running.get(user, ()):
                flag.set()


def run_in_thread(flag: Event, items: Generator[T, None, None]) -> Iterator[T]:
    """Yield the items as they arrive, until the flag is set.

    A separate thread runs the generator and ends after its current step. Closing the returned
    iterator sets the flag. An exception of `items` is raised here.
    """
    results: SimpleQueue[T | BaseException | None] = SimpleQueue()
    Thread(target=_produce_items, args=(flag, items, results), daemon=True, name="answer").start()
    try:
        while not flag.is_set():
            try:
                item = results.get(timeout=POLL_SECONDS)
            except Empty:
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        flag.set()


def _produce_items(
    flag: Event, items: Generator[T, None, None], results: SimpleQueue[T | BaseException | None]
) -> None:
    try:
        with closing(items):
            for item in items:
                results.put(item)
                if flag.is_set():
                    return
        results.put(None)
    except BaseException as error:
        results.put(error)
