"""A library as one file, over HTTP."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.api import create_api, guard
from assistant.api import library as module
from index.article import Article
from index.embedding import MiniLM
from index.library import Library

from .serving import opened


@pytest.fixture
def other(bridge: Article, minilm: MiniLM, tmp_path: Path) -> Iterator[TestClient]:
    """Of a library that has the open article alone."""
    library = Library(tmp_path, minilm)
    yield TestClient(create_api(opened(bridge, library)), raise_server_exceptions=False)
    library.close()


def sent(client: TestClient, content: bytes, name: str = "library.zip", **more: Any) -> Any:
    return client.post("/api/library", files={"file": (name, content)}, **more)


def exported(client: TestClient, **which: Any) -> bytes:
    answer = client.get("/api/library", params=which)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == 'attachment; filename="library.zip"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    return answer.content


def titles(file: bytes) -> list[str]:
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(file)).read("library.json"))
    return [one["title"] for one in manifest["articles"]]


def test_a_library_goes_from_one_server_to_another(
    client: TestClient, other: TestClient, bridge: Article, volcano: Article
) -> None:
    assert titles(exported(client)) == [one["title"] for one in client.get("/api/articles").json()["articles"]]
    file = exported(client, articles=[bridge.id, volcano.id])
    assert titles(file) == [bridge.title, volcano.title]
    imported = sent(other, file)
    assert imported.status_code == 200
    assert [(one["id"], one["status"]) for one in imported.json()["articles"]] == [(bridge.id, "there"), (volcano.id, "added")]
    there = client.get(f"/api/articles/{volcano.id}").json()
    assert other.get(f"/api/articles/{volcano.id}").json() == there
    asked = {"question": "When did Mount Etna erupt?", "articles": [volcano.id]}
    quote = other.post("/api/ask", json=asked).json()["quotes"][0]
    assert quote["text"] == volcano.text[quote["start"] : quote["end"]]
    assert [one["status"] for one in sent(other, file).json()["articles"]] == ["there", "there"]


def test_some_articles_are_exported_alone(client: TestClient, bridge: Article, volcano: Article) -> None:
    assert titles(exported(client, articles=volcano.id)) == [volcano.title]
    assert titles(exported(client, articles=[volcano.id, bridge.id, volcano.id])) == [volcano.title, bridge.title]
    missing = client.get("/api/library", params={"articles": "0" * 16})
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")
    assert client.get("/api/library", params={"article": bridge.id}).json()["errors"][0]["pointer"] == "/article"


def test_a_source_is_no_path_that_could_be_read_one_day(client: TestClient, other: TestClient, kept: Library) -> None:
    planted = kept.add(Article.from_text("The vault was opened.", "The vault", source="/etc/passwd"))
    file = exported(client, articles=planted.id)
    kept.remove(planted.id, forever=True)
    assert [one["source"] for one in sent(other, file).json()["articles"]] == ["passwd"]


def test_a_file_that_is_none_is_refused_and_nothing_of_it_is_kept(client: TestClient, other: TestClient) -> None:
    file = exported(client)
    before = other.get("/api/articles").json()
    for content in (b"", b"nothing", file[:-100], file.replace(b"articles/", b"../../../"), b"PK\x03\x04" + bytes(99)):
        refused = sent(other, content, "../../a.zip")
        assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
        assert refused.json()["detail"].startswith("a.zip is no exported library")
    assert other.get("/api/articles").json() == before
    unknown = sent(other, file, data={"paths": "true"}).json()
    assert [one["pointer"] for one in unknown["errors"]] == ["/paths"]


def test_a_file_that_is_too_large_is_refused(other: TestClient, client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    file = exported(client)
    with monkeypatch.context() as less:
        less.setitem(guard.MOST, "/api/library", 1_000)
        assert sent(other, file).status_code == 413
    monkeypatch.setattr(module, "UNPACKED", 1_000)
    refused = sent(other, file)
    assert (refused.status_code, "unpacks to more than" in refused.json()["detail"]) == (422, True)
