"""Test what is taken for a damaged database file."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.storage.sqlite.damage import describe_damage

pytestmark = pytest.mark.unit


def test_pages_that_a_full_disk_left_in_the_log_are_there(tmp_path: Path) -> None:
    file, log = tmp_path / "a.sqlite", tmp_path / "a.sqlite-wal"
    with closing(sqlite3.connect(file)) as db:
        db.executescript("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;")
        db.executescript("CREATE TABLE t (x); INSERT INTO t VALUES (zeroblob(100000));")
        pages = log.read_bytes()
    os.truncate(file, file.stat().st_size - 20_000)  # as if the last pages had not fitted
    log.write_bytes(pages)
    assert describe_damage(file) == ""
    with closing(sqlite3.connect(file)) as db:  # SQLite agrees
        assert db.execute("SELECT length(x) FROM t").fetchone() == (100_000,)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("kept", [0, 32, 5_000])
def test_pages_that_the_log_lacks_are_lost(tmp_path: Path, kept: int) -> None:
    file, log = tmp_path / "a.sqlite", tmp_path / "a.sqlite-wal"
    with closing(sqlite3.connect(file)) as db:
        db.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (x);")
        db.executescript("INSERT INTO t VALUES (zeroblob(100000));")
        pages = log.read_bytes()
    os.truncate(file, file.stat().st_size - 20_000)
    log.write_bytes(pages[:kept])
    assert "it was shortened" in describe_damage(file)
