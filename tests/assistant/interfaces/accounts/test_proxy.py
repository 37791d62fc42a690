"""Test signing on by a header of a trusted proxy."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from assistant.accounts.accounts import Accounts
from assistant.accounts.request_access import get_access
from assistant.interfaces.accounts.middleware import Authentication
from assistant.settings import Settings
from tests.assistant.accounts.fakes import PASSWORD
from tests.assistant.interfaces.accounts.conftest import BASE_URL

PROXY, STRANGER = "10.0.0.5", "10.0.0.6"
HEADER = "X-Forwarded-Email"


async def describe_request(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what the middleware says of the request."""
    access = get_access(scope)
    assert access
    assert access.account
    body = {
        "user": access.account.name,
        "method": access.account.method,
        "address": access.address,
        "scheme": Request(scope).url.scheme,
    }
    await JSONResponse(body)(scope, receive, send)


def make_client(accounts: Accounts, peer: str, **settings: str) -> TestClient:
    options = {"sign_on_header": HEADER, "trusted_proxies": f"{PROXY}, 192.0.2.0/24"} | settings
    middleware = Authentication(describe_request, accounts, Settings(**options))  # type: ignore[arg-type]
    return TestClient(middleware, base_url=BASE_URL, client=(peer, 5_000))


@pytest.mark.parametrize("peer", [PROXY, "192.0.2.77"])
def test_trusted_proxy_signs_user_on(accounts: Accounts, peer: str) -> None:
    headers = {HEADER: "Reader", "X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https"}
    response = make_client(accounts, peer).get("/api/articles", headers=headers)
    assert response.json() == {
        "user": "reader",
        "method": "proxy",
        "address": "203.0.113.9",
        "scheme": "https",
    }


@pytest.mark.parametrize("peer", [STRANGER, "127.0.0.1", "203.0.113.9", "testclient", ""])
def test_header_of_others_is_ignored(accounts: Accounts, peer: str) -> None:
    for headers in (
        {HEADER: "admin"},
        {HEADER: "admin", "X-Forwarded-For": PROXY},
        {HEADER: "admin", "Forwarded": f"for={PROXY}", "X-Real-IP": PROXY},
    ):
        response = make_client(accounts, peer).get("/api/articles", headers=headers)
        assert response.status_code == 401


def test_address_and_scheme_of_others_are_ignored(accounts: Accounts) -> None:
    key = accounts.add_key("reader", ["read"])
    headers = {
        "Authorization": f"Bearer {key}",
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Proto": "https",
    }
    body = make_client(accounts, STRANGER).get("/api/articles", headers=headers).json()
    assert (body["address"], body["scheme"]) == (STRANGER, "http")


@pytest.mark.parametrize(
    "names", [["nobody"], [""], ["reader", "admin"], ["reader, admin"], ["\xff"], ["x" * 500]]
)
def test_unknown_or_double_user_is_refused(accounts: Accounts, names: list[str]) -> None:
    headers: Any = [(HEADER, name.encode("latin-1")) for name in names]
    response = make_client(accounts, PROXY).get("/api/articles", headers=headers)
    assert response.status_code == 403


def test_request_without_header_needs_key_or_session(accounts: Accounts) -> None:
    client = make_client(accounts, PROXY)
    assert client.get("/api/articles").status_code == 401
    token = accounts.sign_in("reader", PASSWORD, STRANGER)
    client.cookies["article-assistant-session"] = token
    assert client.get("/api/articles").json()["method"] == "session"
    response = client.get("/api/articles", headers={HEADER: "editor"})
    assert (response.json()["user"], response.json()["method"]) == ("editor", "proxy")


def test_header_is_ignored_without_setting(accounts: Accounts) -> None:
    client = make_client(accounts, PROXY, sign_on_header="")
    assert client.get("/api/articles", headers={HEADER: "admin"}).status_code == 401


@pytest.mark.unit
@pytest.mark.parametrize(
    "settings",
    [
        {"sign_on_header": HEADER},
        {"sign_on_header": HEADER, "trusted_proxies": " , "},
        {"trusted_proxies": "*"},
        {"trusted_proxies": "10.0.0.5/99"},
        {"trusted_proxies": "proxy.example"},
        {"sign_on_header": "A B", "trusted_proxies": PROXY},
    ],
)
def test_settings_that_trust_everybody_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings(**settings)  # type: ignore[arg-type]


def test_audit_log_has_address_of_the_proxys_client(accounts: Accounts) -> None:
    headers = {HEADER: "editor", "X-Forwarded-For": "203.0.113.9"}
    make_client(accounts, PROXY).request("DELETE", "/api/articles/0", headers=headers)
    event = json.loads(accounts.audit.path.read_text().splitlines()[-1])
    assert (event["user"], event["address"]) == ("editor", "203.0.113.9")
