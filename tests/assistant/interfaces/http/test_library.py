"""Test `/api/library`: export and import."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.interfaces.http import create_api
from assistant.interfaces.http.limits import Limits
from assistant.service.service import AssistantService
from index.embedders.minilm import MiniLM
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.interfaces.http.serving import open_service


@pytest.fixture
def other_client(bridge: Article, minilm: MiniLM, tmp_path: Path) -> Iterator[TestClient]:
    """Yield a client of a server whose library has only the open article."""
    library = Library(tmp_path, minilm)
    yield TestClient(create_api(open_service(bridge, library)), raise_server_exceptions=False)
    library.close()


def import_library(
    client: TestClient, content: bytes, name: str = "library.zip", **kwargs: Any
) -> Any:
    return client.post("/api/library", files={"file": (name, content)}, **kwargs)


def export_library(client: TestClient, **params: Any) -> bytes:
    response = client.get("/api/library", params=params)
    assert (response.status_code, response.headers["content-type"]) == (200, "application/zip")
    assert response.headers["content-disposition"] == 'attachment; filename="library.zip"'
    assert int(response.headers["content-length"]) == len(response.content)
    return response.content


def read_titles(file: bytes) -> list[str]:
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(file)).read("library.json"))
    return [article["title"] for article in manifest["articles"]]


def test_export_can_be_imported_by_another_server(
    client: TestClient, other_client: TestClient, bridge: Article, volcano: Article
) -> None:
    assert read_titles(export_library(client)) == [
        article["title"] for article in client.get("/api/articles").json()["articles"]
    ]
    file = export_library(client, articles=[bridge.id, volcano.id])
    assert read_titles(file) == [bridge.title, volcano.title]
    imported = import_library(other_client, file)
    assert imported.status_code == 200
    assert [(article["id"], article["status"]) for article in imported.json()["articles"]] == [
        (bridge.id, "there"),
        (volcano.id, "added"),
    ]
    original = client.get(f"/api/articles/{volcano.id}").json()
    assert other_client.get(f"/api/articles/{volcano.id}").json() == original
    request = {"question": "When did Mount Etna erupt?", "articles": [volcano.id]}
    quote = other_client.post("/api/ask", json=request).json()["quotes"][0]
    assert quote["text"] == volcano.text[quote["start"] : quote["end"]]
    assert [
        article["status"] for article in import_library(other_client, file).json()["articles"]
    ] == ["there", "there"]


def test_export_selection_has_only_these_articles(
    client: TestClient, bridge: Article, volcano: Article
) -> None:
    assert read_titles(export_library(client, articles=volcano.id)) == [volcano.title]
    assert read_titles(export_library(client, articles=[volcano.id, bridge.id, volcano.id])) == [
        volcano.title,
        bridge.title,
    ]
    missing = client.get("/api/library", params={"articles": "0" * 16})
    assert (missing.status_code, missing.headers["content-type"]) == (
        404,
        "application/problem+json",
    )
    assert (
        client.get("/api/library", params={"article": bridge.id}).json()["errors"][0]["pointer"]
        == "/article"
    )


def test_import_reduces_source_paths_to_file_names(
    client: TestClient, other_client: TestClient, library: Library
) -> None:
    planted = library.add(
        Article.from_text("The vault was opened.", "The vault", source="/etc/passwd")
    )
    file = export_library(client, articles=planted.id)
    library.remove(planted.id, forever=True)
    assert [
        article["source"] for article in import_library(other_client, file).json()["articles"]
    ] == ["passwd"]


def test_import_damaged_file_adds_nothing(client: TestClient, other_client: TestClient) -> None:
    file = export_library(client)
    before = other_client.get("/api/articles").json()
    for content in (
        b"",
        b"nothing",
        file[:-100],
        file.replace(b"articles/", b"../../../"),
        b"PK\x03\x04" + bytes(99),
    ):
        refused = import_library(other_client, content, "../../a.zip")
        assert (refused.status_code, refused.headers["content-type"]) == (
            422,
            "application/problem+json",
        )
        assert refused.json()["detail"].startswith("a.zip is not an exported library")
    assert other_client.get("/api/articles").json() == before
    unknown = import_library(other_client, file, data={"paths": "true"}).json()
    assert [error["pointer"] for error in unknown["errors"]] == ["/paths"]


def test_import_file_too_large_is_refused(client: TestClient, service: AssistantService) -> None:
    file = export_library(client)
    limited_client = TestClient(create_api(service, Limits(library=1_000)))
    assert import_library(limited_client, file).status_code == 413
    limited_client = TestClient(create_api(service, Limits(unpacked_library=1_000)))
    refused = import_library(limited_client, file)
    assert (refused.status_code, "unpacks to more than" in refused.json()["detail"]) == (422, True)


def test_search_returns_sentence_and_offsets_of_words(client: TestClient, bridge: Article) -> None:
    response = client.get("/api/library/search", params={"words": "bridge opened"})
    hit = next(hit for hit in response.json()["hits"] if hit["article_id"] == bridge.id)
    assert hit["text"] == bridge.text[hit["start"] : hit["end"]]
    words = {bridge.text[start:end].lower() for start, end in hit["words"]}
    assert {"bridge", "opened"} <= words
    assert client.get("/api/library/search", params={"words": "zzzz"}).json() == {"hits": []}
    assert client.get("/api/library/search").status_code == 422
