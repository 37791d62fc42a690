"""Embeddings by any model of sentence-transformers that lies in a folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from .embedding import SentenceEmbedder
from .errors import InputError

__all__ = ["FolderEmbedder"]

# Weights may have gigabytes: so many pieces of so many bytes, evenly spread, tell one file from another.
PIECES, PIECE = 64, 65_536
PARTS = {".json", ".txt", ".model", ".safetensors", ".bin"}


class FolderEmbedder(SentenceEmbedder):
    """Known by what the folder holds, so that it may be moved.

    Raises:
        InputError: there is no such model in the folder.
    """

    repair = "Save it there again with sentence-transformers."

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.name = str(folder)
        self.fingerprint = f"folder:{_digest(folder)}"

    def folder(self) -> Path:
        return self._folder


def _digest(folder: Path) -> str:
    """16 hex digits of what a folder's model is made of; the same where it is moved. Raises InputError."""
    if not any((folder / name).is_file() for name in ("modules.json", "config.json")):
        raise InputError(
            f"The folder {folder} holds no embedding model: neither modules.json nor config.json, as sentence-transformers saves "
            "them. Name another folder."
        )
    digest = hashlib.sha256()
    try:
        for file in _parts(folder):
            digest.update(f"{file.relative_to(folder)}\0{file.stat().st_size}\0".encode("utf-8", "surrogatepass"))
            digest.update(b"".join(_sampled(file)))
    except OSError as error:
        raise InputError(f"The embedding model {folder} cannot be read ({error.strerror}). Name another folder.") from error
    return digest.hexdigest()[:16]


def _parts(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.suffix in PARTS and file.is_file())


def _sampled(file: Path) -> Iterator[bytes]:
    size = file.stat().st_size
    with file.open("rb") as stream:
        if size <= PIECES * PIECE:
            yield stream.read()
            return
        for number in range(PIECES):
            stream.seek((size - PIECE) * number // (PIECES - 1))
            yield stream.read(PIECE)
