"""Test that Gradio's server-side rendering and run history stay off (CVE-2026-134825)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant import Article
from assistant.interfaces.server import create_app
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.library import Library

ARTICLE = Article.from_text("The bridge cost 3 million euros.", "The bridge")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Serve the application in an environment that asks Gradio for both."""
    library = Library(tmp_path_factory.mktemp("gradio-options"))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("GRADIO_SSR_MODE", "true")
        environment.setenv("GRADIO_RUN_HISTORY", "true")
        environment.setenv("GRADIO_NODE_PATH", "/bin/false")
        app = create_app(AssistantService(ARTICLE, library, None, Settings()))
        with TestClient(app, base_url="http://127.0.0.1") as client:
            yield client
    library.close()


def find_blocks(client: TestClient) -> Any:
    """Return the Gradio page that is mounted on the running application."""
    application: Any = client.app
    mounted = next(route.app for route in application.routes if getattr(route, "path", None) == "")
    return mounted.get_blocks()


def test_server_side_rendering_is_off(client: TestClient) -> None:
    blocks = find_blocks(client)
    assert blocks.ssr_mode is False
    for name in ("node_process", "node_port", "node_server_name", "node_path"):
        assert getattr(blocks, name, None) is None


def test_run_history_is_off_in_the_page_config(client: TestClient) -> None:
    config = client.get("/config").json()
    assert config["run_history"] is False
    assert find_blocks(client).run_history is False
    assert '"run_history":false' in client.get("/").text.replace(" ", "")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/gradio_api/runs"),
        ("GET", "/gradio_api/runs/"),
        ("POST", "/gradio_api/run-history/connect"),
        ("GET", "/gradio_api/run-history/buckets"),
        ("GET", "/gradio_api/run-history/records"),
    ],
)
def test_run_history_routes_do_not_exist(client: TestClient, method: str, path: str) -> None:
    # The guard of events refuses an unknown path of a POST with 422.
    assert client.request(method, path, json={}).status_code in (404, 405, 422)


def test_token_route_gives_no_token(client: TestClient) -> None:
    assert client.get("/gradio_api/token").json() == {"token": None, "user": None}
