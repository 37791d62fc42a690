"""Serve `/v1`, an API that is compatible with OpenAI's chat completions."""

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

from assistant.answer.answer import Answer
from assistant.interfaces.http.openai_schemas import (
    MODEL_NAME,
    ChatRequest,
    Choice,
    Completion,
    extract_turns,
    make_reply,
)
from assistant.interfaces.http.problem_details import (
    describe_openai_errors,
    make_openai_error,
    make_problem,
)
from assistant.interfaces.http.streaming import (
    Events,
    EventStream,
    ServiceDependency,
    ask_service,
    describe_event_stream,
    get_final_answer,
)

__all__ = ["router"]

START_TIME_SECONDS = int(time.time())

router = APIRouter(prefix="/v1", tags=["openai"], responses=describe_openai_errors(403))


class ModelCard(BaseModel):
    """A model served by this API."""

    id: str = MODEL_NAME
    object: Literal["model"] = "model"
    created: int = START_TIME_SECONDS
    owned_by: str = MODEL_NAME


class ModelList(BaseModel):
    """The available models."""

    object: Literal["list"] = "list"
    data: list[ModelCard] = [ModelCard()]


@router.get("/models")
async def list_models() -> ModelList:
    """List the available models."""
    return ModelList()


@router.get("/models/{name}", responses=describe_openai_errors(404))
async def show_model(name: str) -> ModelCard:
    """Retrieve a model."""
    _check_model(name)
    return ModelCard()


@router.post(
    "/chat/completions",
    response_model=Completion,
    responses=describe_event_stream() | describe_openai_errors(400, 404, 413, 415, 429, 503),
)
async def complete(chat_request: ChatRequest, service: ServiceDependency, request: Request) -> Any:
    """Answer the last message, with citations as annotations.

    The messages before it are the history of the chat.
    """
    _check_model(chat_request.model)
    *history, question = chat_request.messages
    if question.role != "user":
        raise HTTPException(400, "The last message has to be the user's: it is the question.")
    events = await ask_service(
        service, request, question.text, extract_turns(history), chat_request.articles
    )
    if chat_request.stream:
        return EventStream(_format_chunks(events))
    return Completion(choices=[Choice(message=make_reply(await get_final_answer(events, request)))])


def _check_model(name: str) -> None:
    """Raise HTTPException (404) for the name of another model."""
    if name != MODEL_NAME:
        raise HTTPException(
            404, f"There is no model {name[:100]!r} here. The only one is {MODEL_NAME!r}."
        )


async def _format_chunks(events: Events) -> AsyncIterator[str]:
    """Yield the chunks of a reply, as server-sent events, once the answer is verified.

    This protocol cannot retract text. So no text is sent that verification might still replace.
    """
    head = {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": MODEL_NAME,
    }

    def chunk(delta: dict[str, Any], reason: str | None = None) -> str:
        return _format_data(
            {
                **head,
                "choices": [
                    {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
                ],
            }
        )

    try:
        yield chunk({"role": "assistant", "content": ""})
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Answer):
                    reply = make_reply(event).model_dump(exclude={"role", "refusal"})
                    yield chunk({"content": reply.pop("content")})
                    yield chunk(reply, "stop")
    except Exception as error:  # the status line is sent: only the stream can report it
        yield _format_data(make_openai_error(make_problem(error)))
    yield "data: [DONE]\n\n"


def _format_data(value: object) -> str:
    """Return a server-sent event without a name, with JSON data."""
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n"
