"""Test the queue of questions."""

from __future__ import annotations

from threading import Thread

import pytest

from assistant.service.question_queue import BusyError, QuestionQueue

pytestmark = pytest.mark.unit


def test_turns_come_in_the_order_of_arrival() -> None:
    queue = QuestionQueue(2, 3)
    tickets = [queue.enter() for _ in range(5)]
    assert [ticket.turn.done() for ticket in tickets] == [True, True, False, False, False]
    assert [ticket.ahead for ticket in tickets] == [0, 0, 0, 1, 2]
    tickets[1].leave()
    assert [ticket.turn.done() for ticket in tickets] == [True, True, True, False, False]
    tickets[3].leave()  # it was waiting
    tickets[0].leave()
    tickets[0].leave()  # a second time has no effect
    assert tickets[4].wait(0)
    assert (queue.running, queue.waiting) == (2, 0)


def test_question_beyond_the_limits_is_refused() -> None:
    queue = QuestionQueue(1, 1)
    first, second = queue.enter(), queue.enter()
    with pytest.raises(BusyError, match="waiting"):
        queue.enter()
    second.leave()
    third = queue.enter()
    assert not third.wait(0.01)
    first.leave()
    assert third.wait(0)


def test_many_threads_never_exceed_the_limit() -> None:
    queue, seen = QuestionQueue(3, 100), list[int]()

    def ask() -> None:
        with queue.enter() as ticket:
            assert ticket.wait(60)
            seen.append(queue.running)

    threads = [Thread(target=ask) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 50
    assert max(seen) <= 3
    assert (queue.running, queue.waiting) == (0, 0)
