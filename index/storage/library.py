"""Open a data folder: SQLite, the Chroma index built from it, and the process lock."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, MutableMapping, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any

from cachetools import LRUCache

from index.embedders.base import Embedder, Vectors
from index.embedders.minilm import MiniLM
from index.errors import InputError
from index.storage.chroma import MAX_UNINDEXED_PASSAGES, VectorIndex
from index.storage.chroma_folder import ChromaFolder
from index.storage.chroma_server import ChromaAddress, ChromaServer, identify_library
from index.storage.databases import make_store, open_originals
from index.storage.folder_lock import FolderLock
from index.storage.library_index import LibraryIndex
from index.storage.marks import MarkStore
from index.storage.originals import Originals
from index.storage.passage_collection import CollectionHost
from index.storage.passage_vectors import PassageVectors, Progress, ignore_progress
from index.storage.selection import ArticleSelection
from index.storage.store import ArticleStore, ArticleSummary
from index.storage.text_search import TextHit, search_texts
from index.storage.visibility import UserStore
from index.text.article import Article

__all__ = ["Library", "RESTORE_PERIOD"]

RESTORE_PERIOD = timedelta(days=30)  # how long a removed article can be restored
MAX_CACHED_CORPORA = 8


class Library:
    """The articles of one data folder, embedded and indexed.

    Vectors of another embedder are recomputed when they are needed, or by `load`. Until then,
    articles can be listed, read, renamed and removed.

    Args:
        folder: the data folder, which is created if it does not exist.
        embedder: the embedder of passages and questions; by default `MiniLM`.
        max_unindexed: the most passages that wait for the vector index, see `VectorIndex`.
        chroma: the Chroma server of the vector index; by default it is in the folder.
        database: the address of a PostgreSQL database; if empty, SQLite in the data folder.
        max_articles: the most articles that can be added; 0: any number.
        keep_originals: whether to store the file of an article that carries it. Those that are
            stored stay.

    Raises:
        InUseError: another process uses the folder.
        InputError: the address of the database cannot be used.
        DataError: the folder cannot be written, or the database cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        embedder: Embedder | None = None,
        *,
        max_unindexed: int = MAX_UNINDEXED_PASSAGES,
        chroma: ChromaAddress | None = None,
        database: str = "",
        max_articles: int = 0,
        keep_originals: bool = True,
    ) -> None:
        self.folder = folder
        self._chroma = chroma
        self._max_articles = max_articles
        self.embedder = embedder or MiniLM()
        self.closed = False
        # The user whose view this is; None for the whole library.
        self.viewer: str | None = None
        # The corpora of the retriever, by viewer, article ids, `get_revision` and its limits.
        self.corpora: MutableMapping[Hashable, Any] = LRUCache(maxsize=MAX_CACHED_CORPORA)
        self._guard = RLock()
        self._process_lock = FolderLock(folder)
        try:
            self.store: ArticleStore = make_store(folder, database)
            self.marks = MarkStore(folder, database)
            self.originals = Originals(open_originals(folder, database), is_kept=keep_originals)
            self._passage_vectors = PassageVectors(self.store, self.embedder)
            self._index = LibraryIndex(
                self.store,
                self._passage_vectors,
                self._make_collection_host,
                self.embedder.fingerprint,
                max_unindexed,
                self._guard,
            )
            if self.store.purge(datetime.now(UTC) - RESTORE_PERIOD):
                self._delete_additions()
            if not self.store.count_stale_passages(self.embedder.fingerprint):
                self._index.open()
        except BaseException:
            self._process_lock.release()
            raise

    def for_user(self, user: str) -> Library:
        """Return the library as one user sees it: the shared articles, and the user's own.

        The view shares everything with this library but the store, which hides the private
        articles of others from each of its methods. Close the library, not the view.

        Args:
            user: the name of the user; empty for nobody, who sees the shared articles alone.
        """
        view = copy(self)
        view.viewer = user
        view.store = UserStore(self._index.store, user)
        return view

    def get_revision(self) -> tuple[int, int]:
        """Return a value that every change of an article changes, also one by another process.

        Raises:
            DataError: the database cannot be used.
        """
        return self._index.changes, self.store.count_changes()

    @property
    def vectors(self) -> VectorIndex:
        """Return the vector index. Stale vectors are recomputed first.

        Raises:
            DataError: the index cannot be written.
            ModelError: the embedder cannot be used.
        """
        return self._index.open()

    def load(self, progress: Progress = ignore_progress) -> None:
        """Load the embedder and recompute stale vectors, so that the first search starts at once.

        Args:
            progress: called after each batch of passages.

        Raises:
            ModelError: the embedder cannot be used.
        """
        self.embedder.load()
        self.reembed_stale(progress)

    def reembed_stale(self, progress: Progress = ignore_progress) -> None:
        """Re-embed the articles of another embedder. Without any, the embedder is not loaded.

        Each article is stored as soon as it is embedded, so an interrupted run continues later.

        Args:
            progress: called after each batch of passages.

        Raises:
            ModelError: the embedder cannot be used.
        """
        self._index.reembed_stale(progress)

    def add(
        self,
        article: Article,
        progress: Progress = ignore_progress,
        *,
        added: str = "",
        tags: Iterable[str] = (),
        is_limited: bool = True,
    ) -> Article:
        """Embed and store an article. If it is there already, return the stored article.

        Args:
            article: the article to add.
            progress: called after each batch of passages.
            added: when it was added, ISO 8601; by default now.
            tags: the tags of an article that is new, which are stored together with it.
            is_limited: whether to refuse it if the library has as many articles as it takes.

        Raises:
            InputError: the library has as many articles as it takes, or a tag cannot be used.
            DataError: the article cannot be stored.
            ModelError: the embedder cannot be used.
        """
        with self._guard:
            is_new = not self.store.has(article.id)
            if is_new:
                if is_limited:
                    self.check_room()
                index = self._index.open(progress)
                vectors = self._passage_vectors.embed_passages(article, progress)
                fingerprint = self.embedder.fingerprint
                self.store.add(article, vectors, fingerprint, added=added, tags=tags)
                index.add(article.id)
                self._index.changes += 1
            self._keep_original(article, replaces=is_new)
            return self.store.get(article.id)

    def add_embedded(self, batch: Sequence[tuple[Article, Vectors]]) -> list[str]:
        """Store articles that this library's embedder has embedded, in one transaction.

        Args:
            batch: different articles, with the vectors of their passages.

        Returns:
            The ids of those that were not there yet.

        Raises:
            InputError: the library does not take so many articles. The first ones are stored.
            DataError: the articles cannot be stored.
            ModelError: the vectors have another length than those of the library.
        """
        with self._guard:
            new = [pair for pair in batch if not self.store.has(pair[0].id)]
            fitting = new[: self._count_room()] if self._max_articles else new
            for _, vectors in fitting:
                self._passage_vectors.check_dimensions(vectors)
            if fitting:
                index = self._index.open()
                self.store.add_batch(fitting, self.embedder.fingerprint)
                index.add(*(article.id for article, _ in fitting))
                self._index.changes += 1
            self.check_room(len(new) - len(fitting))
            return [article.id for article, _ in fitting]

    def replace(
        self, article_id: str, newer: Article, progress: Progress = ignore_progress
    ) -> Article:
        """Store a newer version of an article and return it.

        The old version is no longer listed or searched, but `get` still returns it for its quotes.
        The newer version inherits a title that the user gave, and the marks of words that it has
        exactly once. If both have the same id, only `retrieved` changes, and the author if the
        newer version names one. The owner stays the same.

        Raises:
            KeyError: there is no such article.
        """
        with self._guard:
            newer = newer.owned_by(self._get_owner(article_id))
            if article_id == newer.id:
                self.store.set_retrieved(article_id, newer.retrieved, newer.author)
                self._keep_original(newer)
                self._index.changes += 1
                return self.store.get(article_id)
            old = self.store.get(article_id)
            index = self._index.open(progress)
            vectors = (
                self.store.vectors(newer.id)
                if self.store.has(newer.id)
                else self._passage_vectors.embed_passages(newer, progress)
            )
            is_new = not self.store.has(newer.id)
            self.store.replace(article_id, newer, vectors, self.embedder.fingerprint)
            self._index.forget(article_id)
            if is_new:
                index.add(newer.id)
            self.marks.copy_to(old, newer)
            self._keep_original(newer)
            return self.store.get(newer.id)

    def get(self, article_id: str) -> Article:
        """Return an article or an earlier version of one. Raises KeyError."""
        return self.store.get(article_id)

    def articles(self) -> list[Article]:
        """Return all articles, oldest first."""
        return [self.store.get(article_id) for article_id in self.store.ids()]

    def select_all(self) -> ArticleSelection:
        """Return all articles, oldest first, each of which is loaded when it is accessed."""
        return ArticleSelection(self.store)

    def listed(self, *, removed: bool = False) -> list[ArticleSummary]:
        """Return a summary of each article, oldest first, without reading the texts.

        Args:
            removed: whether to list the removed articles that can be restored instead.
        """
        return self.store.listed(removed=removed)

    def rename(self, article_id: str, title: str) -> Article:
        """Rename an article and return it. Its id and its quotes stay valid.

        Raises:
            InputError: the title cannot be used.
            KeyError: there is no such article.
        """
        with self._guard:
            article = self.store.rename(article_id, title)
            self._index.changes += 1
            return article

    def set_tags(self, article_id: str, tags: Iterable[str]) -> list[str]:
        """Replace the tags of an article and return them as they are stored.

        Raises:
            InputError: a tag cannot be used, or there are too many.
            KeyError: there is no such article.
        """
        return self.store.set_tags(article_id, tags)

    def search_texts(self, words: str, count: int = 50) -> list[TextHit]:
        """Return a hit for each article with a passage that has all words, best first."""
        return search_texts(self.store, words, count)

    def remove(self, article_id: str, *, forever: bool = False) -> None:
        """Remove an article and its earlier versions.

        Args:
            article_id: the article to remove.
            forever: whether to delete it at once. Otherwise `restore` can bring it back within
                `RESTORE_PERIOD`.
        """
        with self._guard:
            if self.store.owner_of(article_id) is None:  # another user's, or there is none
                return
            self.store.remove(article_id)
            self._index.forget(article_id)
            if forever:
                self.store.delete(article_id)
                self._delete_additions()

    def check_room(self, articles: int = 1) -> None:
        """Check that the library has room for more articles.

        Args:
            articles: how many more.

        Raises:
            InputError: it does not.
        """
        if not (self._max_articles and articles):
            return
        if articles > self._count_room():
            raise InputError(
                f"The library is full: it takes no more than {self._max_articles:,} articles "
                "(ARTICLE_ASSISTANT_MAX_ARTICLES). Remove some."
            )

    def _count_room(self) -> int:
        """Return how many more articles the library takes, if that is limited.

        All articles count, also those that this user does not see, whose number is not said.
        """
        return max(0, self._max_articles - len(self._index.store.ids()))

    def restore(self, article_id: str) -> Article:
        """Restore a removed article exactly as it was.

        Raises:
            KeyError: the article was deleted for good.
            InputError: the library has as many articles as it takes.
        """
        with self._guard:
            if not self.store.has(article_id):
                self.check_room()
                self.store.restore(article_id)
                if self.store.has(article_id):
                    self._index.add(article_id)
                self._index.changes += 1
            return self.store.get(article_id)

    def embed_question(self, question: str) -> Vectors:
        """Return the vector of a question, shape `(dimensions,)`.

        Raises:
            ModelError: the embedder cannot be used.
        """
        self._index.open()
        return self._passage_vectors.embed_question(question)

    def _keep_original(self, article: Article, *, replaces: bool = True) -> None:
        """Store the file of an article that is in the library, if it carries one.

        The ID does not cover the pages: the file of the same text on other pages is left out.
        """
        if article.original is not None and article.pages == self.store.get(article.id).pages:
            self.originals.keep(article, replaces=replaces)

    def _delete_additions(self) -> None:
        """Delete the marks and originals of articles that were deleted for good."""
        article_ids = self._index.store.ids(every=True)  # also those that this user does not see
        self.marks.delete_others(article_ids)
        self.originals.delete_others(article_ids)

    def find_nearest(
        self, vector: Vectors, count: int, article_ids: Sequence[str] | None = None
    ) -> list[tuple[str, int, float]]:
        """Return the passages nearest to a vector, as `VectorIndex.find_nearest` does.

        Raises:
            DataError: the index cannot be read or built.
        """
        return self.vectors.find_nearest(vector, count, article_ids, self.viewer)

    def describe_index_damage(self) -> str:
        """Return what is wrong with the vector index, or an empty string."""
        return self._index.describe_damage()

    def _get_owner(self, article_id: str) -> str:
        """Return the owner of an article. Raises KeyError."""
        owner = self.store.owner_of(article_id)
        if owner is None:
            raise KeyError(article_id)
        return owner

    def _make_collection_host(self) -> CollectionHost:
        if self._chroma is None:
            return ChromaFolder(self.folder / "chroma")
        return ChromaServer(self._chroma, identify_library(self.store))

    def close(self) -> None:
        """Stop embedding, close the index and the store, and release the folder.

        Raises:
            PermissionError: this is the view of a user.
        """
        if self.viewer is not None:
            raise PermissionError("Close the whole library, not the view of one user.")
        self._passage_vectors.stop()
        with self._guard:
            self._index.close()
            self.store.close()
            self.marks.close()
            self.originals.close()
            self._process_lock.release()
            self.closed = True
