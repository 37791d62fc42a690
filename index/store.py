"""SQLite: the truth. Articles, their passages and the passages' vectors; whatever else exists is derived from it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Literal, cast

import numpy as np

from .article import Article, Block, Span
from .embedding import Vectors
from .errors import DataError
from .schema import VERSION, create, migrate

__all__ = ["Listed", "Store"]

_KEPT = "removed IS NULL AND newer IS NULL"
_FACTS = "title, author, date, source, language, blocks, pages, renamed, retrieved"
# An article and its earlier versions.
_LINE = """WITH RECURSIVE line(id) AS
    (VALUES (?) UNION SELECT articles.id FROM articles JOIN line ON articles.newer = line.id)"""


@dataclass(frozen=True)
class Listed:
    """What is known of an article without reading its text. Times are ISO 8601, in UTC."""

    id: str
    title: str
    author: str
    date: str
    source: str
    language: str
    words: int
    characters: int
    added: str
    retrieved: str = ""  # when it was fetched from its address; empty for a file
    removed: str = ""  # when it was removed; empty for one that is kept


class Store:
    """The file `articles.sqlite` in a data folder. Safe to share between threads; every write is one transaction."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "articles.sqlite"
        self._lock = RLock()
        try:
            self._db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
                self._db.execute(f"PRAGMA {pragma}")
            create(self._db)
        except sqlite3.Error as error:
            raise DataError(f"The data folder {folder} cannot be used ({error}). Choose another with --data.") from error
        self._check_version()

    def _check_version(self) -> None:
        version = self.meta("version")
        if version is None:
            self.set_meta("version", str(VERSION))
        elif int(version) > VERSION:
            raise DataError(f"{self.path} was written by a newer version of this program. Upgrade, or choose another --data.")
        elif int(version) < VERSION:
            with self._transaction() as db:
                migrate(db, int(version))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise DataError(
                        f"{self.path} cannot be written ({error}). Free some space or choose another --data."
                    ) from error
                raise

    def _rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        with self._lock:
            return self._db.execute(query, values).fetchall()

    def meta(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_meta(self, key: str, value: str) -> None:
        with self._transaction() as db:
            db.execute("INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value))

    def ids(self, *, every: bool = False) -> list[str]:
        """Article ids, oldest first.

        Args:
            every: also those that are removed, and the earlier versions of others.
        """
        where = "TRUE" if every else _KEPT
        return [str(row[0]) for row in self._rows(f"SELECT id FROM articles WHERE {where} ORDER BY added, rowid")]

    def listed(self, *, removed: bool = False) -> list[Listed]:
        """What is known of the articles that are kept, or of those that are removed and can come back; oldest first."""
        return self._listed("removed IS NOT NULL AND newer IS NULL" if removed else _KEPT)

    def facts(self, article_id: str) -> Listed:
        """What is known of one article, as `get` has it. Raises KeyError."""
        found = self._listed("id = ? AND removed IS NULL", article_id)
        if not found:
            raise KeyError(article_id)
        return found[0]

    def _listed(self, where: str, *values: object) -> list[Listed]:
        facts = (
            "id, coalesce(renamed, title), author, date, source, language, words, characters, added, retrieved, "
            "coalesce(removed, '')"
        )
        rows = self._rows(f"SELECT {facts} FROM articles WHERE {where} ORDER BY added, rowid", *values)
        return [Listed(*row) for row in rows]  # type: ignore[arg-type]

    def has(self, article_id: str) -> bool:
        """Whether the article is kept: there, not removed, and no earlier version of another."""
        return bool(self._rows(f"SELECT 1 FROM articles WHERE id = ? AND {_KEPT}", article_id))

    def having(self, text: str) -> list[str]:
        """Ids of the articles that are kept and have this to the letter, oldest first."""
        query = f"SELECT id FROM articles WHERE {_KEPT} AND instr(text, ?) ORDER BY added, rowid"
        return [str(row[0]) for row in self._rows(query, text.encode("utf-8", "surrogatepass"))]

    def get(self, article_id: str, *, removed: bool = False) -> Article:
        """An article that is kept, or an earlier version of one, whose quotes still hold.

        Args:
            removed: also if it was removed.

        Raises:
            KeyError: there is none.
        """
        where = "TRUE" if removed else "removed IS NULL"
        rows = self._rows(f"SELECT text, {_FACTS} FROM articles WHERE id = ? AND {where}", article_id)
        if not rows:
            raise KeyError(article_id)
        text, title, author, date, source, language, blocks, pages, renamed, retrieved = rows[0]
        assert isinstance(text, bytes)
        parts = tuple(Block(*block) for block in json.loads(str(blocks)))
        spans = self._spans("sentences", article_id), self._spans("passages", article_id)
        shown = str(title if renamed is None else renamed)
        facts = text.decode("utf-8", "surrogatepass"), shown, str(author), str(date), str(source), str(language)
        leaves = tuple(Span(*page) for page in json.loads(str(pages)))
        return Article(*facts, parts, *spans, leaves, None if renamed is None else str(title), str(retrieved))

    def add(self, article: Article, vectors: Vectors, embedder: str, *, added: str = "") -> None:
        """Keep an article with one vector a passage, all or nothing. Adding one that is kept changes nothing.

        Args:
            embedder: the fingerprint of what made the vectors.
            added: when it was added, if not now.
        """
        with self._transaction() as db:
            _keep(db, article, vectors, embedder, added)

    def replace(self, article_id: str, newer: Article, vectors: Vectors, embedder: str) -> None:
        """Keep an article as the newer version of another, which is then no longer listed; all or nothing.

        A title that a person gave goes on to the newer version.
        """
        with self._transaction() as db:
            _keep(db, newer, vectors, embedder)
            (given,) = db.execute("SELECT renamed FROM articles WHERE id = ?", (article_id,)).fetchone()
            db.execute("UPDATE articles SET renamed = coalesce(renamed, ?) WHERE id = ?", (given, newer.id))
            db.execute("UPDATE articles SET newer = ? WHERE id = ?", (newer.id, article_id))

    def rename(self, article_id: str, title: str) -> Article:
        """The article under another title. Raises KeyError; InputError for a title that cannot be one."""
        with self._transaction() as db:
            article = self.get(article_id).renamed(title)
            renamed = None if article.loaded_as is None else article.title
            db.execute("UPDATE articles SET renamed = ? WHERE id = ?", (renamed, article_id))
        return article

    def retrieve(self, article_id: str, retrieved: str, author: str = "") -> None:
        """Note that the source was seen again, and still said the same; and its author, where it names one now."""
        with self._transaction() as db:
            facts = "retrieved = ?, author = coalesce(nullif(?, ''), author)"
            db.execute(f"UPDATE articles SET {facts} WHERE id = ?", (retrieved, author, article_id))

    def remove(self, article_id: str) -> None:
        """Mark an article and its earlier versions as removed, until they are restored or purged."""
        with self._transaction() as db:
            db.execute(f"{_LINE} UPDATE articles SET removed = ? WHERE id IN line AND removed IS NULL", (article_id, _now()))

    def restore(self, article_id: str) -> None:
        """Bring back what was removed with the article. Raises KeyError where it is not there any more."""
        with self._transaction() as db:
            if not db.execute("SELECT 1 FROM articles WHERE id = ?", (article_id,)).fetchone():
                raise KeyError(article_id)
            db.execute(f"{_LINE} UPDATE articles SET removed = NULL WHERE id IN line", (article_id,))

    def forget(self, article_id: str) -> None:
        """Delete an article and its earlier versions for good."""
        with self._transaction() as db:
            db.execute(f"{_LINE} DELETE FROM articles WHERE id IN line", (article_id,))

    def purge(self, before: datetime) -> int:
        """Delete for good what was removed before a time; how many articles that were."""
        with self._transaction() as db:
            return db.execute("DELETE FROM articles WHERE removed < ?", (before.astimezone(UTC).isoformat(),)).rowcount

    def replace_vectors(self, article: Article, vectors: Vectors, embedder: str) -> None:
        """For another embedder: the passages' vectors, all or nothing."""
        with self._transaction() as db:
            db.execute("DELETE FROM passages WHERE article_id = ?", (article.id,))
            _insert_passages(db, article.id, article.passages, vectors, embedder)

    def stale(self, embedder: str) -> dict[str, int]:
        """Ids of the articles that another embedder's vectors are kept of, and how many passages each has; removed ones, too."""
        fresh = "SELECT article_id FROM embedded WHERE embedder = ?"
        query = f"SELECT article_id, count(*) FROM passages WHERE article_id NOT IN ({fresh}) GROUP BY article_id"
        rows = self._rows(query, embedder)
        return {str(article_id): int(str(count)) for article_id, count in rows}

    def sample(self, embedder: str) -> tuple[str, Vectors] | None:
        """A passage and the vector that an embedder has made of it; None if there is none."""
        query = "SELECT article_id, position, vector FROM embedded JOIN passages USING (article_id) WHERE embedder = ?"
        for article_id, position, vector in self._rows(f"{query} LIMIT 1", embedder):
            article = self.get(str(article_id), removed=True)
            return article.slice(article.passages[int(str(position))]), _vector(vector)
        return None

    def distrust(self, embedder: str) -> None:
        """Have all vectors of an embedder made anew: another one goes by its name."""
        with self._transaction() as db:
            db.execute("DELETE FROM embedded WHERE embedder = ?", (embedder,))

    def _spans(self, table: Literal["sentences", "passages"], article_id: str) -> tuple[Span, ...]:
        rows = self._rows(f"SELECT start, end FROM {table} WHERE article_id = ? ORDER BY position", article_id)
        return tuple(Span(int(str(start)), int(str(end))) for start, end in rows)

    def vectors(self, article_id: str) -> Vectors:
        """Shape `(passages, dimensions)`."""
        rows = self._rows("SELECT vector FROM passages WHERE article_id = ? ORDER BY position", article_id)
        return np.array([_vector(row[0]) for row in rows], dtype=np.float32)

    def count_passages(self) -> int:
        """Of the articles that are kept."""
        kept = f"SELECT count(*) FROM passages JOIN articles ON articles.id = article_id WHERE {_KEPT}"
        return int(str(self._rows(kept)[0][0]))

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _vector(kept: object) -> Vectors:
    return np.frombuffer(cast(bytes, kept), dtype="<f4").astype(np.float32)


def _keep(db: sqlite3.Connection, article: Article, vectors: Vectors, embedder: str, added: str = "") -> None:
    if len(vectors) != len(article.passages):
        raise ValueError(f"{len(vectors)} vectors for {len(article.passages)} passages")
    db.execute(f"DELETE FROM articles WHERE id = ? AND NOT ({_KEPT})", (article.id,))
    if _insert_facts(db, article, added or _now()):
        _insert_spans(db, article)
        _insert_passages(db, article.id, article.passages, vectors, embedder)


def _insert_facts(db: sqlite3.Connection, article: Article, added: str) -> bool:
    """Whether the article was not there yet."""
    title, renamed = (article.title, None) if article.loaded_as is None else (article.loaded_as, article.title)
    facts = title, article.author, article.date, article.source, article.language
    spans = json.dumps(article.blocks), json.dumps(article.pages)
    text = article.text.encode("utf-8", "surrogatepass")
    values = article.id, text, *facts, *spans, renamed, article.retrieved, added, article.words, len(article.text)
    columns = f"id, text, {_FACTS}, added, words, characters"
    marks = ", ".join("?" * len(values))
    return db.execute(f"INSERT OR IGNORE INTO articles ({columns}) VALUES ({marks})", values).rowcount > 0


def _insert_spans(db: sqlite3.Connection, article: Article) -> None:
    rows = ((article.id, i, span.start, span.end) for i, span in enumerate(article.sentences))
    db.executemany("INSERT INTO sentences VALUES (?, ?, ?, ?)", rows)


def _insert_passages(db: sqlite3.Connection, article_id: str, spans: Sequence[Span], vectors: Vectors, embedder: str) -> None:
    rows = (
        (article_id, i, s.start, s.end, v.astype("<f4").tobytes()) for i, (s, v) in enumerate(zip(spans, vectors, strict=True))
    )
    db.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", rows)
    db.execute("INSERT OR REPLACE INTO embedded VALUES (?, ?)", (article_id, embedder))
