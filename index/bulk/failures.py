"""Remember the sources that could not be indexed, in a file in the data folder."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from index.bulk.items import SourceFailure
from index.storage.side_database import SqliteSideDatabase

__all__ = ["FailureTable"]

_MIGRATIONS = (
    "CREATE TABLE IF NOT EXISTS failures (source BLOB NOT NULL, record INTEGER NOT NULL, "
    "reason TEXT NOT NULL, failed TEXT NOT NULL, PRIMARY KEY (source, record))",
)


class FailureTable:
    """The file `failures.sqlite` in a data folder. A library in PostgreSQL has it there, too.

    The methods raise DataError if the file cannot be used.

    Args:
        folder: the data folder.
    """

    def __init__(self, folder: Path) -> None:
        self._database = SqliteSideDatabase(folder / "failures.sqlite", _MIGRATIONS)

    def update(
        self,
        failures: Iterable[SourceFailure],
        resolved: Iterable[tuple[str, int]] = (),
        ends: Iterable[tuple[str, int]] = (),
    ) -> None:
        """Record failures, and forget those of sources that are indexed now.

        Args:
            failures: the sources that failed.
            resolved: the source and the record of each that is indexed.
            ends: sources with the number of their last record. Later records are forgotten.
        """
        now = datetime.now(UTC).isoformat()
        failures = list(failures)
        if not failures and not self._database.is_there:
            return
        with self._database.open() as db:
            db.executemany(
                "DELETE FROM failures WHERE source = ? AND record = ?",
                ((_encode(source), record) for source, record in resolved),
            )
            db.executemany(
                "DELETE FROM failures WHERE source = ? AND record > ?",
                ((_encode(source), record) for source, record in ends),
            )
            db.executemany(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?)",
                (
                    (_encode(failure.source), failure.record, _clean(failure.reason), now)
                    for failure in failures
                ),
            )

    def all(self) -> list[SourceFailure]:
        """Return all failures, by source and record."""
        if not self._database.is_there:
            return []
        rows = self._database.rows(
            "SELECT source, record, reason FROM failures ORDER BY source, record"
        )
        return [SourceFailure(_decode(source), record, reason) for source, record, reason in rows]


def _encode(source: str) -> bytes:
    """Return a source as bytes. The name of a file in an old encoding is no valid text."""
    return source.encode("utf-8", "surrogatepass")


def _decode(source: bytes) -> str:
    return source.decode("utf-8", "surrogatepass")


def _clean(reason: str) -> str:
    return reason.encode("utf-8", "replace").decode("utf-8")
