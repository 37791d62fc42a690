"""Bound the questions that are answered at once and those that wait for their turn."""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from threading import Lock
from types import TracebackType

from index.errors import AssistantError

__all__ = ["BusyError", "QuestionQueue", "Ticket"]

RETRY_SECONDS = 30  # in which a few waiting questions are answered, with the bundled model


class BusyError(AssistantError):
    """Too many questions are waiting. Ask again after `retry_seconds`."""

    retry_seconds = RETRY_SECONDS


class QuestionQueue:
    """Give each question a ticket. Its turn comes in the order of arrival.

    Args:
        max_running: the number of questions that are answered at once.
        max_waiting: the number of questions that wait; further ones are refused.
    """

    def __init__(self, max_running: int, max_waiting: int) -> None:
        self.max_running = max_running
        self.max_waiting = max_waiting
        self._lock = Lock()
        self._running: set[Ticket] = set()
        self._waiting: deque[Ticket] = deque()

    @property
    def running(self) -> int:
        """The number of questions that are being answered."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """The number of questions that wait for their turn."""
        return len(self._waiting)

    def enter(self) -> Ticket:
        """Return a ticket, which has to be given back with `leave`.

        Raises:
            BusyError: too many questions are waiting.
        """
        with self._lock:
            if len(self._running) >= self.max_running and len(self._waiting) >= self.max_waiting:
                raise BusyError(
                    "Too many questions are waiting for an answer. Try again in half a minute."
                )
            ticket = Ticket(self)
            self._waiting.append(ticket)
            self._start_next()
            return ticket

    def leave(self, ticket: Ticket) -> None:
        """Take a ticket back, whether its turn came or not. A second time has no effect."""
        with self._lock:
            if ticket in self._running:
                self._running.remove(ticket)
                self._start_next()
            elif ticket in self._waiting:
                self._waiting.remove(ticket)

    def count_ahead(self, ticket: Ticket) -> int:
        """Return how many waiting questions have their turn before a ticket."""
        with self._lock:
            return self._waiting.index(ticket) if ticket in self._waiting else 0

    def _start_next(self) -> None:
        while self._waiting and len(self._running) < self.max_running:
            ticket = self._waiting.popleft()
            self._running.add(ticket)
            ticket.turn.set_result(None)


class Ticket:
    """The place of a question in a queue. As a context manager, it leaves the queue at the end."""

    def __init__(self, queue: QuestionQueue) -> None:
        self.turn: Future[None] = Future()  # done when the question may be answered
        self._queue = queue

    @property
    def ahead(self) -> int:
        """The number of waiting questions that have their turn earlier."""
        return self._queue.count_ahead(self)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the question may be answered, and return whether it may."""
        try:
            self.turn.result(seconds)
        except FutureTimeoutError:
            return False
        return True

    def leave(self) -> None:
        """Leave the queue."""
        self._queue.leave(self)

    def __enter__(self) -> Ticket:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.leave()
