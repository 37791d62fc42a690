"""The library over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.api import articles as module
from assistant.api import create_api
from index.article import Article
from index.library import Library
from index.store import Listed

from .serving import opened

NEW = {"title": "The mill", "text": "The mill was built in 1902.\n\nIt burnt down in “the great fire” of 1950.", "date": "2020"}


@pytest.fixture(scope="module")
def own(bridge: Article, empty: Library) -> TestClient:
    """Of a library that may be changed."""
    return TestClient(create_api(opened(bridge, empty)), raise_server_exceptions=False)


def add(client: TestClient, **other: Any) -> Any:
    return client.post("/api/articles", json={**NEW, **other})


def test_an_article_is_added_listed_shown_asked_and_removed(own: TestClient, bridge: Article) -> None:
    added = add(own)
    assert added.status_code == 201
    article = added.json()
    assert added.headers["location"] == f"/api/articles/{article['id']}"
    assert own.get(added.headers["location"]).json() == article
    assert (article["text"], article["title"], article["open"]) == (NEW["text"], "The mill", False)
    listed = own.get("/api/articles").json()["articles"]
    assert [one["id"] for one in listed] == [bridge.id, article["id"]]
    assert "text" not in listed[0]

    quote = own.post("/api/ask", json={"question": "When was the mill built?", "articles": [article["id"]]}).json()["quotes"][0]
    assert quote["text"] == article["text"][quote["start"] : quote["end"]]

    assert own.delete(f"/api/articles/{article['id']}").status_code == 204
    assert own.get(f"/api/articles/{article['id']}").status_code == 404
    assert own.delete(f"/api/articles/{article['id']}").status_code == 404


def test_a_list_tells_what_the_library_knows(own: TestClient, empty: Library) -> None:
    assert {*module.Listed.model_fields} == {*Listed.__dataclass_fields__} - {"removed"} | {"open"}
    added = add(own, title="Known").json()
    listed = next(one for one in own.get("/api/articles").json()["articles"] if one["id"] == added["id"])
    assert {**listed, "text": added["text"]} == added
    (known,) = [one for one in empty.listed() if one.id == added["id"]]
    assert {**asdict(known), "open": False} == {**listed, "removed": ""}


def test_adding_the_same_text_again_changes_nothing(own: TestClient) -> None:
    first, second = add(own, title="Again"), add(own, title="Again")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert [one["title"] for one in own.get("/api/articles").json()["articles"]].count("Again") == 1


def test_a_removed_article_can_be_added_again(own: TestClient) -> None:
    article_id = add(own, title="Twice").json()["id"]
    own.delete(f"/api/articles/{article_id}")
    assert add(own, title="Twice").status_code == 201
    answer = own.post("/api/ask", json={"question": "When was the mill built?", "articles": [article_id]}).json()
    assert answer["answered"]


def test_the_open_article_is_not_removed(client: TestClient, bridge: Article) -> None:
    response = client.delete(f"/api/articles/{bridge.id}")
    assert response.status_code == 409
    assert "is open on the page" in response.json()["detail"]


@pytest.mark.parametrize("text", ["…", "  \n ", "\u200b"])
def test_a_text_without_words_is_refused(own: TestClient, text: str) -> None:
    response = add(own, text=text)
    assert response.status_code == 422
    assert "no words" in response.json()["detail"]


@pytest.mark.parametrize(
    "text", ["a\0b is a word.", "\u202eright to left\u202c and on.", "é" * 300, "x.\r\ny.\r\n", "\ufeffBOM", "😀 laughs. 😀"]
)
def test_an_odd_text_is_kept_to_the_letter(own: TestClient, text: str) -> None:
    response = add(own, text=text, title="Odd")
    assert response.status_code == 201
    assert own.get(response.headers["location"]).json()["text"] == text


def test_half_a_character_is_refused(own: TestClient) -> None:
    body = b'{"text": "half \\ud83d of a smile"}'
    response = own.post("/api/articles", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/text"


@pytest.mark.parametrize("language", ["en", "de", "zh", "xx", "qqq"])
def test_any_language_can_be_named(own: TestClient, language: str) -> None:
    assert add(own, title=language, language=language).status_code == 201


def test_a_text_that_is_too_large_is_refused(own: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST", 100)
    response = add(own, text="Too much. " * 11)
    assert response.status_code == 413
    assert "Cut it into parts" in response.json()["detail"]
