"""Notice a database file that was removed, emptied or shortened, without opening it."""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["describe_damage"]

MAGIC = b"SQLite format 3\0"
HEADER_BYTES = 100
LOG_HEADER_BYTES, FRAME_HEADER_BYTES = 32, 24
RECHECK_SECONDS = 0.1  # a checkpoint may be writing the file just now


def describe_damage(file: Path) -> str:
    """Return what is wrong with a database file, or an empty string.

    SQLite notices lost pages only when it reads them. The header of the file says how many pages
    there are.
    """
    if reason := _describe_header(file):
        time.sleep(RECHECK_SECONDS)
        reason = _describe_header(file)
    return reason


def _read_logged_pages(file: Path, page_bytes: int) -> set[int]:
    """Return the numbers of the pages in the write-ahead log of a database.

    A full disk may stop SQLite from copying them to the file. They are read from the log then. See
    "The WAL File Format" in SQLite's documentation.
    """
    try:
        log = file.with_name(f"{file.name}-wal").read_bytes()
    except OSError:
        return set()
    frame_bytes = FRAME_HEADER_BYTES + page_bytes
    frames = range(LOG_HEADER_BYTES, len(log) - frame_bytes + 1, frame_bytes)
    # Frames of an earlier log have other salts.
    return {
        int.from_bytes(log[start : start + 4], "big")
        for start in frames
        if log[start + 8 : start + 16] == log[16:24]
    }


def _describe_header(file: Path) -> str:
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            header = stream.read(HEADER_BYTES)
    except FileNotFoundError:
        return "it is gone"
    except OSError as error:
        return str(error.strerror)
    if not size:
        return "it is empty"
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        return "it is no SQLite database"
    page_bytes = int.from_bytes(header[16:18], "big")
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    pages = int.from_bytes(header[28:32], "big")
    missing = range(size // page_bytes + 1, pages + 1)
    if missing and not _read_logged_pages(file, page_bytes).issuperset(missing):
        return f"it was shortened: {size:,} of {pages * page_bytes:,} bytes are left"
    return ""
