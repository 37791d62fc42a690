"""`/api/ask`: a question in, an answer with its quotes out, at once or event by event."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from ..answer import Answer, Event, Found, Stage
from ..page.desk import Desk
from .asking import AtDesk, Events, EventStream, asked, last, streamed
from .problems import problem_of, problems

__all__ = ["router"]

Text = Annotated[str, Field(max_length=20_000)]

router = APIRouter(prefix="/api", tags=["ask"], responses=problems(400, 403, 404, 413, 415, 422, 503))


class Turn(BaseModel):
    """An earlier question and the text of its answer."""

    model_config = ConfigDict(extra="forbid")

    question: Text
    answer: Text


class Question(BaseModel):
    """What is asked, of which articles, after what."""

    model_config = ConfigDict(extra="forbid")

    question: str = Field(
        min_length=1, description="what you want to know; a few words at least, and no essay", examples=["Who?"]
    )
    history: list[Turn] = Field([], max_length=100, description="the turns before, oldest first")
    articles: list[str] = Field([], max_length=50, description="ids of the articles that are asked; none: the open one")


@router.post("/ask", response_model=Answer)
async def ask(question: Question, desk: AtDesk, request: Request) -> Any:
    """The answer to a question, with the quotes that it stands on."""
    return (await last(await _put(question, desk), request)).to_dict()


@router.post("/ask/stream", response_class=EventStream, responses=streamed("stage", "quotes", "words", "answer", "error"))
async def stream(question: Question, desk: AtDesk) -> EventStream:
    """The same as server-sent events: `stage`, `quotes`, `words`, last `answer` or `error`."""
    return EventStream(_told(await _put(question, desk)))


async def _put(question: Question, desk: Desk) -> Events:
    return await asked(desk, question.question, [(turn.question, turn.answer) for turn in question.history], question.articles)


async def _told(events: Events) -> AsyncIterator[str]:
    try:
        async with aclosing(events):
            async for event in events:
                yield _line(event)
    except Exception as error:  # the status is sent: only an event can tell now
        yield _event("error", problem_of(error).model_dump(exclude_none=True))


def _line(event: Event) -> str:
    if isinstance(event, Answer):
        return _event("answer", event.to_dict())
    name = "stage" if isinstance(event, Stage) else "quotes" if isinstance(event, Found) else "words"
    return _event(name, asdict(event))


def _event(name: str, data: object) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
