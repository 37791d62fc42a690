"""Test the database of accounts."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from assistant.accounts.database import MIGRATIONS
from assistant.accounts.store import AccountStore
from index.errors import DataError

pytestmark = pytest.mark.unit


def test_store_keeps_users_and_runs_migrations_once(tmp_path: Path) -> None:
    for number in range(2):
        store = AccountStore(tmp_path)
        store.add_user(f"user{number}", "reader", "")
        store.close()
    store = AccountStore(tmp_path)
    assert [user.name for user in store.list_users()] == ["user0", "user1"]
    store.close()
    with sqlite3.connect(tmp_path / "accounts.sqlite3") as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_store_of_newer_version_is_refused(tmp_path: Path) -> None:
    AccountStore(tmp_path).close()
    with sqlite3.connect(tmp_path / "accounts.sqlite3") as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(DataError, match="newer version"):
        AccountStore(tmp_path)


def test_damaged_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "accounts.sqlite3").write_bytes(b"\xff" * 5_000)
    with pytest.raises(DataError, match="cannot be used"):
        AccountStore(tmp_path)


def test_second_process_sees_changes(tmp_path: Path) -> None:
    server, command = AccountStore(tmp_path), AccountStore(tmp_path)
    command.add_user("ana", "reader", "")
    server.add_session("ana", b"hash", now=0, expires=10)
    assert server.find_session(b"hash", 5) == ("ana", "reader")
    command.remove_user("ana")
    assert server.find_session(b"hash", 5) is None
    server.close()
    command.close()


def test_expired_sessions_are_deleted(tmp_path: Path) -> None:
    store = AccountStore(tmp_path)
    store.add_user("ana", "reader", "")
    for number in range(5):
        store.add_session("ana", b"%d" % number, now=10 * number, expires=10 * number + 10)
    assert store._rows("SELECT token_hash FROM sessions") == [(b"4",)]
    store.close()
