"""Bound the folder of uploaded files that no user has opened as articles."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

__all__ = ["CLEANING_SECONDS", "MAX_AGE_SECONDS", "delete_stale_uploads", "is_full"]

MAX_AGE_SECONDS = 600  # the page opens a file as soon as it has arrived
CLEANING_SECONDS = 60
MAX_TOTAL_BYTES = 200_000_000


def delete_stale_uploads(uploads: Path, max_age_seconds: float = MAX_AGE_SECONDS) -> None:
    """Delete the uploaded files that are older than `max_age_seconds`, and empty folders."""
    oldest = time.time() - max_age_seconds
    for path in _list_files(uploads):
        with suppress(OSError):  # opened and deleted meanwhile
            if path.stat().st_mtime < oldest:
                path.unlink()
                path.parent.rmdir()


def is_full(uploads: Path, max_bytes: int = MAX_TOTAL_BYTES) -> bool:
    """Return whether the uploaded files together have at least `max_bytes`."""
    total = 0
    for path in _list_files(uploads):
        with suppress(OSError):
            total += path.stat().st_size
    return total >= max_bytes


def _list_files(uploads: Path) -> list[Path]:
    """Return the files in the folders that Gradio creates, one for each upload."""
    with suppress(OSError):
        return [path for path in uploads.glob("*/*") if path.is_file()]
    return []
