"""Store articles, passages and vectors in SQLite. Everything else is derived from this file."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Literal

import numpy as np

from index.embedders.base import Vectors
from index.errors import DataError
from index.storage.article_records import clean_tags
from index.storage.keywords import KeywordHit
from index.storage.rows import (
    ARTICLE_COLUMNS,
    decode_article,
    decode_vector,
    encode_text,
    utc_now,
)
from index.storage.sqlite.database import SqliteDatabase
from index.storage.sqlite.keywords import (
    insert_keywords,
    make_visible,
    search_keywords,
    select_languages,
)
from index.storage.sqlite.records import (
    LAST_OPENED_COLUMN,
    TAGS_COLUMN,
    inherit_records,
    parse_tags,
    record_opened,
    write_questions,
    write_tags,
)
from index.storage.sqlite.rows import IS_CURRENT, insert_article, insert_passages
from index.storage.store import ArticleStore, ArticleSummary
from index.text.article import Article
from index.text.spans import Span

__all__ = ["SqliteStore"]

# Selects an article and its earlier versions as `line(id)`.
_WITH_VERSIONS = """WITH RECURSIVE line(id) AS
    (VALUES (?) UNION SELECT articles.id FROM articles JOIN line ON articles.newer = line.id)"""


class SqliteStore(ArticleStore):
    """The file `articles.sqlite` in a data folder, which one process at a time changes.

    Args:
        folder: the data folder.

    Raises:
        DataError: the file cannot be used, or was written by a newer version.
    """

    def __init__(self, folder: Path) -> None:
        self._database = SqliteDatabase(folder)
        self._transaction = self._database.transaction
        self._rows = self._database.rows
        self.path = self._database.path

    def check(self) -> None:
        self._database.check_file()
        self._rows("SELECT id FROM articles LIMIT 1")

    def get_meta(self, key: str) -> str | None:
        rows = self._rows("SELECT value FROM meta WHERE key = ?", key)
        return str(rows[0][0]) if rows else None

    def set_meta(self, key: str, value: str) -> None:
        with self._transaction() as db:
            db.execute(
                "INSERT INTO meta VALUES (?, ?) "
                "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                (key, value),
            )

    def ids(self, *, every: bool = False) -> list[str]:
        where = "TRUE" if every else IS_CURRENT
        return [
            str(row[0])
            for row in self._rows(f"SELECT id FROM articles WHERE {where} ORDER BY added, rowid")
        ]

    def list_newer(self) -> dict[str, str]:
        query = "SELECT id, newer FROM articles WHERE newer IS NOT NULL ORDER BY added, rowid"
        return {str(row[0]): str(row[1]) for row in self._rows(query)}

    def listed(self, *, removed: bool = False) -> list[ArticleSummary]:
        return self._select_summaries(
            "removed IS NOT NULL AND newer IS NULL" if removed else IS_CURRENT
        )

    def summary(self, article_id: str) -> ArticleSummary:
        summaries = self._select_summaries("id = ? AND removed IS NULL", article_id)
        if not summaries:
            raise KeyError(article_id)
        return summaries[0]

    def _select_summaries(self, where: str, *values: object) -> list[ArticleSummary]:
        columns = (
            "id, coalesce(renamed, title), author, date, source, language, words, characters, "
            f"added, retrieved, coalesce(removed, ''), {LAST_OPENED_COLUMN}, owner, {TAGS_COLUMN}"
        )
        rows = self._rows(
            f"SELECT {columns} FROM articles WHERE {where} ORDER BY added, rowid", *values
        )
        return [
            replace(ArticleSummary(*metadata), owner=str(owner), tags=parse_tags(str(tags)))  # type: ignore[arg-type]
            for *metadata, owner, tags in rows
        ]

    def owner_of(self, article_id: str) -> str | None:
        # From indexes alone: the row has the text before the owner.
        private = "articles INDEXED BY private_articles WHERE id = ?1 AND owner <> ''"
        query = f"SELECT coalesce((SELECT owner FROM {private}), '') FROM articles WHERE id = ?1"
        rows = self._rows(query, article_id)
        return str(rows[0][0]) if rows else None

    def list_private(self) -> dict[str, str]:
        query = "SELECT id, owner FROM articles WHERE owner <> ''"
        return {str(row[0]): str(row[1]) for row in self._rows(query)}

    def has(self, article_id: str) -> bool:
        return bool(self._rows(f"SELECT 1 FROM articles WHERE id = ? AND {IS_CURRENT}", article_id))

    def ids_containing(self, text: str) -> list[str]:
        query = (
            f"SELECT id FROM articles WHERE {IS_CURRENT} AND instr(text, ?) ORDER BY added, rowid"
        )
        return [str(row[0]) for row in self._rows(query, encode_text(text))]

    def get(self, article_id: str, *, removed: bool = False) -> Article:
        where = "TRUE" if removed else "removed IS NULL"
        columns = ", ".join(ARTICLE_COLUMNS)
        rows = self._rows(f"SELECT {columns} FROM articles WHERE id = ? AND {where}", article_id)
        if not rows:
            raise KeyError(article_id)
        spans = self._spans("sentences", article_id), self._spans("passages", article_id)
        article = decode_article(rows[0], *spans)
        if article.id != article_id:  # the id is a hash of the text
            raise DataError(
                f"{self.path} is damaged: the text of the article {article_id} was altered. "
                "Restore a copy of the file."
            )
        return article

    def add(
        self,
        article: Article,
        vectors: Vectors,
        embedder: str,
        *,
        added: str = "",
        tags: Iterable[str] = (),
    ) -> None:
        cleaned = clean_tags(tags)
        with self._transaction() as db:
            insert_article(db, article, vectors, embedder, added)
            if cleaned:
                write_tags(db, article.id, cleaned)
        self._database.mark_used()

    def add_batch(self, batch: Sequence[tuple[Article, Vectors]], embedder: str) -> None:
        with self._transaction() as db:
            for article, vectors in batch:
                insert_article(db, article, vectors, embedder)
        self._database.mark_used()

    def replace(self, article_id: str, newer: Article, vectors: Vectors, embedder: str) -> None:
        with self._transaction() as db:
            insert_article(db, newer, vectors, embedder)
            (renamed,) = db.execute(
                "SELECT renamed FROM articles WHERE id = ?", (article_id,)
            ).fetchone()
            db.execute(
                "UPDATE articles SET renamed = coalesce(renamed, ?) WHERE id = ?",
                (renamed, newer.id),
            )
            db.execute("UPDATE articles SET newer = ? WHERE id = ?", (newer.id, article_id))
            inherit_records(db, article_id, newer.id)

    def rename(self, article_id: str, title: str) -> Article:
        with self._transaction() as db:
            article = self.get(article_id).renamed(title)
            renamed = None if article.loaded_as is None else article.title
            db.execute("UPDATE articles SET renamed = ? WHERE id = ?", (renamed, article_id))
        return article

    def set_retrieved(self, article_id: str, retrieved: str, author: str = "") -> None:
        with self._transaction() as db:
            assignments = "retrieved = ?, author = coalesce(nullif(?, ''), author)"
            db.execute(
                f"UPDATE articles SET {assignments} WHERE id = ?", (retrieved, author, article_id)
            )

    def remove(self, article_id: str) -> None:
        with self._transaction() as db:
            db.execute(
                f"{_WITH_VERSIONS} UPDATE articles SET removed = ? "
                "WHERE id IN line AND removed IS NULL",
                (article_id, utc_now()),
            )

    def restore(self, article_id: str) -> None:
        with self._transaction() as db:
            if not db.execute("SELECT 1 FROM articles WHERE id = ?", (article_id,)).fetchone():
                raise KeyError(article_id)
            db.execute(
                f"{_WITH_VERSIONS} UPDATE articles SET removed = NULL WHERE id IN line",
                (article_id,),
            )
            db.execute(
                "INSERT OR IGNORE INTO unindexed "
                f"SELECT id FROM articles WHERE id = ? AND {IS_CURRENT}",
                (article_id,),
            )
            if self.has(article_id):
                insert_keywords(db, self.get(article_id))

    def delete(self, article_id: str) -> None:
        with self._transaction() as db:
            db.execute(f"{_WITH_VERSIONS} DELETE FROM articles WHERE id IN line", (article_id,))

    def purge(self, before: datetime) -> int:
        with self._transaction() as db:
            return db.execute(
                "DELETE FROM articles WHERE removed < ?", (before.astimezone(UTC).isoformat(),)
            ).rowcount

    def replace_vectors(self, article: Article, vectors: Vectors, embedder: str) -> None:
        with self._transaction() as db:
            db.execute("DELETE FROM passages WHERE article_id = ?", (article.id,))
            insert_passages(db, article.id, article.passages, vectors, embedder)

    def count_stale_passages(self, embedder: str) -> dict[str, int]:
        current = "SELECT article_id FROM embedded WHERE embedder = ?"
        query = (
            "SELECT article_id, count(*) FROM passages "
            f"WHERE article_id NOT IN ({current}) GROUP BY article_id"
        )
        rows = self._rows(query, embedder)
        return {str(article_id): int(str(count)) for article_id, count in rows}

    def sample_vector(self, embedder: str) -> tuple[str, Vectors] | None:
        query = (
            "SELECT article_id, position, vector FROM embedded JOIN passages USING (article_id) "
            "WHERE embedder = ? LIMIT 1"
        )
        for article_id, position, vector in self._rows(query, embedder):
            article = self.get(str(article_id), removed=True)
            text = article.structure.search_text(article.passages[int(str(position))])
            return text, decode_vector(vector)
        return None

    def invalidate_vectors(self, embedder: str) -> None:
        with self._transaction() as db:
            db.execute("DELETE FROM embedded WHERE embedder = ?", (embedder,))

    def unindexed_ids(self) -> list[str]:
        query = (
            "SELECT article_id FROM unindexed JOIN articles ON id = article_id "
            f"WHERE {IS_CURRENT} ORDER BY added, articles.rowid"
        )
        return [str(row[0]) for row in self._rows(query)]

    def has_indexed(self) -> bool:
        unindexed = "SELECT article_id FROM unindexed"
        query = f"SELECT 1 FROM articles WHERE {IS_CURRENT} AND id NOT IN ({unindexed}) LIMIT 1"
        return bool(self._rows(query))

    def set_indexed(self, article_ids: Iterable[str]) -> None:
        with self._transaction() as db:
            db.executemany(
                "DELETE FROM unindexed WHERE article_id = ?", ((key,) for key in article_ids)
            )

    def set_tags(self, article_id: str, tags: Iterable[str]) -> list[str]:
        cleaned = clean_tags(tags)
        with self._transaction() as db:
            if not self.has(article_id):
                raise KeyError(article_id)
            write_tags(db, article_id, cleaned)
        return cleaned

    def written_questions(self, article_id: str) -> list[str] | None:
        query = "SELECT questions FROM written_questions WHERE article_id = ?"
        rows = self._rows(query, article_id)
        return list(json.loads(str(rows[0][0]))) if rows else None

    def set_written_questions(self, article_id: str, questions: Sequence[str]) -> None:
        with self._transaction() as db:
            write_questions(db, article_id, questions)

    def record_opened(self, article_ids: Sequence[str], time: str = "") -> None:
        with self._transaction() as db:
            record_opened(db, article_ids, time or utc_now())

    def search_keywords(
        self,
        question: str,
        count: int,
        article_ids: Collection[str] | None = None,
        *,
        every_word: bool = False,
        viewer: str | None = None,
    ) -> list[KeywordHit]:
        search = partial(
            search_keywords,
            question=question,
            count=count,
            article_ids=article_ids,
            every_word=every_word,
            viewer=viewer,
        )
        return self._database.search_keywords(search, self._insert_all_keywords)

    def _insert_all_keywords(self, db: sqlite3.Connection) -> None:
        for article_id in self.ids():
            insert_keywords(db, self.get(article_id))

    def has_more_passages(
        self, limit: int, article_ids: Sequence[str] | None = None, *, viewer: str | None = None
    ) -> bool:
        passages = "SELECT 1 FROM passages JOIN articles ON articles.id = article_id"
        if article_ids is None:
            visible = "TRUE" if viewer is None else make_visible("articles.id")
            query = f"SELECT count(*) FROM ({passages} WHERE {IS_CURRENT} AND {visible} LIMIT ?)"
            values = (limit + 1,) if viewer is None else (viewer, limit + 1)
            return int(str(self._rows(query, *values)[0][0])) > limit
        total = 0
        for article_id in article_ids:
            query = "SELECT count(*) FROM passages WHERE article_id = ?"
            total += int(str(self._rows(query, article_id)[0][0]))
            if total > limit:
                return True
        return False

    def languages(self, *, viewer: str | None = None) -> set[str]:
        return self._database.read(partial(select_languages, viewer=viewer))

    def _spans(self, table: Literal["sentences", "passages"], article_id: str) -> tuple[Span, ...]:
        rows = self._rows(
            f"SELECT start, end FROM {table} WHERE article_id = ? ORDER BY position", article_id
        )
        return tuple(Span(int(str(start)), int(str(end))) for start, end in rows)

    def vectors(self, article_id: str) -> Vectors:
        rows = self._rows(
            "SELECT vector FROM passages WHERE article_id = ? ORDER BY position", article_id
        )
        return np.array([decode_vector(row[0]) for row in rows], dtype=np.float32)

    def passage_vectors(self, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Vectors]:
        if not places:
            return {}
        values = ", ".join(["(?, ?)"] * len(places))
        # A join in this order looks each passage up. For `IN (VALUES …)`, SQLite reads all of them.
        rows = self._rows(
            f"WITH places(article_id, position) AS (VALUES {values}) "
            "SELECT article_id, position, vector FROM places "
            "CROSS JOIN passages USING (article_id, position)",
            *chain.from_iterable(places),
        )
        return {(str(row[0]), int(str(row[1]))): decode_vector(row[2]) for row in rows}

    def count_passages(self) -> int:
        query = (
            "SELECT count(*) FROM passages JOIN articles ON articles.id = article_id "
            f"WHERE {IS_CURRENT}"
        )
        return int(str(self._rows(query)[0][0]))

    def count_changes(self) -> int:
        # Another process may remove a user with the private articles.
        return int(str(self._rows("PRAGMA data_version")[0][0]))

    def follow_changes(self, remove: Callable[[str], None], add: Callable[[str], None]) -> None:
        pass  # this process makes all changes

    def close(self) -> None:
        self._database.close()
