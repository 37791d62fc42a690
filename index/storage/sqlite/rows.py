"""Write articles, passages and vectors as rows of the tables in `schema.py`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from index.embedders.base import Vectors
from index.storage.rows import check_vectors, encode_article, encode_vector
from index.storage.sqlite.keywords import insert_keywords
from index.text.article import Article
from index.text.spans import Span

__all__ = ["IS_CURRENT", "insert_article", "insert_passages"]

IS_CURRENT = "removed IS NULL AND newer IS NULL"


def insert_article(
    db: sqlite3.Connection, article: Article, vectors: Vectors, embedder: str, added: str = ""
) -> None:
    """Insert an article with one vector per passage, unless it is stored already.

    Raises:
        ValueError: the number of vectors is not the number of passages.
    """
    check_vectors(article, vectors)
    db.execute(f"DELETE FROM articles WHERE id = ? AND NOT ({IS_CURRENT})", (article.id,))
    if _insert_metadata(db, article, added):
        _insert_spans(db, article)
        insert_passages(db, article.id, article.passages, vectors, embedder)
        insert_keywords(db, article)
        db.execute("INSERT INTO unindexed VALUES (?)", (article.id,))


def _insert_metadata(db: sqlite3.Connection, article: Article, added: str) -> bool:
    """Insert the row of an article. Return whether it was not there yet."""
    row = encode_article(article, added)
    query = (
        f"INSERT OR IGNORE INTO articles ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"
    )
    return db.execute(query, tuple(row.values())).rowcount > 0


def _insert_spans(db: sqlite3.Connection, article: Article) -> None:
    rows = ((article.id, i, span.start, span.end) for i, span in enumerate(article.sentences))
    db.executemany("INSERT INTO sentences VALUES (?, ?, ?, ?)", rows)


def insert_passages(
    db: sqlite3.Connection, article_id: str, spans: Sequence[Span], vectors: Vectors, embedder: str
) -> None:
    """Insert the passages of an article with their vectors and the embedder that made them."""
    rows = (
        (article_id, i, s.start, s.end, encode_vector(v))
        for i, (s, v) in enumerate(zip(spans, vectors, strict=True))
    )
    db.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", rows)
    db.execute("INSERT OR REPLACE INTO embedded VALUES (?, ?)", (article_id, embedder))
