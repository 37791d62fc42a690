"""Create the tables of `articles.sqlite` and migrate files of earlier versions."""

from __future__ import annotations

import sqlite3

__all__ = ["SCHEMA_VERSION", "create_indexes", "create_tables", "migrate"]

# Version 2 added pages. Version 3 added renamed titles, restorable removal and several versions of
# an article. Version 4 stores the embedder of each article. Version 5 added authors. Version 6 has
# blocks with numbers, groups and cells; blocks of earlier versions have none. Version 7 has
# stems for search by keywords, and records which articles the vector index lacks. Version 8 added
# owners.
SCHEMA_VERSION = 8
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS articles (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, date TEXT NOT NULL, source TEXT NOT NULL,
    language TEXT NOT NULL, text BLOB NOT NULL, blocks TEXT NOT NULL, added TEXT NOT NULL,
    pages TEXT NOT NULL DEFAULT '[]', renamed TEXT, retrieved TEXT NOT NULL DEFAULT '',
    removed TEXT, newer TEXT, words INTEGER NOT NULL DEFAULT 0,
    characters INTEGER NOT NULL DEFAULT 0, author TEXT NOT NULL DEFAULT '',
    owner TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS sentences (
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    position INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    PRIMARY KEY (article_id, position)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passages (
    article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    position INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (article_id, position));
CREATE TABLE IF NOT EXISTS embedded (
    article_id TEXT PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE,
    embedder TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS unindexed (
    article_id TEXT PRIMARY KEY REFERENCES articles(id) ON DELETE CASCADE) WITHOUT ROWID;
"""
# Finds out whether an article is another user's without reading its row, which has the text.
_INDEXES = (
    "CREATE INDEX IF NOT EXISTS private_articles ON articles (id, owner) WHERE owner <> ''",
)
_COLUMNS_OF_VERSION_2 = ("pages TEXT NOT NULL DEFAULT '[]'",)
_COLUMNS_OF_VERSION_3 = (
    *("renamed TEXT", "retrieved TEXT NOT NULL DEFAULT ''", "removed TEXT", "newer TEXT"),
    *("words INTEGER NOT NULL DEFAULT 0", "characters INTEGER NOT NULL DEFAULT 0"),
)
_COLUMNS_OF_VERSION_5 = ("author TEXT NOT NULL DEFAULT ''",)
_COLUMNS_OF_VERSION_8 = ("owner TEXT NOT NULL DEFAULT ''",)


def create_tables(db: sqlite3.Connection) -> None:
    """Create the tables that do not exist yet."""
    db.executescript(_TABLES)


def create_indexes(db: sqlite3.Connection) -> None:
    """Create the indexes that do not exist yet. The tables must be of `SCHEMA_VERSION`."""
    for statement in _INDEXES:
        db.execute(statement)


def migrate(db: sqlite3.Connection, version: int) -> None:
    """Migrate a file of an earlier version to `SCHEMA_VERSION`. Call it inside a transaction.

    Args:
        db: the open database.
        version: the version of the file.
    """
    for column in (
        *(_COLUMNS_OF_VERSION_2 if version < 2 else ()),
        *(_COLUMNS_OF_VERSION_3 if version < 3 else ()),
        *(_COLUMNS_OF_VERSION_5 if version < 5 else ()),
        *(_COLUMNS_OF_VERSION_8 if version < 8 else ()),
    ):
        db.execute(f"ALTER TABLE articles ADD COLUMN {column}")
    if version < 3:
        _store_sizes(db)
    if version < 4:
        db.execute(
            "INSERT INTO embedded "
            "SELECT articles.id, value FROM articles JOIN meta ON key = 'embedder'"
        )
        db.execute("DELETE FROM meta WHERE key = 'embedder'")
    if version < 6:  # passages below headings are now embedded with them
        db.execute(
            "DELETE FROM embedded WHERE article_id IN "
            "(SELECT id FROM articles WHERE blocks LIKE '%\"heading\"%')"
        )
    db.execute("UPDATE meta SET value = ? WHERE key = 'version'", (str(SCHEMA_VERSION),))


def _store_sizes(db: sqlite3.Connection) -> None:
    """Store the size of each text.

    Counting at each listing would read every text.
    """
    for (article_id,) in db.execute("SELECT id FROM articles").fetchall():
        (text,) = db.execute("SELECT text FROM articles WHERE id = ?", (article_id,)).fetchone()
        text = text.decode("utf-8", "surrogatepass")
        sizes = len(text.split()), len(text)
        db.execute(
            "UPDATE articles SET words = ?, characters = ? WHERE id = ?", (*sizes, article_id)
        )
