"""Serve the whole application, with accounts, for an article that is open."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from assistant.accounts.accounts import Accounts
from assistant.accounts.roles import ROLES, Permission, Role
from assistant.interfaces.http.metrics import Metrics
from assistant.interfaces.server import create_app
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.accounts.fakes import PASSWORD, make_accounts
from tests.assistant.interfaces.http.serving import open_service
from tests.index.hashing import Hashing

ARTICLE = Article.from_text(
    "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998.", "The bridge"
)
BASE_URL = "http://127.0.0.1"

MakeClient = Callable[..., TestClient]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AssistantService]:
    library = Library(tmp_path_factory.mktemp("accounts-library"), Hashing())
    yield open_service(ARTICLE, library, settings=Settings(accounts=True, metrics="all"))
    library.close()


@pytest.fixture(scope="session")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    """Yield accounts with a user for each role, whose name is that of the role."""
    accounts = make_accounts(tmp_path_factory.mktemp("accounts"))
    for role in ROLES:
        accounts.add_user(role, role, PASSWORD)
    yield accounts
    accounts.close()


@pytest.fixture(scope="session")
def app(service: AssistantService, accounts: Accounts) -> FastAPI:
    return create_app(service, accounts=accounts, metrics=Metrics())


@pytest.fixture(scope="session")
def make_client(app: FastAPI, accounts: Accounts) -> MakeClient:
    """Return a function that creates a client, signed in by role or with a key of an admin."""

    def make(role: Role | None = None, *, scopes: tuple[Permission, ...] = ()) -> TestClient:
        client = TestClient(
            app, base_url=BASE_URL, raise_server_exceptions=False, follow_redirects=False
        )
        if role:
            form = {"name": role, "password": PASSWORD}
            assert client.post("/sign-in", data=form).status_code == 303
        if scopes:
            client.headers["Authorization"] = f"Bearer {accounts.add_key('admin', scopes)}"
        return client

    return make
