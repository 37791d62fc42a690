"""List the files of folders, and make the names of files absolute."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from pathlib import Path

__all__ = ["list_files", "make_absolute"]


def make_absolute(name: str | Path) -> Path:
    """Return the absolute path. The loader reports a home folder of an unknown user."""
    with suppress(RuntimeError):
        name = Path(name).expanduser()
    return Path(name).absolute()


def list_files(
    folder: Path, suffixes: Collection[str], report: Callable[[OSError], object] | None = None
) -> Iterator[str]:
    """Yield the files of a folder and of its subfolders that have one of the suffixes.

    Hidden files and links to folders are skipped, so a link that leads back ends nowhere.

    Args:
        folder: the folder.
        suffixes: in lower case, with the dot.
        report: called with the error of each folder that cannot be listed, which is skipped.
    """
    for parent, folders, names in os.walk(folder, onerror=report):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (
            str(Path(parent, name))
            for name in sorted(names)
            if not name.startswith(".") and Path(name).suffix.lower() in suffixes
        )
