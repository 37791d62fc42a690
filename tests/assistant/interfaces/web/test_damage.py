"""Send events of the page while the data folder is damaged: a clear message and no traceback."""

from __future__ import annotations

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.interfaces.server import create_app
from assistant.service.service import AssistantService
from index.storage.library import Library
from index.storage.sqlite.store import SqliteStore
from index.text.article import Article
from tests.assistant.interfaces.http.serving import open_service
from tests.index.hashing import Hashing, numbered

ARTICLE = Article.from_text(
    "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998.", "The bridge"
)
CHAT = json.dumps({"id": "c", "title": "t", "articles": ARTICLE.id, "turns": []})
EVENT_DATA = {
    "asked": "Who opened the Old Bridge of Lund?",
    "kept": CHAT,
    "ids": ARTICLE.id,
    "title": "Another title",
}


@pytest.fixture
def service(tmp_path: Path) -> Iterator[AssistantService]:
    library = Library(tmp_path, Hashing())
    service = open_service(ARTICLE, library)
    for number in range(3):
        library.add(numbered(number))
    assert isinstance(library.store, SqliteStore)
    library.store._rows("PRAGMA wal_checkpoint(TRUNCATE)")
    yield service
    with suppress(Exception):  # the database may be beyond closing
        library.close()


def send_all_events(client: TestClient) -> str:
    """Send every event of the page, by hand, and return all that came back."""
    config = client.get("/config").json()
    answers = []
    for function in config["dependencies"]:
        body = {
            "session_hash": f"s{function['id']}",
            "fn_index": function["id"],
            "data": [_make_value(config, component) for component in function["inputs"]],
            "event_data": EVENT_DATA,
        }
        response = client.post("/gradio_api/queue/join", json=body)
        answers.append(response.text)
        if response.status_code == 200 and function["queue"] is not False:
            session = {"session_hash": body["session_hash"]}
            answers.append(client.get("/gradio_api/queue/data", params=session).text)
    chats = next(c["id"] for c in config["components"] if c["props"].get("elem_id") == "chats")
    for name in ("write", "rate", "model"):
        call = {"session_hash": "s", "component_id": chats, "fn_name": name, "data": EVENT_DATA}
        answers.append(client.post("/gradio_api/component_server", json=call).text)
    return "\n".join(answers)


def _make_value(config: Any, component: int) -> Any:
    kind = next(c["type"] for c in config["components"] if c["id"] == component)
    return {"textbox": "The tower of Lund is 40 metres high.", "state": []}.get(kind)


def halve(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def empty(file: Path) -> None:
    os.truncate(file, 0)


@pytest.mark.parametrize("damage", [halve, empty, Path.unlink])
def test_events_on_damaged_database_get_clear_messages(
    service: AssistantService,
    damage: Callable[[Path], None],
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = create_app(service)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        damage(service.library.store.path)
        answers = send_all_events(client)
        problems = client.get("/readyz").json()["problems"]
    assert [problem["part"] for problem in problems] == ["database"]
    # A new article would be lost, so it is refused.
    assert "articles.sqlite is damaged" in answers
    assert "Opened." not in answers
    check_log(capfd, caplog)


def test_events_after_lost_search_index_rebuild_it(
    service: AssistantService,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = create_app(service)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        service.library.vectors.rebuild()  # a small library has no files of Chroma yet
        shutil.rmtree(service.library.folder / "chroma")
        answers = send_all_events(client)
        assert "Opened." in answers
        assert client.get("/readyz").status_code == 200
    assert service.library.vectors.count() == service.whole_library.store.count_passages()
    check_log(capfd, caplog)


def check_log(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    written = capfd.readouterr()
    assert "Traceback" not in written.err + written.out, written.err
    assert not [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR or r.exc_info]
