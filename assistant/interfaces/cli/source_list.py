"""Read the list of sources that `--from` names."""

from __future__ import annotations

import sys
from pathlib import Path

from index.errors import InputError

__all__ = ["read_listing"]


def read_listing(listing: Path) -> list[str]:
    """Return the sources in a text file. Empty lines and lines that begin with # are skipped.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        text = sys.stdin.read() if str(listing) == "-" else listing.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The list {listing} cannot be read ({error}). "
            "It must be a text file with one file or URL per line."
        ) from error
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
