"""Write the log as JSON lines, without text of articles and of users."""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from assistant.interfaces.http.request_log import get_request_id

__all__ = ["JSONFormatter", "configure_json_logs"]

# Other packages may put texts of users into their messages.
OWN_LOGGERS = ("assistant", "index", "uvicorn")


class JSONFormatter(logging.Formatter):
    """Format a record as one line of JSON.

    The message of this program is written without what is put into it, and an error without its
    message, because they may contain text of users. Of other packages, only the place is written.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        is_own = record.name.partition(".")[0] in OWN_LOGGERS
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "place": f"{record.module}:{record.lineno}",
            "message": str(record.msg) if is_own else None,
            "request_id": get_request_id(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and (error := record.exc_info[1]):
            line["error"] = type(error).__name__
            line["trace"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)
            ]
        return json.dumps({name: value for name, value in line.items() if value is not None})


def configure_json_logs() -> None:
    """Have every logger write JSON lines to standard error: requests, warnings and errors."""
    handler = logging.StreamHandler()
    handler.setFormatter(JSONFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging.getLogger("assistant.interfaces.http.request_log").setLevel(logging.INFO)
