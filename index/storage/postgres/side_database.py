"""Keep what users add, such as marks and feedback, in the database of the library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, CursorResult, text

from index.storage.postgres.database import PostgresDatabase
from index.storage.postgres.tables import SCHEMA

__all__ = ["PostgresSideDatabase"]


class PostgresSideDatabase:
    """Tables of the library's database. Thread-safe.

    Args:
        address: of the database.

    Raises:
        InputError: the address cannot be used.
        DataError: the database cannot be used, or a newer version wrote it.
    """

    def __init__(self, address: str) -> None:
        self._database = PostgresDatabase(address, is_store=False)
        self._database.prepare()

    @property
    def is_there(self) -> bool:
        """Return True: the tables exist."""
        return True

    @contextmanager
    def open(self) -> Iterator[_PortableConnection]:
        """Yield a connection. The body is one transaction.

        Raises:
            DataError: the database cannot be used.
        """
        with self._database.transaction() as connection:
            connection.execute(text(f"SET LOCAL search_path TO {SCHEMA}"))
            yield _PortableConnection(connection)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query.

        Raises:
            DataError: the database cannot be used.
        """
        with self.open() as connection:
            return [tuple(row) for row in connection.execute(query, values).fetchall()]

    def close(self) -> None:
        """Close all connections."""
        self._database.close()


class _PortableConnection:
    """Runs statements with `?` for each value, as SQLite's connections do."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> CursorResult[Any]:
        """Run a statement. PostgreSQL cannot store the character NUL, so it is left out."""
        cleaned = tuple(
            value.replace("\0", "") if isinstance(value, str) else value for value in values
        )
        return self._connection.exec_driver_sql(statement.replace("?", "%s"), cleaned)
