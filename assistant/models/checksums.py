"""Notice damaged files of a converted model.

CRC-32 finds every flipped byte and reads about 2 GB a second. It is no protection against an
attacker, who could change the checksums as well.
"""

from __future__ import annotations

import json
import zlib
from contextlib import suppress
from pathlib import Path

__all__ = ["CHECKSUMS_NAME", "find_damaged_file", "write_checksums"]

CHECKSUMS_NAME = "checksums.json"
CHUNK_BYTES = 1 << 22

# The files that are known to be whole, by path, size and time of change. Each start reads all files
# once; later, only changed ones are read again.
_intact: set[tuple[Path, int, int]] = set()


def write_checksums(folder: Path) -> None:
    """Write the checksum of each file of a folder into the folder."""
    sums = {path.name: _checksum(path) for path in folder.iterdir() if path.is_file()}
    sums.pop(CHECKSUMS_NAME, None)
    (folder / CHECKSUMS_NAME).write_text(json.dumps(sums))


def find_damaged_file(folder: Path) -> Path | None:
    """Return a file that differs from its checksum, or None.

    A folder that an earlier version made has no checksums yet. They are written now.
    """
    path = folder / CHECKSUMS_NAME
    if not path.exists():
        with suppress(OSError):  # the cache may be read-only
            write_checksums(folder)
        return None
    try:
        sums: dict[str, int] = json.loads(path.read_text())
        files = [(folder / name, checksum) for name, checksum in sums.items()]
    except (OSError, ValueError, AttributeError):  # unreadable, not JSON, not a mapping
        return path
    for file, checksum in files:
        try:
            if not _is_intact(file, checksum):
                return file
        except OSError:
            return file
    return None


def _is_intact(file: Path, checksum: int) -> bool:
    stat = file.stat()
    state = (file, stat.st_size, stat.st_mtime_ns)
    if state in _intact:
        return True
    if _checksum(file) != checksum:
        return False
    _intact.add(state)
    return True


def _checksum(file: Path) -> int:
    checksum = 0
    with file.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            checksum = zlib.crc32(chunk, checksum)
    return checksum
