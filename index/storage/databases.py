"""Open the store of a library in the database of the settings."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path

from index.errors import InputError
from index.storage.originals import OriginalFolder, OriginalStore
from index.storage.side_database import SideDatabase, SqliteSideDatabase
from index.storage.sqlite.store import SqliteStore
from index.storage.store import ArticleStore

__all__ = [
    "check_database",
    "make_store",
    "open_originals",
    "open_shared_database",
    "open_side_database",
]


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


def open_originals(folder: Path, database: str = "") -> OriginalStore:
    """Open the store of the files that articles were loaded from.

    Args:
        folder: the data folder.
        database: the address of a PostgreSQL database; if empty, the files are in the data folder.

    Raises:
        InputError: the address cannot be used, or a package is missing.
        DataError: the database cannot be used.
    """
    if not database:
        return OriginalFolder(folder)
    _check_packages()
    from index.storage.postgres.originals import PostgresOriginals

    return PostgresOriginals(database)


def open_side_database(
    folder: Path, name: str, migrations: Sequence[str], database: str = ""
) -> SideDatabase:
    """Open the database of what users add to a library.

    Args:
        folder: the data folder.
        name: the name of its file in the data folder, without the suffix.
        migrations: the statements that lead to each version of its tables in SQLite.
        database: the address of the PostgreSQL database that has the tables instead.

    Raises:
        InputError: the address cannot be used, or a package is missing.
        DataError: the database cannot be used.
    """
    if not database:
        return SqliteSideDatabase(folder / f"{name}.sqlite", migrations)
    return open_shared_database(database)


def open_shared_database(database: str) -> SideDatabase:
    """Open the tables of a PostgreSQL database that have what users add, and the users.

    Args:
        database: the address.

    Raises:
        InputError: the address cannot be used, or a package is missing.
        DataError: the database cannot be used.
    """
    _check_packages()
    from index.storage.postgres.side_database import PostgresSideDatabase

    return PostgresSideDatabase(database)


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
