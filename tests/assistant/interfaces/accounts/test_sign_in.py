"""Test the pages on which users sign in and out and change their passwords, and API keys."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.accounts.accounts import Accounts
from assistant.accounts.lockout import LockoutLimits
from assistant.interfaces.accounts.pages import TEMPLATES
from assistant.interfaces.server import create_app
from assistant.interfaces.web.head import READ_ONLY_STYLE
from assistant.interfaces.web.i18n import LANGUAGES, load_catalogue
from assistant.service.service import AssistantService
from tests.assistant.accounts.fakes import PASSWORD, make_accounts
from tests.assistant.interfaces.accounts.conftest import ARTICLE, BASE_URL, MakeClient
from tests.assistant.interfaces.http.serving import serve_app
from tests.conftest import ROOT

gradio_client = pytest.importorskip("gradio_client")

BROWSER = {"Accept": "text/html,application/xhtml+xml", "Sec-Fetch-Mode": "navigate"}


def post_password(client: TestClient, old: str, new: str, again: str = "") -> Any:
    form = {"old": old, "new": new, "again": again or new}
    return client.post("/account/password", data=form)


@pytest.mark.parametrize(
    ("path", "location"),
    [
        ("/", "/sign-in"),
        ("/?article=0123456789abcdef", "/sign-in?next=%2F%3Farticle%3D0123456789abcdef"),
        ("/account", "/sign-in?next=%2Faccount"),
    ],
)
def test_browser_is_sent_to_sign_in(make_client: MakeClient, path: str, location: str) -> None:
    response = make_client().get(path, headers=BROWSER)
    assert (response.status_code, response.headers["location"]) == (303, location)


@pytest.mark.parametrize("path", ["/api/articles", "/gradio_api/info", "/v1/models"])
def test_program_gets_problem_instead_of_page(make_client: MakeClient, path: str) -> None:
    response = make_client().get(path, headers=BROWSER)
    assert response.status_code == 401
    assert "json" in response.headers["content-type"]


def test_sign_in_sets_cookie_and_opens_target(make_client: MakeClient) -> None:
    client = make_client()
    form = {"name": "Reader", "password": PASSWORD, "next": "/?article=1"}
    response = client.post("/sign-in", data=form, headers={"Origin": BASE_URL})
    assert (response.status_code, response.headers["location"]) == (303, "/?article=1")
    cookie = response.headers["set-cookie"].lower()
    assert re.search(r"; httponly; max-age=43200; path=/; samesite=strict$", cookie)
    assert "secure" not in cookie  # the connection is not encrypted
    assert client.get("/api/articles").status_code == 200
    assert client.get("/", headers=BROWSER).status_code == 200
    assert client.get("/sign-in").headers["location"] == "/"


def test_cookie_over_https_is_secure_and_bound_to_host(app: FastAPI) -> None:
    client = TestClient(app, base_url="https://127.0.0.1", follow_redirects=False)
    response = client.post("/sign-in", data={"name": "reader", "password": PASSWORD})
    cookie = response.headers["set-cookie"]
    assert cookie.startswith("__Host-")
    assert "; Secure" in cookie
    assert client.get("/api/articles").status_code == 200


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "\\\\evil", "/\t/evil", "evil"],
)
def test_target_on_another_site_is_replaced(make_client: MakeClient, target: str) -> None:
    client = make_client()
    assert 'name="next" value="/"' in client.get("/sign-in", params={"next": target}).text
    form = {"name": "reader", "password": PASSWORD, "next": target}
    assert client.post("/sign-in", data=form).headers["location"] == "/"


def test_failed_sign_in_keeps_and_escapes_the_name(make_client: MakeClient) -> None:
    client = make_client()
    form = {"name": '"><script>alert(1)</script>', "password": "wrong"}
    response = client.post("/sign-in", data=form)
    assert response.status_code == 403
    assert "set-cookie" not in response.headers
    assert "<script>" not in response.text
    assert "&lt;script&gt;" in response.text
    assert 'role="alert"' in response.text
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_form_of_another_site_is_refused(make_client: MakeClient, headers: dict[str, str]) -> None:
    form = {"name": "reader", "password": PASSWORD}
    assert make_client().post("/sign-in", data=form, headers=headers).status_code == 403
    client = make_client("reader")
    for path in ("/sign-out", "/account/password"):
        assert client.post(path, data=form, headers=headers).status_code == 403
    assert client.get("/account").status_code == 200


def test_locked_sign_in_says_when_to_try_again(service: AssistantService, tmp_path: Path) -> None:
    accounts = make_accounts(tmp_path, limits=LockoutLimits(of_name=2))
    accounts.add_user("ana", "reader", PASSWORD)
    client = TestClient(create_app(service, accounts=accounts), base_url=BASE_URL)
    statuses = [
        client.post("/sign-in", data={"name": "ana", "password": password}).status_code
        for password in ("wrong", "wrong", PASSWORD)
    ]
    assert statuses == [403, 403, 429]
    response = client.post("/sign-in", data={"name": "ana", "password": PASSWORD})
    assert response.headers["retry-after"] == "900"
    assert "15 minutes" in response.text
    accounts.close()


def test_sign_out_ends_session(make_client: MakeClient) -> None:
    client = make_client("reader")
    cookies = dict(client.cookies)
    response = client.post("/sign-out")
    assert (response.status_code, response.headers["location"]) == (303, "/sign-in")
    assert not client.cookies
    client.cookies.update(cookies)
    assert client.get("/api/articles").status_code == 401


def test_password_change_ends_sessions(
    accounts: Accounts, make_client: MakeClient, app: FastAPI
) -> None:
    accounts.add_user("dora", "reader", PASSWORD)
    clients = [TestClient(app, base_url=BASE_URL, follow_redirects=False) for _ in range(2)]
    for client in clients:
        client.post("/sign-in", data={"name": "dora", "password": PASSWORD})
    first, second = clients
    assert post_password(first, "wrong", "another long one").status_code == 403
    assert post_password(first, PASSWORD, "another long one", "a typing errror").status_code == 422
    assert post_password(first, PASSWORD, "short").status_code == 422
    assert second.get("/account").status_code == 200
    response = post_password(first, PASSWORD, "another long one")
    assert response.status_code == 200
    assert 'role="status"' in response.text
    for client in clients:
        assert client.get("/api/articles").status_code == 401
    form = {"name": "dora", "password": "another long one"}
    assert first.post("/sign-in", data=form).status_code == 303
    accounts.remove_user("dora")
    assert first.get("/api/articles").status_code == 401


def test_key_cannot_change_password_or_sign_out(make_client: MakeClient) -> None:
    client = make_client(scopes=("read", "admin"))
    assert post_password(client, PASSWORD, "another long one").status_code == 403
    assert client.post("/sign-out").status_code == 403


def test_wrong_key_is_refused_despite_session(make_client: MakeClient) -> None:
    client = make_client("admin")
    assert client.get("/api/articles", headers={"Authorization": "Basic YTpi"}).status_code == 200
    for header in ("Bearer", "Bearer ", "bearer aak_x", "Bearer \xff"):
        response = client.get("/api/articles", headers={b"Authorization": header.encode("latin-1")})
        assert response.status_code == 401


def test_key_asks_over_api_and_openai_endpoint(make_client: MakeClient) -> None:
    client = make_client(scopes=("ask",))
    question = "Who opened the Old Bridge of Lund?"
    assert client.post("/api/ask", json={"question": question}).json()["answered"]
    message = {"role": "user", "content": question}
    body = {"model": "article-assistant", "messages": [message]}
    assert client.post("/v1/chat/completions", json=body).status_code == 200
    response = client.get("/v1/models")
    assert response.status_code == 403
    assert "read" in response.json()["error"]["message"]
    assert client.post("/api/articles", json={"text": "A tower."}).status_code == 403


def test_readyz_tells_details_to_admins_only(
    make_client: MakeClient, service: AssistantService, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in (None, "reader", "editor"):
        assert make_client(role).get("/readyz").json()["detail"] == "Questions are answered."
    assert make_client("admin").get("/readyz").json()["detail"] == service.status
    monkeypatch.setattr(service, "state", "failed")
    for role in (None, "reader", "editor"):
        response = make_client(role).get("/readyz")
        assert (response.status_code, "problems" in response.json()) == (503, False)
        assert response.headers["retry-after"]
    (problem,) = make_client("admin").get("/readyz").json()["problems"]
    assert problem["part"] == "service"


def test_page_hides_changes_from_readers(make_client: MakeClient) -> None:
    pages = {
        role: make_client(role).get("/", headers=BROWSER).text for role in ("reader", "editor")
    }
    assert {role: READ_ONLY_STYLE in page for role, page in pages.items()} == {
        "reader": True,
        "editor": False,
    }
    assert all('href=\\"/account\\" \\u003e' in page for page in pages.values())


@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_sign_in_page_is_in_language_of_browser(make_client: MakeClient, language: str) -> None:
    header = {"Accept-Language": f"xx, {language}-XX;q=0.8, en;q=0.5"}
    text = make_client().get("/sign-in", headers=header).text
    title = {"en": "Sign in"}.get(language) or load_catalogue(language)["Sign in"]
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in text
    assert f"<h1>{title}</h1>" in text


def test_texts_of_account_pages_are_in_catalogues() -> None:
    texts = set(load_catalogue("de"))
    sources = [path.read_text(encoding="utf-8") for path in TEMPLATES.glob("*.html")]
    shown = {text for source in sources for text in re.findall(r'say\("([^"]+)"\)', source)}
    code = (TEMPLATES.parent / "pages.py").read_text(encoding="utf-8")
    shown |= set(re.findall(r'(?:error|text|note) ?= ?"([A-Z][^"]+)"', code))
    assert {"Sign in", "Change the password", "The new passwords differ."} < shown
    assert shown | {"reader", "editor", "admin"} <= texts


def test_audit_log_names_who_changed_and_exported(
    accounts: Accounts, make_client: MakeClient
) -> None:
    client = make_client("editor")
    added = client.post("/api/articles", json={"text": "A secret tower."}).json()["id"]
    assert client.delete(f"/api/articles/{added}").status_code == 204
    assert client.get("/api/library", params={"articles": ARTICLE.id}).status_code == 200
    assert client.post("/api/ask", json={"question": "A secret question?"}).status_code == 200
    assert make_client("reader").delete(f"/api/articles/{added}").status_code == 403
    log = accounts.audit.path.read_text()
    assert "secret" not in log
    events = [json.loads(line) for line in log.splitlines()]
    requests = [event for event in events if event["event"] == "request"]
    summaries = [(e["user"], e["method"], e["path"], e["status"]) for e in requests[-4:]]
    assert summaries == [
        ("editor", "POST", "/api/articles", 201),
        ("editor", "DELETE", f"/api/articles/{added}", 204),
        ("editor", "GET", "/api/library", 200),
        ("reader", "DELETE", f"/api/articles/{added}", 403),
    ]


def test_broken_database_refuses_everybody(
    service: AssistantService, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    accounts = make_accounts(tmp_path)
    accounts.add_user("ana", "admin", PASSWORD)
    client = TestClient(create_app(service, accounts=accounts), base_url=BASE_URL)
    client.post("/sign-in", data={"name": "ana", "password": PASSWORD})
    assert client.get("/api/articles").status_code == 200
    accounts.close()
    assert client.get("/api/articles").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert "Traceback" not in caplog.text


def test_gradio_client_asks_with_a_key(service: AssistantService, accounts: Accounts) -> None:
    # An application of its own, because Gradio's queue belongs to one event loop.
    with serve_app(create_app(service, accounts=accounts)) as address:
        key = accounts.add_key("reader", ["read", "ask"], label="gradio")
        headers = {"Authorization": f"Bearer {key}"}
        client = gradio_client.Client(address, headers=headers, verbose=False)
        answer = client.predict("Who opened the Old Bridge of Lund?", api_name="/ask")
        assert answer["answered"]
        (entry,) = [entry for entry in accounts.list_keys() if entry.label == "gradio"]
        accounts.remove_key(entry.id)
        with pytest.raises(Exception, match="401"):
            client.predict("Who opened the Old Bridge of Lund?", api_name="/ask")


def test_served_program_believes_no_forged_proxy(tmp_path: Path) -> None:
    accounts = make_accounts(tmp_path)
    accounts.add_user("ana", "admin", None)
    key = accounts.add_key("ana", ["read"])
    accounts.close()
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "ARTICLE_ASSISTANT_ACCOUNTS": "true",
        "ARTICLE_ASSISTANT_SIGN_ON_HEADER": "X-User",
        "ARTICLE_ASSISTANT_TRUSTED_PROXIES": "10.0.0.5",
    }
    command = [sys.executable, "-m", "assistant", "serve", "--model", "none", "--port", "0"]
    with subprocess.Popen(
        [*command, "--data", str(tmp_path)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout
            address = process.stdout.readline().split()[1]
            forged = {"X-User": "ana", "X-Forwarded-For": "10.0.0.5"}
            transport = httpx.HTTPTransport(retries=5)
            with httpx.Client(base_url=address, transport=transport, timeout=120) as client:
                assert client.get("/healthz").status_code == 200
                assert client.get("/api/articles", headers=forged).status_code == 401
                headers = {"Authorization": f"Bearer {key}"}
                assert client.get("/api/articles", headers=headers).status_code == 200
        finally:
            process.terminate()
