"""Test what each event of the page needs, generated from the functions of the page."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.accounts.accounts import Accounts
from assistant.accounts.roles import Permission
from assistant.interfaces.web.event_access import EVENT_PERMISSIONS
from assistant.interfaces.web.library_panel import LibraryPanel
from assistant.service.service import AssistantService
from tests.assistant.interfaces.accounts.conftest import ARTICLE, MakeClient

Call = tuple[str, str, dict[str, Any]]  # qualified name, path and body


def find_page(app: FastAPI) -> Any:
    mounted: Any = next(route for route in app.routes if getattr(route, "path", None) == "")
    return mounted.app.get_blocks()


def find_calls(page: Any, upload: Path) -> Iterator[Call]:
    """Yield a request for every function of the page, once for each way to call it."""
    for index, function in page.fns.items():
        if function.fn is None:
            continue
        body = {
            "fn_index": index,
            "data": [
                {"path": str(upload)} if isinstance(component, gr.File) else ""
                for component in function.inputs
            ],
            "event_data": {"ids": [ARTICLE.id]},
            "session_hash": "test",
        }
        name = function.fn.__qualname__
        yield name, "/gradio_api/queue/join", body
        yield name, "/gradio_api/run/predict", body
        if function.api_visibility == "public":
            yield name, f"/gradio_api/call/{function.api_name}", {"data": ["Who?"]}
    for block in page.blocks.values():
        for name in dir(block) if isinstance(block, gr.HTML) else ():
            function = getattr(block, name, None)
            if getattr(function, "_is_server_fn", False):
                body = {"component_id": block._id, "fn_name": name, "session_hash": "test"}
                body["data"] = [{}]
                qualified_name = function.__qualname__  # type: ignore[union-attr]
                yield qualified_name, "/gradio_api/component_server", body


@pytest.fixture
def calls(app: FastAPI, service: AssistantService) -> list[Call]:
    upload = service.library.folder / "uploads" / "0" / "tower.txt"
    upload.parent.mkdir(exist_ok=True)
    upload.write_text("The tower is old.")
    return list(find_calls(find_page(app), upload))


def test_every_event_is_listed(calls: list[Call]) -> None:
    assert {name for name, _, _ in calls} == set(EVENT_PERMISSIONS)


def test_events_that_change_articles_need_edit() -> None:
    changes = {
        name
        for name, function in inspect.getmembers(LibraryPanel, inspect.isfunction)
        if re.search(
            r"library\.(?:add|rename|remove|restore|replace|set_tags)\(|self\._import_article\(",
            inspect.getsource(function),
        )
    }
    assert {"_paste", "_remove"} < changes
    listed = {name for name, needed in EVENT_PERMISSIONS.items() if needed == "edit"}
    assert listed == {f"LibraryPanel.{name}" for name in changes}


@pytest.mark.parametrize("scopes", [("read",), ("read", "ask"), ("read", "ask", "edit")])
def test_key_calls_only_events_within_its_scope(
    calls: list[Call], make_client: MakeClient, scopes: tuple[Permission, ...]
) -> None:
    client = make_client(scopes=scopes)
    for name, path, body in calls:
        response = client.post(path, json=body)
        is_allowed = EVENT_PERMISSIONS[name] in scopes
        assert (response.status_code != 403) == is_allowed, (name, path, response.text)


def test_reader_cannot_upload(make_client: MakeClient) -> None:
    files = {"files": ("a.txt", b"Some words.")}
    client = make_client(scopes=("read", "ask"))
    assert client.post("/gradio_api/upload", files=files).status_code == 403
    client = make_client(scopes=("edit",))
    assert client.post("/gradio_api/upload", files=files).status_code == 200


def test_event_that_is_not_listed_is_refused(
    app: FastAPI, make_client: MakeClient, calls: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(EVENT_PERMISSIONS, "LibraryPanel._open")
    path, body = next((path, body) for name, path, body in calls if name == "LibraryPanel._open")
    assert make_client("admin").post(path, json=body).status_code == 403


def test_change_on_the_page_is_logged(
    accounts: Accounts, make_client: MakeClient, calls: list[Call]
) -> None:
    client = make_client("editor")
    for wanted in ("LibraryPanel._rename", "LibraryPanel._open"):
        path, body = next((path, body) for name, path, body in calls if name == wanted)
        assert client.post(path, json=body).status_code == 200
    last = json.loads(accounts.audit.path.read_text().splitlines()[-1])
    assert (last["event"], last["user"], last["action"]) == ("page_event", "editor", "rename")
    assert last["articles"] == [ARTICLE.id]


def test_stranger_calls_no_event(calls: list[Call], make_client: MakeClient) -> None:
    client: TestClient = make_client()
    for _, path, body in calls:
        assert client.post(path, json=body).status_code == 401
