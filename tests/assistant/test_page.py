"""What the page does with an answer on its way."""

from __future__ import annotations

import re
import time
from collections.abc import Generator, Iterator
from threading import Event as Flag

from assistant import Answer, AssistantError, Event, Found, Quote, Stage, Words
from assistant.page.answering import Step, answering
from assistant.page.head import HEAD
from assistant.page.page import CSS, theme
from assistant.page.stopping import Stops
from assistant.page.translations import WORDS_SCRIPT

ASKED = "Who opened the bridge?"
FOUND = Found((Quote(1, "Ana Ruiz opened it.", 0, 19, "b", "The bridge"),))


class Slow:
    """A desk whose answer takes long steps; `log` tells what became of them."""

    def __init__(self, *events: Event | AssistantError) -> None:
        self.events = events
        self.log: list[str] = []
        self.wait = Flag()

    def ask(self, question: str, said: object, articles: object, **wanted: object) -> Generator[Event, None, None]:
        try:
            for event in self.events:
                if isinstance(event, AssistantError):
                    raise event
                yield event
            self.wait.wait(10)
            self.log.append("went on")
            yield Answer(question, "Whole.")
        except GeneratorExit:
            self.log.append("closed")
            raise


def steps(desk: Slow, flag: Flag) -> Iterator[Step]:
    return answering(desk, ASKED, [], flag)  # type: ignore[arg-type]


def shown(desk: Slow, flag: Flag) -> Iterator[str]:
    """The reply as it changes, without the tags."""
    for step in steps(desk, flag):
        yield re.sub("<[^>]+>", " ", step.html)


def test_stop_keeps_what_is_there_at_once_and_says_that_it_is_a_part() -> None:
    desk, flag = Slow(FOUND, Words("Ana "), Words("Ruiz")), Flag()
    replies = shown(desk, flag)
    assert any("Ana Ruiz" in reply for reply in replies)
    begun = time.monotonic()
    flag.set()
    *_, last = replies
    assert time.monotonic() - begun < 1  # the step under way takes 10 s
    assert "Ana Ruiz" in last
    assert "Stopped" in last
    assert "Ana Ruiz opened it." in last  # the quote


def test_what_was_stopped_ends_after_its_step() -> None:
    desk, flag = Slow(Stage("reading")), Flag()
    replies = shown(desk, flag)
    next(replies)
    next(replies)
    flag.set()
    assert "Stopped" in list(replies)[-1]
    desk.wait.set()
    for _ in range(100):
        if desk.log == ["went on", "closed"]:
            return
        time.sleep(0.02)
    raise AssertionError(desk.log)


def test_an_answer_that_nobody_reads_any_more_is_stopped() -> None:
    flag = Flag()
    replies = shown(Slow(Words("Ana ")), flag)
    assert "Searching" in next(replies)
    assert "Ana" in next(replies)
    replies.close()  # type: ignore[attr-defined]
    assert flag.is_set()


def test_an_error_is_told_as_the_reply_and_is_no_answer_to_be_kept() -> None:
    *_, last = steps(Slow(AssistantError("The question is empty.")), Flag())
    assert "The question is empty." in last.html
    assert (last.last, last.answer) == (True, None)


def test_stages_are_shown_also_beside_what_is_there_until_the_answer() -> None:
    desk = Slow(Stage("reading"), FOUND, Words("Ana "), Stage("checking"))
    desk.wait.set()
    *earlier, last = steps(desk, Flag())
    assert all("working" in step.html and not step.last for step in earlier)
    assert "Ana Ruiz opened it." in earlier[-1].html
    assert "Checking" in earlier[-1].html
    assert "working" not in last.html
    assert last.answer == Answer(ASKED, "Whole.")


def test_what_was_stopped_is_kept_as_a_part() -> None:
    flag = Flag()
    replies = steps(Slow(FOUND, Words("She did ")), flag)
    assert any("She did " in step.html for step in replies)
    flag.set()
    *_, last = replies
    assert last.answer is not None
    assert (last.answer.partial, last.answer.text, last.answer.quotes) == (True, "She did ", FOUND.quotes)


def test_a_stop_ends_all_that_one_reader_asked_and_nothing_of_another() -> None:
    stops = Stops()
    own, also, other = stops.begin("a"), stops.begin("a"), stops.begin("b")
    stops.stop("a")
    stops.stop("nobody")
    assert own.is_set()
    assert also.is_set()
    assert not other.is_set()
    stops.end("a", own)
    stops.end("a", also)
    assert not stops.begin("a").is_set()


def test_the_page_loads_no_font_style_or_script_from_elsewhere() -> None:
    assert "//" not in CSS.replace("/*", "").replace("*/", "")
    assert "http" not in HEAD.replace(WORDS_SCRIPT, "")  # which tells what is no address
    assert "http" not in str(theme()._font_css)
