"""Test that marks and notes are shown to the user who made them alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from assistant.service.service import AssistantService
from index.storage.marks import Mark
from tests.assistant.interfaces.accounts.conftest import ARTICLE, MakeClient

MARKS = f"/api/articles/{ARTICLE.id}/marks"
WORDS = {"start": 4, "end": 14, "text": "Old Bridge"}
MARK_ID = "4-14"


@pytest.fixture
def clients(make_client: MakeClient) -> Iterator[tuple[TestClient, TestClient]]:
    """Yield the clients of a reader and of an editor, whose marks are removed at the end."""
    reader, editor = make_client("reader"), make_client("editor")
    yield reader, editor
    for client in (reader, editor):
        client.delete(f"{MARKS}/{MARK_ID}")


def test_reader_marks_and_nobody_else_sees_it(clients: tuple[TestClient, TestClient]) -> None:
    reader, editor = clients
    assert reader.post(MARKS, json={**WORDS, "note": "Ask her."}).status_code == 201
    (mark,) = reader.get(MARKS).json()["marks"]
    assert mark["note"] == "Ask her."
    assert editor.get(MARKS).json() == {"marks": []}
    assert "Ask her." not in editor.get(f"{MARKS}.md").text
    assert editor.delete(f"{MARKS}/{MARK_ID}").status_code == 404
    assert editor.post(MARKS, json={**WORDS, "note": "Why?"}).status_code == 201
    assert [mark["note"] for mark in reader.get(MARKS).json()["marks"]] == ["Ask her."]
    assert "Ask her." in reader.get(f"{MARKS}.md").text
    assert reader.delete(f"{MARKS}/{MARK_ID}").status_code == 204
    assert [mark["note"] for mark in editor.get(MARKS).json()["marks"]] == ["Why?"]


def test_mark_without_owner_is_shown_to_all_users(
    clients: tuple[TestClient, TestClient], service: AssistantService
) -> None:
    reader, editor = clients
    service.library.marks.put(ARTICLE, Mark(4, 14, "Old Bridge", "From before."))
    for client in clients:
        assert [mark["note"] for mark in client.get(MARKS).json()["marks"]] == ["From before."]
        assert [mark["shared"] for mark in client.get(MARKS).json()["marks"]] == [True]
    shared = f"{MARKS}/{MARK_ID}?shared=true"
    assert reader.delete(shared).status_code == 403
    editor.post(MARKS, json=WORDS)
    assert [editor.delete(f"{MARKS}/{MARK_ID}").status_code for _ in range(2)] == [204, 404]
    assert editor.delete(shared).status_code == 204
    assert reader.get(MARKS).json() == {"marks": []}


def test_key_to_read_cannot_mark(make_client: MakeClient) -> None:
    client = make_client(scopes=("read",))
    assert client.post(MARKS, json=WORDS).status_code == 403
    assert client.get(MARKS).status_code == 200
