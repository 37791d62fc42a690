"""Stream the events of an answer, and stop the model when the client disconnects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any, cast

from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Depends, Request
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from assistant.accounts.request_access import get_user, identify_user
from assistant.answer.answer import Answer, Event
from assistant.interfaces.http.problem_details import Responses
from assistant.pipeline.query.rewrite import History
from assistant.service.question_queue import Ticket
from assistant.service.service import AssistantService
from index.storage.library import Library
from index.text.article import Article

__all__ = [
    "EventStream",
    "Events",
    "ServiceDependency",
    "Waiting",
    "ask_service",
    "describe_event_stream",
    "get_article",
    "get_final_answer",
    "get_shown_article",
    "wait_for_disconnect",
]

POSITION_SECONDS = 0.5  # between two looks at the position of a waiting question


@dataclass(frozen=True)
class Waiting:
    """The question waits for its turn."""

    position: int  # 1 for the question whose turn is next


Events = AsyncGenerator[Event | Waiting, None]

# The service's queue bounds the questions that are answered at once. They have their own threads,
# so that they do not wait for uploads.
_ANSWER_LIMITER = CapacityLimiter(40)


def _get_service(request: Request) -> AssistantService:
    """Return the service for the user who sent a request, who sees no private article of others."""
    service = cast(AssistantService, request.app.state.service)
    return service.for_user(get_user(request.scope))


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
            404, f"There is no article {article_id[:100]!r}. GET /api/articles lists all articles."
        ) from error


def get_shown_article(service: AssistantService, article_id: str) -> Article:
    """Return an article of the library, or the one that the page shows before it is stored.

    Raises:
        HTTPException: there is no article with this ID (404).
    """
    if article_id == service.article.id:
        return service.get_displayed_article(article_id)
    return get_article(service.library, article_id)


async def ask_service(
    service: AssistantService,
    request: Request,
    question: str,
    history: History = (),
    article_ids: Sequence[str] = (),
    *,
    shows_position: bool = False,
) -> Events:
    """Return the events of the answer to a question, when its turn has come.

    Args:
        service: the service that answers.
        request: the client's request. If the client disconnects, the question leaves the queue.
        question: what the user wants to know.
        history: earlier questions with their answers, oldest first.
        article_ids: the articles to search; if empty, the article that the page shows.
        shows_position: return at once if the question has to wait. The first events then say how
            its turn approaches.

    Raises:
        HTTPException: the service is not ready (503), there is no such article (404), or the
            client disconnected (499).
        BusyError: too many questions are waiting.
        QuestionLimitError: the user asked too many questions in the last minute.
        InputError: the question cannot be used.
    """
    if not service.is_ready:
        raise HTTPException(503, service.status, {"Retry-After": "2"})
    articles = [
        await run_sync(get_article, service.library, article_id)
        for article_id in dict.fromkeys(article_ids)
    ]
    service.question_limit.count(identify_user(request.scope))
    ticket = service.questions.enter(request.client.host if request.client else "")
    events = service.ask(question, history, articles)
    if shows_position and not ticket.turn.done():
        return await _start_events(_report_position(events, ticket))
    try:
        await _wait_for_turn(ticket, request)
    except BaseException:
        ticket.leave()
        raise
    return await _start_events(_iterate_in_threads(events, ticket))


async def _report_position(events: Generator[Event, None, None], ticket: Ticket) -> Events:
    """Yield the position of a waiting question when it changes, then the events of its answer."""
    try:
        turn = asyncio.wrap_future(ticket.turn)
        position = 0
        while not turn.done():
            if position != ticket.ahead + 1:
                position = ticket.ahead + 1
                yield Waiting(position)
            await asyncio.wait((turn,), timeout=POSITION_SECONDS)
        turn.result()
    except BaseException:
        ticket.leave()
        raise
    async with aclosing(_iterate_in_threads(events, ticket)) as started:
        async for event in started:
            yield event


async def _wait_for_turn(ticket: Ticket, request: Request) -> None:
    """Return when a question may be answered.

    Raises:
        HTTPException: its client is gone (499).
        BusyError: it lost its place.
    """
    disconnected = asyncio.ensure_future(wait_for_disconnect(request))
    try:
        turn = asyncio.wrap_future(ticket.turn)
        await asyncio.wait((turn, disconnected), return_when=asyncio.FIRST_COMPLETED)
        await asyncio.sleep(0)  # notice a client that is gone already
        if disconnected.done():
            raise HTTPException(499, "The client went away.")
        turn.result()
    finally:
        disconnected.cancel()


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


async def _iterate_in_threads(events: Generator[Event, None, None], ticket: Ticket) -> Events:
    """Yield the events of a blocking generator, which runs in worker threads.

    The generator is closed at the end in any case, which stops the model. Then the next question
    has its turn.
    """
    try:
        while (event := await run_sync(next, events, None, limiter=_ANSWER_LIMITER)) is not None:
            yield event
    finally:
        # Shielded, because a generator cannot be closed before its current step is done.
        try:
            with CancelScope(shield=True):
                await run_sync(events.close)
        finally:
            ticket.leave()


async def get_final_answer(events: Events, request: Request) -> Answer:
    """Return the answer at the end of the events.

    Raises:
        HTTPException: the client disconnected before the answer was complete (499).
    """
    disconnected = asyncio.ensure_future(wait_for_disconnect(request))
    try:
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Answer):
                    return event
                if disconnected.done():
                    break
    finally:
        disconnected.cancel()
    raise HTTPException(499, "The client closed the connection.")


async def wait_for_disconnect(request: Request) -> None:
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
