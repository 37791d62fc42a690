"""Test what every route of the application needs, generated from its routes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse
from starlette.routing import Mount
from starlette.websockets import WebSocketDisconnect

from assistant.accounts.accounts import Accounts
from assistant.accounts.roles import PERMISSIONS, ROLES, Account
from assistant.interfaces.accounts.access import ACCESS_RULES, find_rule
from assistant.interfaces.accounts.middleware import Authentication
from assistant.interfaces.http.not_found import NotFoundRoutes
from assistant.interfaces.http.problem_details import PROBLEM_MEDIA_TYPE
from assistant.interfaces.server import create_app
from assistant.service.service import AssistantService
from assistant.settings import Settings
from tests.assistant.interfaces.accounts.conftest import BASE_URL, MakeClient

RouteName = tuple[str, str]  # method and path


def find_routes(routes: Iterable[Any]) -> Iterator[RouteName]:
    """Yield the method and the path of every route, also of mounted applications."""
    for route in routes:
        if isinstance(route, Mount):
            assert route.path == ""  # else the paths below it would need it as a prefix
            yield from find_routes(route.routes)
        elif hasattr(route, "effective_candidates"):  # a router that FastAPI has included
            yield from find_routes(route.effective_candidates())
            yield from find_routes(route.effective_low_priority_routes())
        elif not isinstance(getattr(route, "endpoint", None), NotFoundRoutes):
            for method in route.methods or ["GET", "POST", "PUT", "PATCH", "DELETE"]:
                yield method, route.path


def fill_path(path: str) -> str:
    """Return a path with a value for each parameter."""
    return re.sub(r"\{[^}]+\}", "0" * 16, path)


def is_closed(method: str, path: str, status: int) -> bool:
    """Return whether a status is that of a route which is closed for everybody."""
    rule = find_rule(method, fill_path(path))
    return status == 404 and rule is not None and rule.needs is None


@pytest.fixture(scope="module")
def routes(app: FastAPI) -> list[RouteName]:
    return list(dict.fromkeys(find_routes(app.routes)))


@pytest.fixture(scope="module")
def client(make_client: MakeClient) -> TestClient:
    return make_client()


def test_routes_of_all_parts_are_found(routes: list[RouteName]) -> None:
    assert {
        ("POST", "/api/ask"),
        ("GET", "/healthz"),
        ("HEAD", "/sign-in"),
        ("POST", "/sign-in"),
        ("POST", "/v1/chat/completions"),
        ("POST", "/gradio_api/queue/join"),
        ("GET", "/gradio_api/file={path_or_url:path}"),
        ("GET", "/"),
    } <= set(routes)


def test_every_route_is_listed(routes: list[RouteName]) -> None:
    missing = [route for route in routes if find_rule(route[0], fill_path(route[1])) is None]
    assert missing == []


def test_every_rule_has_a_route(routes: list[RouteName]) -> None:
    served = {(method, path.removesuffix("/") or "/") for method, path in routes}
    listed = {(method, rule.path) for rule in ACCESS_RULES for method in rule.methods}
    assert {route for route in listed - served if route[1] != "/mcp"} == set()


def test_every_route_refuses_strangers(routes: list[RouteName], client: TestClient) -> None:
    public = set()
    for method, path in routes:
        response = client.request(method, fill_path(path))
        if response.status_code == 401:
            assert response.headers["www-authenticate"] == "Bearer"
            is_openai = path.startswith("/v1")
            assert is_openai or response.headers["content-type"] == PROBLEM_MEDIA_TYPE
        elif not is_closed(method, path, response.status_code):
            public.add((method, path))
    assert public == {
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/robots.txt"),
        ("GET", "/sign-in"),
        ("HEAD", "/sign-in"),
        ("POST", "/sign-in"),
    }


def test_unknown_key_is_refused_on_every_route(routes: list[RouteName], client: TestClient) -> None:
    headers = {"Authorization": "Bearer aak_unknown"}
    for method, path in routes:
        rule = find_rule(method, fill_path(path))
        status = client.request(method, fill_path(path), headers=headers).status_code
        is_answered = status == 401 or is_closed(method, path, status)
        assert is_answered or (rule and rule.is_public), (method, path)


@pytest.mark.parametrize("role", ROLES)
def test_role_gets_403_where_it_lacks_a_permission(app: FastAPI, role: Any) -> None:
    account = Account.of(role, role, "session")
    answers = send_to_all(app, account)
    for (method, path), status in answers.items():
        rule = find_rule(method, fill_path(path))
        assert rule
        expected = (
            404 if rule.needs is None else 200 if account.has_permissions(*rule.needs) else 403
        )
        assert status == expected, (method, path)
    assert (403 in answers.values()) == (role != "admin")


def test_reader_changes_nothing_over_http(app: FastAPI) -> None:
    answers = send_to_all(app, Account.of("ana", "reader", "session"))
    allowed = {
        path
        for (method, path), status in answers.items()
        if method not in ("GET", "HEAD") and path.startswith(("/api/", "/v1/")) and status != 403
    }
    marks = "/api/articles/{article_id}/marks"
    questions = {"/api/ask", "/api/ask/stream", "/api/export", "/v1/chat/completions"}
    assert allowed == {*questions, marks, f"{marks}/{{mark_id}}"}  # marks are the reader's own
    assert answers["POST", "/gradio_api/upload"] == 403


@pytest.mark.parametrize("scope", PERMISSIONS)
def test_key_gets_403_outside_its_scope(app: FastAPI, scope: Any) -> None:
    answers = send_to_all(app, Account.of("admin", "admin", "key", frozenset([scope])))
    for (method, path), status in answers.items():
        rule = find_rule(method, fill_path(path))
        assert rule
        expected = 404 if rule.needs is None else 200 if set(rule.needs) <= {scope} else 403
        assert status == expected, (method, path)


class OneAccount:
    """Accounts that recognise every session as that of one account."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.audit = SilentLog()

    def find_by_session(self, token: str) -> Account:
        return self.account


class SilentLog:
    def record(self, event: str, **details: object) -> None:
        pass


def send_to_all(app: FastAPI, account: Account) -> dict[RouteName, int]:
    """Send a request to every route, behind which an application answers 200; return statuses."""
    accounts: Any = OneAccount(account)
    middleware = Authentication(PlainTextResponse("passed"), accounts, Settings())
    client = TestClient(
        middleware, base_url=BASE_URL, cookies={"article-assistant-session": "token"}
    )
    return {
        (method, path): client.request(method, fill_path(path)).status_code
        for method, path in dict.fromkeys(find_routes(app.routes))
    }


def test_new_route_is_refused_by_default(accounts: Accounts) -> None:
    middleware = Authentication(PlainTextResponse("passed"), accounts, Settings())
    key = accounts.add_key("admin", PERMISSIONS)
    client = TestClient(middleware, base_url=BASE_URL)
    for method, path in [
        ("POST", "/api/purge"),
        ("PUT", "/api/articles"),
        ("DELETE", "/"),
        ("GET", "/api/articles/0/text"),
        ("GET", "//api/articles"),
        ("GET", "/API/articles"),
        ("TRACE", "/healthz"),
    ]:
        assert client.request(method, path).status_code == 401
        headers = {"Authorization": f"Bearer {key}"}
        assert client.request(method, path, headers=headers).status_code == 404
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/articles", headers=headers).text == "passed"


def test_app_without_required_accounts_is_refused(service: AssistantService) -> None:
    assert service.settings.accounts
    with pytest.raises(ValueError, match="ask for accounts"):
        create_app(service)


def test_websocket_is_refused(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/gradio_api/queue/join"):
        pass


def test_rule_paths_have_no_slash_at_their_end() -> None:
    assert all(rule.path == "/" or not rule.path.endswith("/") for rule in ACCESS_RULES)
