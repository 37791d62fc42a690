"""Open `articles.sqlite`, run its transactions, and notice a file that is damaged."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import TypeVar

from index.errors import DataError
from index.storage.keywords import KeywordHit
from index.storage.sqlite.damage import describe_damage
from index.storage.sqlite.keywords import (
    KEYWORD_TABLES,
    clear_keywords,
    is_index_error,
    is_keywords_current,
    mark_keywords_current,
)
from index.storage.sqlite.records import RECORD_TABLES
from index.storage.sqlite.schema import SCHEMA_VERSION, create_indexes, create_tables, migrate

__all__ = ["SqliteDatabase"]

log = logging.getLogger(__name__)

# An empty file beside the database that says that an article was stored in it.
MARKER_NAME = "articles-exist"

Result = TypeVar("Result")


class SqliteDatabase:
    """An open file `articles.sqlite`. Thread-safe; every write is one transaction.

    Args:
        folder: the data folder.

    Raises:
        DataError: the file cannot be used, or was written by a newer version.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "articles.sqlite"
        self._lock = RLock()
        self._file_number = 0  # 0 until the tables are there
        _refuse_damaged_file(self.path)
        try:
            self._db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
            for pragma in (
                "journal_mode=WAL",
                "synchronous=FULL",
                "foreign_keys=ON",
                "busy_timeout=5000",
            ):
                self._db.execute(f"PRAGMA {pragma}")
            create_tables(self._db)
        except sqlite3.Error as error:
            raise DataError(
                f"The data folder {folder} cannot be used ({error}). Choose another with --data."
            ) from error
        self._check_version()
        self._file_number = self.path.stat().st_ino

    def _check_version(self) -> None:
        rows = self.rows("SELECT value FROM meta WHERE key = 'version'")
        version = int(str(rows[0][0])) if rows else None
        if version is None:
            with self.transaction() as db:
                db.execute("INSERT INTO meta VALUES ('version', ?)", (str(SCHEMA_VERSION),))
                mark_keywords_current(db)
        elif version > SCHEMA_VERSION:
            raise DataError(
                f"{self.path} was written by a newer version of this program. "
                "Upgrade, or choose another folder with --data."
            )
        elif version < SCHEMA_VERSION:
            with self.transaction() as db:
                migrate(db, version)
        try:
            self._db.executescript(KEYWORD_TABLES)
            self._db.executescript(RECORD_TABLES)
            create_indexes(self._db)
        except sqlite3.Error as error:
            raise self._make_write_error(error) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run the body as one transaction.

        Raises:
            DataError: the file is damaged or cannot be written.
        """
        with self._lock:
            if self._file_number:
                self.check_file()
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    self._reset_damaged_keywords(error)
                    raise self._make_write_error(error) from error
                raise

    def mark_used(self) -> None:
        """Remember that the database has articles, so that a deleted file is noticed.

        Raises:
            DataError: the folder cannot be written.
        """
        try:
            self.path.with_name(MARKER_NAME).touch()
        except OSError as error:
            raise DataError(
                f"The data folder {self.path.parent} cannot be used ({error}). "
                "Choose another with --data."
            ) from error

    def _make_write_error(self, error: sqlite3.Error) -> DataError:
        return DataError(
            f"{self.path} cannot be written ({error}). "
            "Free some space or choose another folder with --data."
        )

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        """Return the rows of a query.

        Raises:
            DataError: the file cannot be read.
        """
        return self.read(lambda db: db.execute(query, values).fetchall())

    def read(self, query: Callable[[sqlite3.Connection], Result]) -> Result:
        """Return the result of a function that reads the database.

        Raises:
            DataError: the file cannot be read.
        """
        try:
            with self._lock:
                return query(self._db)
        except sqlite3.Error as error:
            raise self._make_read_error(error) from error

    def _make_read_error(self, error: sqlite3.Error) -> DataError:
        return DataError(
            f"{self.path} cannot be read ({error}). "
            "Restore a copy of it, or choose another folder with --data."
        )

    def check_file(self) -> None:
        """Check the header of the file, and that it is still the one that was opened.

        SQLite would go on writing to a file that was deleted, and the next start would find
        nothing of it.

        Raises:
            DataError: the file was removed, emptied, shortened or replaced.
        """
        reason = describe_damage(self.path)
        if not reason and self.path.stat().st_ino != self._file_number:
            reason = "another file has taken its place"
        if reason:
            raise DataError(
                f"{self.path} is damaged ({reason}). Stop the program, restore a copy of the file, "
                "and start again."
            )

    def search_keywords(
        self,
        search: Callable[[sqlite3.Connection], list[KeywordHit]],
        fill: Callable[[sqlite3.Connection], None],
    ) -> list[KeywordHit]:
        """Return what a search of the keyword index finds.

        Args:
            search: searches the index.
            fill: indexes all articles, if the index is damaged or of an earlier version.

        Raises:
            DataError: the file cannot be read or written.
        """
        with self._lock:
            try:
                if is_keywords_current(self._db):
                    return search(self._db)
            except sqlite3.Error as error:
                if not is_index_error(error):
                    raise self._make_read_error(error) from error
                log.warning("The keyword index is rebuilt: it cannot be used (%s).", error)
            with self.transaction() as db:
                clear_keywords(db)
                fill(db)
                mark_keywords_current(db)
                return search(db)

    def _reset_damaged_keywords(self, error: sqlite3.Error) -> None:
        """Empty the keyword index if an error can come from it. The next search fills it."""
        if not is_index_error(error):
            return
        log.warning("The keyword index is rebuilt: it cannot be used (%s).", error)
        with suppress(sqlite3.Error), self._db:
            self._db.execute("BEGIN IMMEDIATE")
            clear_keywords(self._db)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._db.close()


def _refuse_damaged_file(file: Path) -> None:
    """Refuse a file that SQLite would take for a new, empty or smaller database.

    Raises:
        DataError: the file was emptied, deleted or shortened while the program was not running.
    """
    index, marker = file.parent / "chroma", file.with_name(MARKER_NAME)
    is_empty = not (file.exists() and file.stat().st_size)
    if is_empty and (marker.exists() or (index.is_dir() and any(index.iterdir()))):
        raise DataError(
            f"{file} is {'empty' if file.exists() else 'gone'}, although articles were stored in "
            f"it. Restore a copy of the file, or delete {marker.name} and {index.name} beside it "
            "to begin an empty library."
        )
    # After a crash, the write-ahead log may hold the pages that the file lacks.
    has_log = file.with_name(f"{file.name}-wal").exists()
    if not is_empty and not has_log and (reason := describe_damage(file)):
        raise DataError(
            f"{file} cannot be used ({reason}). Restore a copy of the file, or choose another "
            "folder with --data."
        )
