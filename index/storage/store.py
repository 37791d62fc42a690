"""Define what a store of articles does, whatever database it uses."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from index.embedders.base import Vectors
from index.storage.keywords import KeywordHit
from index.text.article import Article

__all__ = ["ArticleStore", "ArticleSummary"]


@dataclass(frozen=True)
class ArticleSummary:
    """The metadata of an article, without its text. Times are ISO 8601, in UTC."""

    id: str
    title: str
    author: str
    date: str
    source: str
    language: str
    words: int
    characters: int
    added: str
    retrieved: str = ""  # when it was fetched from its URL; empty for a file
    removed: str = ""  # when it was removed; empty if it was not
    last_opened: str = ""  # when the page last showed it; empty if it never did
    tags: tuple[str, ...] = ()  # in alphabetical order
    owner: str = ""  # the user who alone sees it; empty if it is everybody's


class ArticleStore(ABC):
    """The articles, passages and vectors of a library. Thread-safe; every write is one transaction.

    The methods raise DataError if the database cannot be used.

    Attributes:
        path: the store's file in the data folder.
    """

    path: Path

    @abstractmethod
    def check(self) -> None:
        """Check that the store can be read, as far as a short query says.

        Raises:
            DataError: it cannot be read, or its file was removed, emptied or shortened.
        """

    @abstractmethod
    def get_meta(self, key: str) -> str | None:
        """Return a value that the vector index of this data folder stored, or None."""

    @abstractmethod
    def set_meta(self, key: str, value: str) -> None:
        """Store a value for the vector index of this data folder."""

    @abstractmethod
    def ids(self, *, every: bool = False) -> list[str]:
        """Return the ids of the articles, oldest first.

        Args:
            every: whether to include removed articles and earlier versions.
        """

    @abstractmethod
    def list_newer(self) -> dict[str, str]:
        """Return the id of the next version of each article that has one, oldest first."""

    @abstractmethod
    def listed(self, *, removed: bool = False) -> list[ArticleSummary]:
        """Return a summary of each article, oldest first.

        Args:
            removed: whether to list the removed articles that can be restored instead.
        """

    @abstractmethod
    def summary(self, article_id: str) -> ArticleSummary:
        """Return the summary of an article or an earlier version of one. Raises KeyError."""

    @abstractmethod
    def owner_of(self, article_id: str) -> str | None:
        """Return the owner of an article, also of a removed one or an earlier version.

        Returns:
            The owner; an empty string for a shared article; None if there is no such article.
        """

    @abstractmethod
    def list_private(self) -> dict[str, str]:
        """Return the owner of each private article, also of removed ones and earlier versions."""

    @abstractmethod
    def has(self, article_id: str) -> bool:
        """Return whether the article exists, is not removed and is not an earlier version."""

    @abstractmethod
    def ids_containing(self, text: str) -> list[str]:
        """Return the ids of the articles that contain exactly this text, oldest first."""

    @abstractmethod
    def get(self, article_id: str, *, removed: bool = False) -> Article:
        """Return an article, or an earlier version of one, whose quotes are still valid.

        Args:
            article_id: the id of the article.
            removed: whether to return a removed article, too.

        Raises:
            KeyError: there is no such article.
        """

    @abstractmethod
    def add(
        self,
        article: Article,
        vectors: Vectors,
        embedder: str,
        *,
        added: str = "",
        tags: Iterable[str] = (),
    ) -> None:
        """Store an article with one vector per passage. Does nothing if it is stored already.

        Args:
            article: the article to add.
            vectors: the vectors of its passages, shape `(passages, dimensions)`.
            embedder: the fingerprint of the embedder that made the vectors.
            added: when it was added, ISO 8601; by default now.
            tags: its tags, which are stored in the same transaction.

        Raises:
            ValueError: the number of vectors is not the number of passages.
            InputError: a tag cannot be used, or there are too many.
        """

    @abstractmethod
    def add_batch(self, batch: Sequence[tuple[Article, Vectors]], embedder: str) -> None:
        """Store articles as `add` does, in one transaction.

        Args:
            batch: the articles, with the vectors of their passages.
            embedder: the fingerprint of the embedder that made the vectors.

        Raises:
            ValueError: the number of vectors is not the number of passages.
        """

    @abstractmethod
    def replace(self, article_id: str, newer: Article, vectors: Vectors, embedder: str) -> None:
        """Store an article as the newer version of another, which is then no longer listed.

        The newer version inherits a title that the user gave.

        Args:
            article_id: the article to replace.
            newer: the newer version.
            vectors: the vectors of its passages, shape `(passages, dimensions)`.
            embedder: the fingerprint of the embedder that made the vectors.
        """

    @abstractmethod
    def rename(self, article_id: str, title: str) -> Article:
        """Rename an article and return it.

        Raises:
            InputError: the title cannot be used.
            KeyError: there is no such article.
        """

    @abstractmethod
    def set_retrieved(self, article_id: str, retrieved: str, author: str = "") -> None:
        """Record that the source was read again without a change of the text.

        Args:
            article_id: the article.
            retrieved: when the source was read, ISO 8601.
            author: the author; if empty, the stored one stays.
        """

    @abstractmethod
    def remove(self, article_id: str) -> None:
        """Mark an article and its earlier versions as removed until they are restored or purged."""

    @abstractmethod
    def restore(self, article_id: str) -> None:
        """Restore an article and its earlier versions. Raises KeyError if it was deleted."""

    @abstractmethod
    def delete(self, article_id: str) -> None:
        """Delete an article and its earlier versions for good."""

    @abstractmethod
    def purge(self, before: datetime) -> int:
        """Delete the articles removed before a time for good and return their number."""

    @abstractmethod
    def replace_vectors(self, article: Article, vectors: Vectors, embedder: str) -> None:
        """Replace the vectors of an article's passages by those of another embedder."""

    @abstractmethod
    def count_stale_passages(self, embedder: str) -> dict[str, int]:
        """Return the ids of articles with vectors of another embedder, and their passage counts.

        Removed articles are included.
        """

    @abstractmethod
    def sample_vector(self, embedder: str) -> tuple[str, Vectors] | None:
        """Return a passage and its vector by an embedder, or None if there is none."""

    @abstractmethod
    def invalidate_vectors(self, embedder: str) -> None:
        """Mark all vectors of an embedder as stale, because another model now has its name."""

    @abstractmethod
    def unindexed_ids(self) -> list[str]:
        """Return the ids of the articles that are not in the vector index yet, oldest first."""

    @abstractmethod
    def has_indexed(self) -> bool:
        """Return whether the vector index must contain an article."""

    @abstractmethod
    def set_indexed(self, article_ids: Iterable[str]) -> None:
        """Record that the vector index contains articles."""

    @abstractmethod
    def set_tags(self, article_id: str, tags: Iterable[str]) -> list[str]:
        """Replace the tags of an article and return them as they are stored.

        Raises:
            InputError: a tag cannot be used, or there are too many.
            KeyError: there is no such article.
        """

    @abstractmethod
    def written_questions(self, article_id: str) -> list[str] | None:
        """Return the questions that were written for an article; None if that was not tried yet."""

    @abstractmethod
    def set_written_questions(self, article_id: str, questions: Sequence[str]) -> None:
        """Store the questions that were written for an article, unless it was deleted."""

    @abstractmethod
    def record_opened(self, article_ids: Sequence[str], time: str = "") -> None:
        """Record that users open articles. Those that are not stored are left out.

        Args:
            article_ids: the articles.
            time: when they are opened, ISO 8601; by default now.
        """

    @abstractmethod
    def search_keywords(
        self,
        question: str,
        count: int,
        article_ids: Collection[str] | None = None,
        *,
        every_word: bool = False,
        viewer: str | None = None,
    ) -> list[KeywordHit]:
        """Return the passages that share the rarest words with a question, best first.

        Args:
            question: any text.
            count: the maximum number of passages.
            article_ids: the articles to search; None for all.
            every_word: return only passages with all words. Of the last one, the beginning is
                enough.
            viewer: the user whose private articles are searched with the shared ones; None for
                all.

        Raises:
            DataError: the store cannot be read or written.
        """

    @abstractmethod
    def has_more_passages(
        self, limit: int, article_ids: Sequence[str] | None = None, *, viewer: str | None = None
    ) -> bool:
        """Return whether articles have more passages than a limit. The work grows with the limit.

        Args:
            limit: the number of passages.
            article_ids: the articles; None for all.
            viewer: the user whose private articles count with the shared ones; None for all.
        """

    @abstractmethod
    def languages(self, *, viewer: str | None = None) -> set[str]:
        """Return the languages of articles, as ISO 639-1 codes.

        Args:
            viewer: the user whose private articles count with the shared ones; None for all.
        """

    @abstractmethod
    def vectors(self, article_id: str) -> Vectors:
        """Return the vectors of an article's passages, shape `(passages, dimensions)`."""

    @abstractmethod
    def passage_vectors(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Vectors]:
        """Return the vectors of passages, each of shape `(dimensions,)`.

        Args:
            places: the article and the position of each passage. Those that do not exist are left
                out.
        """

    @abstractmethod
    def count_passages(self) -> int:
        """Return the number of passages of all articles that are not removed or replaced."""

    @abstractmethod
    def close(self) -> None:
        """Close the database."""

    @abstractmethod
    def count_changes(self) -> int:
        """Return a number that changes by other processes change, to invalidate caches."""

    @abstractmethod
    def follow_changes(self, remove: Callable[[str], None], add: Callable[[str], None]) -> None:
        """Bring the vector index of this data folder up to date with other processes.

        Args:
            remove: removes an article from the index.
            add: adds an article to it.
        """
