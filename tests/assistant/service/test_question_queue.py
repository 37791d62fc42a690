"""Test the queue of questions."""

from __future__ import annotations

from random import Random
from threading import Thread

import pytest

from assistant.service.question_queue import ANSWER_SECONDS, BusyError, QuestionQueue

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


def test_clients_take_turns() -> None:
    queue = QuestionQueue(1, 100)
    running = queue.enter("first")
    many = [queue.enter("first") for _ in range(50)]
    other = queue.enter("second")
    assert other.ahead == 1
    running.leave()
    many[0].leave()
    assert other.wait(0)
    assert not many[1].turn.done()


def test_ahead_is_the_order_of_turns() -> None:
    random = Random(0)
    for _ in range(50):
        queue = QuestionQueue(1, 100)
        running = queue.enter("a")
        waiting = [queue.enter(random.choice("abcd")) for _ in range(random.randrange(1, 20))]
        for ticket in random.sample(waiting, len(waiting) // 3):
            ticket.leave()
            waiting.remove(ticket)
        expected = sorted(waiting, key=lambda ticket: ticket.ahead)
        assert [ticket.ahead for ticket in expected] == list(range(len(waiting)))
        for ticket in expected:
            running.leave()
            running = ticket
            assert ticket.turn.done()


def test_client_with_most_loses_place_in_full_queue() -> None:
    queue = QuestionQueue(1, 3)
    queue.enter("first")
    many = [queue.enter("first") for _ in range(3)]
    other = queue.enter("second")
    with pytest.raises(BusyError):
        many[2].wait(0)
    many[2].leave()
    assert (queue.waiting, queue.refused, other.ahead) == (3, 1, 1)
    for client in ("first", "second"):  # nobody has two more than these would have
        with pytest.raises(BusyError):
            queue.enter(client)
    assert (queue.waiting, queue.refused) == (3, 3)


def test_retry_seconds_follow_the_seconds_of_answers() -> None:
    queue = QuestionQueue(1, 1)

    def get_retry_seconds() -> int:
        with queue.enter(), queue.enter(), pytest.raises(BusyError) as refusal:
            queue.enter()
        return refusal.value.retry_seconds

    slow = get_retry_seconds()
    for _ in range(50):
        queue.enter().leave()
    assert 1 == get_retry_seconds() < slow == 2 * ANSWER_SECONDS


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
