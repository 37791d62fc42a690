"""A question put to the desk over HTTP: its events one by one, and the model stopped when the client goes away."""

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

from index.article import Article
from index.library import Library

from ..answer import Answer, Event
from ..followup import History
from ..page.desk import Desk
from .problems import Responses

__all__ = ["AtDesk", "EventStream", "Events", "article_of", "asked", "last", "streamed"]

Events = AsyncGenerator[Event, None]

# Questions that are worked on at once; the page has the same number. The others wait.
_WORKING = CapacityLimiter(8)


def _desk(request: Request) -> Desk:
    return cast(Desk, request.app.state.desk)


AtDesk = Annotated[Desk, Depends(_desk)]


def article_of(library: Library, article_id: str) -> Article:
    """Raises HTTPException (404) for an id that is not there."""
    try:
        return library.get(article_id)
    except KeyError as error:
        raise HTTPException(404, f"There is no article {article_id[:100]!r}. GET /api/articles lists them.") from error


async def asked(desk: Desk, question: str, history: History = (), article_ids: Sequence[str] = ()) -> Events:
    """Events on the way to the answer, from the open article or from others.

    Raises:
        HTTPException: no answer can be given yet (503), or there is no such article (404).
        InputError: the question cannot be used.
    """
    if not desk.ready:
        raise HTTPException(503, desk.status, {"Retry-After": "2"})
    articles = [await run_sync(article_of, desk.library, one) for one in dict.fromkeys(article_ids)]
    return await _begun(_stepped(desk.ask(question, history, articles)))


async def _begun(events: Events) -> Events:
    """The same events. A question that is refused is refused here, while a status can still be chosen."""
    first = await anext(events)

    async def all_of_them() -> Events:
        async with aclosing(events):
            yield first
            async for event in events:
                yield event

    return all_of_them()


async def _stepped(events: Generator[Event, None, None]) -> Events:
    """The events, waited for in threads. However this ends, `events` is closed, and that stops the model."""
    try:
        while (event := await run_sync(next, events, None, limiter=_WORKING)) is not None:
            yield event
    finally:
        with CancelScope(shield=True):  # a generator cannot be closed before the step under way is done
            await run_sync(events.close)


async def last(events: Events, request: Request) -> Answer:
    """The answer alone."""
    gone = asyncio.ensure_future(_gone(request))
    try:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Answer):
                    return event
                if gone.done():
                    break
    finally:
        gone.cancel()
    raise HTTPException(499, "The client went away.")


async def _gone(request: Request) -> None:
    """Returns when the client goes away. `request.is_disconnected()` never tells beneath a middleware like app.py's."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def streamed(*names: str) -> Responses:
    """For the OpenAPI document: events of these names, or without one, with JSON in each."""
    event = {"event": {"type": "string", "enum": [*names]}} if names else {}
    data = {"data": {"type": "string", "contentMediaType": "application/json"}}
    schema = {"type": "object", "properties": event | data, "required": [*event, *data]}
    return {200: {"content": {EventStream.media_type: {"schema": schema}}}}


class EventStream(StreamingResponse):
    """Server-sent events. When the client goes away, what makes them is closed."""

    media_type = "text/event-stream"

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        super().init_headers({"Cache-Control": "no-store", "X-Accel-Buffering": "no", **(headers or {})})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            made: Any = self.body_iterator
            with CancelScope(shield=True):
                await made.aclose()
