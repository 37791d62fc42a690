"""Store tags of articles, when they were opened, and questions about them, in SQLite."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from index.storage.article_records import sort_tags

__all__ = [
    "LAST_OPENED_COLUMN",
    "RECORD_TABLES",
    "TAGS_COLUMN",
    "inherit_records",
    "parse_tags",
    "record_opened",
    "write_questions",
    "write_tags",
]

RECORD_TABLES = """
CREATE TABLE IF NOT EXISTS tags (
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE, tag TEXT NOT NULL,
    PRIMARY KEY (article_id, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS opened (
    article_id TEXT PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    time TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS written_questions (
    article_id TEXT PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    questions TEXT NOT NULL) WITHOUT ROWID;
"""
# Of a row of `articles`: its tags as a JSON list, and when it was last opened.
TAGS_COLUMN = "(SELECT json_group_array(tag) FROM tags WHERE article_id = articles.id)"
LAST_OPENED_COLUMN = "coalesce((SELECT time FROM opened WHERE article_id = articles.id), '')"


def parse_tags(column: str) -> tuple[str, ...]:
    """Return the tags that `TAGS_COLUMN` selected, in alphabetical order."""
    return sort_tags(json.loads(column))


def write_tags(db: sqlite3.Connection, article_id: str, tags: Iterable[str]) -> None:
    """Replace the tags of an article by these, which are clean."""
    db.execute("DELETE FROM tags WHERE article_id = ?", (article_id,))
    db.executemany("INSERT INTO tags VALUES (?, ?)", ((article_id, tag) for tag in tags))


def write_questions(db: sqlite3.Connection, article_id: str, questions: Sequence[str]) -> None:
    """Store the questions that were written for an article, unless it was deleted."""
    db.execute(
        "INSERT OR REPLACE INTO written_questions SELECT id, ? FROM articles WHERE id = ?",
        (json.dumps(questions), article_id),
    )


def record_opened(db: sqlite3.Connection, article_ids: Sequence[str], time: str) -> None:
    """Record when articles were opened. Those that are not stored are left out."""
    db.executemany(
        "INSERT OR REPLACE INTO opened SELECT id, ? FROM articles WHERE id = ?",
        ((time, article_id) for article_id in article_ids),
    )


def inherit_records(db: sqlite3.Connection, older: str, newer: str) -> None:
    """Give the newer version of an article what its older version has."""
    for table, column in (("tags", "tag"), ("opened", "time")):
        db.execute(
            f"INSERT OR IGNORE INTO {table} SELECT ?, {column} FROM {table} WHERE article_id = ?",
            (newer, older),
        )
