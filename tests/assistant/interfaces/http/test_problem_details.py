"""Test that errors are problem documents with the right status and without a traceback."""

from __future__ import annotations

import sqlite3
from typing import Any

import anyio
import pytest
from fastapi.testclient import TestClient

from assistant import DataError
from assistant.interfaces.http import create_api
from assistant.service.service import AssistantService
from index.storage.library import Library
from tests.assistant.interfaces.http.serving import QUESTION

JSON = {"Content-Type": "application/json"}


def check_problem(response: Any, status: int) -> Any:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    assert document["title"]
    assert document["detail"]
    assert "Traceback" not in response.text
    return document


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/question"),
        ({"question": ""}, "/question"),
        ({"question": 7}, "/question"),
        ({"question": QUESTION, "temperature": 1}, "/temperature"),
        ({"question": QUESTION, "history": [{"question": "Who?"}]}, "/history/0/answer"),
        (
            {"question": QUESTION, "history": [{"question": "Who?", "answer": "She.", "at": 1}]},
            "/history/0/at",
        ),
        ({"question": QUESTION, "articles": ["x"] * 51}, "/articles"),
        ({"question": QUESTION, "a/b~": 1}, "/a~1b~0"),
        ([], ""),
    ],
)
def test_invalid_body_is_reported_with_pointer(client: TestClient, body: Any, pointer: str) -> None:
    document = check_problem(client.post("/api/ask", json=body), 422)
    assert document["errors"][0]["pointer"] == pointer
    assert pointer in document["detail"]


def test_lone_surrogate_in_field_name_is_reported(client: TestClient) -> None:
    response = client.post("/api/ask", content=b'{"question": "Who?", "\\ud800": 1}', headers=JSON)
    check_problem(response, 422)


@pytest.mark.parametrize(
    "body", [b"{", b"", b"\xff\xfe", b'{"question": ' + b"[" * 100_000, b"9" * 5_000]
)
def test_body_without_json_is_reported(client: TestClient, body: bytes) -> None:
    response = client.post("/api/ask", content=body, headers=JSON)
    check_problem(response, response.status_code)
    assert response.status_code in (400, 422)


@pytest.mark.parametrize(
    ("path", "largest"), [("/api/ask", 1_000_000), ("/api/articles", 11_000_000)]
)
def test_large_content_length_is_refused(client: TestClient, path: str, largest: int) -> None:
    headers = {**JSON, "Content-Length": str(largest + 1)}
    check_problem(client.post(path, content=iter([b"{}"]), headers=headers), 413)


def test_large_body_without_length_is_cut_off(service: AssistantService) -> None:
    app, read, messages = create_api(service), [], []
    headers = [(b"content-type", b"application/json"), (b"host", b"testserver")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/ask",
        "headers": headers,
        "query_string": b"",
        "scheme": "http",
    }

    async def endless() -> Any:
        read.append(1)
        return {"type": "http.request", "body": b"why " * 25_000, "more_body": True}

    async def send(message: Any) -> None:
        messages.append(message)

    anyio.run(app, scope, endless, send)
    assert messages[0]["status"] == 413
    assert b"at most 1 MB" in messages[1]["body"]
    assert len(read) == 11


@pytest.mark.parametrize("path", ["/api/nothing", "/api/articles/", "/api/ask/stream/more"])
def test_unknown_path_is_reported(client: TestClient, path: str) -> None:
    assert "openapi.json" in check_problem(client.get(path), 404)["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/ask", "POST"),
        ("DELETE", "/api/articles", "GET, POST"),
        ("DELETE", "/healthz", "GET"),
    ],
)
def test_wrong_method_is_reported_with_allowed_ones(
    client: TestClient, method: str, path: str, allowed: str
) -> None:
    response = client.request(method, path)
    check_problem(response, 405)
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (DataError("The disk is full. Free some space."), 503),
        (sqlite3.OperationalError("x.sqlite"), 503),
        (KeyError("x"), 500),
    ],
)
def test_server_failure_is_reported_without_details(
    service: AssistantService, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(library: Library, *args: Any) -> None:
        raise error

    monkeypatch.setattr(Library, "add", fail)
    client = TestClient(create_api(service), raise_server_exceptions=False)
    document = check_problem(client.post("/api/articles", json={"text": "Some words."}), status)
    assert ("disk is full" in document["detail"]) == isinstance(error, DataError)
    assert "sqlite" not in document["detail"]
