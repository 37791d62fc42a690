"""Report errors to clients as RFC 9457 problem documents, and under `/v1` as OpenAI errors."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from assistant.interfaces.http.request_log import get_request_id
from assistant.service.question_limit import QuestionLimitError
from assistant.service.question_queue import BusyError
from index.errors import AssistantError, InputError

__all__ = [
    "PROBLEM_MEDIA_TYPE",
    "PartProblem",
    "Problem",
    "Responses",
    "add_error_handlers",
    "describe_openai_errors",
    "describe_problems",
    "make_openai_error",
    "make_problem",
    "make_problem_response",
]

log = logging.getLogger(__name__)

PROBLEM_MEDIA_TYPE = "application/problem+json"


class InvalidField(BaseModel):
    """A field of a request that is not valid."""

    pointer: str  # a JSON pointer into the body, such as "/history/0/answer"
    detail: str


class PartProblem(BaseModel):
    """What is wrong with a part of the server."""

    part: str
    detail: str


class Problem(BaseModel):
    """A problem document (RFC 9457)."""

    type: str = "about:blank"
    title: str  # the standard phrase of the status
    status: int
    detail: str  # what happened, to which input, and what to do
    errors: list[InvalidField] | None = None
    problems: list[PartProblem] | None = None  # of `/readyz`
    # As in the header X-Request-ID and in the server's log.
    request_id: str | None = Field(default_factory=get_request_id)


class OpenAIError(BaseModel):
    """An error in the form of OpenAI's API."""

    message: str
    type: str
    param: str | None = None
    code: str | None = None


class OpenAIErrors(BaseModel):
    """The error response of OpenAI's API."""

    error: OpenAIError


# Responses by status, in the form that FastAPI puts into the OpenAPI document.
Responses = dict[int | str, dict[str, Any]]


def describe_problems(*statuses: int) -> Responses:
    """Return OpenAPI responses: a problem document for each status."""
    return {
        status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses
    }


def describe_openai_errors(*statuses: int) -> Responses:
    """Return OpenAPI responses: an OpenAI error for each status."""
    return {
        status: {"model": OpenAIErrors, "description": HTTPStatus(status).phrase}
        for status in statuses
    }


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error of the application with a document.

    Unexpected errors are logged. Their details are not sent to the client.
    """
    for kind in (HTTPException, RequestValidationError, AssistantError, sqlite3.Error, Exception):
        app.add_exception_handler(kind, _handle_error)


async def _handle_error(request: Request, error: Exception) -> JSONResponse:
    return make_problem_response(request.url.path, error)


def make_problem_response(path: str, error: Exception) -> JSONResponse:
    """Return the response to an error of a request for `path`."""
    problem = make_problem(error)
    headers: Mapping[str, str] | None = getattr(error, "headers", None)
    if isinstance(error, BusyError | QuestionLimitError):
        headers = {"Retry-After": str(error.retry_seconds)}
    if not path.startswith("/v1"):
        content = problem.model_dump(exclude_none=True)
        return JSONResponse(content, problem.status, headers, media_type=PROBLEM_MEDIA_TYPE)
    # OpenAI's API has no 422.
    return JSONResponse(
        make_openai_error(problem), 400 if problem.status == 422 else problem.status, headers
    )


def make_openai_error(problem: Problem) -> dict[str, Any]:
    """Return a problem as an error response of OpenAI's API."""
    kind = "server_error" if problem.status >= 500 else "invalid_request_error"
    param = problem.errors[0].pointer.strip("/").replace("/", ".") if problem.errors else None
    code = "model_not_found" if problem.status == 404 and "model" in problem.detail else None
    code = "rate_limit_exceeded" if problem.status == 429 else code
    return {
        "error": OpenAIError(message=problem.detail, type=kind, param=param, code=code).model_dump()
    }


def make_problem(error: Exception) -> Problem:
    """Return the problem document for an exception.

    Exceptions that are not meant for clients are logged and described in general terms.
    """
    if isinstance(error, RequestValidationError):
        return _make_validation_problem(error)
    if isinstance(error, HTTPException):
        return _make_status_problem(error.status_code, str(error.detail))
    if isinstance(error, InputError):
        return _make_status_problem(422, str(error))
    if isinstance(error, QuestionLimitError):
        return _make_status_problem(429, str(error))
    if isinstance(error, AssistantError):
        return _make_status_problem(503, str(error))
    log.error("A request failed.", exc_info=error)
    if isinstance(error, sqlite3.Error):
        return _make_status_problem(
            503, "The data folder cannot be used; the server's log says why."
        )
    return _make_status_problem(
        500, "The server failed; the request is not the cause. The server's log has the details."
    )


def _make_validation_problem(error: RequestValidationError) -> Problem:
    """Return the problem document for a request that FastAPI could not validate."""
    details = error.errors()
    if details[0]["type"] == "json_invalid":
        return _make_status_problem(400, f"The body is not JSON ({details[0]['ctx']['error']}).")
    fields = [
        InvalidField(pointer=_make_json_pointer(detail["loc"]), detail=detail["msg"])
        for detail in details[:20]
    ]
    summary = "; ".join(f"{field.pointer or 'the body'}: {field.detail}" for field in fields)
    return _make_status_problem(422, f"The request is not valid: {summary}.", fields)


def _make_json_pointer(location: Sequence[object]) -> str:
    """Return a JSON pointer (RFC 6901) for the location of a validation error.

    The first item of a location is "body" or "path". A field name may be any text, including a
    lone surrogate.
    """
    names = (str(part)[:100].replace("~", "~0").replace("/", "~1") for part in location[1:])
    return "".join(f"/{name}" for name in names).encode("utf-8", "replace").decode("utf-8")


def _make_status_problem(
    status: int, detail: str, errors: list[InvalidField] | None = None
) -> Problem:
    """Return the problem document for an HTTP status, which need not be a registered one."""
    try:
        title = HTTPStatus(status).phrase
    except ValueError:
        title = "Error"
    return Problem(title=title, status=status, detail=detail, errors=errors)
