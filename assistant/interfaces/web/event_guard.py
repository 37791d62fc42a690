"""Check the events that browsers send to Gradio, before Gradio reads them.

Gradio trusts its own page. It answers an event of the wrong form with a traceback in the log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import gradio as gr
from anyio.to_thread import run_sync
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.interfaces.http.problem_details import make_problem_response
from assistant.interfaces.web.event_access import check_event_access
from assistant.interfaces.web.uploads import MAX_AGE_SECONDS, delete_stale_uploads, is_full

__all__ = ["EventGuard", "get_event_fields"]

MAX_ID_CHARS = 200
PREFIX = "/gradio_api/"
# The other routes of Gradio that take a body are of no use here: reloads, recordings, "vibe" edits.
EVENT_PATH = re.compile(r"(?:queue/join|run/\w+)/?")
ENDPOINT_PATH = re.compile(r"call/(?P<v2>v2/)?(?P<name>\w+)/?")
COMPONENT_PATH = re.compile(r"component_server/?")
JOB_PATH = re.compile(r"(?:cancel|reset)/?")
UPLOAD_PATH = re.compile(r"/gradio_api/upload/?")

_PageFunction = Callable[..., Any]
_Check = Callable[[Any], _PageFunction | None]


class _EventError(Exception):
    """An event is not of the form that the page sends. The message completes a sentence."""


def get_event_fields(event: gr.EventData) -> dict[str, Any]:
    """Return the fields that the page sends with an event; none if they have the wrong form."""
    return event._data if isinstance(event._data, dict) else {}


class EventGuard:
    """Refuse events that the page cannot have sent, each with a problem document.

    Lone surrogates, which no response can contain, become replacement characters.

    Args:
        app: the application that answers the other requests.
        page: the page that receives the events.
        uploads: the folder of uploaded files.
    """

    def __init__(self, app: ASGIApp, page: gr.Blocks, uploads: Path) -> None:
        self.app = app
        self.page = page
        self.uploads = uploads.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _is_upload_request(scope) and await run_sync(self._has_no_room):
            detail = "Too many files wait to be opened. Try again in ten minutes."
            await self._refuse(scope, receive, send, 503, detail)
            return
        check = self._find_check(scope)
        if check is None:
            await self.app(scope, receive, send)
            return
        try:
            body = _check_body(await Request(scope, receive).body(), check, scope)
        except _EventError as error:
            await self._refuse(
                scope, receive, send, 422, f"This event cannot be used: {error}. Reload the page."
            )
        except HTTPException as error:  # the body is too large, or the account may not do this
            await make_problem_response(scope["path"], error)(scope, receive, send)
        else:
            await self.app(_set_length(scope, len(body)), _replay(body, receive), send)

    async def _refuse(
        self, scope: Scope, receive: Receive, send: Send, status: int, detail: str
    ) -> None:
        headers = {"Retry-After": str(MAX_AGE_SECONDS)} if status == 503 else None
        response = make_problem_response(scope["path"], HTTPException(status, detail, headers))
        await response(scope, receive, send)

    def _has_no_room(self) -> bool:
        delete_stale_uploads(self.uploads)
        return is_full(self.uploads)

    def _find_check(self, scope: Scope) -> _Check | None:
        """Return the check of the body that a request has; None if it needs none.

        A check returns the function of the page that the event calls; None if it calls none.
        """
        if scope["type"] != "http" or scope["method"] != "POST":
            return None
        path = scope["path"].removeprefix(PREFIX)
        if path == scope["path"] or _is_upload_request(scope):
            return None
        if EVENT_PATH.fullmatch(path):
            return self._check_event
        if COMPONENT_PATH.fullmatch(path):
            return self._check_component_call
        if JOB_PATH.fullmatch(path):
            return self._check_job
        if match := ENDPOINT_PATH.fullmatch(path):
            name, takes_names = match["name"], bool(match["v2"])
            return lambda body: self._check_endpoint_call(body, name, takes_names)
        return _refuse_path

    def _check_event(self, body: Any) -> _PageFunction:
        _check_fields(body, ("data", list), fn_index=int)
        function = self.page.fns.get(body["fn_index"])
        if function is None or function.fn is None:  # without `fn` it is one of the browser's
            raise _EventError("the page has no such function")
        if body.get("batched"):
            raise _EventError("events are not taken in batches")
        if not isinstance(body.get("event_data"), dict | None):
            raise _EventError("event_data is no object")
        _check_no_file(body.get("event_data"))
        if not function.cancels:  # Gradio ignores the data of those that cancel
            self._check_inputs(body["data"], function.inputs)
        return cast(_PageFunction, function.fn)

    def _check_inputs(self, values: list[Any], inputs: list[Any]) -> None:
        if len(values) != len(inputs):
            raise _EventError(f"{len(values)} values came, {len(inputs)} belong to it")
        for index, (value, component) in enumerate(zip(values, inputs, strict=True)):
            if isinstance(component, gr.File):
                self._check_file(value)
                continue
            _check_no_file(value)
            if isinstance(component, gr.Textbox):
                if not isinstance(value, str | None):
                    raise _EventError("a text is missing")
                values[index] = value or ""

    def _check_file(self, value: Any) -> None:
        """Check that a value names a file that was uploaded here, and drop its other fields.

        Gradio would fetch the `url` of a file, for example.
        """
        fields = value if isinstance(value, dict) else {}
        path, name = fields.get("path"), fields.get("orig_name")
        if not (isinstance(path, str) and isinstance(name, str | None) and self._is_upload(path)):
            raise _EventError("the file did not arrive here. Choose it again")
        fields.clear()
        fields.update(path=path, orig_name=name, meta={"_type": "gradio.FileData"})

    def _is_upload(self, path: str) -> bool:
        try:
            return Path(path).is_file() and Path(path).resolve().is_relative_to(self.uploads)
        except (OSError, ValueError):  # the path is too long or has a null character
            return False

    def _check_component_call(self, body: Any) -> _PageFunction:
        _check_fields(body, ("session_hash", str), component_id=int, fn_name=str)
        block = self.page.blocks.get(body["component_id"])
        function = getattr(block, body["fn_name"], None)
        if not getattr(function, "_is_server_fn", False):
            raise _EventError("the page has no such function")
        if "data" not in body:
            raise _EventError("data is missing")
        return cast(_PageFunction, function)

    def _check_endpoint_call(self, body: Any, name: str, takes_names: bool) -> _PageFunction:
        functions = {
            fn.api_name: fn.fn for fn in self.page.fns.values() if fn.api_visibility == "public"
        }
        if name not in functions:
            raise _EventError(f"there is no endpoint {name[:100]!r}")
        _check_fields(body, *([] if takes_names else [("data", list)]))
        values = body if takes_names else body["data"]
        if len(values) != 1 or (takes_names and "question" not in values):
            raise _EventError("it takes one question")
        _check_no_file(values)
        return cast(_PageFunction, functions[name])

    def _check_job(self, body: Any) -> None:
        _check_fields(body, ("event_id", str))
        if "fn_index" in body:
            _check_fields(body, ("session_hash", str), fn_index=int)


def _is_upload_request(scope: Scope) -> bool:
    path = scope.get("path", "")
    return scope.get("method") == "POST" and bool(UPLOAD_PATH.fullmatch(path))


def _refuse_path(body: Any) -> None:
    raise _EventError("the page has no such route")


def _check_body(data: bytes, check: _Check, scope: Scope) -> bytes:
    """Return the body of a request after a check, with replacements for lone surrogates.

    Raises:
        _EventError: the page cannot have sent it.
        HTTPException: the account of the request may not do this (403).
    """
    try:
        body = json.loads(data, parse_constant=_refuse_constant)
    except RecursionError as error:
        raise _EventError("it is nested too deeply") from error
    except ValueError as error:
        raise _EventError("it is not JSON") from error
    if function := check(body):
        check_event_access(scope, function, body)
    # The pairs are one character by now, so what is left of the surrogates are lone ones.
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _check_fields(body: Any, *required: tuple[str, type], **more: type) -> None:
    """Check that a body is an object, and the types of its fields.

    Raises:
        _EventError: a required field is missing or a field has the wrong type.
    """
    if not isinstance(body, dict):
        raise _EventError("it is no object")
    for name, kind in (*required, *more.items()):
        if type(body.get(name)) is not kind:
            raise _EventError(f"{name} is missing or of the wrong type")
    for name in ("session_hash", "event_id", "oauth_token"):
        value = body.get(name)
        if not isinstance(value, str | None) or len(value or "") > MAX_ID_CHARS:
            raise _EventError(f"{name} is no short text")
    for name in ("fn_index", "trigger_id", "component_id"):
        if not (type(body.get(name)) is int or body.get(name) is None):
            raise _EventError(f"{name} is no number")
    if not isinstance(body.get("simple_format", False), bool):
        raise _EventError("simple_format is neither true nor false")


def _check_no_file(value: Any) -> None:
    """Check that no part of a value claims to be a file; only the field for files takes one."""
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            if isinstance(part.get("path"), str):
                raise _EventError("a file came where none belongs")
            pending += part.values()
        elif isinstance(part, list):
            pending += part


def _set_length(scope: Scope, length: int) -> Scope:
    """Return a scope with another Content-Length, because a checked body may differ."""
    headers = [
        (name, value)
        for name, value in scope["headers"]
        if name not in (b"content-length", b"transfer-encoding", b"content-type")
    ]
    headers += [(b"content-length", b"%d" % length), (b"content-type", b"application/json")]
    return {**scope, "headers": headers}


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[Message]]:
    """Return a `receive` that gives the body once, and then what follows it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay
