"""Bound the questions that are answered at once and those that wait for their turn."""

from __future__ import annotations

import time
from collections import deque
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from math import ceil
from threading import Lock
from types import TracebackType

from index.errors import AssistantError

__all__ = ["BusyError", "QuestionQueue", "Ticket"]

ANSWER_SECONDS = 10.0  # of an answer, until some are measured
MAX_RETRY_SECONDS = 120
NEW_SHARE = 0.1  # of the last answer in the mean of the seconds
IDLE_POLL_SECONDS = 0.5  # between two looks whether no question is answered


class BusyError(AssistantError):
    """Too many questions are waiting. Ask again after `retry_seconds`."""

    def __init__(self, retry_seconds: int) -> None:
        super().__init__(
            f"Too many questions are waiting for an answer. Try again in {retry_seconds} s."
        )
        self.retry_seconds = retry_seconds


class QuestionQueue:
    """Give each question a ticket. Clients take turns; a client's questions keep their order.

    If the queue is full, a client with two more waiting questions than the new one's client loses
    its last one. So a client with many questions cannot keep the others out.

    Args:
        max_running: the number of questions that are answered at once.
        max_waiting: the number of questions that wait; further ones are refused.
    """

    def __init__(self, max_running: int, max_waiting: int) -> None:
        self.max_running = max_running
        self.max_waiting = max_waiting
        self.refused = 0  # questions since the start
        self._lock = Lock()
        self._answer_seconds = ANSWER_SECONDS  # mean
        self._running: dict[Ticket, float] = {}  # when the turn of each came
        self._waiting: dict[str, deque[Ticket]] = {}  # by client, in the order of their turns

    @property
    def running(self) -> int:
        """The number of questions that are being answered."""
        return len(self._running)

    @property
    def waiting(self) -> int:
        """The number of questions that wait for their turn."""
        with self._lock:
            return self._count_waiting()

    def wait_until_idle(self) -> None:
        """Return when no question is answered or waits: for work that can be done later."""
        while self._running or self._waiting:
            time.sleep(IDLE_POLL_SECONDS)

    def enter(self, client: str = "") -> Ticket:
        """Return a ticket, which has to be given back with `leave`.

        Args:
            client: who asks. Questions of different clients take turns.

        Raises:
            BusyError: too many questions are waiting.
        """
        with self._lock:
            is_full = self._count_waiting() >= self.max_waiting
            if is_full and len(self._running) >= self.max_running:
                self._drop_question(client)
            ticket = Ticket(self, client)
            self._waiting.setdefault(client, deque()).append(ticket)
            self._start_next()
            return ticket

    def leave(self, ticket: Ticket) -> None:
        """Take a ticket back, whether its turn came or not. A second time has no effect."""
        with self._lock:
            if ticket in self._running:
                seconds = time.monotonic() - self._running.pop(ticket)
                self._answer_seconds += NEW_SHARE * (seconds - self._answer_seconds)
                self._start_next()
            elif ticket in (tickets := self._waiting.get(ticket.client, deque())):
                tickets.remove(ticket)
                self._forget_if_idle(ticket.client)

    def count_ahead(self, ticket: Ticket) -> int:
        """Return how many waiting questions have their turn before a ticket."""
        with self._lock:
            own = self._waiting.get(ticket.client, deque())
            if ticket not in own:
                return 0
            rounds = own.index(ticket)
            ahead, is_before = rounds, True
            for client, tickets in self._waiting.items():
                if client == ticket.client:
                    is_before = False
                else:
                    ahead += min(len(tickets), rounds + is_before)
            return ahead

    def _count_waiting(self) -> int:
        return sum(map(len, self._waiting.values()))

    def _drop_question(self, client: str) -> None:
        """Make room for a question of a client, at the cost of the client with the most.

        Raises:
            BusyError: no client has two waiting questions more.
        """
        self.refused += 1
        longest = max(self._waiting.values(), key=len, default=deque[Ticket]())
        if len(longest) < len(self._waiting.get(client, ())) + 2:
            raise self._make_busy_error()
        longest.pop().turn.set_exception(self._make_busy_error())

    def _make_busy_error(self) -> BusyError:
        """Return an error with the seconds in which the waiting questions are answered."""
        seconds = (self._count_waiting() + 1) * self._answer_seconds / self.max_running
        return BusyError(min(max(ceil(seconds), 1), MAX_RETRY_SECONDS))

    def _start_next(self) -> None:
        while self._waiting and len(self._running) < self.max_running:
            client, tickets = next(iter(self._waiting.items()))
            ticket = tickets.popleft()
            self._waiting[client] = self._waiting.pop(client)  # the others are next
            self._forget_if_idle(client)
            self._running[ticket] = time.monotonic()
            ticket.turn.set_result(None)

    def _forget_if_idle(self, client: str) -> None:
        if not self._waiting[client]:
            del self._waiting[client]


class Ticket:
    """The place of a question in a queue. As a context manager, it leaves the queue at the end."""

    def __init__(self, queue: QuestionQueue, client: str) -> None:
        # Done when the question may be answered; a BusyError if it lost its place.
        self.turn: Future[None] = Future()
        self.client = client
        self._queue = queue

    @property
    def ahead(self) -> int:
        """The number of waiting questions that have their turn earlier."""
        return self._queue.count_ahead(self)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the question may be answered, and return whether it may.

        Raises:
            BusyError: the question lost its place to that of another client.
        """
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
