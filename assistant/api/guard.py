"""Keeps out what is too large, and the websites that a user's browser has open."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from index.loaders import LARGEST

from .problems import refused

__all__ = ["Guard"]

API = ("/api/", "/v1/")
BODY = 1_000_000  # bytes of a question with its history
FORMS = ("/api/articles/file", "/api/library")
BARE = re.compile(r"/api/articles/[^/]*/re(?:fresh|store)")  # what is there to say is said by the path
ARTICLE = LARGEST + 1_000_000  # bytes; line ends and quotation marks take more room in JSON, and a form has borders
LIBRARY = 50_000_000
MOST = {"/api/articles": ARTICLE, "/api/articles/file": ARTICLE, "/api/library": LIBRARY}


class Guard:
    """Refuse requests that another site's page sends to any route, and request bodies of the API that are too large.

    The Host header is checked by Starlette's `TrustedHostMiddleware`. This class compares `Origin` with `Host` and reads
    `Sec-Fetch-Site`, on every path: those of the API, of the page and of Gradio. A link from another site may open the page;
    anything else that another site sends is refused, also a simple form or an image, which browsers send without asking first.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        wrong = _foreign(scope, headers)
        if scope["type"] == "websocket":
            app: ASGIApp = WebSocketClose(reason=str(wrong.detail)) if wrong else self.app
        elif scope["path"].startswith(API):
            most = MOST.get(scope["path"], BODY)
            wrong = wrong or _other_kind(scope, headers) or _too_large(headers, most)
            app, receive = refused(scope["path"], wrong) if wrong else self.app, _limited(receive, most)
        else:
            app = refused(scope["path"], wrong) if wrong else self.app
        await app(scope, receive, send)


def _foreign(scope: Scope, headers: Headers) -> HTTPException | None:
    """The refusal of a request that another site's page sent; None for any other request."""
    origin = headers.get("origin")
    elsewhere = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    link = scope.get("method") == "GET" and headers.get("sec-fetch-mode") == "navigate"
    if elsewhere and not link:
        return HTTPException(403, "Pages of other sites may not use this server. Open its own page.")
    if origin is None or origin.partition("://")[2] == headers.get("host"):
        return None
    return HTTPException(403, f"Pages of {origin[:200]} may not use this server. Open its own page, or send no Origin header.")


def _other_kind(scope: Scope, headers: Headers) -> HTTPException | None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    wanted = "multipart/form-data" if scope["path"] in FORMS else "application/json"
    if scope["method"] not in ("POST", "PUT", "PATCH") or kind == wanted or BARE.fullmatch(scope["path"]):
        return None
    what = "JSON" if wanted == "application/json" else "a form with a file"
    return HTTPException(415, f"The body has to be {what}. Send the header Content-Type: {wanted}.")


def _too_large(headers: Headers, most: int) -> HTTPException | None:
    length = headers.get("content-length", "")
    return _excess(most) if length.isdecimal() and int(length[:20]) > most else None


def _limited(receive: Receive, most: int) -> Receive:
    """The same messages, until they are more than that: a body need not say how long it is."""
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise _excess(most)
        return message

    return limited


def _excess(most: int) -> HTTPException:
    return HTTPException(413, f"The body is too large; at most {most / 1e6:.0f} MB are read here. Send less at a time.")
