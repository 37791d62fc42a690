"""Serve `/api/ask`: answer a question, in one response or as a stream of events."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from assistant.answer.answer import Answer, Event, QuotesFound, Stage, TextDelta
from assistant.interfaces.http.problem_details import describe_problems, make_problem
from assistant.interfaces.http.schemas import AnswerBody
from assistant.interfaces.http.streaming import (
    Events,
    EventStream,
    ServiceDependency,
    Waiting,
    ask_service,
    describe_event_stream,
    get_final_answer,
)
from assistant.service.service import AssistantService

__all__ = ["router"]

HistoryText = Annotated[str, Field(max_length=20_000)]

EVENT_NAMES: dict[type[Event | Waiting], str] = {
    Waiting: "waiting",
    Stage: "stage",
    QuotesFound: "quotes",
    TextDelta: "words",
}

router = APIRouter(
    prefix="/api", tags=["ask"], responses=describe_problems(400, 403, 404, 413, 415, 422, 429, 503)
)


class Turn(BaseModel):
    """An earlier question and the text of its answer."""

    model_config = ConfigDict(extra="forbid")

    question: HistoryText
    answer: HistoryText


class Question(BaseModel):
    """A question, with the articles to search and the earlier turns of the chat."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(
        min_length=1,
        description="The question. At least a few words; long texts are refused.",
        examples=["Who?"],
    )
    history: list[Turn] = Field(
        [], max_length=100, description="Earlier turns of the chat, oldest first."
    )
    articles: list[str] = Field(
        [],
        max_length=50,
        description="IDs of the articles to search. If empty, the article that the page shows.",
    )
    explain: bool = Field(
        False, description="Add `trace` to the answer: what each stage of the pipeline returned."
    )


@router.post("/ask", response_model=AnswerBody)
async def ask(question: Question, service: ServiceDependency, request: Request) -> Any:
    """Answer a question, with quotes as evidence."""
    answer = await get_final_answer(await _start_answer(question, service, request), request)
    # Not validated against `AnswerBody`, which would add a `trace` of null.
    return JSONResponse(answer.to_dict(trace=question.explain))


@router.post(
    "/ask/stream",
    response_class=EventStream,
    responses=describe_event_stream("waiting", "stage", "quotes", "words", "answer", "error"),
)
async def stream(question: Question, service: ServiceDependency, request: Request) -> EventStream:
    """Answer a question as server-sent events.

    The events are `waiting`, `stage`, `quotes` and `words`. The last event is `answer` or `error`.
    """
    events = await _start_answer(question, service, request, shows_position=True)
    return EventStream(_format_events(events, question.explain))


async def _start_answer(
    question: Question,
    service: AssistantService,
    request: Request,
    *,
    shows_position: bool = False,
) -> Events:
    """Pass a request to the service and return the events of its answer."""
    return await ask_service(
        service,
        request,
        question.question,
        [(turn.question, turn.answer) for turn in question.history],
        question.articles,
        shows_position=shows_position,
    )


async def _format_events(events: Events, explain: bool) -> AsyncIterator[str]:
    """Yield each event as a server-sent event; report an exception as an `error` event."""
    try:
        async with aclosing(events):
            async for event in events:
                yield _format_event(event, explain)
    except Exception as error:  # the status line is sent: only an event can report it
        yield _format_sse("error", make_problem(error).model_dump(exclude_none=True))


def _format_event(event: Event | Waiting, explain: bool) -> str:
    """Return an event as a server-sent event."""
    if isinstance(event, Answer):
        return _format_sse("answer", event.to_dict(trace=explain))
    return _format_sse(EVENT_NAMES[type(event)], asdict(event))


def _format_sse(name: str, data: object) -> str:
    """Return a server-sent event with JSON data."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
