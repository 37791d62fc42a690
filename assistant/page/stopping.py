"""An answer on its way can be stopped at once, also in the middle of a step that takes the model a second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import closing
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import TypeVar

__all__ = ["LOOK", "Stops", "until"]

T = TypeVar("T")

LOOK = 0.05  # seconds between two looks at whether it is to stop


class Stops:
    """What is being answered, by who asked; a stop ends all of one reader's."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[str, set[Event]] = defaultdict(set)

    def begin(self, reader: str) -> Event:
        """The flag of a new answer; it is set when that is to end."""
        flag = Event()
        with self._lock:
            self._running[reader].add(flag)
        return flag

    def end(self, reader: str, flag: Event) -> None:
        with self._lock:
            self._running[reader].discard(flag)
            if not self._running[reader]:
                del self._running[reader]

    def stop(self, reader: str) -> None:
        with self._lock:
            for flag in self._running.get(reader, ()):
                flag.set()


def until(flag: Event, items: Generator[T, None, None]) -> Iterator[T]:
    """The items as they come, until the flag is set. What makes them ends after its step, in a thread of its own.

    Closing the iterator sets the flag. An error of `items` is raised here.
    """
    made: SimpleQueue[T | BaseException | None] = SimpleQueue()
    Thread(target=_make, args=(flag, items, made), daemon=True, name="answer").start()
    try:
        while not flag.is_set():
            try:
                item = made.get(timeout=LOOK)
            except Empty:
                continue
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        flag.set()


def _make(flag: Event, items: Generator[T, None, None], made: SimpleQueue[T | BaseException | None]) -> None:
    try:
        with closing(items):
            for item in items:
                made.put(item)
                if flag.is_set():
                    return
        made.put(None)
    except BaseException as error:
        made.put(error)
