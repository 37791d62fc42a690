"""Test two servers of one PostgreSQL database, as two processes behind a proxy are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from assistant.accounts.accounts import Accounts
from assistant.accounts.passwords import Passwords
from assistant.interfaces.server import create_app
from assistant.settings import Settings
from index.storage.library import Library
from tests.assistant.accounts.fakes import PASSWORD, make_hasher
from tests.assistant.interfaces.accounts.conftest import ARTICLE, BASE_URL
from tests.assistant.interfaces.http.serving import open_service
from tests.index.hashing import Hashing
from tools.postgresql import PostgresqlServer

MARKS = f"/api/articles/{ARTICLE.id}/marks"
MARK = {"start": 4, "end": 14, "text": "Old Bridge", "note": "Ask her."}


@pytest.fixture
def clients(
    tmp_path: Path, postgresql: PostgresqlServer
) -> Iterator[tuple[TestClient, TestClient]]:
    """Yield a client of each server. There is one user, ana."""
    address = postgresql.make_address()
    with ExitStack() as stack:
        made = []
        for name in ("first", "second"):
            folder = tmp_path / name
            library = stack.enter_context(closing(Library(folder, Hashing(), database=address)))
            accounts = stack.enter_context(
                closing(Accounts(folder, address, passwords=Passwords(make_hasher())))
            )
            service = open_service(ARTICLE, library, settings=Settings(accounts=True))
            app = create_app(service, accounts=accounts)
            made.append(TestClient(app, base_url=BASE_URL, follow_redirects=False))
            if not accounts.list_users():
                accounts.add_user("ana", "reader", PASSWORD)
        yield made[0], made[1]


def test_user_who_signs_in_at_one_server_is_known_to_the_other(
    clients: tuple[TestClient, TestClient],
) -> None:
    first, second = clients
    assert second.get("/api/articles").status_code == 401
    signed_in = first.post("/sign-in", data={"name": "ana", "password": PASSWORD})
    assert signed_in.status_code == 303
    second.cookies = first.cookies
    assert second.get("/api/articles").status_code == 200
    assert second.post(MARKS, json=MARK).status_code == 201
    assert [mark["note"] for mark in first.get(MARKS).json()["marks"]] == ["Ask her."]
    assert second.post("/sign-out").status_code == 303
    assert first.get("/api/articles").status_code == 401
