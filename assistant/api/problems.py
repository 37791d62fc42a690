"""Errors as clients see them: RFC 9457 problem documents, and under `/v1` what OpenAI's clients understand."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from index.errors import AssistantError, InputError

__all__ = ["PROBLEM", "Responses", "handle", "openai_error", "openai_errors", "problem_of", "problems", "refused"]

log = logging.getLogger(__name__)

PROBLEM = "application/problem+json"


class Invalid(BaseModel):
    """One thing that is wrong with a request's body."""

    pointer: str  # a JSON pointer into the body, such as "/history/0/answer"
    detail: str


class Problem(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str  # the status in words
    status: int
    detail: str  # what happened, to which input, and what to do
    errors: list[Invalid] | None = None


class OpenAIError(BaseModel):
    message: str
    type: str
    param: str | None = None
    code: str | None = None


class OpenAIErrors(BaseModel):
    """What went wrong, as OpenAI's API says it."""

    error: OpenAIError


# What goes into the OpenAPI document.
Responses = dict[int | str, dict[str, Any]]


def problems(*statuses: int) -> Responses:
    """That these statuses come with a problem document."""
    return {status: {"model": Problem, "description": HTTPStatus(status).phrase} for status in statuses}


def openai_errors(*statuses: int) -> Responses:
    """That these statuses come with an error of OpenAI's form."""
    return {status: {"model": OpenAIErrors, "description": HTTPStatus(status).phrase} for status in statuses}


def handle(app: FastAPI) -> None:
    """Have every error of the app answered by a document; what was not foreseen is logged, and not told to the client."""
    for kind in (HTTPException, RequestValidationError, AssistantError, sqlite3.Error, Exception):
        app.add_exception_handler(kind, _answer)


async def _answer(request: Request, error: Exception) -> JSONResponse:
    return refused(request.url.path, error)


def refused(path: str, error: Exception) -> JSONResponse:
    """The response to an error at a path."""
    problem = problem_of(error)
    headers: Mapping[str, str] | None = getattr(error, "headers", None)
    if not path.startswith("/v1"):
        told = problem.model_dump(exclude_none=True)
        return JSONResponse(told, problem.status, headers, media_type=PROBLEM)
    # OpenAI's API has no 422.
    return JSONResponse(openai_error(problem), 400 if problem.status == 422 else problem.status, headers)


def openai_error(problem: Problem) -> dict[str, Any]:
    """The same in the form of OpenAI's API."""
    kind = "server_error" if problem.status >= 500 else "invalid_request_error"
    param = problem.errors[0].pointer.strip("/").replace("/", ".") if problem.errors else None
    code = "model_not_found" if problem.status == 404 and "model" in problem.detail else None
    return {"error": OpenAIError(message=problem.detail, type=kind, param=param, code=code).model_dump()}


def problem_of(error: Exception) -> Problem:
    """What a client is told of an error."""
    if isinstance(error, RequestValidationError):
        return _of_validation(error)
    if isinstance(error, HTTPException):
        return _problem(error.status_code, str(error.detail))
    if isinstance(error, InputError):
        return _problem(422, str(error))
    if isinstance(error, AssistantError):
        return _problem(503, str(error))
    log.error("A request failed.", exc_info=error)
    if isinstance(error, sqlite3.Error):
        return _problem(503, "The data folder cannot be used; the server's log says why.")
    return _problem(500, "Something went wrong here, not with the request; the server's log says what.")


def _of_validation(error: RequestValidationError) -> Problem:
    found = error.errors()
    if found[0]["type"] == "json_invalid":
        return _problem(400, f"The body is not JSON ({found[0]['ctx']['error']}).")
    wrong = [Invalid(pointer=_pointer(one["loc"]), detail=one["msg"]) for one in found[:20]]
    told = "; ".join(f"{one.pointer or 'the body'}: {one.detail}" for one in wrong)
    return _problem(422, f"The request cannot be used. {told}.", wrong)


def _pointer(place: Sequence[object]) -> str:
    """RFC 6901. The first part of a place is "body" or "path"; a name may be any text, half a character too."""
    names = (str(part)[:100].replace("~", "~0").replace("/", "~1") for part in place[1:])
    return "".join(f"/{name}" for name in names).encode("utf-8", "replace").decode("utf-8")


def _problem(status: int, detail: str, errors: list[Invalid] | None = None) -> Problem:
    try:
        title = HTTPStatus(status).phrase
    except ValueError:
        title = "Error"
    return Problem(title=title, status=status, detail=detail, errors=errors)
