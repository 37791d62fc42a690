"""Open `accounts.sqlite3` of a data folder, whose connection stays open."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from index.errors import DataError
from index.storage.side_database import migrate

__all__ = ["MIGRATIONS", "SqliteAccountDatabase"]

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
    """
    CREATE TABLE attempts (
        subject TEXT PRIMARY KEY, failures INTEGER NOT NULL, expires INTEGER NOT NULL)
        WITHOUT ROWID;
    """,
)


class SqliteAccountDatabase:
    """The database of accounts. Several threads and processes can use it.

    The owner alone can read the file.

    Args:
        folder: the data folder.

    Raises:
        DataError: the file cannot be used, or a newer version of the program wrote it.
    """

    is_there = True  # the file is created when it is opened

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
        with self.open() as db:
            migrate(db, MIGRATIONS, self.path)

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection. The body is one transaction.

        Raises:
            DataError: the file cannot be used.
        """
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

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query, without a lock on the file.

        Raises:
            DataError: the file cannot be used.
        """
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
