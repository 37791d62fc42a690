"""SQLite: the truth. Articles, their passages and the passages' vectors; whatever else exists is derived from it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Literal, cast

import numpy as np

from .article import Article, Block, Span
from .embedding import Vectors
from .errors import DataError

__all__ = ["Store"]

VERSION = 2  # 1 kept no pages
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS articles (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, date TEXT NOT NULL, source TEXT NOT NULL, language TEXT NOT NULL,
    text BLOB NOT NULL, blocks TEXT NOT NULL, added TEXT NOT NULL, pages TEXT NOT NULL DEFAULT '[]');
CREATE TABLE IF NOT EXISTS sentences (
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    position INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, PRIMARY KEY (article_id, position))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passages (
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    position INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (article_id, position));
"""


class Store:
    """The file `articles.sqlite` in a data folder. Safe to share between threads; every write is one transaction."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "articles.sqlite"
        self._lock = RLock()
        try:
            self._db = sqlite3.connect(self.path, check_same_thread=False, isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=5000"):
                self._db.execute(f"PRAGMA {pragma}")
            self._db.executescript(SCHEMA)
        except sqlite3.Error as error:
            raise DataError(f"The data folder {folder} cannot be used ({error}). Choose another with --data.") from error
        self._check_version()

    def _check_version(self) -> None:
        version = self.meta("version")
        if version is None:
            self.set_meta("version", str(VERSION))
        elif int(version) > VERSION:
            raise DataError(f"{self.path} was written by a newer version of this program. Upgrade, or choose another --data.")
        elif int(version) == 1:
            with self._transaction() as db:
                db.execute("ALTER TABLE articles ADD COLUMN pages TEXT NOT NULL DEFAULT '[]'")
                db.execute("UPDATE meta SET value = ? WHERE key = 'version'", (str(VERSION),))

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

    def ids(self) -> list[str]:
        """Article ids, oldest first."""
        return [str(row[0]) for row in self._rows("SELECT id FROM articles ORDER BY added, rowid")]

    def has(self, article_id: str) -> bool:
        return bool(self._rows("SELECT 1 FROM articles WHERE id = ?", article_id))

    def get(self, article_id: str) -> Article:
        """Raises KeyError for an id that is not there."""
        rows = self._rows("SELECT text, title, date, source, language, blocks, pages FROM articles WHERE id = ?", article_id)
        if not rows:
            raise KeyError(article_id)
        text, title, date, source, language, blocks, pages = rows[0]
        assert isinstance(text, bytes)
        parts = tuple(Block(*block) for block in json.loads(str(blocks)))
        spans = self._spans("sentences", article_id), self._spans("passages", article_id)
        facts = text.decode("utf-8", "surrogatepass"), str(title), str(date), str(source), str(language)
        return Article(*facts, parts, *spans, tuple(Span(*page) for page in json.loads(str(pages))))

    def add(self, article: Article, vectors: Vectors) -> None:
        """Keep an article with one vector a passage, all or nothing. Adding it again changes nothing."""
        if len(vectors) != len(article.passages):
            raise ValueError(f"{len(vectors)} vectors for {len(article.passages)} passages")
        added = datetime.now(UTC).isoformat()
        text = article.text.encode("utf-8", "surrogatepass")
        facts = (article.title, article.date, article.source, article.language, text)
        derived = json.dumps(article.blocks), added, json.dumps(article.pages)
        with self._transaction() as db:
            if db.execute(
                "INSERT OR IGNORE INTO articles VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (article.id, *facts, *derived)
            ).rowcount:
                _insert_spans(db, article)
                _insert_passages(db, article.id, article.passages, vectors)

    def remove(self, article_id: str) -> None:
        with self._transaction() as db:
            db.execute("DELETE FROM articles WHERE id = ?", (article_id,))

    def replace_vectors(self, article: Article, vectors: Vectors) -> None:
        """For another embedder: the passages' vectors, all or nothing."""
        with self._transaction() as db:
            db.execute("DELETE FROM passages WHERE article_id = ?", (article.id,))
            _insert_passages(db, article.id, article.passages, vectors)

    def _spans(self, table: Literal["sentences", "passages"], article_id: str) -> tuple[Span, ...]:
        rows = self._rows(f"SELECT start, end FROM {table} WHERE article_id = ? ORDER BY position", article_id)
        return tuple(Span(int(str(start)), int(str(end))) for start, end in rows)

    def vectors(self, article_id: str) -> Vectors:
        """Shape `(passages, dimensions)`."""
        rows = self._rows("SELECT vector FROM passages WHERE article_id = ? ORDER BY position", article_id)
        return np.array([np.frombuffer(cast(bytes, row[0]), dtype="<f4") for row in rows], dtype=np.float32)

    def count_passages(self) -> int:
        return int(str(self._rows("SELECT count(*) FROM passages")[0][0]))

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _insert_spans(db: sqlite3.Connection, article: Article) -> None:
    rows = ((article.id, i, span.start, span.end) for i, span in enumerate(article.sentences))
    db.executemany("INSERT INTO sentences VALUES (?, ?, ?, ?)", rows)


def _insert_passages(db: sqlite3.Connection, article_id: str, spans: Sequence[Span], vectors: Vectors) -> None:
    rows = (
        (article_id, i, s.start, s.end, v.astype("<f4").tobytes()) for i, (s, v) in enumerate(zip(spans, vectors, strict=True))
    )
    db.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", rows)
