"""Convert articles and vectors to the values of a row, and back, for every database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

import numpy as np

from index.embedders.base import Vectors
from index.text.article import Article
from index.text.spans import Block, Span

__all__ = [
    "ARTICLE_COLUMNS",
    "check_vectors",
    "decode_article",
    "decode_vector",
    "encode_article",
    "encode_text",
    "encode_vector",
    "utc_now",
]

# The columns that `decode_article` needs.
ARTICLE_COLUMNS = (
    *("text", "title", "author", "date", "source", "language"),
    *("blocks", "pages", "renamed", "retrieved", "owner"),
)


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
    text, title, author, date, source, language, blocks, pages, renamed, retrieved, owner = row
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
        owner=str(owner),
    )


def encode_vector(vector: Vectors) -> bytes:
    """Return the value of a vector in a row of passages."""
    return vector.astype("<f4").tobytes()


def encode_text(text: str) -> bytes:
    """Return the value of a text. It may contain lone surrogates."""
    return text.encode("utf-8", "surrogatepass")


def encode_article(article: Article, added: str) -> dict[str, object]:
    """Return the row of an article, by column.

    Args:
        article: the article.
        added: when it was added, ISO 8601; now if empty.
    """
    is_renamed = article.loaded_as is not None
    return {
        "id": article.id,
        "text": encode_text(article.text),
        "title": article.loaded_as if is_renamed else article.title,
        "author": article.author,
        "date": article.date,
        "source": article.source,
        "language": article.language,
        "blocks": json.dumps(article.blocks),
        "pages": json.dumps(article.pages),
        "renamed": article.title if is_renamed else None,
        "retrieved": article.retrieved,
        "owner": article.owner,
        "added": added or utc_now(),
        "words": article.words,
        "characters": len(article.text),
    }


def check_vectors(article: Article, vectors: Vectors) -> None:
    """Raise ValueError if the number of vectors is not the number of passages."""
    if len(vectors) != len(article.passages):
        raise ValueError(f"{len(vectors)} vectors for {len(article.passages)} passages")
