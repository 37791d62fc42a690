"""Describe and remember records of the log, without text of articles and of users."""

from __future__ import annotations

import logging
import traceback
from collections import deque
from datetime import UTC, datetime
from typing import Any

from assistant.interfaces.http.request_log import get_request_id

__all__ = ["RecentRecords", "describe_record"]

MAX_RECORDS = 50
# Other packages may put texts of users into their messages.
OWN_LOGGERS = ("assistant", "index", "uvicorn")


def describe_record(record: logging.LogRecord) -> dict[str, Any]:
    """Return a record as JSON data, without text of articles and of users.

    The message of this program is returned without what is put into it, and an error without its
    message, because they may contain such text. Of other packages, only the place is returned.
    """
    is_own = record.name.partition(".")[0] in OWN_LOGGERS
    fields: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname,
        "logger": record.name,
        "place": f"{record.module}:{record.lineno}",
        "message": str(record.msg) if is_own else None,
        "request_id": get_request_id(),
        **getattr(record, "fields", {}),
    }
    if record.exc_info and (error := record.exc_info[1]):
        fields["error"] = type(error).__name__
        fields["trace"] = [
            f"{frame.filename}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(error.__traceback__)
        ]
    return {name: value for name, value in fields.items() if value is not None}


class RecentRecords(logging.Handler):
    """Remember the last warnings and errors of the process, see `describe_record`."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._records: deque[dict[str, Any]] = deque(maxlen=MAX_RECORDS)

    def emit(self, record: logging.LogRecord) -> None:
        """Remember a record. The oldest one is forgotten."""
        self._records.append(describe_record(record))

    def list_newest_first(self) -> list[dict[str, Any]]:
        """Return what is remembered."""
        return list(self._records)[::-1]
