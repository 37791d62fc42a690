"""A data folder: SQLite, the Chroma index built from it, and the lock that keeps it to one process."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from threading import RLock

import numpy as np
from filelock import FileLock, Timeout

from .article import Article
from .embedding import MiniLM, Vectors
from .errors import DataError, InUseError
from .store import Listed, Store
from .vectors import VectorIndex

__all__ = ["Library", "PATIENCE"]

BATCH = 64
PATIENCE = timedelta(days=30)  # how long a removed article can be restored

# (passages embedded, passages in all)
Progress = Callable[[int, int], None]


class Library:
    """The articles of one data folder, embedded and indexed.

    Raises:
        InUseError: another process holds the folder.
        DataError: the folder cannot be written.
    """

    def __init__(self, folder: Path, embedder: MiniLM | None = None) -> None:
        self.folder = folder
        self.embedder = embedder or MiniLM.shared()
        self.changes = 0  # raised by each, so that what is remembered of articles can be told from what is true
        self._guard = RLock()
        self._process_lock = _lock(folder)
        try:
            self.store = Store(folder)
            self.store.purge(datetime.now(UTC) - PATIENCE)
            self._refresh_vectors()
            self.vectors = VectorIndex(folder, self.store, self.embedder.fingerprint)
        except BaseException:
            self._process_lock.release()
            raise

    @classmethod
    def shared(cls, folder: Path) -> Library:
        """The one library of a folder in this process; closed when the process ends."""
        return _shared(folder.expanduser().resolve())

    def add(self, article: Article, progress: Progress = lambda done, total: None, *, added: str = "") -> Article:
        """Embed and keep an article; one that is there already is returned as it was kept.

        Args:
            added: when it was added, ISO 8601, if not now.
        """
        with self._guard:
            if not self.store.has(article.id):
                vectors = self._embed(article, progress)
                with self.vectors.changing():
                    self.store.add(article, vectors, added=added)
                    self.vectors.add(article.id)
            return self.store.get(article.id)

    def replace(self, article_id: str, newer: Article, progress: Progress = lambda done, total: None) -> Article:
        """Keep a newer version of an article. The old one is no longer listed or searched; `get` still has it for its quotes.

        The newer one keeps a title that a person gave. Where both are the same, only `retrieved` changes.
        """
        with self._guard:
            if article_id == newer.id:
                self.store.retrieve(article_id, newer.retrieved)
                return self.store.get(article_id)
            self.store.get(article_id)
            newer = self.add(newer, progress)
            with self._changing():
                self.store.replace(article_id, newer.id)
                self.vectors.remove(article_id)
            return self.store.get(newer.id)

    def get(self, article_id: str) -> Article:
        return self.store.get(article_id)

    def articles(self) -> list[Article]:
        return [self.store.get(article_id) for article_id in self.store.ids()]

    def listed(self, *, removed: bool = False) -> list[Listed]:
        """What is known of each article, oldest first, without reading their texts.

        Args:
            removed: those that were removed and can still be restored, instead of those that are kept.
        """
        return self.store.listed(removed=removed)

    def rename(self, article_id: str, title: str) -> Article:
        """The article under another title; its id and its quotes stay. Raises KeyError; InputError for an unusable title."""
        with self._guard:
            article = self.store.rename(article_id, title)
            self.changes += 1
            return article

    def remove(self, article_id: str, *, forever: bool = False) -> None:
        """Remove an article and its earlier versions; `restore` brings them back within `PATIENCE`, unless `forever`."""
        with self._guard, self._changing():
            self.store.remove(article_id)
            self.vectors.remove(article_id)
            if forever:
                self.store.forget(article_id)

    def restore(self, article_id: str) -> Article:
        """Bring a removed article back exactly as it was, in its place. Raises KeyError where it is gone for good."""
        with self._guard:
            if not self.store.has(article_id):
                with self._changing():
                    self.store.restore(article_id)
                    if self.store.has(article_id):
                        self.vectors.add(article_id)
            return self.store.get(article_id)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with self.vectors.changing():
            yield
        self.changes += 1

    def _embed(self, article: Article, progress: Progress = lambda done, total: None) -> Vectors:
        texts = [article.slice(span) for span in article.passages]
        rows = []
        for first in range(0, len(texts), BATCH):
            rows.append(self.embedder.embed(texts[first : first + BATCH]))
            progress(min(first + BATCH, len(texts)), len(texts))
        return np.concatenate(rows)

    def _refresh_vectors(self) -> None:
        """Embed everything again where the stored vectors come from another embedder."""
        if self.store.meta("embedder") != self.embedder.fingerprint:
            for article_id in self.store.ids(every=True):
                article = self.store.get(article_id, removed=True)
                self.store.replace_vectors(article, self._embed(article))
            self.store.set_meta("embedder", self.embedder.fingerprint)

    def close(self) -> None:
        with self._guard:
            self.vectors.close()
            self.store.close()
            self._process_lock.release()


@cache
def _shared(folder: Path) -> Library:
    library = Library(folder)
    atexit.register(library.close)
    return library


def _lock(folder: Path) -> FileLock:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "lock", timeout=0, thread_local=False)  # any thread may close the library
        lock.acquire()
        (folder / "pid").write_text(str(os.getpid()))
    except Timeout as error:
        raise InUseError(
            f"The data folder {folder} is in use by another process{_holder(folder)}. Close that one, or choose another "
            "folder with --data or ARTICLE_ASSISTANT_DATA."
        ) from error
    except OSError as error:
        raise DataError(
            f"The data folder {folder} cannot be written ({error.strerror}). Choose another with --data or "
            "ARTICLE_ASSISTANT_DATA."
        ) from error
    return lock


def _holder(folder: Path) -> str:
    try:
        return f" (number {int((folder / 'pid').read_text())})"
    except (OSError, ValueError):
        return ""
