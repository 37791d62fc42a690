"""The library over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.api import articles as module
from assistant.api import create_api, telling
from assistant.settings import Settings
from index.article import Article
from index.embedding import MiniLM
from index.library import Library
from index.store import Listed

from ..index.files import paragraphs, pdf
from ..index.serving import Reply, Site, page, serving
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
    known = listed(own)
    assert [one["id"] for one in known] == [bridge.id, article["id"]]
    assert "text" not in known[0]

    quote = own.post("/api/ask", json={"question": "When was the mill built?", "articles": [article["id"]]}).json()["quotes"][0]
    assert quote["text"] == article["text"][quote["start"] : quote["end"]]

    assert own.delete(f"/api/articles/{article['id']}").status_code == 204
    assert own.get(f"/api/articles/{article['id']}").status_code == 404
    assert own.delete(f"/api/articles/{article['id']}").status_code == 404


def test_a_list_tells_what_the_library_knows(own: TestClient, empty: Library) -> None:
    assert {*telling.Listed.model_fields} == {*Listed.__dataclass_fields__} | {"open"}
    added = add(own, title="Known").json()
    told = next(one for one in listed(own) if one["id"] == added["id"])
    assert {**told, "text": added["text"]} == added
    (known,) = [one for one in empty.listed() if one.id == added["id"]]
    assert {**asdict(known), "open": False} == told


def test_adding_the_same_text_again_changes_nothing(own: TestClient) -> None:
    first, second = add(own, title="Again"), add(own, title="Again")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert [one["title"] for one in listed(own)].count("Again") == 1


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


@pytest.mark.parametrize("source", ["/etc/passwd", "A friend (/etc/passwd)"])
def test_a_source_is_no_path_that_could_be_read_one_day(own: TestClient, source: str) -> None:
    response = add(own, text="The bridge fell.", source=source)
    assert response.status_code == 422
    assert "Give a file's name or an address" in response.json()["detail"]


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


def test_an_article_is_renamed_and_its_quotes_hold(own: TestClient) -> None:
    article = add(own, title="To be renamed").json()
    renamed = own.patch(f"/api/articles/{article['id']}", json={"title": "  The   new\ntitle "})
    assert (renamed.status_code, renamed.json()) == (200, {**article, "title": "The new title"})
    assert own.get(f"/api/articles/{article['id']}").json() == renamed.json()
    asked = {"question": "When was the mill built?", "articles": [article["id"]]}
    quote = own.post("/api/ask", json=asked).json()["quotes"][0]
    assert (quote["title"], quote["text"]) == ("The new title", article["text"][quote["start"] : quote["end"]])


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"title": ""}, "/title"), ({"title": "x" * 501}, "/title"), ({}, "/title"), ({"title": "x", "text": "y"}, "/text")],
)
def test_only_a_title_can_be_changed(own: TestClient, bridge: Article, change: Any, pointer: str) -> None:
    refused = own.patch(f"/api/articles/{bridge.id}", json=change)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert [one["pointer"] for one in refused.json()["errors"]] == [pointer]
    assert own.get(f"/api/articles/{bridge.id}").json()["title"] == bridge.title


def test_a_title_that_nobody_sees_is_refused(own: TestClient, bridge: Article) -> None:
    refused = own.patch(f"/api/articles/{bridge.id}", json={"title": "\u202e \u200b"})
    assert (refused.status_code, "needs a title that can be read" in refused.json()["detail"]) == (422, True)


def test_a_removed_article_is_listed_and_restored(own: TestClient) -> None:
    article = add(own, title="Restored").json()
    own.delete(f"/api/articles/{article['id']}")
    (removed,) = [one for one in listed(own, removed=True) if one["title"] == "Restored"]
    assert removed["removed"] > removed["added"]
    assert article["id"] not in [one["id"] for one in listed(own)]
    for _ in range(2):  # what is there stays as it is
        restored = own.post(f"/api/articles/{article['id']}/restore")
        assert (restored.status_code, restored.json()) == (200, article)
    assert article["id"] not in [one["id"] for one in listed(own, removed=True)]
    assert own.get("/api/articles", params={"remove": True}).json()["errors"][0]["pointer"] == "/remove"


def listed(client: TestClient, **which: bool) -> Any:
    return client.get("/api/articles", params=which).json()["articles"]


@pytest.mark.parametrize(("method", "act"), [("PATCH", ""), ("POST", "/refresh"), ("POST", "/restore")])
def test_what_is_not_there_is_told(own: TestClient, method: str, act: str) -> None:
    missing = own.request(method, f"/api/articles/{'0' * 16}{act}", json={"title": "x"})
    assert (missing.status_code, missing.headers["content-type"]) == (404, "application/problem+json")


# ---- what an address gives


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.replies["/bridge"] = page()
        yield site


@pytest.fixture(scope="module")
def allowed(bridge: Article, tmp_path_factory: pytest.TempPathFactory, minilm: MiniLM) -> Iterator[TestClient]:
    """Of a server whose settings allow this machine's own addresses."""
    library = Library(tmp_path_factory.mktemp("allowed"), minilm)
    settings = Settings(allow_private_urls=True)
    yield TestClient(create_api(opened(bridge, library, settings=settings)), raise_server_exceptions=False)
    library.close()


def at(client: TestClient, url: str, **other: Any) -> Any:
    return client.post("/api/articles", json={"url": url, **other})


def test_what_an_address_gives_is_added_and_asked(allowed: TestClient, site: Site) -> None:
    added = at(allowed, f"{site.url}/bridge")
    assert added.status_code == 201
    article = added.json()
    assert (article["title"], article["source"]) == ("The bridge of Lund", f"{site.url}/bridge")
    assert article["retrieved"]
    assert at(allowed, f"{site.url}/bridge").status_code == 200
    asked = {"question": "Who opened the bridge of Lund?", "articles": [article["id"]]}
    quote = allowed.post("/api/ask", json=asked).json()["quotes"][0]
    assert "Ana Ruiz" in quote["text"] == article["text"][quote["start"] : quote["end"]]


def test_an_address_of_this_machine_is_refused_unless_the_settings_allow_it(own: TestClient, site: Site) -> None:
    refused = at(own, f"{site.url}/bridge")
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert "127.0.0.1" in refused.json()["detail"]
    assert site.asked == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.org/a", " ", "javascript:alert(1)", "http://[", "a\0b"])
def test_what_is_no_web_address_is_refused(allowed: TestClient, url: str) -> None:
    refused = at(allowed, url)
    assert refused.status_code == 422
    assert refused.json()["detail"]


def test_an_address_that_gives_no_article_is_told(allowed: TestClient, site: Site) -> None:
    site.replies["/picture"] = Reply(b"\x89PNG", "image/png")
    for path, told in (("/picture", "image/png"), ("/absent", "404")):
        refused = at(allowed, site.url + path)
        assert refused.status_code == 422
        assert told in refused.json()["detail"]


def test_an_address_comes_alone(allowed: TestClient, site: Site) -> None:
    for other in ({"text": "Some words."}, {"title": "A title"}):
        refused = at(allowed, f"{site.url}/bridge", **other)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/{next(iter(other))}")
    assert site.asked == []
    assert [one["pointer"] for one in allowed.post("/api/articles", json={}).json()["errors"]] == ["/text"]


def test_an_article_is_loaded_from_its_address_again(allowed: TestClient, site: Site) -> None:
    site.replies["/news"] = page(news("The tower has 10 floors."))
    old = at(allowed, f"{site.url}/news").json()
    allowed.patch(f"/api/articles/{old['id']}", json={"title": "The tower"})
    same = refreshed(allowed, old["id"])
    assert (same.status_code, same.json()["id"], site.pages) == (200, old["id"], ["/news", "/news"])
    assert same.json()["retrieved"] >= old["retrieved"]

    site.replies["/news"] = page(news("The tower has 12 floors."))
    changed = refreshed(allowed, old["id"])
    new = changed.json()
    assert (changed.status_code, changed.headers["location"]) == (201, f"/api/articles/{new['id']}")
    assert (new["title"], "12 floors" in new["text"]) == ("The tower", True)
    assert [one["id"] for one in listed(allowed) if one["title"] == "The tower"] == [new["id"]]
    assert "10 floors" in allowed.get(f"/api/articles/{old['id']}").json()["text"]  # its quotes hold
    for method, act in (("POST", "/refresh"), ("PATCH", "")):
        refused = allowed.request(method, f"/api/articles/{old['id']}{act}", json={"title": "x"})
        assert (refused.status_code, "has a newer version" in refused.json()["detail"]) == (404, True)

    del site.replies["/news"]
    assert (refreshed(allowed, new["id"]).status_code, "404" in refreshed(allowed, new["id"]).json()["detail"]) == (422, True)
    assert allowed.get(f"/api/articles/{new['id']}").json()["text"] == new["text"]


def test_an_article_that_was_removed_while_it_was_loaded_stays_removed(allowed: TestClient, site: Site) -> None:
    site.replies["/gone"] = page(news("The pier is open."))
    article = at(allowed, f"{site.url}/gone").json()

    def meanwhile(handler: BaseHTTPRequestHandler) -> None:
        allowed.delete(f"/api/articles/{article['id']}")
        page(news("The pier is closed."))(handler)

    site.replies["/gone"] = meanwhile
    assert refreshed(allowed, article["id"]).status_code == 404
    assert "/gone" not in "".join(one["source"] for one in listed(allowed))


def news(words: str) -> str:
    return f"<title>News</title><h1>News</h1><p>{words} It stands beside the old market and was built last year.</p>"


def refreshed(client: TestClient, article_id: str) -> Any:
    return client.post(f"/api/articles/{article_id}/refresh")


def test_no_file_of_this_machine_is_read_again(own: TestClient, empty: Library, tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("The diary was begun in 1999.")
    for source in (str(tmp_path / "diary.txt"), f"A friend ({tmp_path / 'diary.txt'})", "diary.txt", ""):
        kept = empty.add(Article.from_text("The diary was lost.", f"From {source}", source=source))
        refused = refreshed(own, kept.id)
        assert (refused.status_code, "comes from no address" in refused.json()["detail"]) == (422, True)


def test_the_open_article_is_not_replaced(minilm: MiniLM, tmp_path: Path, site: Site) -> None:
    library = Library(tmp_path, minilm)
    article = Article.from_text("The bridge fell.", "The bridge", source=f"{site.url}/bridge")
    desk = opened(article, library, settings=Settings(allow_private_urls=True))
    refused = refreshed(TestClient(create_api(desk)), article.id)
    assert (refused.status_code, "is open on the page" in refused.json()["detail"], site.asked) == (409, True, [])
    library.close()


# ---- files


def sent(client: TestClient, content: bytes, name: str = "a.txt", **other: Any) -> Any:
    return client.post("/api/articles/file", files={"file": (name, content)}, **other)


def test_a_file_is_added_with_what_it_says_of_itself(own: TestClient) -> None:
    data = pdf(paragraphs("The dam was built in 1950.", "It broke in 1951."), title="The dam", facts="/Author(Jane Doe)")
    added = sent(own, data, "dam.pdf")
    assert added.status_code == 201
    article = added.json()
    assert (article["title"], article["author"], article["source"]) == ("The dam", "Jane Doe", "dam.pdf")
    assert own.get(added.headers["location"]).json() == article
    assert sent(own, data, "dam.pdf").status_code == 200
    asked = {"question": "When was the dam built?", "articles": [article["id"]]}
    quote = own.post("/api/ask", json=asked).json()["quotes"][0]
    assert (quote["text"], quote["page"]) == ("The dam was built in 1950.", 1)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        ("C:\\notes\\a.md", "a.md"),
        ("/etc/", "etc"),
        ("..", "file"),
        ("x" * 300 + ".md", "x" * 97 + ".md"),
        ("na\u0308ive \u202e.md", "näive .md"),
    ],
)
def test_a_files_name_is_no_path(own: TestClient, given: str, name: str) -> None:
    assert sent(own, f"# Named {name}\n\nSome words.".encode(), given).json()["source"] == name


@pytest.mark.parametrize(
    ("data", "name", "told"),
    [
        (b"", "a.txt", "is empty"),
        (b"\0\1\2\xff" * 99, "a.bin", "is not a text file"),
        (b"%PDF-1.4 no more", "a.pdf", "is damaged"),
        (b"PK\x03\x04" + bytes(99), "a.docx", "a.docx"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(own: TestClient, data: bytes, name: str, told: str) -> None:
    refused = sent(own, data, name)
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    assert told in refused.json()["detail"]


def test_a_file_that_is_too_large_is_refused(own: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sent(own, b"a " * 6_000_000).status_code == 413  # before it is read
    monkeypatch.setattr(module, "LARGEST", 100)
    refused = sent(own, b"Too much. " * 11)
    assert refused.status_code == 413
    assert "Cut it into parts" in refused.json()["detail"]


def test_a_form_that_is_none_or_without_its_file_is_refused(own: TestClient) -> None:
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    for body in (b"", b"no form", b"--x\r\n"):
        refused = own.post("/api/articles/file", content=body, headers=form)
        assert refused.status_code in (400, 422)
        assert refused.headers["content-type"] == "application/problem+json"
    assert own.post("/api/articles/file", content=b"", headers={"Content-Type": "multipart/form-data"}).status_code == 400
    assert [one["pointer"] for one in sent(own, b"Some words.", data={"title": "x"}).json()["errors"]] == ["/title"]
    named = own.post("/api/articles/file", files={"other": ("a.txt", b"Some words.")})
    assert "/file" in [one["pointer"] for one in named.json()["errors"]]
