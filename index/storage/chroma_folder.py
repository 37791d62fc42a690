"""Store Chroma collections as folders that are never changed once they are complete.

Chroma rewrites its HNSW files in place. If the process is killed meanwhile, the files are broken,
and the next open may crash. Therefore a collection is written to a new folder, closed, and only
then named in the database. Passages are added to a copy. A folder without a name is what a killed
process left, and is deleted.
"""

from __future__ import annotations

import logging
import shutil
import sqlite3
import zlib
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from index.errors import DataError
from index.storage.passage_collection import (
    SEARCH_WIDTH,
    CollectionRecord,
    PassageCollection,
    PassageVector,
    make_configuration,
    write_passages,
)

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

__all__ = ["ChromaFolder"]

log = logging.getLogger(__name__)

COLLECTION = "passages"
DATABASE = "chroma.sqlite3"
# Chroma writes its HNSW files after so many records: after each call. It takes no smaller number.
SYNC_THRESHOLD_RECORDS = 2
CHUNK_BYTES = 1 << 20


class ChromaFolder:
    """The collections of one data folder.

    Args:
        root: the folder of the collections.
        search_width: HNSW's `ef_search`. A larger value finds more and takes longer.
    """

    location = "folder"

    def __init__(self, root: Path, search_width: int = SEARCH_WIDTH) -> None:
        self._root = root
        self._search_width = search_width

    def open(self, record: CollectionRecord) -> PassageCollection | None:
        """Return a collection, or None if its files are missing or have changed."""
        folder = self._root / record.name
        try:
            # Chroma crashes on broken files, now or at a later query.
            if _compute_checksums(folder) != record.checksums:
                raise ValueError("its files were changed")
            _check_database(folder / DATABASE)
            collection = PassageCollection(_open_client(folder), COLLECTION)
            if collection.count() != record.passages:
                raise ValueError("it lacks passages")
            return collection
        # For a broken folder Chroma raises errors of its own, of SQLite and of Rust.
        except Exception as error:
            log.warning("The search index is rebuilt: the old one cannot be opened (%s).", error)
            return None

    def is_lost(self, record: CollectionRecord) -> bool:
        """Return whether the files are no longer on the disk."""
        return not (self._root / record.name / DATABASE).is_file()

    def extend(
        self, record: CollectionRecord | None, passages: Iterable[PassageVector]
    ) -> CollectionRecord:
        """Write passages to a copy of a collection, or to a new one.

        Raises:
            DataError: the folder cannot be written.
        """
        from chromadb.errors import ChromaError

        name = uuid4().hex[:12]
        folder = self._root / name
        try:
            if record:
                shutil.copytree(self._root / record.name, folder)
            else:
                folder.mkdir(parents=True)
            count = self._write(folder, passages)
            return CollectionRecord(name, count, _compute_checksums(folder))
        except (OSError, ChromaError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            reason = error.strerror if isinstance(error, OSError) else error
            raise DataError(
                f"The search index {self._root} cannot be written ({reason}). "
                "Choose another folder with --data."
            ) from error

    def _write(self, folder: Path, passages: Iterable[PassageVector]) -> int:
        """Write passages and return the number of all. The files are complete afterwards."""
        client = _open_client(folder)
        try:
            collection = client.get_or_create_collection(
                COLLECTION,
                embedding_function=None,
                configuration=make_configuration(
                    self._search_width,
                    sync_threshold=SYNC_THRESHOLD_RECORDS,
                    batch_size=SYNC_THRESHOLD_RECORDS,
                ),
            )
            write_passages(collection, passages)
            return collection.count()
        finally:
            client.close()  # type: ignore[attr-defined]

    def remove_all_but(self, name: str) -> None:
        """Remove the folders of other collections."""
        if self._root.is_dir():
            for folder in self._root.iterdir():
                if folder.name != name:
                    shutil.rmtree(folder, ignore_errors=True)


def _compute_checksums(folder: Path) -> dict[str, int]:
    """Return the checksums of the HNSW files. Chroma changes its database when it opens it."""
    return {
        str(file.relative_to(folder)): _compute_checksum(file)
        for file in sorted(folder.glob("*/*"))
    }


def _compute_checksum(path: Path) -> int:
    checksum = 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            checksum = zlib.crc32(chunk, checksum)
    return checksum


def _check_database(database: Path) -> None:
    """Check a database file, because Chroma panics on a broken one, now or at a later query.

    Raises:
        sqlite3.DatabaseError: the file is broken.
    """
    with closing(sqlite3.connect(database)) as db:
        (result,) = db.execute("PRAGMA quick_check(1)").fetchone()
    if result != "ok":
        raise sqlite3.DatabaseError(result)


def _open_client(folder: Path) -> ClientAPI:
    import chromadb
    from chromadb.config import Settings

    # Settings also read the environment and .env files; pass everything that matters.
    settings = Settings(
        anonymized_telemetry=False,
        is_persistent=True,
        persist_directory=str(folder),
        _env_file=None,
    )
    return chromadb.PersistentClient(path=str(folder), settings=settings)
