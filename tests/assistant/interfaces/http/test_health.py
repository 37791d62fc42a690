"""Test `/healthz` and `/readyz`."""

from __future__ import annotations

from fastapi.testclient import TestClient

from assistant.interfaces.http import create_api
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.interfaces.http.serving import wait_until


def test_healthz_before_ready_is_ok_and_readyz_is_not(bridge: Article, library: Library) -> None:
    client = TestClient(create_api(AssistantService(bridge, library, None, Settings())))
    assert client.get("/healthz").json() == {"status": "ok"}
    response = client.get("/readyz")
    assert (response.status_code, response.headers["content-type"]) == (
        503,
        "application/problem+json",
    )
    assert response.json()["detail"] == "Opening the article …"


def test_readyz_with_open_article_is_ready(client: TestClient) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "detail": "Answers are quotes alone."}


def test_readyz_after_failed_opening_is_unavailable(
    bridge: Article, empty_library: Library
) -> None:
    empty_library.store.close()
    service = AssistantService(bridge, empty_library, None, Settings())
    service.start()
    wait_until(lambda: service.is_settled)
    client = TestClient(create_api(service))
    assert "could not be opened" in client.get("/readyz").json()["detail"]
    assert client.post("/api/ask", json={"question": "Who?"}).status_code == 503
    assert client.get("/healthz").status_code == 200
