"""Test that nobody but its owner learns of a private article: on no route, by no event."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import gradio as gr
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.accounts.accounts import Accounts
from assistant.interfaces.accounts.access import ACCESS_RULES
from assistant.interfaces.http.metrics import Metrics
from assistant.interfaces.server import create_app
from assistant.interfaces.web.page import build_page
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.bundle import Bundle
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.accounts.fakes import PASSWORD, make_accounts
from tests.assistant.interfaces.accounts.conftest import ARTICLE, BASE_URL
from tests.assistant.interfaces.accounts.test_access import find_routes
from tests.assistant.interfaces.http.serving import open_service
from tests.conftest import ROOT
from tests.index.hashing import Hashing

SECRET = "The vault of Xylander was opened by Colonel Quibbleton in April 1931."
TITLE = "Zanzibar ledger"
PRIVATE = Article.from_text(SECRET, TITLE).owned_by("ana")
EARLIER = Article.from_text(f"{SECRET} It is a draft.", TITLE).owned_by("ana")
REMOVED = Article.from_text(f"{SECRET} It was thrown away.", TITLE).owned_by("ana")
SECRETS = ("Xylander", "Quibbleton", TITLE, "ana")
UNKNOWN = "0" * 16
INTERFACES = ROOT / "assistant" / "interfaces"
QUESTION = "Who opened the vault of Xylander?"
ARTICLES = "/api/articles"

# Valid bodies, without the articles. A new route with a body that is not listed answers 422.
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("PATCH", "/api/articles/{article_id}"): {"title": "Mine now"},
    ("PUT", "/api/articles/{article_id}/tags"): {"tags": ["mine"]},
    ("POST", "/api/articles/{article_id}/marks"): {"start": 0, "end": 3, "text": "The"},
    ("POST", "/api/ask"): {"question": QUESTION},
    ("POST", "/api/ask/stream"): {"question": QUESTION},
    ("POST", "/api/export"): {"turns": [{"question": QUESTION, "answer": {}}]},
    ("POST", "/v1/chat/completions"): {
        "model": "article-assistant",
        "messages": [{"role": "user", "content": QUESTION}],
    },
}


QUERY = {"start": 0, "end": 3}  # valid for each route that takes a query


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AssistantService]:
    library = Library(tmp_path_factory.mktemp("private-library"), Hashing())
    service = open_service(ARTICLE, library, settings=Settings(accounts=True, metrics="all"))
    for article in (EARLIER, REMOVED):
        library.add(article)
    library.replace(EARLIER.id, PRIVATE)
    library.remove(REMOVED.id)
    yield service
    library.close()


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    accounts = make_accounts(tmp_path_factory.mktemp("private-accounts"))
    accounts.add_user("ana", "editor", PASSWORD)
    accounts.add_user("bob", "admin", PASSWORD)  # who may do all that a role can allow
    yield accounts
    accounts.close()


@pytest.fixture(scope="module")
def app(service: AssistantService, accounts: Accounts) -> FastAPI:
    return create_app(service, accounts=accounts, metrics=Metrics())


def make_client(app: FastAPI) -> TestClient:
    return TestClient(app, base_url=BASE_URL, follow_redirects=False)


def sign_in(client: TestClient, name: str) -> TestClient:
    client.cookies.clear()
    form = {"name": name, "password": PASSWORD}
    assert client.post("/sign-in", data=form).status_code == 303
    return client


@pytest.fixture(scope="module")
def ana(app: FastAPI) -> TestClient:
    return sign_in(make_client(app), "ana")


@pytest.fixture(scope="module")
def bob(app: FastAPI) -> TestClient:
    return sign_in(make_client(app), "bob")


def list_routes(app: FastAPI) -> set[tuple[str, str]]:
    """Return the method and path of each route, by the routes and by the rules of access."""
    listed = {(method, rule.path) for rule in ACCESS_RULES for method in rule.methods}
    return (set(find_routes(app.routes)) | listed) - {("GET", "/mcp"), ("POST", "/mcp")}


def find_routes_with_articles(app: FastAPI) -> Iterator[tuple[str, str, bool]]:
    """Yield the method and path of each operation that takes IDs of articles in another place.

    The last value says whether they are in its body.
    """
    document = app.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            if "articles" in names:
                yield method.upper(), path, False
            if "requestBody" not in operation:
                continue
            for content in operation["requestBody"]["content"].values():
                name = content["schema"].get("$ref", "").rpartition("/")[2]
                schema = document["components"]["schemas"].get(name, {})
                if "articles" in schema.get("properties", {}):
                    yield method.upper(), path, True


def fill_in(path: str, article_id: str) -> str:
    """Return the address of a route, with valid values of its other parameters."""
    address = path.replace("{article_id}", article_id).replace("{number}", "1")
    return re.sub(r"\{[^}]+\}", "0-3", address)


def scrub(text: str, article_id: str) -> str:
    """Return a response without the ID and without what differs each time."""
    return re.sub(r"[0-9a-f]{8,}|[0-9.]+", "#", text.replace(article_id, "ID"))


@pytest.mark.parametrize("article", [PRIVATE, EARLIER, REMOVED])
def test_stranger_gets_404_on_every_route_with_an_id(
    app: FastAPI, bob: TestClient, service: AssistantService, article: Article
) -> None:
    tested = set()
    for method, path in sorted(list_routes(app)):
        if "{article_id}" not in path or method == "HEAD":
            continue
        texts = []
        for article_id in (article.id, UNKNOWN):
            body = BODIES.get((method, path))
            response = bob.request(method, fill_in(path, article_id), params=QUERY, json=body)
            assert response.status_code == 404, (method, path, response.text)
            texts.append(scrub(response.text, article_id))
        assert texts[0] == texts[1], (method, path)
        tested.add((method, path))
    assert {
        ("DELETE", "/api/articles/{article_id}"),
        ("GET", f"{ARTICLES}/{{article_id}}"),
    } < tested
    assert service.whole_library.get(PRIVATE.id) == PRIVATE
    assert service.whole_library.store.get(REMOVED.id, removed=True) == REMOVED


@pytest.mark.parametrize("article", [PRIVATE, EARLIER, REMOVED])
def test_stranger_gets_404_where_articles_are_named(
    app: FastAPI, bob: TestClient, article: Article
) -> None:
    tested = set()
    for method, path, is_body in find_routes_with_articles(app):
        texts = []
        for article_id in (article.id, UNKNOWN):
            ids = [ARTICLE.id, article_id]
            body = {**BODIES[method, path], "articles": ids} if is_body else None
            params = None if is_body else {"articles": ids}
            response = bob.request(method, path, json=body, params=params)
            assert response.status_code == 404, (method, path, response.text)
            texts.append(scrub(response.text, article_id))
        assert texts[0] == texts[1], (method, path)
        tested.add(path)
    assert tested == {
        "/api/ask",
        "/api/ask/stream",
        "/api/export",
        "/v1/chat/completions",
        "/api/library",
    }


def test_no_route_shows_a_stranger_anything(app: FastAPI, bob: TestClient) -> None:
    for method, path in sorted(list_routes(app)):
        if method != "GET" or "{" in path or "queue/data" in path or "heartbeat" in path:
            continue
        for params in (None, {"removed": "true"}, {"words": "Xylander"}, {"article": PRIVATE.id}):
            text = bob.get(path, params=params).text
            secrets = SECRETS if path.startswith("/api") else SECRETS[:3]
            assert not [word for word in secrets if f"{word}" in text.split('"words"')[0]], path


def test_lists_and_searches_differ_by_user(ana: TestClient, bob: TestClient) -> None:
    for client, titles in ((ana, [ARTICLE.title, TITLE]), (bob, [ARTICLE.title])):
        listed = client.get(ARTICLES).json()["articles"]
        assert [article["title"] for article in listed] == titles
        assert [article["private"] for article in listed] == [False, True][: len(titles)]
        assert not any("owner" in article for article in listed)
        removed = client.get(ARTICLES, params={"removed": True}).json()["articles"]
        assert len(removed) == len(titles) - 1
        hits = client.get("/api/library/search", params={"words": "vault"}).json()["hits"]
        assert len(hits) == len(titles) - 1
        exported = Bundle(BytesIO(client.get("/api/library").content), "library.zip")
        assert [item.article.title for item in exported] == titles


def test_owner_uses_the_article_on_every_route(app: FastAPI, ana: TestClient) -> None:
    for method, path in (("GET", ""), ("GET", "/sheet"), ("GET", "/marks"), ("GET", "/marks.md")):
        assert ana.request(method, f"{ARTICLES}/{PRIVATE.id}{path}").status_code == 200
    body = {"question": QUESTION, "articles": [PRIVATE.id]}
    answer = ana.post("/api/ask", json=body).json()
    assert answer["answered"]
    assert answer["quotes"][0]["text"] == SECRET


def test_quotes_of_a_private_article_are_not_verified(ana: TestClient, bob: TestClient) -> None:
    """A stranger who has an answer cannot find out whether its quotes are in the library."""
    answer = ana.post("/api/ask", json={"question": QUESTION, "articles": [PRIVATE.id]}).json()
    texts = []
    for article_id in (PRIVATE.id, UNKNOWN):
        altered = json.loads(json.dumps(answer).replace(PRIVATE.id, article_id))
        body = {"turns": [{"question": QUESTION, "answer": altered}], "format": "json"}
        texts.append(scrub(bob.post("/api/export", json=body).text, article_id))
    assert texts[0] == texts[1]


def test_asking_for_a_quotation_finds_no_private_text(ana: TestClient, bob: TestClient) -> None:
    question = "Does it say “vault of Xylander was opened by Colonel Quibbleton”?"
    for client in (ana, bob):  # the assistant of a shared article is the same for all users
        answer = client.post("/api/ask", json={"question": question}).json()
        assert PRIVATE.id not in json.dumps(answer)
        assert TITLE not in json.dumps(answer)


def test_same_text_is_added_for_each_user_alone(
    ana: TestClient, bob: TestClient, service: AssistantService
) -> None:
    body = {"text": SECRET, "title": TITLE, "private": True}
    added = bob.post(ARTICLES, json=body)
    assert added.status_code == 201  # as if nobody had it
    assert added.json()["private"] is True
    bobs_id = added.json()["id"]
    assert bobs_id != PRIVATE.id
    assert bob.post(ARTICLES, json=body).status_code == 200
    assert ana.get(f"{ARTICLES}/{bobs_id}").status_code == 404
    assert ana.post(ARTICLES, json=body).status_code == 200
    service.whole_library.remove(bobs_id, forever=True)


def test_file_and_bundle_can_be_private(
    ana: TestClient, bob: TestClient, service: AssistantService
) -> None:
    file = {"file": ("mill.txt", b"The mill of Lund has three wheels.")}
    added = ana.post(f"{ARTICLES}/file", files=file, data={"private": "true"}).json()
    assert added["private"]
    bundle = ana.get("/api/library", params={"articles": added["id"]}).content
    imported = bob.post(
        "/api/library", files={"file": ("library.zip", bundle)}, data={"private": "true"}
    ).json()["articles"]
    assert [(row["private"], row["status"]) for row in imported] == [(True, "added")]
    assert imported[0]["id"] != added["id"]
    shared = bob.post("/api/library", files={"file": ("library.zip", bundle)}).json()["articles"]
    assert [row["private"] for row in shared] == [False]
    for row in (added, *imported, *shared):
        service.whole_library.remove(row["id"], forever=True)


def test_removed_private_article_is_restored_by_its_owner(ana: TestClient) -> None:
    assert ana.delete(f"{ARTICLES}/{PRIVATE.id}").status_code == 204
    assert ana.post(f"{ARTICLES}/{PRIVATE.id}/restore").status_code == 200


def test_interfaces_reach_articles_as_a_user_alone() -> None:
    """Only these modules choose the user, and only the metrics count the whole library."""

    def find_modules(words: str) -> set[str]:
        paths = INTERFACES.rglob("*.py")
        return {path.name for path in paths if words in path.read_text(encoding="utf-8")}

    assert find_modules("whole_library") == {"metrics.py"}
    assert find_modules(".for_user(") == {"streaming.py", "event_access.py", "mcp.py"}
    assert find_modules("state.service") == {"__init__.py", "streaming.py"}


# ---- Events of the page
def make_event(article_id: str, answer: dict[str, Any]) -> dict[str, Any]:
    turn = {"question": QUESTION, "answer": answer}
    chat = {"id": "c", "title": "t", "articles": article_id, "turns": [turn]}
    return {
        "asked": QUESTION,
        "kept": json.dumps(chat),
        "ids": [article_id],
        "title": "Mine now",
        "tags": ["mine"],
        "words": "vault",
        "form": "json",
        "place": 0,
        "verdict": "up",
    }


def send_events(app: FastAPI, client: TestClient, article_id: str) -> dict[str, str]:
    """Send every event of the page about an article; return what came back, by function."""
    mounted: Any = next(route for route in app.routes if getattr(route, "path", None) == "")
    page = mounted.app.get_blocks()
    event = make_event(article_id, {"question": QUESTION, "text": "", "quotes": []})
    answers: dict[str, str] = {}
    for index, function in page.fns.items():
        if function.fn is None:
            continue
        name = f"{function.fn.__qualname__} {index}"
        text = event["kept"] if name.startswith("ChatPanel") else "The tower of Lund is old."
        body = {
            "session_hash": f"s{index}",
            "fn_index": index,
            "data": [
                text if isinstance(component, gr.Textbox) else None for component in function.inputs
            ],
            "event_data": event,
        }
        address = {"article": article_id}  # that of the page comes with each event
        response = client.post("/gradio_api/queue/join", json=body, params=address)
        answers[name] = response.text
        if response.status_code == 200 and function.queue is not False:
            session = {"session_hash": body["session_hash"]}
            answers[name] += client.get("/gradio_api/queue/data", params=session).text
    for block in page.blocks.values():
        for name in dir(block) if isinstance(block, gr.HTML) else ():
            if getattr(getattr(block, name, None), "_is_server_fn", False):
                call = {"session_hash": "s", "component_id": block._id, "fn_name": name}
                answers[name] = client.post(
                    "/gradio_api/component_server", json={**call, "data": event}
                ).text
    return answers


def test_no_event_of_the_page_shows_a_stranger_anything(
    app: FastAPI, service: AssistantService
) -> None:
    with make_client(app) as client:  # Gradio's queue runs within
        bob = sign_in(client, "bob")
        send_events(app, bob, UNKNOWN)  # some add what they are given
        unknown = send_events(app, bob, UNKNOWN)
        before = service.whole_library.store.listed()
        private = send_events(app, bob, PRIVATE.id)
        assert service.whole_library.store.summary(PRIVATE.id) in before
        shown = send_events(app, sign_in(client, "ana"), PRIVATE.id)
    assert {"search", "write", "rate"} < set(private)
    assert any(name.startswith("LibraryPanel._open ") for name in private)
    for name, text in private.items():
        assert scrub(text, PRIVATE.id) == scrub(unknown[name], UNKNOWN), name
        assert not [word for word in ("Quibbleton", TITLE) if word in text], name
    opened = next(text for name, text in shown.items() if name.startswith("LibraryPanel._open "))
    assert "Quibbleton" in opened
    polled = next(text for name, text in shown.items() if ".poll " in name)
    assert TITLE in polled or "Mine now" in polled  # before or after it was renamed
    assert "Quibbleton" in shown["search"]


def test_address_of_the_page_opens_no_private_article(app: FastAPI, bob: TestClient) -> None:
    page = bob.get("/", params={"article": PRIVATE.id}).text
    assert "Quibbleton" not in page


@pytest.mark.parametrize("accounts_setting", [False, True])
def test_page_has_a_box_for_users_alone(tmp_path: Path, accounts_setting: bool) -> None:
    library = Library(tmp_path, Hashing())
    settings = Settings(accounts=accounts_setting)
    page = build_page(AssistantService(ARTICLE, library, None, settings))
    (box,) = [block for block in page.blocks.values() if block.elem_id == "shelf-private"]
    assert isinstance(box, gr.Checkbox)
    assert box.visible == accounts_setting
    assert box.value is False
    sets = [function for function in page.fns.values() if box in function.outputs]
    assert len(sets) == accounts_setting  # the remembered choice
    library.close()
