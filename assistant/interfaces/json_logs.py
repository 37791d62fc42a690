"""Write the log as JSON lines, without text of articles and of users."""

from __future__ import annotations

import json
import logging

from assistant.interfaces.http.log_records import describe_record

__all__ = ["JSONFormatter", "configure_json_logs"]


class JSONFormatter(logging.Formatter):
    """Format a record as one line of JSON, see `describe_record`."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return json.dumps(describe_record(record))


def configure_json_logs() -> None:
    """Have every logger write JSON lines to standard error: requests, warnings and errors."""
    handler = logging.StreamHandler()
    handler.setFormatter(JSONFormatter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging.getLogger("assistant.interfaces.http.request_log").setLevel(logging.INFO)
