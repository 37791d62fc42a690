"""Open a small database beside the library, such as that of the marks or of the feedback."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from threading import RLock
from typing import Any, Protocol

from index.errors import DataError

__all__ = [
    "SideConnection",
    "SideDatabase",
    "SideRows",
    "SqliteSideDatabase",
    "copy_rows",
    "migrate",
]


class SideRows(Protocol):
    """What a statement returned."""

    @property
    def rowcount(self) -> int:
        """Return the number of rows that the statement changed."""

    def fetchall(self) -> Sequence[Any]:
        """Return the rows that are left."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""


class SideConnection(Protocol):
    """Runs statements that SQLite and PostgreSQL both understand, with `?` for each value."""

    def execute(self, statement: str, values: Sequence[Any] = ..., /) -> SideRows:
        """Run a statement."""


class SideDatabase(Protocol):
    """A small database. Thread-safe."""

    @property
    def is_there(self) -> bool:
        """Return whether something was ever stored."""

    def open(self) -> AbstractContextManager[SideConnection]:
        """Yield a connection. The body is one transaction.

        Raises:
            DataError: the database cannot be used.
        """

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query.

        Raises:
            DataError: the database cannot be used.
        """

    def close(self) -> None:
        """Close all connections."""


class SqliteSideDatabase:
    """A SQLite file that the first write creates. Thread-safe; each use is one transaction.

    After the first write, an empty file beside it says that there is something. So a deleted file
    is noticed, also after a restart, and is not replaced by an empty one.

    Args:
        path: the file.
        migrations: the statements that lead to each version of its tables, counted from 1. The
            first ones create the tables if they do not exist.
    """

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        self.path = path
        self._migrations = migrations
        self._marker = path.with_name(f"{path.stem}-exists")
        self._lock = RLock()

    @property
    def is_there(self) -> bool:
        """Return whether something was ever stored, also if the file is gone."""
        return self._marker.exists() or self.path.exists()

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query.

        Raises:
            DataError: as for `open`.
        """
        with self.open() as db:
            return db.execute(query, values).fetchall()

    def close(self) -> None:
        """Do nothing: each use closes its connection."""

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection. The transaction is committed at the end, or rolled back on an error.

        Raises:
            DataError: the file was deleted, is damaged or cannot be written.
        """
        with self._lock:
            was_there = self._marker.exists()
            if was_there and not self.path.exists():
                raise DataError(
                    f"{self.path} was deleted, with all that was stored in it. Restore a copy of "
                    f"the file, or delete {self._marker.name} beside it to begin a new one."
                )
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                db = sqlite3.connect(self.path, timeout=5)
                try:
                    with db:
                        # Files of the first version have no number. An emptied one stays an error.
                        migrate(db, self._migrations, self.path, 1 if was_there else 0)
                        yield db
                finally:
                    db.close()
                # After a crash before this line, the next use leaves the marker.
                self._marker.touch()
            except (sqlite3.Error, OSError) as error:
                raise DataError(
                    f"{self.path} cannot be used ({error}). Choose another folder with --data."
                ) from error


def migrate(
    db: sqlite3.Connection, migrations: Sequence[str], path: Path, least_version: int = 0
) -> None:
    """Bring the tables of a file to the newest version, in a transaction.

    A file of that version is not locked.

    Args:
        db: an open file, whose `user_version` is the version of its tables.
        migrations: the statements that lead to each version, counted from 1.
        path: of the file, for messages.
        least_version: the version of tables without a number.

    Raises:
        DataError: a newer version of the program wrote the file.
    """
    newest = len(migrations)
    if max(_read_version(db), least_version) == newest:
        return
    if not db.in_transaction:
        db.execute("BEGIN IMMEDIATE")
    version = max(_read_version(db), least_version)  # another process may have been faster
    if version > newest:
        raise DataError(
            f"{path} was written by a newer version of this program. "
            "Upgrade, or choose another folder with --data."
        )
    for migration in migrations[version:]:
        for statement in filter(str.strip, migration.split(";")):
            db.execute(statement)
    db.execute(f"PRAGMA user_version = {newest}")


def _read_version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def copy_rows(
    source: SideDatabase, target: SideDatabase, table: str, columns: str, key: str
) -> int:
    """Copy the rows of a table. They replace those with the same key. Return how many.

    Args:
        source: the database to read.
        target: the database to write.
        table: the name of the table.
        columns: the names of the columns, separated by commas.
        key: the columns of the primary key, in the same way.

    Raises:
        DataError: a database cannot be used.
    """
    if not source.is_there:
        return 0
    rows = source.rows(f"SELECT {columns} FROM {table}")
    if not rows:
        return 0
    places = ", ".join("?" * len(rows[0]))
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns.split(", "))
    statement = (
        f"INSERT INTO {table} ({columns}) VALUES ({places}) ON CONFLICT ({key}) DO UPDATE "
        f"SET {changes}"
    )
    with target.open() as db:
        for row in rows:
            db.execute(statement, row)
    return len(rows)
