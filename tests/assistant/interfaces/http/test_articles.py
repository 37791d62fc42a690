"""Test `/api/articles`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.interfaces.http import create_api
from assistant.interfaces.http import schemas as schemas
from assistant.interfaces.http.limits import Limits
from assistant.service.service import AssistantService
from index.storage.library import Library
from index.storage.store import ArticleSummary
from index.text.article import Article
from tests.assistant.interfaces.http.serving import list_articles
from tests.index.files import paragraphs, pdf

NEW = {
    "title": "The mill",
    "text": "The mill was built in 1902.\n\nIt burnt down in “the great fire” of 1950.",
    "date": "2020",
}


def add_article(client: TestClient, **fields: Any) -> Any:
    return client.post("/api/articles", json={**NEW, **fields})


def test_article_added_can_be_listed_asked_and_removed(
    client_to_edit: TestClient, bridge: Article
) -> None:
    added = add_article(client_to_edit)
    assert added.status_code == 201
    article = added.json()
    assert added.headers["location"] == f"/api/articles/{article['id']}"
    assert client_to_edit.get(added.headers["location"]).json() == article
    assert (article["text"], article["title"], article["open"]) == (NEW["text"], "The mill", False)
    summaries = list_articles(client_to_edit)
    assert [summary["id"] for summary in summaries] == [bridge.id, article["id"]]
    assert "text" not in summaries[0]

    quote = client_to_edit.post(
        "/api/ask", json={"question": "When was the mill built?", "articles": [article["id"]]}
    ).json()["quotes"][0]
    assert quote["text"] == article["text"][quote["start"] : quote["end"]]

    assert client_to_edit.delete(f"/api/articles/{article['id']}").status_code == 204
    assert client_to_edit.get(f"/api/articles/{article['id']}").status_code == 404
    assert client_to_edit.delete(f"/api/articles/{article['id']}").status_code == 404


def test_article_list_has_metadata_of_library(
    client_to_edit: TestClient, empty_library: Library
) -> None:
    fields = {*ArticleSummary.__dataclass_fields__} - {"owner"}
    assert {*schemas.ArticleMetadata.model_fields} == fields | {"private", "open"}
    added = add_article(client_to_edit, title="Known").json()
    summary = next(
        candidate for candidate in list_articles(client_to_edit) if candidate["id"] == added["id"]
    )
    assert {**summary, "text": added["text"]} == added
    (stored,) = [candidate for candidate in empty_library.listed() if candidate.id == added["id"]]
    shown = {**asdict(stored), "tags": [*stored.tags], "private": False, "open": False}
    assert shown == {**summary, "owner": ""}


def test_add_same_text_twice_changes_nothing(client_to_edit: TestClient) -> None:
    first, second = (
        add_article(client_to_edit, title="Again"),
        add_article(client_to_edit, title="Again"),
    )
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert [summary["title"] for summary in list_articles(client_to_edit)].count("Again") == 1


def test_add_removed_article_adds_it_again(client_to_edit: TestClient) -> None:
    article_id = add_article(client_to_edit, title="Twice").json()["id"]
    client_to_edit.delete(f"/api/articles/{article_id}")
    assert add_article(client_to_edit, title="Twice").status_code == 201
    answer = client_to_edit.post(
        "/api/ask", json={"question": "When was the mill built?", "articles": [article_id]}
    ).json()
    assert answer["answered"]


def test_remove_open_article_is_refused(client: TestClient, bridge: Article) -> None:
    response = client.delete(f"/api/articles/{bridge.id}")
    assert response.status_code == 409
    assert "is open on the page" in response.json()["detail"]


@pytest.mark.parametrize("source", ["/etc/passwd", "A friend (/etc/passwd)"])
def test_add_text_with_path_as_source_is_refused(client_to_edit: TestClient, source: str) -> None:
    response = add_article(client_to_edit, text="The bridge fell.", source=source)
    assert response.status_code == 422
    assert "Give a file name or a URL" in response.json()["detail"]


@pytest.mark.parametrize("text", ["…", "  \n ", "\u200b"])
def test_add_text_without_words_is_refused(client_to_edit: TestClient, text: str) -> None:
    response = add_article(client_to_edit, text=text)
    assert response.status_code == 422
    assert "no words" in response.json()["detail"]


@pytest.mark.parametrize(
    "text",
    [
        "a\0b is a word.",
        "\u202eright to left\u202c and on.",
        "é" * 300,
        "x.\r\ny.\r\n",
        "\ufeffBOM",
        "😀 laughs. 😀",
    ],
)
def test_add_unusual_text_stores_it_unchanged(client_to_edit: TestClient, text: str) -> None:
    response = add_article(client_to_edit, text=text, title="Odd")
    assert response.status_code == 201
    assert client_to_edit.get(response.headers["location"]).json()["text"] == text


def test_add_lone_surrogate_is_refused(client_to_edit: TestClient) -> None:
    body = b'{"text": "half \\ud83d of a smile"}'
    response = client_to_edit.post(
        "/api/articles", content=body, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/text"


@pytest.mark.parametrize("language", ["en", "de", "zh", "xx", "qqq"])
def test_add_text_accepts_any_language_code(client_to_edit: TestClient, language: str) -> None:
    assert add_article(client_to_edit, title=language, language=language).status_code == 201


def test_add_text_too_large_is_refused(service: AssistantService) -> None:
    client = TestClient(create_api(service, Limits(article=100)))
    response = add_article(client, text="Too much. " * 11)
    assert response.status_code == 413
    assert "Cut it into parts" in response.json()["detail"]


def test_rename_keeps_id_and_quotes(client_to_edit: TestClient) -> None:
    article = add_article(client_to_edit, title="To be renamed").json()
    renamed = client_to_edit.patch(
        f"/api/articles/{article['id']}", json={"title": "  The   new\ntitle "}
    )
    assert (renamed.status_code, renamed.json()) == (200, {**article, "title": "The new title"})
    assert client_to_edit.get(f"/api/articles/{article['id']}").json() == renamed.json()
    request = {"question": "When was the mill built?", "articles": [article["id"]]}
    quote = client_to_edit.post("/api/ask", json=request).json()["quotes"][0]
    assert (quote["title"], quote["text"]) == (
        "The new title",
        article["text"][quote["start"] : quote["end"]],
    )


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "x" * 501}, "/title"),
        ({}, "/title"),
        ({"title": "x", "text": "y"}, "/text"),
    ],
)
def test_rename_with_invalid_fields_is_refused(
    client_to_edit: TestClient, bridge: Article, change: Any, pointer: str
) -> None:
    refused = client_to_edit.patch(f"/api/articles/{bridge.id}", json=change)
    assert (refused.status_code, refused.headers["content-type"]) == (
        422,
        "application/problem+json",
    )
    assert [error["pointer"] for error in refused.json()["errors"]] == [pointer]
    assert client_to_edit.get(f"/api/articles/{bridge.id}").json()["title"] == bridge.title


def test_rename_to_invisible_title_is_refused(client_to_edit: TestClient, bridge: Article) -> None:
    refused = client_to_edit.patch(f"/api/articles/{bridge.id}", json={"title": "\u202e \u200b"})
    assert (refused.status_code, "needs a title that can be read" in refused.json()["detail"]) == (
        422,
        True,
    )


def test_removed_article_is_listed_and_restored(client_to_edit: TestClient) -> None:
    article = add_article(client_to_edit, title="Restored").json()
    client_to_edit.delete(f"/api/articles/{article['id']}")
    (removed,) = [
        summary
        for summary in list_articles(client_to_edit, removed=True)
        if summary["title"] == "Restored"
    ]
    assert removed["removed"] > removed["added"]
    assert article["id"] not in [summary["id"] for summary in list_articles(client_to_edit)]
    for _ in range(2):  # the second time, nothing changes
        restored = client_to_edit.post(f"/api/articles/{article['id']}/restore")
        assert (restored.status_code, restored.json()) == (200, article)
    assert article["id"] not in [
        summary["id"] for summary in list_articles(client_to_edit, removed=True)
    ]
    assert (
        client_to_edit.get("/api/articles", params={"remove": True}).json()["errors"][0]["pointer"]
        == "/remove"
    )


@pytest.mark.parametrize(
    ("method", "act"), [("PATCH", ""), ("POST", "/refresh"), ("POST", "/restore")]
)
def test_change_missing_article_is_not_found(
    client_to_edit: TestClient, method: str, act: str
) -> None:
    missing = client_to_edit.request(method, f"/api/articles/{'0' * 16}{act}", json={"title": "x"})
    assert (missing.status_code, missing.headers["content-type"]) == (
        404,
        "application/problem+json",
    )


# ---- files


def add_file(client: TestClient, content: bytes, name: str = "a.txt", **fields: Any) -> Any:
    return client.post("/api/articles/file", files={"file": (name, content)}, **fields)


def test_add_file_uses_its_metadata(client_to_edit: TestClient) -> None:
    data = pdf(
        paragraphs("The dam was built in 1950.", "It broke in 1951."),
        title="The dam",
        facts="/Author(Jane Doe)",
    )
    added = add_file(client_to_edit, data, "dam.pdf")
    assert added.status_code == 201
    article = added.json()
    assert (article["title"], article["author"], article["source"]) == (
        "The dam",
        "Jane Doe",
        "dam.pdf",
    )
    assert client_to_edit.get(added.headers["location"]).json() == article
    assert add_file(client_to_edit, data, "dam.pdf").status_code == 200
    request = {"question": "When was the dam built?", "articles": [article["id"]]}
    quote = client_to_edit.post("/api/ask", json=request).json()["quotes"][0]
    assert (quote["text"], quote["page"]) == ("The dam was built in 1950.", 1)


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        ("C:\\notes\\a.md", "a.md"),
        ("/etc/", "etc"),
        ("..", "file"),
        ("x" * 300 + ".md", "x" * 97 + ".md"),
        ("na\u0308ive \u202e.md", "näive .md"),
    ],
)
def test_add_file_keeps_only_file_name(
    client_to_edit: TestClient, file_name: str, name: str
) -> None:
    assert (
        add_file(client_to_edit, f"# Named {name}\n\nSome words.".encode(), file_name).json()[
            "source"
        ]
        == name
    )


@pytest.mark.parametrize(
    ("data", "name", "detail"),
    [
        (b"", "a.txt", "is empty"),
        (b"\0\1\2\xff" * 99, "a.bin", "is not a text file"),
        (b"%PDF-1.4 no more", "a.pdf", "is damaged"),
        (b"PK\x03\x04" + bytes(99), "a.docx", "a.docx"),
    ],
)
def test_add_unreadable_file_is_refused(
    client_to_edit: TestClient, data: bytes, name: str, detail: str
) -> None:
    refused = add_file(client_to_edit, data, name)
    assert (refused.status_code, refused.headers["content-type"]) == (
        422,
        "application/problem+json",
    )
    assert detail in refused.json()["detail"]


def test_add_file_too_large_is_refused(service: AssistantService, client: TestClient) -> None:
    assert add_file(client, b"a " * 6_000_000).status_code == 413  # by its length
    limited_client = TestClient(create_api(service, Limits(article=100)))
    refused = add_file(limited_client, b"Too much. " * 11)
    assert refused.status_code == 413
    assert "Cut it into parts" in refused.json()["detail"]


def test_add_file_with_invalid_form_is_refused(client_to_edit: TestClient) -> None:
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"no form", b"--x\r\n"):
        refused = client_to_edit.post("/api/articles/file", content=body, headers=form)
        assert refused.status_code in (400, 422)
        assert refused.headers["content-type"] == "application/problem+json"
    assert (
        client_to_edit.post(
            "/api/articles/file", content=b"", headers={"Content-Type": "multipart/form-data"}
        ).status_code
        == 400
    )
    assert [
        error["pointer"]
        for error in add_file(client_to_edit, b"Some words.", data={"title": "x"}).json()["errors"]
    ] == ["/title"]
    response = client_to_edit.post("/api/articles/file", files={"other": ("a.txt", b"Some words.")})
    assert "/file" in [error["pointer"] for error in response.json()["errors"]]


def test_tags_are_replaced_and_listed(client_to_edit: TestClient) -> None:
    added = client_to_edit.post("/api/articles", json={"text": "It is tagged."}).json()
    assert added["tags"] == []
    url = f"/api/articles/{added['id']}/tags"
    assert client_to_edit.put(url, json={"tags": ["b", "a", "A"]}).json()["tags"] == ["a", "b"]
    listed = client_to_edit.get("/api/articles").json()["articles"]
    assert [article["tags"] for article in listed if article["id"] == added["id"]] == [["a", "b"]]
    assert client_to_edit.put(url, json={"tags": [" "]}).status_code == 422
    assert client_to_edit.put(url, json={"tags": ["a"] * 21}).status_code == 422
    unknown = client_to_edit.put(f"/api/articles/{'0' * 16}/tags", json={"tags": []})
    assert unknown.status_code == 404


def test_private_article_without_accounts_is_an_error(client_to_edit: TestClient) -> None:
    before = list_articles(client_to_edit)
    body = {"text": "A mill.", "private": True}
    file = {"file": ("mill.txt", b"The mill of Lund has three wheels.")}
    for response in (
        client_to_edit.post("/api/articles", json=body),
        client_to_edit.post("/api/articles", json={"url": "http://127.0.0.1:1/", "private": True}),
        client_to_edit.post("/api/articles/file", files=file, data={"private": "true"}),
    ):
        assert response.status_code == 422
        assert "account" in response.json()["detail"]
    assert list_articles(client_to_edit) == before


def test_server_without_accounts_hides_private_articles(
    client_to_edit: TestClient, empty_library: Library
) -> None:
    private = empty_library.add(Article.from_text("Left over.").owned_by("ana"))
    assert client_to_edit.get(f"/api/articles/{private.id}").status_code == 404
    assert private.id not in {article["id"] for article in list_articles(client_to_edit)}
    empty_library.remove(private.id, forever=True)
