"""A data folder: SQLite, the Chroma index built from it, and the lock that keeps it to one process."""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from threading import RLock

import numpy as np
from filelock import FileLock, Timeout

from .article import Article
from .embedding import MiniLM, Vectors
from .errors import DataError, InUseError
from .store import Store
from .vectors import VectorIndex

__all__ = ["Library"]

BATCH = 64

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
        self._guard = RLock()
        self._process_lock = _lock(folder)
        try:
            self.store = Store(folder)
            self._refresh_vectors()
            self.vectors = VectorIndex(folder, self.store, self.embedder.fingerprint)
        except BaseException:
            self._process_lock.release()
            raise

    @classmethod
    def shared(cls, folder: Path) -> Library:
        """The one library of a folder in this process; closed when the process ends."""
        return _shared(folder.expanduser().resolve())

    def add(self, article: Article, progress: Progress = lambda done, total: None) -> Article:
        """Embed and keep an article; one that is there already is returned as it was kept."""
        with self._guard:
            if not self.store.has(article.id):
                self.store.add(article, self._embed(article, progress))
                self.vectors.add(article.id)
            return self.store.get(article.id)

    def get(self, article_id: str) -> Article:
        return self.store.get(article_id)

    def articles(self) -> list[Article]:
        return [self.store.get(article_id) for article_id in self.store.ids()]

    def remove(self, article_id: str) -> None:
        with self._guard:
            self.store.remove(article_id)
            self.vectors.remove(article_id)

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
            for article in self.articles():
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
