"""Give each request an ID, and log and count each response."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["CLIENT_GONE", "RequestLog", "ResponseObserver", "get_request_id"]

log = logging.getLogger(__name__)

ID_HEADER = "X-Request-ID"
CLIENT_GONE = 499  # nginx's status of a request whose client left before the response
_PLAIN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)

ResponseObserver = Callable[[int], None]


def get_request_id() -> str | None:
    """Return the ID of the request that is being answered; None outside of requests."""
    return _request_id.get()


class RequestLog:
    """Send an ID with each response, and log the request without its path, query and body.

    The ID that a client or a proxy sends is used if it is short and plain.

    Args:
        app: the application that answers, with all of its middleware.
        observe: called with the status of each response.
    """

    def __init__(self, app: ASGIApp, observe: ResponseObserver | None = None) -> None:
        self.app = app
        self.observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        sent_id = Headers(scope=scope).get(ID_HEADER, "")
        request_id = sent_id if _PLAIN_ID.fullmatch(sent_id) else uuid4().hex
        # Not reset: the server runs each request in a context of its own.
        _request_id.set(request_id)
        started, status = time.monotonic(), CLIENT_GONE

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[ID_HEADER] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            if self.observe:
                self.observe(status)
            fields = {
                "method": scope["method"],
                "route": getattr(scope.get("route"), "path", None),
                "status": status,
                "seconds": round(time.monotonic() - started, 3),
            }
            log.info("A request was answered.", extra={"fields": fields})
