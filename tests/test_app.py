"""The command that serves the page."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from app import create, serve
from assistant import Article, InputError, InUseError
from assistant.api.problems import PROBLEM
from assistant.models import Model
from assistant.page.desk import Desk
from assistant.page.head import HEAD
from assistant.settings import Settings
from index.embedding import MiniLM
from index.errors import DataError
from index.library import Library

from .api.serving import opened, sent, serving, wait
from .assistant.fakes import Scripted

ARTICLE = Article.from_text("The bridge cost 3 million euros.", "The bridge")


def test_a_port_in_use_is_told_with_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"127\.0\.0\.1:{port} .*--port"):
            serve(ARTICLE, model="none", embeddings="embedded", data=tmp_path, host="127.0.0.1", port=port)


def test_an_unknown_model_is_told_before_anything_is_served(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model 'gpt'"):
        serve(ARTICLE, model="gpt", embeddings="embedded", data=tmp_path / "data", host="127.0.0.1", port=0)


def test_a_data_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="--data") as caught:
        serve(ARTICLE, model="none", embeddings="embedded", data=tmp_path / "file" / "data", host="127.0.0.1", port=0)
    assert not isinstance(caught.value, InUseError)


@pytest.mark.parametrize("encodings", ["identity", "gzip, br"])
def test_the_pages_own_scripts_are_in_its_head_whatever_an_article_says(tmp_path: Path, encodings: str) -> None:
    library = Library(tmp_path)
    hostile = Article.from_text("It says </head><body>. The bridge is long.", "</head> and <script>")
    client = TestClient(create(Desk(hostile, library, None, Settings())), base_url="http://127.0.0.1")
    response = client.get("/", headers={"Accept-Encoding": encodings})
    library.close()
    assert response.status_code == 200
    head, end, body = response.text.partition("</head>")
    assert end
    assert head.endswith(HEAD)
    assert "</head>" not in body
    assert "Content-Security-Policy" in response.headers


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The page and the API of an article that is not open yet."""
    library = Library(tmp_path_factory.mktemp("library"))
    yield create(Desk(ARTICLE, library, None, Settings()))
    library.close()


def test_the_page_itself_has_one_open_endpoint(app: FastAPI) -> None:
    assert (app.docs_url, app.redoc_url, app.openapi_url) == (None, None, "/api/openapi.json")
    mounted = next(route.app for route in app.routes if getattr(route, "path", None) == "")  # type: ignore[attr-defined]
    assert set(mounted.get_blocks().get_api_info()["named_endpoints"]) == {"/ask"}


def test_the_page_and_the_api_are_served_beside_each_other(app: FastAPI) -> None:
    client = TestClient(app, base_url="http://127.0.0.1")
    kinds = {
        "/": "text/html",
        "/healthz": "application/json",
        "/api/nothing": PROBLEM,
        "/readyz": PROBLEM,
        "/v1/x": "application/json",
    }
    for path, kind in kinds.items():
        response = client.get(path)
        assert response.headers["content-type"].partition(";")[0] == kind, path
        assert "default-src 'self'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/api/articles", "/v1/models", "/healthz"])
def test_a_name_that_was_made_to_point_here_is_refused(app: FastAPI, path: str) -> None:
    assert TestClient(app, base_url="http://evil.example").get(path).status_code == 400


PAGES = ["/", "/config", "/gradio_api/info", "/gradio_api/call/ask", "/gradio_api/queue/join", "/gradio_api/upload", "/healthz"]


@pytest.mark.parametrize("host", ["http://127.0.0.1:7860", "http://localhost:7860", "http://[::1]:7860"])
@pytest.mark.parametrize("path", PAGES)
def test_other_origin_is_refused_on_every_route(app: FastAPI, host: str, path: str) -> None:
    client = TestClient(app, base_url=host)
    for origin in ("http://127.0.0.1:9", "http://localhost:7861", "https://evil.example", "null"):
        for method in ("GET", "POST", "OPTIONS"):
            headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            response = client.request(method, path, headers=headers)
            assert response.status_code == 403
            assert not [name for name in response.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("path", PAGES)
def test_own_origin_gets_no_cors_headers(app: FastAPI, path: str) -> None:
    client = TestClient(app, base_url="http://127.0.0.1:7860")
    response = client.get(path, headers={"Origin": "http://127.0.0.1:7860", "Sec-Fetch-Site": "same-origin"})
    assert response.status_code != 403
    assert not [name for name in response.headers if name.startswith("access-control-allow")]


def test_a_client_that_goes_away_stops_the_model(tmp_path: Path, minilm: MiniLM) -> None:
    chat = Scripted(pieces=("3 million euros. ",) * 1_000, pause=0.1)
    library = Library(tmp_path, minilm)
    asked = {"question": "How much did the bridge cost?"}
    talk = {"model": "article-assistant", "messages": [{"role": "user", "content": asked["question"]}]}
    with serving(create(opened(ARTICLE, library, Model("fake:slow", chat, capable=False)))) as address:
        for path, body in [("/api/ask/stream", asked), ("/api/ask", asked), ("/v1/chat/completions", {**talk, "stream": True})]:
            chat.shown.clear()
            chat.ended.clear()
            with sent(address, path, body):
                wait(lambda: chat.shown)
            wait(lambda: chat.ended)
            assert chat.ended[0] == "closed", path
    library.close()


def test_nobody_reads_an_upload_or_has_this_server_fetch(app: FastAPI) -> None:
    client = TestClient(app, base_url="http://127.0.0.1")
    sent = client.post("/gradio_api/upload", files={"files": ("secret.txt", b"only mine")})
    (path,) = sent.json()
    assert Path(path).read_bytes() == b"only mine"
    for root in ("/gradio_api/file=", "/gradio_api/file/", "/file=", "/gradio_api/proxy=", "/gradio_api//file="):
        for name in (path, "http://127.0.0.1:1/x"):
            answer = client.get(f"{root}{name}")
            assert b"only mine" not in answer.content
            assert answer.status_code in (400, 403, 404, 405), root
    create(Desk(ARTICLE, app.state.desk.library, None, Settings()))  # served anew
    assert not Path(path).exists()


def test_an_upload_that_is_far_too_large_is_refused(app: FastAPI) -> None:
    client = TestClient(app, base_url="http://127.0.0.1")
    assert client.post("/gradio_api/upload", files={"files": ("a.txt", b"x" * 12_000_000)}).status_code == 413
