"""Index the stems of passages with SQLite FTS5, in the transaction that stores the article.

The stems are computed here, not by FTS5, so that a library and a single article are searched by the
same words. Triggers keep the full-text index in step with the table of stems, and remove articles
that are removed or replaced. The table is built from the articles when it is first searched, if an
earlier version of the program wrote the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Sequence
from itertools import chain

from index.storage.keywords import (
    KEYWORDS_VERSION,
    MAX_MATCHES,
    KeywordHit,
    choose_rare_stems,
    stem_passages,
    stem_question,
)
from index.text.article import Article

__all__ = [
    "KEYWORD_TABLES",
    "clear_keywords",
    "insert_keywords",
    "is_index_error",
    "is_keywords_current",
    "make_visible",
    "mark_keywords_current",
    "search_keywords",
    "select_languages",
]

# The tokenizer takes what `stem_texts` returns as it is: ASCII letters, digits and underscores, and
# all other characters that are not ASCII.
KEYWORD_TABLES = """
CREATE TABLE IF NOT EXISTS stems (
    id INTEGER PRIMARY KEY, article_id TEXT NOT NULL REFERENCES articles(id) ON DELETE CASCADE,
    position INTEGER NOT NULL, stems TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS stems_of_article ON stems (article_id);
CREATE INDEX IF NOT EXISTS articles_by_language ON articles (language);
CREATE VIRTUAL TABLE IF NOT EXISTS keywords USING fts5(
    stems, content = 'stems', content_rowid = 'id', tokenize = "ascii tokenchars '_'");
CREATE VIRTUAL TABLE IF NOT EXISTS keyword_counts USING fts5vocab(keywords, row);
CREATE TRIGGER IF NOT EXISTS stems_inserted AFTER INSERT ON stems BEGIN
    INSERT INTO keywords (rowid, stems) VALUES (new.id, new.stems); END;
CREATE TRIGGER IF NOT EXISTS stems_deleted AFTER DELETE ON stems BEGIN
    INSERT INTO keywords (keywords, rowid, stems) VALUES ('delete', old.id, old.stems); END;
CREATE TRIGGER IF NOT EXISTS article_hidden AFTER UPDATE OF removed, newer ON articles
    WHEN new.removed IS NOT NULL OR new.newer IS NOT NULL BEGIN
    DELETE FROM stems WHERE article_id = new.id; END;
"""
_DISTINCT_LANGUAGES = """WITH RECURSIVE found(language) AS (
    SELECT min(language) FROM articles UNION ALL
    SELECT (SELECT min(language) FROM articles WHERE articles.language > found.language)
    FROM found WHERE found.language IS NOT NULL)
SELECT language FROM found WHERE language IS NOT NULL"""


def insert_keywords(db: sqlite3.Connection, article: Article) -> None:
    """Index the passages of an article of the library."""
    db.executemany(
        "INSERT INTO stems (article_id, position, stems) VALUES (?, ?, ?)",
        (
            (article.id, position, " ".join(stems))
            for position, stems in enumerate(stem_passages(article))
        ),
    )


def is_keywords_current(db: sqlite3.Connection) -> bool:
    """Return whether all articles are indexed by the present stems."""
    row = db.execute("SELECT value FROM meta WHERE key = 'keywords'").fetchone()
    return bool(row == (KEYWORDS_VERSION,))


def mark_keywords_current(db: sqlite3.Connection) -> None:
    """Record that all articles are indexed."""
    db.execute("INSERT OR REPLACE INTO meta VALUES ('keywords', ?)", (KEYWORDS_VERSION,))


def clear_keywords(db: sqlite3.Connection) -> None:
    """Remove all passages from the index, also if it is damaged."""
    db.execute("DROP TRIGGER IF EXISTS stems_deleted")
    db.execute("DELETE FROM stems")
    db.execute("DELETE FROM meta WHERE key = 'keywords'")
    # A damaged index cannot be dropped. The content of an empty one makes it whole.
    db.execute("CREATE VIRTUAL TABLE empty_keywords USING fts5(stems, content = 'stems')")
    for part in ("config", "data", "docsize", "idx"):
        db.execute(f"DELETE FROM keywords_{part}")
        db.execute(f"INSERT INTO keywords_{part} SELECT * FROM empty_keywords_{part}")
    for table in ("empty_keywords", "keyword_counts", "keywords"):
        db.execute(f"DROP TABLE {table}")
    for statement in _split_statements(KEYWORD_TABLES):
        db.execute(statement)


def is_index_error(error: sqlite3.Error) -> bool:
    """Return whether an error can come from a damaged index."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code == sqlite3.SQLITE_CORRUPT or "vtable constructor" in str(error)


def _split_statements(script: str) -> Iterable[str]:
    """Yield the statements of a script. `executescript` would commit the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def make_visible(article_id: str) -> str:
    """Return the condition that an article is not private to another user than the parameter.

    Args:
        article_id: the column with its ID.
    """
    return (
        "NOT EXISTS (SELECT 1 FROM articles AS private INDEXED BY private_articles "
        f"WHERE private.id = {article_id} AND private.owner <> '' AND private.owner <> ?)"
    )


def select_languages(db: sqlite3.Connection, viewer: str | None = None) -> set[str]:
    """Return the languages of articles, as ISO 639-1 codes, without reading each article.

    Args:
        db: the open database.
        viewer: the user whose private articles count with the shared ones; None for all.
    """
    languages = {str(row[0]) for row in db.execute(_DISTINCT_LANGUAGES)}
    if viewer is None:
        return languages
    query = f"SELECT 1 FROM articles WHERE language = ? AND {make_visible('articles.id')} LIMIT 1"
    return {name for name in languages if db.execute(query, (name, viewer)).fetchone()}


def search_keywords(
    db: sqlite3.Connection,
    question: str,
    count: int,
    article_ids: Collection[str] | None,
    max_matches: int = MAX_MATCHES,
    *,
    every_word: bool = False,
    viewer: str | None = None,
) -> list[KeywordHit]:
    """Return the passages that share the rarest words with a question, best first.

    Args:
        db: the open database.
        question: any text.
        count: the maximum number of passages.
        article_ids: the articles to search; None for all.
        max_matches: the most passages that are ranked, unless one stem is in more.
        every_word: return only passages with all words. Of the last one, the beginning is enough.
        viewer: the user whose private articles are searched with the shared ones; None for all.
    """
    stems = stem_question(question, select_languages(db))
    match = _match_every_stem(stems) if every_word else _match_any_stem(db, stems, max_matches)
    if not match:
        return []
    selected = ""
    if article_ids is not None:
        _select_articles(db, article_ids)
        selected = "AND article_id IN (SELECT id FROM temp.selected)"
    visible = "" if viewer is None else f"AND {make_visible('stems.article_id')}"
    rows = db.execute(
        "SELECT article_id, position, -bm25(keywords) AS score "
        "FROM keywords CROSS JOIN stems ON stems.id = keywords.rowid "
        f"WHERE keywords MATCH ? {selected} {visible} "
        "ORDER BY bm25(keywords), stems.id LIMIT ?",
        (match, *(() if viewer is None else (viewer,)), count),
    )
    return [(str(article_id), int(position), float(score)) for article_id, position, score in rows]


def _match_any_stem(
    db: sqlite3.Connection, stems: Iterable[Sequence[str]], max_matches: int
) -> str:
    """Return the FTS5 expression for passages with one of the rarest stems, or an empty string."""
    counts = _count_passages(db, set(chain.from_iterable(stems)))
    return " OR ".join(f'"{stem}"' for stem in choose_rare_stems(counts, max_matches))


def _match_every_stem(stems: Iterable[Sequence[str]]) -> str:
    """Return the FTS5 expression for passages with all stems that the words have in a language."""
    groups = {" AND ".join(f'"{stem}"' for stem in group) + "*" for group in stems if group}
    return " OR ".join(f"({group})" for group in sorted(groups))


def _count_passages(db: sqlite3.Connection, stems: Iterable[str]) -> dict[str, int]:
    """Return the number of passages of each stem that is in any."""
    query = "SELECT doc FROM keyword_counts WHERE term = ?"
    return {
        stem: int(row[0])
        for stem in sorted(stems)
        if (row := db.execute(query, (stem,)).fetchone())
    }


def _select_articles(db: sqlite3.Connection, article_ids: Collection[str]) -> None:
    """Fill the temporary table `selected`."""
    db.execute("CREATE TEMP TABLE IF NOT EXISTS selected (id TEXT PRIMARY KEY) WITHOUT ROWID")
    db.execute("DELETE FROM temp.selected")
    db.executemany(
        "INSERT OR IGNORE INTO temp.selected VALUES (?)", ((key,) for key in article_ids)
    )
