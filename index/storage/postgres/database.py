"""Connect to PostgreSQL, and describe its errors without the password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from index.errors import DataError, InputError
from index.storage.postgres.tables import prepare_tables

__all__ = ["PostgresDatabase"]

DRIVER = "postgresql+psycopg"
APPLICATION = "article-assistant"
CONNECT_SECONDS = 5
MAX_REASON_CHARACTERS = 300


class PostgresDatabase:
    """The connections of one process to a database. Thread-safe.

    Args:
        address: `postgresql+psycopg://user:password@host:port/database`.
        is_store: whether the connections are those of a store, of which `count_other_processes`
            counts one for each process.

    Raises:
        InputError: the address cannot be used.
    """

    def __init__(self, address: str, *, is_store: bool = True) -> None:
        url = _parse_address(address)
        self._password = url.password or ""
        self.name = _describe_address(url)
        # Others see this name in `pg_stat_activity`.
        self._application = f"{APPLICATION} {uuid4().hex[:12]}" if is_store else APPLICATION
        self._engine = create_engine(
            url,
            hide_parameters=True,  # errors would show texts of articles
            pool_pre_ping=True,  # a restarted server is found again
            pool_size=5 if is_store else 1,  # connections that stay open
            max_overflow=20,
            pool_timeout=CONNECT_SECONDS,
            connect_args={
                "connect_timeout": CONNECT_SECONDS,
                "application_name": self._application,
                # A server whose machine is gone is noticed after about ten seconds.
                "keepalives_idle": 5,
                "keepalives_interval": 2,
                "keepalives_count": 3,
                "tcp_user_timeout": 10_000,
            },
        )
        self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    def check(self) -> None:
        """Check that the database answers.

        Raises:
            DataError: it cannot be used.
        """
        with self.reading() as connection:
            connection.execute(text("SELECT 1"))

    def prepare(self) -> None:
        """Create the tables of a library if they do not exist.

        Raises:
            DataError: the database cannot be used, or a newer version wrote the library.
        """
        with self.transaction() as connection:
            prepare_tables(connection, self.name)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run the body as one transaction.

        Raises:
            DataError: the database cannot be used.
        """
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise self._make_error(error) from error

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Yield a connection whose statements all see the same state of the database.

        Raises:
            DataError: the database cannot be used.
        """
        with self.transaction() as connection:
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Yield a connection whose statements only read.

        Raises:
            DataError: the database cannot be used.
        """
        try:
            with self._reader.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise self._make_error(error) from error

    def _make_error(self, error: SQLAlchemyError) -> DataError:
        cause = getattr(error, "orig", None) or error
        # A message of the server without its details, which may quote a row.
        primary = getattr(getattr(cause, "diag", None), "message_primary", None)
        reason = " ".join(str(primary or cause).split())
        if self._password:
            reason = reason.replace(self._password, "…")
        return DataError(
            f"The database {self.name} cannot be used ({reason[:MAX_REASON_CHARACTERS]}). "
            "Check that it runs, and ARTICLE_ASSISTANT_DATABASE."
        )

    def count_other_processes(self) -> int:
        """Return the number of other stores that are connected to the database."""
        query = (
            "SELECT count(DISTINCT application_name) FROM pg_stat_activity "
            "WHERE datname = current_database() "
            "AND starts_with(application_name, :program) AND application_name <> :own"
        )
        names = {"program": f"{APPLICATION} ", "own": self._application}
        with self.reading() as connection:
            return int(connection.execute(text(query), names).scalar_one())

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _parse_address(address: str) -> URL:
    """Return an address as a URL. Raises InputError, whose message does not repeat the address."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.drivername != DRIVER or not url.database:
        # Not `from error`: its message could contain the password.
        raise InputError(
            "The address of the database (ARTICLE_ASSISTANT_DATABASE, or --to of `library move`) "
            "cannot be used. "
            f"Write it as {DRIVER}://user:password@host:5432/database."
        )
    return url


def _describe_address(url: URL) -> str:
    """Return the host and the database of an address: neither user nor password nor options."""
    host = url.host or str(url.query.get("host", "localhost"))
    return f"{url.database} on {host}{f':{url.port}' if url.port else ''}"
