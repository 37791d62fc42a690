"""Log who did what, without the texts of questions and articles."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock

__all__ = ["AuditLog"]

log = logging.getLogger(__name__)

MAX_VALUE_CHARS = 200
LOCK_SECONDS = 2  # a process that holds the lock needs a millisecond


class AuditLog:
    """JSON lines in `audit.jsonl` of a data folder. Several processes can write to it.

    An event that cannot be written is reported in the program's log; it stops nobody.

    Args:
        folder: the data folder.
        max_bytes: the size after which a new file is begun.
        backups: earlier files that are kept, as `audit.jsonl.1` (the newest) and so on.
    """

    def __init__(self, folder: Path, max_bytes: int = 5_000_000, backups: int = 5) -> None:
        self.path = folder / "audit.jsonl"
        self._max_bytes, self._backups = max_bytes, backups
        self._lock = FileLock(folder / "audit.lock", timeout=LOCK_SECONDS, mode=0o600)

    def record(self, event: str, *, user: str = "", address: str = "", **details: object) -> None:
        """Append an event with the current time."""
        entry = {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "event": event,
            "user": user,
            "address": address,
            **details,
        }
        line = json.dumps(
            {name: _shorten(value) for name, value in entry.items() if value not in ("", None)}
        )
        try:
            with self._lock:
                self._rotate()
                descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                    file.write(line + "\n")
        except OSError:
            log.exception("The audit log %s cannot be written.", self.path)

    def _rotate(self) -> None:
        if not self.path.exists() or self.path.stat().st_size < self._max_bytes:
            return
        for number in range(self._backups, 0, -1):
            earlier = self._backup(number - 1)
            if earlier.exists():
                earlier.replace(self._backup(number))

    def _backup(self, number: int) -> Path:
        return self.path.with_name(f"{self.path.name}.{number}") if number else self.path


def _shorten(value: object) -> object:
    return value[:MAX_VALUE_CHARS] if isinstance(value, str) else value
