"""`/v1`: the assistant for programs that speak OpenAI's chat completions."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from ..answer import Answer
from .asking import AtDesk, Events, EventStream, asked, last, streamed
from .completions import MODEL, ChatRequest, Choice, Completion, reply_of, turns_of
from .problems import openai_error, openai_errors, problem_of

__all__ = ["router"]

STARTED = int(time.time())

router = APIRouter(prefix="/v1", tags=["openai"], responses=openai_errors(403))


class ModelCard(BaseModel):
    """The one model that there is here."""

    id: str = MODEL
    object: Literal["model"] = "model"
    created: int = STARTED
    owned_by: str = MODEL


class Models(BaseModel):
    """All of them."""

    object: Literal["list"] = "list"
    data: list[ModelCard] = [ModelCard()]


@router.get("/models")
async def list_models() -> Models:
    """The names that `model` can have."""
    return Models()


@router.get("/models/{name}", responses=openai_errors(404))
async def show_model(name: str) -> ModelCard:
    """One of them."""
    _check_model(name)
    return ModelCard()


@router.post(
    "/chat/completions",
    response_model=Completion,
    responses=streamed() | openai_errors(400, 404, 413, 415, 503),
)
async def complete(asked_for: ChatRequest, desk: AtDesk, request: Request) -> Any:
    """The answer to the last message, with citations as annotations; the messages before it are the history."""
    _check_model(asked_for.model)
    *before, question = asked_for.messages
    if question.role != "user":
        raise HTTPException(400, "The last message has to be the user's: it is the question.")
    events = await asked(desk, question.text, turns_of(before), asked_for.articles)
    if asked_for.stream:
        return EventStream(_chunks(events))
    return Completion(choices=[Choice(message=reply_of(await last(events, request)))])


def _check_model(name: str) -> None:
    if name != MODEL:
        raise HTTPException(404, f"There is no model {name[:100]!r} here. The only one is {MODEL!r}.")


async def _chunks(events: Events) -> AsyncIterator[str]:
    """The reply once it is checked: words that a check might take back cannot be taken back from a client of this protocol."""
    head = {"id": f"chatcmpl-{uuid4().hex}", "object": "chat.completion.chunk", "created": int(time.time()), "model": MODEL}

    def chunk(delta: dict[str, Any], reason: str | None = None) -> str:
        return _data({**head, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}]})

    try:
        yield chunk({"role": "assistant", "content": ""})
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Answer):
                    reply = reply_of(event).model_dump(exclude={"role", "refusal"})
                    yield chunk({"content": reply.pop("content")})
                    yield chunk(reply, "stop")
    except Exception as error:  # the status is sent: only the stream can tell now
        yield _data(openai_error(problem_of(error)))
    yield "data: [DONE]\n\n"


def _data(value: object) -> str:
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
