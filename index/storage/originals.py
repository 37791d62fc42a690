"""Store the files that articles were loaded from, to show their pages."""

from __future__ import annotations

import logging
import os
from collections.abc import Collection
from pathlib import Path
from threading import RLock
from typing import Protocol

from index.errors import DataError
from index.text.article import Article

__all__ = ["OriginalFolder", "OriginalStore", "Originals"]

log = logging.getLogger(__name__)
_SUFFIX = ".pdf"


class OriginalStore(Protocol):
    """The original file of each article that has one. Thread-safe."""

    def put(self, article_id: str, data: bytes) -> None:
        """Store the file of an article. It replaces an earlier one.

        Raises:
            DataError: it cannot be stored.
        """

    def has(self, article_id: str) -> bool:
        """Return whether the file of an article is stored.

        Raises:
            DataError: the store cannot be read.
        """

    def get(self, article_id: str) -> bytes | None:
        """Return the file of an article, or None.

        Raises:
            DataError: the store cannot be read.
        """

    def delete(self, article_id: str) -> None:
        """Delete the file of an article, if there is one.

        Raises:
            DataError: it cannot be deleted.
        """

    def delete_others(self, article_ids: Collection[str]) -> None:
        """Delete the files of all articles except these.

        Raises:
            DataError: they cannot be deleted.
        """

    def close(self) -> None:
        """Close all connections."""


class Originals:
    """The originals of a library. Nothing else depends on them: an error is only logged.

    Args:
        store: where they are stored.
        is_kept: whether to store those of new articles.
    """

    def __init__(self, store: OriginalStore, *, is_kept: bool = True) -> None:
        self._store = store
        self._is_kept = is_kept

    def keep(self, article: Article, *, replaces: bool = True) -> None:
        """Store the original of an article that carries it and is in the library.

        Args:
            article: the article.
            replaces: whether it replaces an original that is stored.
        """
        if article.original is None or not self._is_kept:
            return
        try:
            if replaces or not self._store.has(article.id):
                self._store.put(article.id, article.original)
        except DataError as error:
            log.warning("The original of %s is not stored: %s", article.id, error)

    def has(self, article: Article) -> bool:
        """Return whether there is an original of an article, which need not be added yet."""
        if article.original is not None and self._is_kept:
            return True
        try:
            return bool(article.pages) and self._store.has(article.id)
        except DataError as error:
            log.warning("The original of %s cannot be looked up: %s", article.id, error)
            return False

    def get(self, article: Article) -> bytes | None:
        """Return the original of an article, or None.

        Raises:
            DataError: it cannot be read.
        """
        if article.original is not None and self._is_kept:
            return article.original
        return self._store.get(article.id)

    def copy_to(self, store: OriginalStore, article_ids: Collection[str]) -> int:
        """Copy the originals of articles to another store. Return how many.

        Raises:
            DataError: a store cannot be used.
        """
        count = 0
        for article_id in article_ids:
            data = self._store.get(article_id)
            if data is not None:
                store.put(article_id, data)
                count += 1
        return count

    def delete_others(self, article_ids: Collection[str]) -> None:
        """Delete the originals of all articles except these, or else the next time."""
        try:
            self._store.delete_others(article_ids)
        except DataError as error:
            log.warning("The originals of deleted articles stay for now: %s", error)

    def close(self) -> None:
        """Close all connections."""
        self._store.close()


class OriginalFolder:
    """Original files in the folder `originals` of a data folder, which one process uses.

    The first file creates the folder.

    Args:
        folder: the data folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "originals"
        self._lock = RLock()

    def put(self, article_id: str, data: bytes) -> None:
        """Store the file of an article, atomically. It replaces an earlier one.

        Raises:
            DataError: it cannot be stored.
        """
        path = self._path(article_id)
        partial = path.with_suffix(".part")
        with self._lock:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with partial.open("wb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                partial.replace(path)
            except OSError as error:
                raise DataError(f"{path} cannot be written ({error.strerror}).") from error

    def has(self, article_id: str) -> bool:
        """Return whether the file of an article is stored.

        Raises:
            DataError: the folder cannot be read.
        """
        path = self._path(article_id)
        try:
            return path.is_file()
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror}).") from error

    def get(self, article_id: str) -> bytes | None:
        """Return the file of an article, or None.

        Raises:
            DataError: it cannot be read.
        """
        path = self._path(article_id)
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DataError(f"{path} cannot be read ({error.strerror}).") from error

    def delete(self, article_id: str) -> None:
        """Delete the file of an article, if there is one.

        Raises:
            DataError: it cannot be deleted.
        """
        path = self._path(article_id)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise DataError(f"{path} cannot be deleted ({error.strerror}).") from error

    def delete_others(self, article_ids: Collection[str]) -> None:
        """Delete the files of all articles except these, and what a crash has left.

        Raises:
            DataError: they cannot be deleted.
        """
        names = {f"{article_id}{_SUFFIX}" for article_id in article_ids}
        with self._lock:
            try:
                for path in self._folder.glob("*"):
                    if path.name not in names and path.is_file():
                        path.unlink()
            except OSError as error:
                raise DataError(
                    f"The files in {self._folder} cannot be deleted ({error.strerror})."
                ) from error

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def _path(self, article_id: str) -> Path:
        return self._folder / f"{article_id}{_SUFFIX}"
