"""Stream the events of an answer, and stop the model when the client disconnects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing
from typing import Annotated, Any, cast

from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Depends, Request
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from assistant.answer.answer import Answer, Event
from assistant.interfaces.http.problem_details import Responses
from assistant.pipeline.query.rewrite import History
from assistant.service.service import AssistantService
from index.storage.library import Library
from index.text.article import Article

__all__ = [
    "EventStream",
    "Events",
    "ServiceDependency",
    "ask_service",
    "describe_event_stream",
    "get_article",
    "get_final_answer",
]

Events = AsyncGenerator[Event, None]

# At most this many questions are answered at once; further ones wait. The page has the same limit.
_ANSWER_LIMITER = CapacityLimiter(8)


def _get_service(request: Request) -> AssistantService:
    return cast(AssistantService, request.app.state.service)


ServiceDependency = Annotated[AssistantService, Depends(_get_service)]


def get_article(library: Library, article_id: str) -> Article:
    """Return an article of the library.

    Raises:
        HTTPException: there is no article with this ID (404).
    """
    try:
        return library.get(article_id)
    except KeyError as error:
        raise HTTPException(
            404, f"There is no article {article_id[:100]!r}. GET /api/articles lists them."
        ) from error


async def ask_service(
    service: AssistantService, question: str, history: History = (), article_ids: Sequence[str] = ()
) -> Events:
    """Return the events of the answer to a question.

    Args:
        service: the service that answers.
        question: what the user wants to know.
        history: earlier questions with their answers, oldest first.
        article_ids: the articles to search; if empty, the article that the page shows.

    Raises:
        HTTPException: the service is not ready (503), or there is no such article (404).
        InputError: the question cannot be used.
    """
    if not service.is_ready:
        raise HTTPException(503, service.status, {"Retry-After": "2"})
    articles = [
        await run_sync(get_article, service.library, article_id)
        for article_id in dict.fromkeys(article_ids)
    ]
    return await _start_events(_iterate_in_threads(service.ask(question, history, articles)))


async def _start_events(events: Events) -> Events:
    """Wait for the first event, then return all events.

    An error before the first event is raised here, while the response can still have an error
    status.
    """
    first = await anext(events)

    async def replay() -> Events:
        async with aclosing(events):
            yield first
            async for event in events:
                yield event

    return replay()


async def _iterate_in_threads(events: Generator[Event, None, None]) -> Events:
    """Yield the events of a blocking generator, which runs in worker threads.

    The generator is closed at the end in any case, which stops the model.
    """
    try:
        while (event := await run_sync(next, events, None, limiter=_ANSWER_LIMITER)) is not None:
            yield event
    finally:
        # Shielded, because a generator cannot be closed before its current step is done.
        with CancelScope(shield=True):
            await run_sync(events.close)


async def get_final_answer(events: Events, request: Request) -> Answer:
    """Return the answer at the end of the events.

    Raises:
        HTTPException: the client disconnected before the answer was complete (499).
    """
    disconnected = asyncio.ensure_future(_wait_for_disconnect(request))
    try:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Answer):
                    return event
                if disconnected.done():
                    break
    finally:
        disconnected.cancel()
    raise HTTPException(499, "The client went away.")


async def _wait_for_disconnect(request: Request) -> None:
    """Return when the client disconnects.

    `request.is_disconnected()` never becomes true below a middleware like that of `server.py`.
    """
    while (await request.receive())["type"] != "http.disconnect":
        pass


def describe_event_stream(*names: str) -> Responses:
    """Return the OpenAPI response for a stream of events with JSON data.

    Args:
        names: the names of the events; none if the events have no names.
    """
    event = {"event": {"type": "string", "enum": [*names]}} if names else {}
    data = {"data": {"type": "string", "contentMediaType": "application/json"}}
    schema = {"type": "object", "properties": event | data, "required": [*event, *data]}
    return {200: {"content": {EventStream.media_type: {"schema": schema}}}}


class EventStream(StreamingResponse):
    """A response of server-sent events, which closes its source when the client disconnects."""

    media_type = "text/event-stream"

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        super().init_headers(
            {"Cache-Control": "no-store", "X-Accel-Buffering": "no", **(headers or {})}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            source: Any = self.body_iterator
            with CancelScope(shield=True):
                await source.aclose()
