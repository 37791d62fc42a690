"""Write articles, passages and vectors as rows of the tables in `schema.py`."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

import numpy as np

from index.embedders.base import Vectors
from index.storage.sqlite.keywords import insert_keywords
from index.text.article import Article
from index.text.spans import Block, Span

__all__ = [
    "IS_CURRENT",
    "METADATA_COLUMNS",
    "decode_article",
    "decode_vector",
    "insert_article",
    "insert_passages",
    "utc_now",
]

IS_CURRENT = "removed IS NULL AND newer IS NULL"
METADATA_COLUMNS = "title, author, date, source, language, blocks, pages, renamed, retrieved"


def utc_now() -> str:
    """Return the current time, ISO 8601, in UTC."""
    return datetime.now(UTC).isoformat()


def decode_vector(data: object) -> Vectors:
    """Return the vector of a row in `passages`."""
    return np.frombuffer(cast(bytes, data), dtype="<f4").astype(np.float32)


def decode_article(
    row: Sequence[object], sentences: tuple[Span, ...], passages: tuple[Span, ...]
) -> Article:
    """Return the article of a row of `text` and `METADATA_COLUMNS`, and of its spans."""
    text, title, author, date, source, language, blocks, pages, renamed, retrieved = row
    return Article(
        text=cast(bytes, text).decode("utf-8", "surrogatepass"),
        title=str(title if renamed is None else renamed),
        author=str(author),
        date=str(date),
        source=str(source),
        language=str(language),
        blocks=tuple(map(Block.from_values, json.loads(str(blocks)))),
        sentences=sentences,
        passages=passages,
        pages=tuple(Span(*page) for page in json.loads(str(pages))),
        loaded_as=None if renamed is None else str(title),
        retrieved=str(retrieved),
    )


def insert_article(
    db: sqlite3.Connection, article: Article, vectors: Vectors, embedder: str, added: str = ""
) -> None:
    """Insert an article with one vector per passage, unless it is stored already.

    Raises:
        ValueError: the number of vectors is not the number of passages.
    """
    if len(vectors) != len(article.passages):
        raise ValueError(f"{len(vectors)} vectors for {len(article.passages)} passages")
    db.execute(f"DELETE FROM articles WHERE id = ? AND NOT ({IS_CURRENT})", (article.id,))
    if _insert_metadata(db, article, added or utc_now()):
        _insert_spans(db, article)
        insert_passages(db, article.id, article.passages, vectors, embedder)
        insert_keywords(db, article)
        db.execute("INSERT INTO unindexed VALUES (?)", (article.id,))


def _insert_metadata(db: sqlite3.Connection, article: Article, added: str) -> bool:
    """Insert the row of an article. Return whether it was not there yet."""
    title, renamed = (
        (article.title, None) if article.loaded_as is None else (article.loaded_as, article.title)
    )
    metadata = title, article.author, article.date, article.source, article.language
    spans = json.dumps(article.blocks), json.dumps(article.pages)
    text = article.text.encode("utf-8", "surrogatepass")
    values = (
        article.id,
        text,
        *metadata,
        *spans,
        renamed,
        article.retrieved,
        added,
        article.words,
        len(article.text),
    )
    columns = f"id, text, {METADATA_COLUMNS}, added, words, characters"
    marks = ", ".join("?" * len(values))
    return (
        db.execute(f"INSERT OR IGNORE INTO articles ({columns}) VALUES ({marks})", values).rowcount
        > 0
    )


def _insert_spans(db: sqlite3.Connection, article: Article) -> None:
    rows = ((article.id, i, span.start, span.end) for i, span in enumerate(article.sentences))
    db.executemany("INSERT INTO sentences VALUES (?, ?, ?, ?)", rows)


def insert_passages(
    db: sqlite3.Connection, article_id: str, spans: Sequence[Span], vectors: Vectors, embedder: str
) -> None:
    """Insert the passages of an article with their vectors and the embedder that made them."""
    rows = (
        (article_id, i, s.start, s.end, v.astype("<f4").tobytes())
        for i, (s, v) in enumerate(zip(spans, vectors, strict=True))
    )
    db.executemany("INSERT INTO passages VALUES (?, ?, ?, ?, ?)", rows)
    db.execute("INSERT OR REPLACE INTO embedded VALUES (?, ?)", (article_id, embedder))
