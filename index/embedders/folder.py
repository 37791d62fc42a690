"""Embed with any sentence-transformers model in a local folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from index.embedders.base import SentenceEmbedder
from index.errors import InputError

__all__ = ["FolderEmbedder"]

# Weights may have gigabytes. This many evenly spaced samples of this many bytes identify a file.
SAMPLES_PER_FILE, SAMPLE_BYTES = 64, 65_536
MODEL_SUFFIXES = {".json", ".txt", ".model", ".safetensors", ".bin"}


class FolderEmbedder(SentenceEmbedder):
    """Embed with the model in a folder.

    The fingerprint is a hash of the content, so the folder may be moved.

    Raises:
        InputError: the folder contains no sentence-transformers model.
    """

    repair_hint = "Save it there again with sentence-transformers."

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        self.name = str(folder)
        self.fingerprint = f"folder:{_hash_folder(folder)}"

    def folder(self) -> Path:
        """Return the folder of the model."""
        return self._folder


def _hash_folder(folder: Path) -> str:
    """Return 16 hex digits, a hash of the names, sizes and samples of the model files.

    Raises:
        InputError: the folder contains no model, or cannot be read.
    """
    if not any((folder / name).is_file() for name in ("modules.json", "config.json")):
        raise InputError(
            f"The folder {folder} holds no embedding model: neither modules.json nor config.json, "
            "as sentence-transformers saves them. Name another folder."
        )
    digest = hashlib.sha256()
    try:
        for file in _list_model_files(folder):
            header = f"{file.relative_to(folder)}\0{file.stat().st_size}\0"
            digest.update(header.encode("utf-8", "surrogatepass"))
            digest.update(b"".join(_read_samples(file)))
    except OSError as error:
        raise InputError(
            f"The embedding model {folder} cannot be read ({error.strerror}). Name another folder."
        ) from error
    return digest.hexdigest()[:16]


def _list_model_files(folder: Path) -> list[Path]:
    return sorted(
        file for file in folder.rglob("*") if file.suffix in MODEL_SUFFIXES and file.is_file()
    )


def _read_samples(file: Path) -> Iterator[bytes]:
    size = file.stat().st_size
    with file.open("rb") as stream:
        if size <= SAMPLES_PER_FILE * SAMPLE_BYTES:
            yield stream.read()
            return
        for number in range(SAMPLES_PER_FILE):
            stream.seek((size - SAMPLE_BYTES) * number // (SAMPLES_PER_FILE - 1))
            yield stream.read(SAMPLE_BYTES)
