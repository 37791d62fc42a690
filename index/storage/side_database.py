"""Open a small SQLite file beside the library, such as that of the marks or of the feedback."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from index.errors import DataError

__all__ = ["SideDatabase"]


class SideDatabase:
    """A SQLite file that the first write creates. Thread-safe; each use is one transaction.

    After the first write, an empty file beside it says that there is something. So a deleted file
    is noticed, also after a restart, and is not replaced by an empty one.

    Args:
        path: the file.
        schema: the statements that create its tables if they do not exist.
    """

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        self._schema = schema
        self._marker = path.with_name(f"{path.stem}-exists")
        self._lock = RLock()

    @property
    def is_there(self) -> bool:
        """Return whether something was ever stored, also if the file is gone."""
        return self._marker.exists() or self.path.exists()

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """Yield a connection. The transaction is committed at the end, or rolled back on an error.

        Raises:
            DataError: the file was deleted, is damaged or cannot be written.
        """
        with self._lock:
            was_there = self._marker.exists()
            if was_there and not self.path.exists():
                raise DataError(
                    f"{self.path} was deleted, with all that was stored in it. Restore a copy of "
                    f"the file, or delete {self._marker.name} beside it to begin a new one."
                )
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                db = sqlite3.connect(self.path, timeout=5)
                try:
                    with db:
                        if not was_there:  # an emptied file stays an error
                            db.executescript(self._schema)
                        yield db
                finally:
                    db.close()
                # After a crash before this line, the next use leaves the marker.
                self._marker.touch()
            except (sqlite3.Error, OSError) as error:
                raise DataError(
                    f"{self.path} cannot be used ({error}). Choose another folder with --data."
                ) from error
