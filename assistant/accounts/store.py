"""Store users, sessions and API keys in `accounts.sqlite3` of a data folder."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any

from assistant.accounts.roles import Permission, Role
from index.errors import DataError, InputError

__all__ = ["AccountStore", "Key", "User"]

# Each migration leads to the version of its position, counted from 1.
MIGRATIONS = (
    """
    CREATE TABLE users (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
        role TEXT NOT NULL CHECK (role IN ('reader', 'editor', 'admin')),
        password_hash TEXT NOT NULL, added TEXT NOT NULL);
    CREATE TABLE sessions (
        token_hash BLOB PRIMARY KEY, expires INTEGER NOT NULL,
        user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE) WITHOUT ROWID;
    CREATE INDEX sessions_of_user ON sessions(user_id);
    CREATE TABLE keys (
        id TEXT PRIMARY KEY, token_hash BLOB NOT NULL UNIQUE, scopes TEXT NOT NULL,
        label TEXT NOT NULL, added TEXT NOT NULL,
        user_id INTEGER NOT NULL REFERENCES users(id) ON DELETE CASCADE);
    CREATE INDEX keys_of_user ON keys(user_id);
    """,
)


@dataclass(frozen=True)
class User:
    """A user. `password_hash` is empty if the user has no password."""

    name: str
    role: Role
    password_hash: str
    added: str  # ISO 8601, in UTC


@dataclass(frozen=True)
class Key:
    """What is known of an API key, which is not the key itself."""

    id: str
    user: str
    scopes: tuple[Permission, ...]
    label: str
    added: str  # ISO 8601, in UTC


class AccountStore:
    """The database of accounts. Several threads and processes can use it.

    The owner alone can read the file. It contains no password, no session token and no key, only
    their hashes.

    Args:
        folder: the data folder.

    Raises:
        DataError: the file cannot be used, or a newer version of the program wrote it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "accounts.sqlite3"
        self._lock = RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(
                self.path, timeout=5, isolation_level=None, check_same_thread=False
            )
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA foreign_keys = ON")
        except (sqlite3.Error, OSError) as error:
            raise self._make_error(error) from error
        self._migrate()

    def _migrate(self) -> None:
        with self._transaction() as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version > len(MIGRATIONS):
                raise DataError(
                    f"{self.path} was written by a newer version of this program. "
                    "Upgrade, or choose another folder with --data."
                )
            for migration in MIGRATIONS[version:]:
                for statement in filter(str.strip, migration.split(";")):
                    db.execute(statement)
            db.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise self._make_error(error) from error
                raise

    def _change(self, statement: str, *values: object) -> int:
        """Run a statement and return the number of rows that it changed."""
        with self._transaction() as db:
            return db.execute(statement, values).rowcount

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        try:
            with self._lock:
                return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self._make_error(error) from error

    def _make_error(self, error: Exception) -> DataError:
        return DataError(
            f"{self.path} cannot be used ({error}). Restore a copy of it, or choose another folder "
            "with --data."
        )

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()

    # ---- Users
    def add_user(self, name: str, role: Role, password_hash: str) -> None:
        """Add a user.

        Raises:
            InputError: there is a user with this name.
        """
        is_added = self._change(
            "INSERT OR IGNORE INTO users (name, role, password_hash, added) VALUES (?, ?, ?, ?)",
            *(name, role, password_hash, _now()),
        )
        if not is_added:
            raise InputError(f"There is a user {name!r} already. Choose another name.")

    def list_users(self) -> list[User]:
        """Return all users, in the order of their names."""
        rows = self._rows("SELECT name, role, password_hash, added FROM users ORDER BY name")
        return [User(*row) for row in rows]

    def find_user(self, name: str) -> User | None:
        """Return the user with a name; None if there is none."""
        rows = self._rows("SELECT name, role, password_hash, added FROM users WHERE name = ?", name)
        return User(*rows[0]) if rows else None

    def remove_user(self, name: str) -> bool:
        """Delete a user with all sessions and keys. Return whether there was one."""
        return bool(self._change("DELETE FROM users WHERE name = ?", name))

    def set_role(self, name: str, role: Role) -> bool:
        """Set the role of a user. Return whether there is one with this name."""
        return bool(self._change("UPDATE users SET role = ? WHERE name = ?", role, name))

    def set_password_hash(self, name: str, password_hash: str, *, ends_sessions: bool) -> None:
        """Replace the hash of a user's password.

        Args:
            name: the name of the user.
            password_hash: the new hash.
            ends_sessions: whether to end all sessions of the user.
        """
        with self._transaction() as db:
            db.execute("UPDATE users SET password_hash = ? WHERE name = ?", (password_hash, name))
            if ends_sessions:
                db.execute(
                    "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE name = ?)",
                    (name,),
                )

    # ---- Sessions
    def add_session(self, name: str, token_hash: bytes, now: int, expires: int) -> None:
        """Add a session of a user, and delete all sessions that have expired.

        Args:
            name: the name of the user.
            token_hash: identifies the session.
            now: the time, in seconds since 1970.
            expires: the time when the session ends.
        """
        with self._transaction() as db:
            db.execute("DELETE FROM sessions WHERE expires <= ?", (now,))
            db.execute(
                "INSERT INTO sessions SELECT ?, ?, id FROM users WHERE name = ?",
                (token_hash, expires, name),
            )

    def find_session(self, token_hash: bytes, now: int) -> tuple[str, Role] | None:
        """Return the name and the role of the user of a session; None if it does not exist."""
        rows = self._rows(
            "SELECT name, role FROM sessions JOIN users ON users.id = user_id "
            "WHERE token_hash = ? AND expires > ?",
            *(token_hash, now),
        )
        return (rows[0][0], rows[0][1]) if rows else None

    def remove_session(self, token_hash: bytes) -> None:
        """End a session."""
        self._change("DELETE FROM sessions WHERE token_hash = ?", token_hash)

    # ---- API keys
    def add_key(
        self, name: str, key_id: str, token_hash: bytes, scopes: Sequence[Permission], label: str
    ) -> None:
        """Add an API key of a user."""
        self._change(
            "INSERT INTO keys SELECT ?, ?, ?, ?, ?, id FROM users WHERE name = ?",
            *(key_id, token_hash, " ".join(scopes), label, _now(), name),
        )

    def list_keys(self) -> list[Key]:
        """Return all API keys, oldest first."""
        rows = self._rows(
            "SELECT keys.id, name, scopes, label, keys.added FROM keys "
            "JOIN users ON users.id = user_id ORDER BY keys.added, keys.id"
        )
        return [
            Key(key_id, name, tuple(scopes.split()), label, added)
            for key_id, name, scopes, label, added in rows
        ]

    def find_key(self, token_hash: bytes) -> tuple[str, Role, frozenset[Permission]] | None:
        """Return the name and the role of a key's user, and its scopes; None if there is none."""
        rows = self._rows(
            "SELECT name, role, scopes FROM keys JOIN users ON users.id = user_id "
            "WHERE token_hash = ?",
            token_hash,
        )
        return (rows[0][0], rows[0][1], frozenset(rows[0][2].split())) if rows else None

    def remove_key(self, key_id: str) -> bool:
        """Delete an API key. Return whether there was one."""
        return bool(self._change("DELETE FROM keys WHERE id = ?", key_id))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
