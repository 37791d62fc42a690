"""Test the server of the page and the API."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant import Article, InputError, InUseError
from assistant.interfaces.http.problem_details import PROBLEM_MEDIA_TYPE
from assistant.interfaces.listener import LOOPBACK_HOSTS, check_host
from assistant.interfaces.server import create_app, serve
from assistant.interfaces.web.head import HEAD
from assistant.interfaces.web.page import ICON
from assistant.models import Model
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.embedders.minilm import MiniLM
from index.errors import DataError
from index.storage.library import Library
from tests.assistant.fakes import ScriptedModel
from tests.assistant.interfaces.http.serving import (
    open_service,
    send_request,
    serve_app,
    wait_until,
)
from tests.conftest import ROOT

ARTICLE = Article.from_text("The bridge cost 3 million euros.", "The bridge")


def test_serve_on_port_in_use_suggests_what_to_do(tmp_path: Path) -> None:
    with socket.socket() as occupied:
        occupied.bind(("127.0.0.1", 0))
        occupied.listen()
        port = occupied.getsockname()[1]
        with pytest.raises(InputError, match=rf"127\.0\.0\.1:{port} .*--port"):
            serve(
                ARTICLE,
                model="none",
                embeddings="embedded",
                data=tmp_path,
                host="127.0.0.1",
                port=port,
            )


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "example.org", ""])
def test_address_of_other_machines_needs_a_setting(
    host: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match=r"no accounts.*ALLOW_PUBLIC"):
        check_host(host, is_allowed=False, has_accounts=False)
    check_host(host, is_allowed=True, has_accounts=False)
    assert "There are no accounts" in capsys.readouterr().err
    check_host(host, is_allowed=False, has_accounts=True)
    warning = capsys.readouterr().err
    assert ("HTTPS" in warning, "no accounts" in warning) == (True, False)


def test_serve_on_public_address_is_refused(tmp_path: Path) -> None:
    arguments = {"model": "none", "embeddings": "embedded", "data": tmp_path, "port": 0}
    with pytest.raises(InputError, match="no accounts"):
        serve(ARTICLE, host="0.0.0.0", **arguments)  # type: ignore[arg-type]


def test_serve_with_accounts_needs_a_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_ASSISTANT_ACCOUNTS", "true")
    arguments = {"model": "none", "embeddings": "embedded", "data": tmp_path, "port": 0}
    with pytest.raises(InputError, match="there are no users"):
        serve(ARTICLE, host="0.0.0.0", **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("host", LOOPBACK_HOSTS)
def test_loopback_address_needs_no_setting(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    check_host(host, is_allowed=False, has_accounts=False)
    assert not capsys.readouterr().err


def test_loopback_address_with_public_name_needs_a_setting(
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = ["localhost", "articles.example.org"]
    with pytest.raises(InputError, match=r"can reach articles\.example\.org"):
        check_host("127.0.0.1", is_allowed=False, has_accounts=False, names=names)
    check_host("127.0.0.1", is_allowed=False, has_accounts=True, names=names)
    check_host("127.0.0.1", is_allowed=False, has_accounts=False, names=names[:1])
    assert not capsys.readouterr().err
    check_host("127.0.0.1", is_allowed=True, has_accounts=False, names=names)
    assert "articles.example.org is open" in capsys.readouterr().err


def test_serve_with_unknown_model_fails_first(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model 'gpt'"):
        serve(
            ARTICLE,
            model="gpt",
            embeddings="embedded",
            data=tmp_path / "data",
            host="127.0.0.1",
            port=0,
        )


def test_serve_with_invalid_data_folder_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="--data") as caught:
        serve(
            ARTICLE,
            model="none",
            embeddings="embedded",
            data=tmp_path / "file" / "data",
            host="127.0.0.1",
            port=0,
        )
    assert not isinstance(caught.value, InUseError)


@pytest.mark.parametrize("encodings", ["identity", "gzip, br"])
def test_page_head_ignores_markup_in_article(tmp_path: Path, encodings: str) -> None:
    library = Library(tmp_path)
    hostile = Article.from_text(
        "It says </head><body>. The bridge is long.", "</head> and <script>"
    )
    client = TestClient(
        create_app(AssistantService(hostile, library, None, Settings())),
        base_url="http://127.0.0.1",
    )
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
    """Yield the page and the API of an article that is not open yet."""
    library = Library(tmp_path_factory.mktemp("library"))
    yield create_app(AssistantService(ARTICLE, library, None, Settings()))
    library.close()


def test_page_has_one_public_endpoint(app: FastAPI) -> None:
    assert (app.docs_url, app.redoc_url, app.openapi_url) == (None, None, "/api/openapi.json")
    mounted = next(route.app for route in app.routes if getattr(route, "path", None) == "")  # type: ignore[attr-defined]
    assert set(mounted.get_blocks().get_api_info()["named_endpoints"]) == {"/ask"}


def test_app_serves_page_and_api(app: FastAPI) -> None:
    client = TestClient(app, base_url="http://127.0.0.1")
    kinds = {
        "/": "text/html",
        "/healthz": "application/json",
        "/api/nothing": PROBLEM_MEDIA_TYPE,
        "/readyz": PROBLEM_MEDIA_TYPE,
        "/v1/x": "application/json",
    }
    for path, kind in kinds.items():
        response = client.get(path)
        assert response.headers["content-type"].partition(";")[0] == kind, path
        assert "default-src 'self'" in response.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/api/articles", "/v1/models", "/healthz"])
def test_foreign_host_name_is_refused(app: FastAPI, path: str) -> None:
    assert TestClient(app, base_url="http://evil.example").get(path).status_code == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_named_hosts_alone_are_served(tmp_path: Path, host: str) -> None:
    library = Library(tmp_path)
    settings = Settings(host_names="Articles.example.org, other.example.org")
    app = create_app(AssistantService(ARTICLE, library, None, settings), host)
    statuses = {
        name: TestClient(app, base_url=f"https://{name}").get("/healthz").status_code
        for name in ("articles.example.org", "other.example.org:8443", "127.0.0.1", "evil.example")
    }
    own = {"Origin": "https://articles.example.org"}
    client = TestClient(app, base_url="https://articles.example.org")
    assert client.get("/api/articles", headers=own).status_code == 200
    assert client.get("/api/articles", headers={"Origin": "https://a.b"}).status_code == 403
    library.close()
    assert list(statuses.values()) == [200, 200, 200, 400]


PAGES = [
    "/",
    "/config",
    "/gradio_api/info",
    "/gradio_api/call/ask",
    "/gradio_api/queue/join",
    "/gradio_api/upload",
    "/healthz",
]


@pytest.mark.parametrize(
    "host", ["http://127.0.0.1:7860", "http://localhost:7860", "http://[::1]:7860"]
)
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
    response = client.get(
        path, headers={"Origin": "http://127.0.0.1:7860", "Sec-Fetch-Site": "same-origin"}
    )
    assert response.status_code != 403
    assert not [name for name in response.headers if name.startswith("access-control-allow")]


def test_client_disconnect_stops_the_model(tmp_path: Path, minilm: MiniLM) -> None:
    chat = ScriptedModel(pieces=("3 million euros. ",) * 1_000, pause=0.1)
    library = Library(tmp_path, minilm)
    request = {"question": "Which sum did the bridge cost?"}
    chat_request = {
        "model": "article-assistant",
        "messages": [{"role": "user", "content": request["question"]}],
    }
    with serve_app(
        create_app(
            open_service(ARTICLE, library, Model("fake:slow", chat, answers_in_one_call=False))
        )
    ) as address:
        for path, body in [
            ("/api/ask/stream", request),
            ("/api/ask", request),
            ("/v1/chat/completions", {**chat_request, "stream": True}),
        ]:
            chat.prompts.clear()
            chat.ended.clear()
            with send_request(address, path, body):
                wait_until(lambda: chat.prompts)
            wait_until(lambda: chat.ended)
            assert chat.ended[0] == "closed", path
    library.close()


def test_gradio_file_and_proxy_routes_are_blocked(app: FastAPI) -> None:
    client = TestClient(app, base_url="http://127.0.0.1")
    sent = client.post("/gradio_api/upload", files={"files": ("secret.txt", b"only mine")})
    (path,) = sent.json()
    assert Path(path).read_bytes() == b"only mine"
    for root in (
        "/gradio_api/file=",
        "/gradio_api/file/",
        "/file=",
        "/gradio_api/proxy=",
        "/gradio_api//file=",
    ):
        for name in (path, "http://127.0.0.1:1/x"):
            answer = client.get(f"{root}{name}")
            assert b"only mine" not in answer.content
            assert answer.status_code in (400, 403, 404, 405), root
    create_app(
        AssistantService(ARTICLE, app.state.service.library, None, Settings())
    )  # served again
    assert not Path(path).exists()


def test_icon_and_manifest_are_the_products_own(app: FastAPI) -> None:
    client = TestClient(app, base_url="http://127.0.0.1")
    icon = client.get("/favicon.ico")
    assert icon.headers["content-type"] == "image/svg+xml"
    assert icon.content == ICON.read_bytes()
    manifest = client.get("/manifest.json").json()
    assert manifest["name"] == "Article assistant"
    assert client.get(f"/{manifest['icons'][0]['src']}").content == icon.content
    assert client.get("/pwa_icon/1000000000").status_code == 404
    assert '<link rel="icon" type="image/svg+xml" href="favicon.ico">' in client.get("/").text


def test_upload_far_too_large_is_refused(app: FastAPI) -> None:
    client = TestClient(app, base_url="http://127.0.0.1")
    assert (
        client.post("/gradio_api/upload", files={"files": ("a.txt", b"x" * 12_000_000)}).status_code
        == 413
    )


@pytest.mark.parametrize("name", ["app.py", "index/__init__.py", "index.py"])
def test_serve_ignores_modules_of_the_current_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(
        "raise SystemExit('the module of the current folder was imported')"
    )
    command = [
        sys.executable,
        "-m",
        "assistant",
        "serve",
        "--port",
        "0",
        "--model",
        "none",
        "--data",
        str(tmp_path / "data"),
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        assert process.stdout.readline().startswith("Open http://127.0.0.1:")
        process.terminate()
