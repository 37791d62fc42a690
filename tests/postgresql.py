"""Run tests on both databases. Those of PostgreSQL are skipped where it is absent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tools import postgresql
from tools.postgresql import PostgresqlServer

# Marks a module whose tests use the fixture `database`.
BOTH_DATABASES = pytest.mark.parametrize(
    "database", [pytest.param("sqlite", marks=pytest.mark.unit), "postgresql"], indirect=True
)


@contextmanager
def run_postgresql() -> Iterator[PostgresqlServer]:
    """Yield a running server. Skip the test if there is no PostgreSQL."""
    with ExitStack() as stack:
        try:
            server = stack.enter_context(postgresql.run_postgresql())
        except FileNotFoundError as error:
            pytest.skip(str(error))
        yield server
