"""A data folder: SQLite, the Chroma index built from it, and the lock that keeps it to one process."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock

from filelock import FileLock, Timeout

from .article import Article
from .embedded import Embedding, Progress, silent
from .embedding import Embedder, MiniLM, Vectors
from .errors import DataError, InputError, InUseError
from .store import Listed, Store
from .vectors import VectorIndex, spoil

__all__ = ["Library", "PATIENCE"]


PATIENCE = timedelta(days=30)  # how long a removed article can be restored


class Library:
    """The articles of one data folder, embedded and indexed.

    What another embedder has embedded is embedded anew as soon as it is needed, or at `load`; until then articles can be listed,
    read, renamed and removed.

    Raises:
        InUseError: another process holds the folder.
        DataError: the folder cannot be written.
    """

    def __init__(self, folder: Path, embedder: Embedder | None = None) -> None:
        self.folder = folder
        self.embedder = embedder or MiniLM.shared()
        self.changes = 0  # raised by each, so that what is remembered of articles can be told from what is true
        self._guard = RLock()
        self._recognised = False
        self._vectors: VectorIndex | None = None
        self._process_lock = _lock(folder)
        try:
            self.store = Store(folder)
            self.store.purge(datetime.now(UTC) - PATIENCE)
            self._embedding = Embedding(self.store, self.embedder)
            if not self.store.stale(self.embedder.fingerprint):
                self._index()
        except BaseException:
            self._process_lock.release()
            raise

    @classmethod
    def shared(cls, folder: Path, embedder: Embedder | None = None) -> Library:
        """The one library of a folder in this process; closed when the process ends.

        Raises:
            InputError: it is open with another embedder.
        """
        folder = folder.expanduser().resolve()
        library = _SHARED.get(folder)
        if library is None:
            library = _SHARED[folder] = Library(folder, embedder)
            atexit.register(library.close)
        if embedder and embedder.fingerprint != library.embedder.fingerprint:
            raise InputError(
                f"The data folder {folder} is open in this process with the embeddings {library.embedder.name}, not with "
                f"{embedder.name}. Choose another folder, or start again."
            )
        return library

    @property
    def vectors(self) -> VectorIndex:
        """The index of the vectors; what another embedder has made is made anew first. Raises ModelError, DataError."""
        return self._index()

    def load(self, progress: Progress = silent) -> None:
        """Load the embedder, and embed anew what another one has embedded; a search then starts at once. Raises ModelError."""
        self.embedder.load()
        self.embed_anew(progress)

    def embed_anew(self, progress: Progress = silent) -> None:
        """Embed what another embedder has embedded; where there is nothing of that, nothing is loaded.

        Each article is kept as soon as it is embedded: what was cut short goes on the next time.

        Raises:
            ModelError: the embedder cannot be used.
        """
        with self._guard:
            if not (self._recognised or self._embedding.recognised()):
                self._close_index()
            self._recognised = True
            self._index(progress)

    def add(self, article: Article, progress: Progress = silent, *, added: str = "") -> Article:
        """Embed and keep an article; one that is there already is returned as it was kept.

        Args:
            added: when it was added, ISO 8601, if not now.
        """
        with self._guard:
            if not self.store.has(article.id):
                index = self._index(progress)
                vectors = self._embedding.passages(article, progress)
                with index.changing():
                    self.store.add(article, vectors, self.embedder.fingerprint, added=added)
                    index.add(article.id)
            return self.store.get(article.id)

    def replace(self, article_id: str, newer: Article, progress: Progress = silent) -> Article:
        """Keep a newer version of an article. The old one is no longer listed or searched; `get` still has it for its quotes.

        The newer one keeps a title that a person gave. Where both are the same, only `retrieved` changes, and the author where
        the newer one names one.
        """
        with self._guard:
            if article_id == newer.id:
                self.store.retrieve(article_id, newer.retrieved, newer.author)
                self.changes += 1
                return self.store.get(article_id)
            self.store.get(article_id)
            index = self._index(progress)
            vectors = self.store.vectors(newer.id) if self.store.has(newer.id) else self._embedding.passages(newer, progress)
            with self._changing():
                self.store.replace(article_id, newer, vectors, self.embedder.fingerprint)
                index.add(newer.id)
                index.remove(article_id)
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
        with self._guard, self._changing() as index:
            self.store.remove(article_id)
            if index:
                index.remove(article_id)
            if forever:
                self.store.forget(article_id)

    def restore(self, article_id: str) -> Article:
        """Bring a removed article back exactly as it was, in its place. Raises KeyError where it is gone for good."""
        with self._guard:
            if not self.store.has(article_id):
                with self._changing() as index:
                    self.store.restore(article_id)
                    if index and self.store.has(article_id):
                        index.add(article_id)
            return self.store.get(article_id)

    def vector_of(self, question: str) -> Vectors:
        """The question's, of shape `(dimensions,)`, to be compared with the passages' of the store and of the index.

        Raises:
            ModelError: the embedder cannot be used.
        """
        self._index()
        return self._embedding.question(question)

    @contextmanager
    def _changing(self) -> Iterator[VectorIndex | None]:
        """Around a change of the store and of the index; None where that is yet to be made."""
        if self._vectors is None:
            spoil(self.store)
            yield None
        else:
            with self._vectors.changing():
                yield self._vectors
        self.changes += 1

    def _index(self, progress: Progress = silent) -> VectorIndex:
        """The index, for which all vectors must be of this embedder."""
        if self._vectors is not None:  # a search does not wait for what is being added
            return self._vectors
        with self._guard:
            if self._vectors is None:
                self._embedding.anew(progress)
                self._vectors = VectorIndex(self.folder, self.store, self.embedder.fingerprint)
                self.changes += 1
            return self._vectors

    def _close_index(self) -> None:
        if self._vectors:
            self._vectors.close()
            self._vectors = None

    def close(self) -> None:
        self._embedding.stop()
        with self._guard:
            self._close_index()
            self.store.close()
            self._process_lock.release()


_SHARED: dict[Path, Library] = {}


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
