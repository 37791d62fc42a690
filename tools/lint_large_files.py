"""Fail if a file that is about to be committed has more than 1 MB, the shipped weights excepted.

Run as `python -m tools.lint_large_files FILE…`.
"""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["MAX_BYTES", "main"]

MAX_BYTES = 1_000_000
WEIGHTS = Path("assistant/weights")


def main(names: list[str]) -> int:
    """Print every file that is too large; return the exit status."""
    paths = [path for path in map(Path, names) if path.is_file() and WEIGHTS not in path.parents]
    large = [path for path in paths if path.stat().st_size > MAX_BYTES]
    for path in large:
        print(f"{path}: {path.stat().st_size:,} bytes; at most {MAX_BYTES:,} are committed.")
    return int(bool(large))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
