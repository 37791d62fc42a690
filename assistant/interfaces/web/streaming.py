"""Render an answer as HTML after each of its events."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from threading import Event as Flag
from typing import NamedTuple

from assistant.answer.answer import Answer, Event, QuotesFound, Stage, TextDelta
from assistant.answer.quote import Quote
from assistant.interfaces.web.html import render_answer, render_notice
from assistant.interfaces.web.preferences import Preferences
from assistant.pipeline.query.rewrite import History
from assistant.service.cancellation import run_in_thread
from assistant.service.service import AssistantService
from index.errors import AssistantError
from index.text.article import Article

__all__ = ["STAGE_LABELS", "Step", "WAITING", "stream_answer_html"]

WAITING = "Waiting; place in the queue: {count} …"
POLL_SECONDS = 0.5  # between two looks whether the turn of a question has come

STAGE_LABELS = {
    "rephrasing": "Understanding the follow-up …",
    "searching": "Searching the article …",
    "reading": "Reading what was found …",
    "writing": "Writing …",
    "checking": "Checking the words against the quotes …",
}


class Step(NamedTuple):
    """The reply as the page shows it at one moment."""

    html: str
    last: bool = False
    answer: Answer | None = None  # in the last step, unless that step shows an error


def stream_answer_html(
    service: AssistantService,
    question: str,
    history: History,
    flag: Flag,
    articles: Sequence[Article] = (),
    preferences: Preferences = Preferences(),
    *,
    is_wide: bool = False,
    client: str = "",
    user: str = "",
) -> Iterator[Step]:
    """Yield the reply after each event. If the flag is set, end with a partial answer.

    Until the turn of the question comes, the reply says which place in the queue it has. Questions
    of different clients take turns, and those of each user are limited.
    """
    try:
        service.question_limit.count(user)
        with service.questions.enter(client) as ticket:
            while not (flag.is_set() or ticket.wait(POLL_SECONDS)):
                yield Step(render_notice(WAITING.format(count=ticket.ahead + 1), "working"))
            options = {**preferences.ask_options, **({"is_wide": True} if is_wide else {})}
            events = service.ask(question, history, articles, **options)
            yield from _render_events(question, events, flag)
    except AssistantError as error:
        yield Step(render_notice(str(error), "error"), True)


def _render_events(
    question: str, events: Generator[Event, None, None], flag: Flag
) -> Iterator[Step]:
    quotes: tuple[Quote, ...] = ()
    text, stage = "", "searching"
    yield Step(render_notice(STAGE_LABELS[stage], "working"))
    for event in () if flag.is_set() else run_in_thread(flag, events):
        if isinstance(event, Answer):
            yield Step(render_answer(event), True, event)
            return
        quotes = event.quotes if isinstance(event, QuotesFound) else quotes
        text += event.text if isinstance(event, TextDelta) else ""
        stage = event.name if isinstance(event, Stage) else stage
        draft = (
            render_answer(
                Answer.from_text(question, text, quotes, searched=question), is_draft=True
            )
            if text or quotes
            else ""
        )
        yield Step(draft + render_notice(STAGE_LABELS[stage], "working"))
    part = Answer.from_text(question, text, quotes, partial=True, searched=question)
    yield Step(render_answer(part), True, part)
