"""Refuse requests from other websites and request bodies that are too large."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from assistant.interfaces.http.limits import Limits
from assistant.interfaces.http.problem_details import make_problem_response

__all__ = ["RequestGuard"]

API_PREFIXES = ("/api/", "/v1/")
FORM_PATHS = ("/api/articles/file", "/api/library")
BODILESS_PATH = re.compile(r"/api/articles/[^/]*/re(?:fresh|store)")  # these need no body


class RequestGuard:
    """Refuse requests that another site's page sends, and request bodies that are too large.

    Starlette's `TrustedHostMiddleware` checks the Host header. This class compares `Origin` with
    `Host` and reads `Sec-Fetch-Site`, on every path: those of the API, of the page and of Gradio.
    A link from another site may open the page. Anything else that another site sends is refused,
    including simple forms and images, which browsers send without a preflight request.

    Args:
        app: the application that answers the other requests.
        limits: the maximum sizes of request bodies.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        error = _check_origin(scope, headers)
        if scope["type"] == "websocket":
            refusal = WebSocketClose(reason=str(error.detail)) if error else self.app
            await refusal(scope, receive, send)
            return
        max_bytes = self.limits.max_body_bytes(scope["path"])
        if not error and scope["path"].startswith(API_PREFIXES):
            error = _check_content_type(scope, headers)
        error = error or _check_content_length(headers, max_bytes)
        app = make_problem_response(scope["path"], error) if error else self.app
        await app(scope, _limit_body(receive, max_bytes), send)


def _check_origin(scope: Scope, headers: Headers) -> HTTPException | None:
    """Return the error for a request from another site's page; None for any other request."""
    origin = headers.get("origin")
    is_cross_site = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    is_link = scope.get("method") == "GET" and headers.get("sec-fetch-mode") == "navigate"
    if is_cross_site and not is_link:
        return HTTPException(
            403, "Pages of other sites may not use this server. Open its own page."
        )
    if origin is None or origin.partition("://")[2] == headers.get("host"):
        return None
    return HTTPException(
        403,
        f"Pages of {origin[:200]} may not use this server. "
        "Open its own page, or send no Origin header.",
    )


def _check_content_type(scope: Scope, headers: Headers) -> HTTPException | None:
    """Return the error for a body of the wrong media type; None if the type is right."""
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    expected = "multipart/form-data" if scope["path"] in FORM_PATHS else "application/json"
    if (
        scope["method"] not in ("POST", "PUT", "PATCH")
        or content_type == expected
        or BODILESS_PATH.fullmatch(scope["path"])
    ):
        return None
    form = "JSON" if expected == "application/json" else "a form with a file"
    return HTTPException(
        415, f"The body has to be {form}. Send the header Content-Type: {expected}."
    )


def _check_content_length(headers: Headers, max_bytes: int) -> HTTPException | None:
    """Return the error for a Content-Length above `max_bytes`; None if it is within the limit."""
    length = headers.get("content-length", "")
    is_too_large = length.isdecimal() and int(length[:20]) > max_bytes
    return _make_too_large_error(max_bytes) if is_too_large else None


def _limit_body(receive: Receive, max_bytes: int) -> Receive:
    """Return a `receive` that raises HTTPException (413) when a body exceeds `max_bytes`.

    A body may come without a Content-Length, so its bytes are counted.
    """
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > max_bytes:
            raise _make_too_large_error(max_bytes)
        return message

    return limited


def _make_too_large_error(max_bytes: int) -> HTTPException:
    return HTTPException(
        413,
        f"The body is too large; at most {max_bytes / 1e6:.0f} MB are read here. "
        "Send less at a time.",
    )
