"""Test the streaming and the cancellation of answers on the page."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator
from threading import Event as Flag

import pytest

from assistant import Answer, AssistantError, Event, Quote, QuotesFound, Stage, TextDelta
from assistant.interfaces.web.streaming import Step, stream_answer_html
from assistant.service.cancellation import CancellationRegistry
from assistant.service.question_limit import QuestionLimit
from assistant.service.question_queue import QuestionQueue

pytestmark = pytest.mark.unit

QUESTION = "Who opened the bridge?"
QUOTES_EVENT = QuotesFound((Quote(1, "Ana Ruiz opened it.", 0, 19, "b", "The bridge"),))


class Slow:
    """A fake service with a slow answer; `log` records what happened to it."""

    def __init__(self, *events: Event | AssistantError) -> None:
        self.events = events
        self.log: list[str] = []
        self.wait = Flag()
        self.questions = QuestionQueue(1, 1)
        self.question_limit = QuestionLimit(0)

    def ask(
        self, question: str, history: object, articles: object, **options: object
    ) -> Generator[Event, None, None]:
        try:
            for event in self.events:
                if isinstance(event, AssistantError):
                    raise event
                yield event
            self.wait.wait(10)
            self.log.append("went on")
            yield Answer.from_text(question, "Whole.")
        except GeneratorExit:
            self.log.append("closed")
            raise


def steps(service: Slow, flag: Flag) -> Iterator[Step]:
    return stream_answer_html(service, QUESTION, [], flag)  # type: ignore[arg-type]


def stream_text(service: Slow, flag: Flag) -> Iterator[str]:
    """Yield each state of the reply without its tags."""
    for step in steps(service, flag):
        yield re.sub("<[^>]+>", " ", step.html)


def test_stop_ends_at_once_with_partial_answer() -> None:
    service, flag = Slow(QUOTES_EVENT, TextDelta("Ana "), TextDelta("Ruiz")), Flag()
    replies = stream_text(service, flag)
    assert any("Ana Ruiz" in reply for reply in replies)
    start = time.monotonic()
    flag.set()
    *_, last = replies
    assert time.monotonic() - start < 1  # the current step takes 10 s
    assert "Ana Ruiz" in last
    assert "Stopped" in last
    assert "Ana Ruiz opened it." in last  # the quote


def test_stopped_answer_ends_after_its_current_step() -> None:
    service, flag = Slow(Stage("reading")), Flag()
    replies = stream_text(service, flag)
    next(replies)
    next(replies)
    flag.set()
    assert "Stopped" in list(replies)[-1]
    service.wait.set()
    for _ in range(100):
        if service.log == ["went on", "closed"]:
            return
        time.sleep(0.02)
    raise AssertionError(service.log)


def test_closed_stream_stops_the_answer() -> None:
    flag = Flag()
    replies = stream_text(Slow(TextDelta("Ana ")), flag)
    assert "Searching" in next(replies)
    assert "Ana" in next(replies)
    replies.close()  # type: ignore[attr-defined]
    assert flag.is_set()


def test_waiting_question_says_its_place_in_the_queue() -> None:
    service = Slow(TextDelta("Ana "))
    service.wait.set()
    running, flag = service.questions.enter(), Flag()
    replies = steps(service, flag)
    assert "place in the queue: 1" in next(replies).html
    assert service.log == []
    running.leave()
    *_, last = replies
    assert last.answer == Answer.from_text(QUESTION, "Whole.")


def test_question_beyond_the_queue_is_refused_plainly() -> None:
    service = Slow()
    tickets = [service.questions.enter(), service.questions.enter()]
    (last,) = steps(service, Flag())
    assert (last.last, last.answer) == (True, None)
    assert "Too many questions" in last.html
    for ticket in tickets:
        ticket.leave()
    assert service.questions.enter().wait(0)


def test_question_beyond_the_limit_is_refused_plainly() -> None:
    service = Slow()
    service.question_limit = QuestionLimit(1)
    service.question_limit.count("")
    (last,) = steps(service, Flag())
    assert (last.last, last.answer) == (True, None)
    assert "You can ask 1 questions in a minute" in last.html


def test_stopped_or_closed_waiting_question_is_not_computed() -> None:
    service, flag = Slow(TextDelta("Ana ")), Flag()
    running = service.questions.enter()
    stopped = steps(service, flag)
    next(stopped)
    flag.set()
    assert list(stopped)[-1].last
    closed = steps(service, Flag())
    next(closed)
    closed.close()  # type: ignore[attr-defined]
    running.leave()
    assert service.log == []
    assert service.questions.enter().wait(0)


def test_error_is_shown_as_reply_without_answer() -> None:
    *_, last = steps(Slow(AssistantError("The question is empty.")), Flag())
    assert "The question is empty." in last.html
    assert (last.last, last.answer) == (True, None)


def test_stages_are_shown_with_draft_until_the_answer() -> None:
    service = Slow(Stage("reading"), QUOTES_EVENT, TextDelta("Ana "), Stage("checking"))
    service.wait.set()
    *earlier, last = steps(service, Flag())
    assert all("working" in step.html and not step.last for step in earlier)
    assert "Ana Ruiz opened it." in earlier[-1].html
    assert "Checking" in earlier[-1].html
    assert "working" not in last.html
    assert last.answer == Answer.from_text(QUESTION, "Whole.")


def test_stopped_answer_is_returned_as_partial() -> None:
    flag = Flag()
    replies = steps(Slow(QUOTES_EVENT, TextDelta("She did ")), flag)
    assert any("She did " in step.html for step in replies)
    flag.set()
    *_, last = replies
    assert last.answer is not None
    assert (last.answer.partial, last.answer.text, last.answer.quotes) == (
        True,
        "She did ",
        QUOTES_EVENT.quotes,
    )


def test_registry_stop_ends_all_answers_of_one_user_only() -> None:
    registry = CancellationRegistry()
    first, second, other_user = registry.begin("a"), registry.begin("a"), registry.begin("b")
    registry.stop("a")
    registry.stop("nobody")
    assert first.is_set()
    assert second.is_set()
    assert not other_user.is_set()
    registry.end("a", first)
    registry.end("a", second)
    assert not registry.begin("a").is_set()
