"""Store users, sessions and API keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.accounts.database import SqliteAccountDatabase
from assistant.accounts.roles import Permission, Role
from index.errors import InputError
from index.storage.databases import open_shared_database
from index.storage.side_database import SideDatabase

__all__ = ["AccountStore", "Key", "User"]


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


class _LimitExceededError(Exception):
    """Rolls a transaction back."""


class AccountStore:
    """Users, their sessions and their API keys. Several threads and processes can use it.

    It contains no password, no session token and no key, only their hashes.

    Args:
        folder: the data folder.
        database: the address of a PostgreSQL database; if empty, SQLite in the data folder.

    Raises:
        InputError: the address cannot be used, or a package is missing.
        DataError: the database cannot be used, or a newer version of the program wrote it.
    """

    def __init__(self, folder: Path, database: str = "") -> None:
        self._database: SideDatabase = (
            open_shared_database(database) if database else SqliteAccountDatabase(folder)
        )

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def copy_to(self, other: AccountStore) -> int | None:
        """Copy the users and their API keys to another store, unless it has users.

        The other store's users stay as they are: a password that was changed here, or a key that
        was removed here, must not become valid again. Sessions are not copied.

        Returns:
            How many users were copied; None if the other store has users already.
        """
        users = self._rows("SELECT name, role, password_hash, added FROM users ORDER BY id")
        keys = self._rows(
            "SELECT keys.id, token_hash, scopes, label, keys.added, name FROM keys "
            "JOIN users ON users.id = user_id"
        )
        if not users:
            return 0
        with other._database.open() as db:
            if db.execute("SELECT name FROM users").fetchone():
                return None
            for user in users:
                db.execute(
                    "INSERT INTO users (name, role, password_hash, added) VALUES (?, ?, ?, ?)", user
                )
            for key in keys:
                db.execute(
                    "INSERT INTO keys SELECT ?, ?, ?, ?, ?, id FROM users WHERE name = ?", key
                )
        return len(users)

    def _change(self, statement: str, *values: object) -> int:
        """Run a statement and return the number of rows that it changed."""
        with self._database.open() as db:
            return db.execute(statement, values).rowcount

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._database.rows(query, values)

    # ---- Users
    def add_user(self, name: str, role: Role, password_hash: str) -> None:
        """Add a user.

        Raises:
            InputError: there is a user with this name.
        """
        is_added = self._change(
            "INSERT INTO users (name, role, password_hash, added) VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
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
        with self._database.open() as db:
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
        with self._database.open() as db:
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

    # ---- Failed sign-ins
    def count_attempt(
        self, limits: Mapping[str, int], now: int, seconds: int
    ) -> dict[str, int] | None:
        """Count an attempt to sign in, and delete the counts that have expired.

        Args:
            limits: the most attempts of each subject, a name or an address.
            now: the time, in seconds since 1970.
            seconds: the time after the last attempt until the counts expire.

        Returns:
            The number of attempts of each subject; None if one exceeds its limit. Nothing is
            counted then.
        """
        counts = {}
        with suppress(_LimitExceededError), self._database.open() as db:
            # A count far in the future is of a clock that was set back. Clocks of several machines
            # differ, and `now` was read before this process had its turn.
            db.execute(
                "DELETE FROM attempts WHERE expires <= ? OR expires > ?", (now, now + 2 * seconds)
            )
            for subject, limit in limits.items():
                counted = db.execute(
                    "INSERT INTO attempts (subject, failures, expires) VALUES (?, 1, ?) "
                    "ON CONFLICT (subject) DO UPDATE SET failures = attempts.failures + 1, "
                    "expires = excluded.expires RETURNING failures",
                    (subject, now + seconds),
                ).fetchone()
                counts[subject] = int(counted[0])
                if counts[subject] > limit:
                    raise _LimitExceededError
            return counts
        return None

    def forget_attempts(self, name: str, address: str) -> None:
        """Delete the attempts of a name, and one attempt of an address."""
        with self._database.open() as db:
            db.execute("DELETE FROM attempts WHERE subject = ?", (name,))
            db.execute("UPDATE attempts SET failures = failures - 1 WHERE subject = ?", (address,))

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
