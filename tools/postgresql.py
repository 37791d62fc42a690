"""Run Debian's PostgreSQL in a folder. It listens on a Unix socket only."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

__all__ = ["DATABASE", "ENCODED_PASSWORD", "PASSWORD", "PostgresqlServer", "run_postgresql"]

USER, PASSWORD, DATABASE = "assistant", "a-s3cret/of@tests", "library"
ENCODED_PASSWORD = "a-s3cret%2Fof%40tests"


@dataclass(frozen=True)
class PostgresqlServer:
    """A server whose files and socket are in one folder."""

    programs: Path
    folder: Path

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        log = ("-l", str(self.folder / "log"))
        self._run("pg_ctl", *log, "-w", "-o", options, "start")

    def stop(self) -> None:
        """Stop the server at once, as a crash would."""
        self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill the server's first process. The others end when they notice it."""
        pid = int((self.folder / "cluster" / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

    def make_cluster(self) -> None:
        """Create the files of the server."""
        password = self.folder / "password"
        password.write_text(PASSWORD)
        for path in (self.folder, password):
            if user := _server_user():
                shutil.chown(path, user)
        access = ("-U", USER, f"--pwfile={password}", "-A", "scram-sha-256")
        self._run("initdb", *access, "--no-sync", "-E", "UTF8", "--locale=C")

    def make_address(self, database: str = DATABASE, password: str = ENCODED_PASSWORD) -> str:
        """Return the address of a database, as the settings take it."""
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
    """Yield a running server, in a temporary folder that is deleted at the end.

    It has a database of the name `DATABASE`.

    Raises:
        FileNotFoundError: PostgreSQL is not installed.
    """
    server = PostgresqlServer(_find_programs(), Path(tempfile.mkdtemp(prefix="postgresql-")))
    try:
        server.make_cluster()
        server.start()
        try:
            server.execute(f"CREATE DATABASE {DATABASE}", "postgres")
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(server.folder, ignore_errors=True)


def _find_programs() -> Path:
    """Return the folder of the newest PostgreSQL."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if folders:
        return max(folders, key=lambda folder: int(folder.parent.name))
    if program := shutil.which("initdb"):
        return Path(program).resolve().parent
    raise FileNotFoundError("PostgreSQL is absent: install Debian's package postgresql")


def _server_user() -> str | None:
    """Return the user that runs the server if this is root, which PostgreSQL refuses."""
    if os.geteuid() != 0:
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
