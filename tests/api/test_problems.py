"""Errors as documents, with the right status, and never a traceback."""

from __future__ import annotations

import sqlite3
from typing import Any

import anyio
import pytest
from fastapi.testclient import TestClient

from assistant import DataError
from assistant.api import create_api
from assistant.page.desk import Desk
from index.library import Library

from .serving import QUESTION

JSON = {"Content-Type": "application/json"}


def problem(response: Any, status: int) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == status
    assert told["title"]
    assert told["detail"]
    assert "Traceback" not in response.text
    return told


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/question"),
        ({"question": ""}, "/question"),
        ({"question": 7}, "/question"),
        ({"question": QUESTION, "temperature": 1}, "/temperature"),
        ({"question": QUESTION, "history": [{"question": "Who?"}]}, "/history/0/answer"),
        ({"question": QUESTION, "history": [{"question": "Who?", "answer": "She.", "at": 1}]}, "/history/0/at"),
        ({"question": QUESTION, "articles": ["x"] * 51}, "/articles"),
        ({"question": QUESTION, "a/b~": 1}, "/a~1b~0"),
        ([], ""),
    ],
)
def test_a_body_that_does_not_fit_is_told_where(client: TestClient, body: Any, pointer: str) -> None:
    told = problem(client.post("/api/ask", json=body), 422)
    assert told["errors"][0]["pointer"] == pointer
    assert pointer in told["detail"]


def test_a_name_that_is_no_text_is_told_as_far_as_it_can_be(client: TestClient) -> None:
    response = client.post("/api/ask", content=b'{"question": "Who?", "\\ud800": 1}', headers=JSON)
    problem(response, 422)


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b'{"question": ' + b"[" * 100_000, b"9" * 5_000])
def test_a_body_that_is_no_json_is_told(client: TestClient, body: bytes) -> None:
    response = client.post("/api/ask", content=body, headers=JSON)
    problem(response, response.status_code)
    assert response.status_code in (400, 422)


@pytest.mark.parametrize(("path", "largest"), [("/api/ask", 1_000_000), ("/api/articles", 11_000_000)])
def test_a_body_that_is_too_large_is_refused_by_what_it_says_of_itself(client: TestClient, path: str, largest: int) -> None:
    headers = {**JSON, "Content-Length": str(largest + 1)}
    problem(client.post(path, content=iter([b"{}"]), headers=headers), 413)


def test_a_body_of_unknown_length_is_read_no_further_than_allowed(desk: Desk) -> None:
    app, read, said = create_api(desk), [], []
    headers = [(b"content-type", b"application/json"), (b"host", b"testserver")]
    scope = {"type": "http", "method": "POST", "path": "/api/ask", "headers": headers, "query_string": b"", "scheme": "http"}

    async def endless() -> Any:
        read.append(1)
        return {"type": "http.request", "body": b"why " * 25_000, "more_body": True}

    async def send(message: Any) -> None:
        said.append(message)

    anyio.run(app, scope, endless, send)
    assert said[0]["status"] == 413
    assert b"at most 1 MB" in said[1]["body"]
    assert len(read) == 11


@pytest.mark.parametrize("path", ["/api/nothing", "/api/articles/", "/api/ask/stream/more"])
def test_a_path_that_is_not_there_is_told(client: TestClient, path: str) -> None:
    assert "openapi.json" in problem(client.get(path), 404)["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/api/ask", "POST"), ("DELETE", "/api/articles", "GET, POST"), ("DELETE", "/healthz", "GET")],
)
def test_a_method_that_a_path_does_not_take_is_told(client: TestClient, method: str, path: str, allowed: str) -> None:
    response = client.request(method, path)
    problem(response, 405)
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("error", "status"),
    [(DataError("The disk is full. Free some space."), 503), (sqlite3.OperationalError("x.sqlite"), 503), (KeyError("x"), 500)],
)
def test_a_failure_of_the_server_is_told_and_no_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(library: Library, *given: Any) -> None:
        raise error

    monkeypatch.setattr(Library, "add", fail)
    client = TestClient(create_api(desk), raise_server_exceptions=False)
    told = problem(client.post("/api/articles", json={"text": "Some words."}), status)
    assert ("disk is full" in told["detail"]) == isinstance(error, DataError)
    assert "sqlite" not in told["detail"]
