"""The tables of `articles.sqlite`, and how a file of an earlier version becomes one of this version."""

from __future__ import annotations

import sqlite3

__all__ = ["VERSION", "create", "migrate"]

# 1 kept no pages; 2 no titles that a person gave, nothing removed that could come back, one version of a text; 3 one embedder for
# all articles; 4 no authors.
VERSION = 5
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS articles (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, date TEXT NOT NULL, source TEXT NOT NULL, language TEXT NOT NULL,
    text BLOB NOT NULL, blocks TEXT NOT NULL, added TEXT NOT NULL, pages TEXT NOT NULL DEFAULT '[]',
    renamed TEXT, retrieved TEXT NOT NULL DEFAULT '', removed TEXT, newer TEXT,
    words INTEGER NOT NULL DEFAULT 0, characters INTEGER NOT NULL DEFAULT 0, author TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS sentences (
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    position INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, PRIMARY KEY (article_id, position))
    WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passages (
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    position INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL, vector BLOB NOT NULL,
    PRIMARY KEY (article_id, position));
CREATE TABLE IF NOT EXISTS embedded (
    article_id TEXT PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE, embedder TEXT NOT NULL) WITHOUT ROWID;
"""
_PAGES = ("pages TEXT NOT NULL DEFAULT '[]'",)
_CARE = (
    *("renamed TEXT", "retrieved TEXT NOT NULL DEFAULT ''", "removed TEXT", "newer TEXT"),
    *("words INTEGER NOT NULL DEFAULT 0", "characters INTEGER NOT NULL DEFAULT 0"),
)
_AUTHOR = ("author TEXT NOT NULL DEFAULT ''",)


def create(db: sqlite3.Connection) -> None:
    """The tables, where there are none yet."""
    db.executescript(_TABLES)


def migrate(db: sqlite3.Connection, version: int) -> None:
    """Give a file of an earlier version what this one has; to be called inside a transaction."""
    for column in (*(_PAGES if version < 2 else ()), *(_CARE if version < 3 else ()), *(_AUTHOR if version < 5 else ())):
        db.execute(f"ALTER TABLE articles ADD COLUMN {column}")
    if version < 3:
        _count(db)
    if version < 4:
        db.execute("INSERT INTO embedded SELECT articles.id, value FROM articles JOIN meta ON key = 'embedder'")
        db.execute("DELETE FROM meta WHERE key = 'embedder'")
    db.execute("UPDATE meta SET value = ? WHERE key = 'version'", (str(VERSION),))


def _count(db: sqlite3.Connection) -> None:
    """Sizes are kept, not counted at each listing, which would read every text."""
    for (article_id,) in db.execute("SELECT id FROM articles").fetchall():
        (text,) = db.execute("SELECT text FROM articles WHERE id = ?", (article_id,)).fetchone()
        text = text.decode("utf-8", "surrogatepass")
        sizes = len(text.split()), len(text)
        db.execute("UPDATE articles SET words = ?, characters = ? WHERE id = ?", (*sizes, article_id))
