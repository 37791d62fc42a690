"""Test that requests from other websites are refused."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from assistant.interfaces.http.limits import Limits
from assistant.interfaces.http.middleware import RequestGuard
from index.text.article import Article
from tests.assistant.interfaces.http.serving import QUESTION


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
@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "http://localhost:9", "http://testserver.evil.example"],
)
def test_post_from_other_origin_is_refused(client: TestClient, path: str, origin: str) -> None:
    response = client.post(path, json={"question": QUESTION}, headers={"Origin": origin})
    assert response.status_code == 403
    assert origin in response.text
    assert "access-control-allow-origin" not in response.headers


def test_delete_from_other_origin_is_refused(client: TestClient, volcano: Article) -> None:
    assert (
        client.delete(
            f"/api/articles/{volcano.id}", headers={"Origin": "https://evil.example"}
        ).status_code
        == 403
    )
    assert client.get(f"/api/articles/{volcano.id}").status_code == 200


def test_post_from_own_origin_is_accepted(client: TestClient) -> None:
    response = client.post(
        "/api/ask", json={"question": QUESTION}, headers={"Origin": "http://testserver"}
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_post_without_json_content_type_is_refused(client: TestClient, content_type: str) -> None:
    response = client.post(
        "/api/ask", content=b'{"question": "Who?"}', headers={"Content-Type": content_type}
    )
    assert response.status_code == 415
    assert response.headers["content-type"] == "application/problem+json"
    assert "application/json" in response.json()["detail"]


def test_patch_from_other_site_is_refused(client: TestClient, volcano: Article) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert (
            client.patch(
                f"/api/articles/{volcano.id}", json={"title": "Evil"}, headers=headers
            ).status_code
            == 403
        )
        assert (
            client.post(f"/api/articles/{volcano.id}/restore", headers=headers).status_code == 403
        )
    assert client.get(f"/api/articles/{volcano.id}").json()["title"] == volcano.title


@pytest.mark.parametrize("path", ["/api/articles/file", "/api/library"])
@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""]
)
def test_upload_without_form_content_type_is_refused(
    client: TestClient, path: str, content_type: str
) -> None:
    response = client.post(path, content=b"{}", headers={"Content-Type": content_type})
    assert response.status_code == 415
    assert "multipart/form-data" in response.json()["detail"]


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_form_from_other_site_is_refused(client: TestClient, site: str) -> None:
    response = client.post(
        "/api/articles/file",
        files={"file": ("a.txt", b"Some words.")},
        headers={"Sec-Fetch-Site": site},
    )
    assert response.status_code == 403
    link = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"}
    assert client.get("/api/articles", headers=link).status_code == 200
    assert (
        client.post(
            "/api/articles/file", files={"file": ("a.txt", b"Some words.")}, headers=link
        ).status_code
        == 403
    )


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize("mode", ["no-cors", "cors", "same-origin", "websocket"])
def test_subresource_request_from_other_site_is_refused(
    client: TestClient, site: str, mode: str
) -> None:
    assert (
        client.get(
            "/api/articles", headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode}
        ).status_code
        == 403
    )


@pytest.mark.parametrize(
    ("path", "megabytes"),
    [
        ("/gradio_api/queue/join", 13),
        ("/gradio_api/queue/join/", 13),
        ("/gradio_api/run/predict", 13),
        ("/gradio_api/component_server", 13),
        ("/gradio_api/upload", 13),
        ("/gradio_api/call/ask", 2),
        ("/gradio_api/cancel", 2),
        ("/login", 2),
    ],
)
@pytest.mark.parametrize("is_length_sent", [True, False])
def test_body_is_limited_on_every_route(path: str, megabytes: int, is_length_sent: bool) -> None:
    read: list[int] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            read.append(len(await Request(scope, receive).body()))
        except HTTPException as error:
            read.append(error.status_code)
        await JSONResponse({})(scope, receive, send)

    client = TestClient(RequestGuard(app, Limits()))
    parts = (b"x" * 1_000_000 for _ in range(megabytes))
    response = client.post(path, content=b"".join(parts) if is_length_sent else parts)
    assert response.status_code == 413 or read == [413]
    assert client.post(path, content=b"x" * 900_000).status_code == 200
    assert read[-1] == 900_000


def test_json_content_type_with_charset_is_accepted(client: TestClient) -> None:
    body = f'{{"question": "{QUESTION}"}}'.encode()
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert client.post("/api/ask", content=body, headers=headers).status_code == 200


def test_preflight_from_other_origin_is_refused(client: TestClient) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = client.options("/api/ask", headers=headers)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers
