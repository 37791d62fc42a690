"""Test the IDs of requests, in headers, errors and the log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.interfaces.http import create_api, request_log
from assistant.interfaces.json_logs import JSONFormatter
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.interfaces.http.serving import QUESTION, FailingService

SECRET = "a secret path"  # in the error of the failing service


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Yield the JSON lines of all loggers."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONFormatter())
    root, requests = logging.getLogger(), request_log.log
    level = requests.level
    root.addHandler(handler)
    requests.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    requests.setLevel(level)


def read_lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_short_plain_id_is_used(client: TestClient) -> None:
    sent = "trace_1.2-b"
    assert client.get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"] == sent


@pytest.mark.parametrize("sent", ["", "x" * 65, "a b", "a\tb", '{"level": 1}', "é"])
def test_other_id_is_replaced(client: TestClient, sent: str) -> None:
    headers = {b"X-Request-ID": sent.encode("utf-8")}
    first, second = (
        client.get("/healthz", headers=headers).headers["X-Request-ID"] for _ in range(2)
    )
    assert len(first) == len(second) == 32
    assert first != second


def test_error_has_id_of_header(client: TestClient) -> None:
    for response in (
        client.post("/api/ask", json={}),
        client.get("/api/articles/none"),
        client.post("/api/ask", content="x", headers={"Content-Type": "text/plain"}),
    ):
        assert response.status_code >= 400
        assert response.json()["request_id"] == response.headers["X-Request-ID"]


def test_unexpected_error_is_logged_with_id_and_no_text(
    bridge: Article, library: Library, log: io.StringIO
) -> None:
    service = FailingService(bridge, library, None, Settings())
    client = TestClient(create_api(service), raise_server_exceptions=False)
    response = client.post("/api/ask", json={"question": QUESTION})
    assert response.status_code == 500
    request_id = response.headers["X-Request-ID"]
    assert response.json()["request_id"] == request_id
    failed = next(line for line in read_lines(log) if line.get("error") == "RuntimeError")
    assert failed["request_id"] == request_id
    assert failed["trace"]
    assert SECRET not in log.getvalue()


def test_log_of_requests_has_no_text(
    client: TestClient, service: AssistantService, log: io.StringIO
) -> None:
    client.post("/api/ask", json={"question": QUESTION})
    client.get("/api/articles/Lund?removed=Lund")
    asked, read = (line for line in read_lines(log) if line["logger"] == request_log.log.name)
    assert (asked["method"], asked["route"], asked["status"]) == ("POST", "/api/ask", 200)
    assert asked["seconds"] >= 0
    assert (read["route"], read["status"]) == ("/api/articles/{article_id}", 404)
    assert all(text not in log.getvalue() for text in (QUESTION, "Lund", service.article.title))


def test_json_line_has_neither_arguments_nor_texts_of_others(log: io.StringIO) -> None:
    logging.getLogger("assistant.example").warning("%s was not read.", "Lund")
    logging.getLogger("chromadb.example").warning("Lund was not read.")
    own, other = read_lines(log)
    assert own["message"] == "%s was not read."
    assert "message" not in other
    assert other["place"].startswith("test_request_log:")
    assert "Lund" not in log.getvalue()
