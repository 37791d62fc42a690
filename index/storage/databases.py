"""Open the store of a library in the database of the settings."""

from __future__ import annotations

from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from index.errors import InputError
from index.storage.sqlite.store import SqliteStore
from index.storage.store import ArticleStore

__all__ = ["check_database", "make_store"]


def make_store(folder: Path, database: str = "") -> ArticleStore:
    """Open the store of a library.

    Args:
        folder: the data folder.
        database: the address of a PostgreSQL database; if empty, SQLite in the data folder.

    Raises:
        InputError: the address cannot be used, or a package is missing.
        DataError: the folder or the database cannot be used.
    """
    if not database:
        return SqliteStore(folder)
    _check_packages()
    from index.storage.postgres.store import PostgresStore

    return PostgresStore(folder, database)


def check_database(database: str) -> None:
    """Check that a PostgreSQL database answers. It is not changed.

    Args:
        database: the address.

    Raises:
        InputError: the address cannot be used, or a package is missing.
        DataError: the database cannot be used.
    """
    _check_packages()
    from index.storage.postgres.database import PostgresDatabase

    with closing(PostgresDatabase(database)) as connections:
        connections.check()


def _check_packages() -> None:
    if any(find_spec(name) is None for name in ("psycopg", "sqlalchemy")):
        raise InputError(
            "A PostgreSQL database needs a package: run "
            "`pip install 'article-assistant[postgresql]'`."
        )
