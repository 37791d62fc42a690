"""What another site's page cannot do to the API."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from index.article import Article

from .serving import QUESTION


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/api/ask",
            "/api/ask/stream",
            "/api/articles",
            "/api/articles/file",
            "/api/articles/a/refresh",
            "/api/articles/a/restore",
        ),
        *("/api/library", "/v1/chat/completions"),
    ],
)
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:9", "http://testserver.evil.example"])
def test_a_page_of_another_site_is_refused(client: TestClient, path: str, origin: str) -> None:
    response = client.post(path, json={"question": QUESTION}, headers={"Origin": origin})
    assert response.status_code == 403
    assert origin in response.text
    assert "access-control-allow-origin" not in response.headers


def test_a_page_of_another_site_removes_nothing(client: TestClient, volcano: Article) -> None:
    assert client.delete(f"/api/articles/{volcano.id}", headers={"Origin": "https://evil.example"}).status_code == 403
    assert client.get(f"/api/articles/{volcano.id}").status_code == 200


def test_the_servers_own_page_may_ask(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": QUESTION}, headers={"Origin": "http://testserver"})
    assert response.status_code == 200


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""])
def test_what_a_page_may_send_without_asking_is_no_json(client: TestClient, kind: str) -> None:
    response = client.post("/api/ask", content=b'{"question": "Who?"}', headers={"Content-Type": kind})
    assert response.status_code == 415
    assert response.headers["content-type"] == "application/problem+json"
    assert "application/json" in response.json()["detail"]


def test_a_page_of_another_site_renames_nothing(client: TestClient, volcano: Article) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.patch(f"/api/articles/{volcano.id}", json={"title": "Evil"}, headers=headers).status_code == 403
        assert client.post(f"/api/articles/{volcano.id}/restore", headers=headers).status_code == 403
    assert client.get(f"/api/articles/{volcano.id}").json()["title"] == volcano.title


@pytest.mark.parametrize("path", ["/api/articles/file", "/api/library"])
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""])
def test_a_file_comes_as_a_form(client: TestClient, path: str, kind: str) -> None:
    response = client.post(path, content=b"{}", headers={"Content-Type": kind})
    assert response.status_code == 415
    assert "multipart/form-data" in response.json()["detail"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_form_of_another_site_adds_nothing(client: TestClient, site: str) -> None:
    sent = client.post("/api/articles/file", files={"file": ("a.txt", b"Some words.")}, headers={"Sec-Fetch-Site": site})
    assert sent.status_code == 403
    link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
    assert client.get("/api/articles", headers=link).status_code == 200
    assert client.post("/api/articles/file", files={"file": ("a.txt", b"Some words.")}, headers=link).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("mode", ["no-cors", "cors", "same-origin", "websocket"])
def test_a_script_or_image_of_another_site_loads_nothing(client: TestClient, site: str, mode: str) -> None:
    assert client.get("/api/articles", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}).status_code == 403


def test_json_with_a_charset_is_json(client: TestClient) -> None:
    body = f'{{"question": "{QUESTION}"}}'.encode()
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert client.post("/api/ask", content=body, headers=headers).status_code == 200


def test_a_browser_that_asks_first_is_not_allowed(client: TestClient) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = client.options("/api/ask", headers=headers)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers
