"""Keep the vector index of a library in step with its database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from threading import RLock

from index.storage.chroma import VectorIndex
from index.storage.passage_collection import CollectionHost
from index.storage.passage_vectors import PassageVectors, Progress, ignore_progress
from index.storage.store import ArticleStore

__all__ = ["LibraryIndex"]

log = logging.getLogger(__name__)


class LibraryIndex:
    """The vector index of all articles of a library, which is opened when it is needed.

    The views of all users share it.

    Args:
        store: the store of all articles.
        passage_vectors: embeds passages and questions.
        make_host: returns where the collection is stored.
        fingerprint: the fingerprint of the embedder.
        max_unindexed: the most passages that wait for the vector index, see `VectorIndex`.
        guard: the lock of the library.
    """

    def __init__(
        self,
        store: ArticleStore,
        passage_vectors: PassageVectors,
        make_host: Callable[[], CollectionHost],
        fingerprint: str,
        max_unindexed: int,
        guard: RLock,
    ) -> None:
        self.store = store
        self.changes = 0  # of articles, by this process
        self._passage_vectors = passage_vectors
        self._make_host = make_host
        self._fingerprint = fingerprint
        self._max_unindexed = max_unindexed
        self._guard = guard
        self._is_model_checked = False
        self._vectors: VectorIndex | None = None

    def open(self, progress: Progress = ignore_progress) -> VectorIndex:
        """Return the index. Stale vectors are recomputed before it is built.

        Raises:
            DataError: the index cannot be written.
            ModelError: the embedder cannot be used.
        """
        # Without the lock: a search does not wait for an import.
        if self._vectors is not None and not self._vectors.is_lost:
            self._follow_changes(self._vectors)
            return self._vectors
        with self._guard:
            if self._vectors is not None and self._vectors.is_lost:
                log.warning("The search index is rebuilt: it is gone.")
                self._vectors.rebuild()
            if self._vectors is None:
                self._passage_vectors.reembed_stale(progress)
                self._vectors = VectorIndex(
                    self.store, self._make_host(), self._fingerprint, self._max_unindexed
                )
                self.changes += 1
            self._follow_changes(self._vectors)
            return self._vectors

    def reembed_stale(self, progress: Progress) -> None:
        """Re-embed the articles of another embedder. Without any, the embedder is not loaded.

        Raises:
            ModelError: the embedder cannot be used.
        """
        with self._guard:
            if not (self._is_model_checked or self._passage_vectors.is_same_model()):
                self.close()
            self._is_model_checked = True
            self.open(progress)

    def add(self, article_id: str) -> None:
        """Index an article that was restored in the store, if the index is open."""
        if self._vectors is not None:
            self._vectors.add(article_id)

    def forget(self, article_id: str) -> None:
        """Leave out an article that was removed from the store."""
        if self._vectors is not None:
            self._vectors.forget(article_id)
        self.changes += 1

    def _follow_changes(self, vectors: VectorIndex) -> None:
        """Bring the index up to date with the changes of other processes."""
        self.store.follow_changes(vectors.forget, vectors.add)

    def describe_damage(self) -> str:
        """Return what is wrong with the vector index, or an empty string.

        The next search or change rebuilds an index whose files are gone.
        """
        is_lost = self._vectors is not None and self._vectors.is_lost
        return "The search index is gone; it is rebuilt at the next question." if is_lost else ""

    def close(self) -> None:
        """Close the index."""
        if self._vectors:
            self._vectors.close()
            self._vectors = None
