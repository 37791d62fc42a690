"""Whether the process lives, and whether it can answer."""

from __future__ import annotations

from fastapi.testclient import TestClient

from assistant.api import create_api
from assistant.page.desk import Desk
from assistant.settings import Settings
from index.article import Article
from index.library import Library

from .serving import wait


def test_it_lives_before_it_is_ready_and_says_why_it_is_not(bridge: Article, kept: Library) -> None:
    client = TestClient(create_api(Desk(bridge, kept, None, Settings())))
    assert client.get("/healthz").json() == {"status": "ok"}
    response = client.get("/readyz")
    assert (response.status_code, response.headers["content-type"]) == (503, "application/problem+json")
    assert response.json()["detail"] == "Opening the article …"


def test_it_is_ready_once_the_article_is_open(client: TestClient) -> None:
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json() == {"status": "ready", "detail": "Answers are quotes alone."}


def test_an_article_that_cannot_be_opened_leaves_it_unready(bridge: Article, empty: Library) -> None:
    empty.store.close()
    desk = Desk(bridge, empty, None, Settings())
    desk.start()
    wait(lambda: desk.settled)
    client = TestClient(create_api(desk))
    assert "could not be opened" in client.get("/readyz").json()["detail"]
    assert client.post("/api/ask", json={"question": "Who?"}).status_code == 503
    assert client.get("/healthz").status_code == 200
