"""Run Debian's PostgreSQL in a temporary folder, for tests. It listens on a Unix socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

USER, PASSWORD, DATABASE = "assistant", "a-s3cret/of@tests", "library"
ENCODED_PASSWORD = "a-s3cret%2Fof%40tests"

# Marks a module whose tests use the fixture `database`.
BOTH_DATABASES = pytest.mark.parametrize(
    "database", [pytest.param("sqlite", marks=pytest.mark.unit), "postgresql"], indirect=True
)


@dataclass(frozen=True)
class PostgresqlServer:
    """A server whose files and socket are in one folder."""

    programs: Path
    folder: Path

    def start(self) -> None:
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        log = ("-l", str(self.folder / "log"))
        self._run("pg_ctl", *log, "-w", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def make_cluster(self) -> None:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        for path in (self.folder, password):
            if user := _server_user():
                shutil.chown(path, user)
        access = ("-U", USER, f"--pwfile={password}", "-A", "scram-sha-256")
        self._run("initdb", *access, "--no-sync", "-E", "UTF8", "--locale=C")

    def make_address(self, database: str = DATABASE, password: str = ENCODED_PASSWORD) -> str:
        return f"postgresql+psycopg://{USER}:{password}@/{database}?host={self.folder}"

    def connect(self, database: str = DATABASE) -> psycopg.Connection:
        """Connect as another program."""
        return psycopg.connect(
            user=USER, password=PASSWORD, host=str(self.folder), dbname=database, autocommit=True
        )

    def execute(self, statement: str, database: str = DATABASE) -> None:
        """Run a statement as another program."""
        with self.connect(database) as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: str) -> None:
        user = _server_user()
        subprocess.run(
            [
                *(("runuser", "-u", user, "--") if user else ()),
                *(str(self.programs / program), "-D", str(self.folder / "cluster"), *arguments),
            ],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # a pipe would stay open as long as the server
            stderr=subprocess.DEVNULL,
            cwd="/",
        )


@contextmanager
def run_postgresql() -> Iterator[PostgresqlServer]:
    """Yield a running server. Skip the test if there is no PostgreSQL."""
    programs = _find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is absent: install Debian's package postgresql")
    server = PostgresqlServer(programs, Path(tempfile.mkdtemp(prefix="postgresql-")))
    try:
        server.make_cluster()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(server.folder, ignore_errors=True)


def _find_programs() -> Path | None:
    """Return the folder of the newest PostgreSQL, or None."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if folders:
        return max(folders, key=lambda folder: int(folder.parent.name))
    program = shutil.which("initdb")
    return Path(program).resolve().parent if program else None


def _server_user() -> str | None:
    """Return the user that runs the server if this is root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
