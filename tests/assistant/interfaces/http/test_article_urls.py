"""Test `/api/articles` with articles from URLs."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.interfaces.http import create_api
from assistant.interfaces.http import schemas as schemas
from assistant.settings import Settings
from index.embedders.minilm import MiniLM
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.interfaces.http.serving import list_articles, open_service
from tests.index.serving import Reply, Site, page, serving


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.replies["/bridge"] = page()
        yield site


@pytest.fixture(scope="module")
def client_with_local_urls(
    bridge: Article, tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM
) -> Iterator[TestClient]:
    """Yield a client of a server whose settings allow URLs on this machine."""
    library = Library(tmp_path_factory.mktemp("allowed"), minilm)
    settings = Settings(allow_private_urls=True)
    yield TestClient(
        create_api(open_service(bridge, library, settings=settings)), raise_server_exceptions=False
    )
    library.close()


def add_url(client: TestClient, url: str, **fields: Any) -> Any:
    return client.post("/api/articles", json={"url": url, **fields})


def test_add_url_adds_article_that_can_be_asked(
    client_with_local_urls: TestClient, site: Site
) -> None:
    added = add_url(client_with_local_urls, f"{site.url}/bridge")
    assert added.status_code == 201
    article = added.json()
    assert (article["title"], article["source"]) == ("The bridge of Lund", f"{site.url}/bridge")
    assert article["retrieved"]
    assert add_url(client_with_local_urls, f"{site.url}/bridge").status_code == 200
    request = {"question": "Who opened the bridge of Lund?", "articles": [article["id"]]}
    quote = client_with_local_urls.post("/api/ask", json=request).json()["quotes"][0]
    assert "Ana Ruiz" in quote["text"] == article["text"][quote["start"] : quote["end"]]


def test_add_local_url_is_refused_by_default(client_to_edit: TestClient, site: Site) -> None:
    refused = add_url(client_to_edit, f"{site.url}/bridge")
    assert (refused.status_code, refused.headers["content-type"]) == (
        422,
        "application/problem+json",
    )
    assert "127.0.0.1" in refused.json()["detail"]
    assert site.asked == []


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.org/a", " ", "javascript:alert(1)", "http://[", "a\0b"],
)
def test_add_invalid_url_is_refused(client_with_local_urls: TestClient, url: str) -> None:
    refused = add_url(client_with_local_urls, url)
    assert refused.status_code == 422
    assert refused.json()["detail"]


def test_add_url_without_article_is_refused(client_with_local_urls: TestClient, site: Site) -> None:
    site.replies["/picture"] = Reply(b"\x89PNG", "image/png")
    for path, detail in (("/picture", "image/png"), ("/absent", "404")):
        refused = add_url(client_with_local_urls, site.url + path)
        assert refused.status_code == 422
        assert detail in refused.json()["detail"]


def test_add_url_with_other_fields_is_refused(
    client_with_local_urls: TestClient, site: Site
) -> None:
    for fields in ({"text": "Some words."}, {"title": "A title"}):
        refused = add_url(client_with_local_urls, f"{site.url}/bridge", **fields)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (
            422,
            f"/{next(iter(fields))}",
        )
    assert site.asked == []
    assert [
        error["pointer"]
        for error in client_with_local_urls.post("/api/articles", json={}).json()["errors"]
    ] == ["/text"]


def test_refresh_changed_article_adds_new_version(
    client_with_local_urls: TestClient, site: Site
) -> None:
    site.replies["/news"] = page(make_news_page("The tower has 10 floors."))
    old = add_url(client_with_local_urls, f"{site.url}/news").json()
    client_with_local_urls.patch(f"/api/articles/{old['id']}", json={"title": "The tower"})
    same = refresh_article(client_with_local_urls, old["id"])
    assert (same.status_code, same.json()["id"], site.pages) == (200, old["id"], ["/news", "/news"])
    assert same.json()["retrieved"] >= old["retrieved"]

    site.replies["/news"] = page(make_news_page("The tower has 12 floors."))
    changed = refresh_article(client_with_local_urls, old["id"])
    new = changed.json()
    assert (changed.status_code, changed.headers["location"]) == (201, f"/api/articles/{new['id']}")
    assert (new["title"], "12 floors" in new["text"]) == ("The tower", True)
    assert [
        summary["id"]
        for summary in list_articles(client_with_local_urls)
        if summary["title"] == "The tower"
    ] == [new["id"]]
    assert (  # quotes of the old version stay valid
        "10 floors" in client_with_local_urls.get(f"/api/articles/{old['id']}").json()["text"]
    )
    for method, act in (("POST", "/refresh"), ("PATCH", "")):
        refused = client_with_local_urls.request(
            method, f"/api/articles/{old['id']}{act}", json={"title": "x"}
        )
        assert (refused.status_code, "has a newer version" in refused.json()["detail"]) == (
            404,
            True,
        )

    del site.replies["/news"]
    assert (
        refresh_article(client_with_local_urls, new["id"]).status_code,
        "404" in refresh_article(client_with_local_urls, new["id"]).json()["detail"],
    ) == (422, True)
    assert client_with_local_urls.get(f"/api/articles/{new['id']}").json()["text"] == new["text"]


def test_refresh_article_removed_meanwhile_is_not_found(
    client_with_local_urls: TestClient, site: Site
) -> None:
    site.replies["/gone"] = page(make_news_page("The pier is open."))
    article = add_url(client_with_local_urls, f"{site.url}/gone").json()

    def remove_and_reply(handler: BaseHTTPRequestHandler) -> None:
        client_with_local_urls.delete(f"/api/articles/{article['id']}")
        page(make_news_page("The pier is closed."))(handler)

    site.replies["/gone"] = remove_and_reply
    assert refresh_article(client_with_local_urls, article["id"]).status_code == 404
    assert "/gone" not in "".join(
        summary["source"] for summary in list_articles(client_with_local_urls)
    )


def make_news_page(words: str) -> str:
    return (
        f"<title>News</title><h1>News</h1><p>{words} "
        "It stands beside the old market and was built last year.</p>"
    )


def refresh_article(client: TestClient, article_id: str) -> Any:
    return client.post(f"/api/articles/{article_id}/refresh")


def test_refresh_article_from_file_is_refused(
    client_to_edit: TestClient, empty_library: Library, tmp_path: Path
) -> None:
    (tmp_path / "diary.txt").write_text("The diary was begun in 1999.")
    for source in (
        str(tmp_path / "diary.txt"),
        f"A friend ({tmp_path / 'diary.txt'})",
        "diary.txt",
        "",
    ):
        article = empty_library.add(
            Article.from_text("The diary was lost.", f"From {source}", source=source)
        )
        refused = refresh_article(client_to_edit, article.id)
        assert (refused.status_code, "was not loaded from a URL" in refused.json()["detail"]) == (
            422,
            True,
        )


def test_refresh_open_article_is_refused(minilm: MiniLM, tmp_path: Path, site: Site) -> None:
    library = Library(tmp_path, minilm)
    article = Article.from_text("The bridge fell.", "The bridge", source=f"{site.url}/bridge")
    service = open_service(article, library, settings=Settings(allow_private_urls=True))
    refused = refresh_article(TestClient(create_api(service)), article.id)
    assert (refused.status_code, "is open on the page" in refused.json()["detail"], site.asked) == (
        409,
        True,
        [],
    )
    library.close()
