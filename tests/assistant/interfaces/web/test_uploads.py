"""Test that uploaded files that nobody opens are deleted."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from assistant.interfaces.web.event_guard import EventGuard
from assistant.interfaces.web.uploads import (
    MAX_AGE_SECONDS,
    MAX_TOTAL_BYTES,
    delete_stale_uploads,
    is_full,
)

pytestmark = pytest.mark.unit


def upload(folder: Path, name: str, age: float = 0, size: int = 1) -> Path:
    path = folder / name / "a.txt"
    path.parent.mkdir()
    with path.open("wb") as file:
        file.truncate(size)
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_old_uploads_are_deleted_and_new_ones_stay(tmp_path: Path) -> None:
    old, new = upload(tmp_path, "old", MAX_AGE_SECONDS + 60), upload(tmp_path, "new", 60)
    delete_stale_uploads(tmp_path)
    assert not old.parent.exists()
    assert new.exists()
    delete_stale_uploads(tmp_path / "absent")


def test_total_size_of_uploads_is_bounded(tmp_path: Path) -> None:
    upload(tmp_path, "a", size=MAX_TOTAL_BYTES // 2)
    assert not is_full(tmp_path)
    upload(tmp_path, "b", size=MAX_TOTAL_BYTES // 2)
    assert is_full(tmp_path)


def test_upload_is_refused_while_the_folder_is_full(tmp_path: Path) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await Request(scope, receive).body()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body"})

    client = TestClient(EventGuard(app, None, tmp_path))
    full = upload(tmp_path, "full", size=MAX_TOTAL_BYTES)
    refused = client.post("/gradio_api/upload", content=b"x")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    os.utime(full, (0, 0))
    assert client.post("/gradio_api/upload", content=b"x").status_code == 200
    assert not full.exists()
