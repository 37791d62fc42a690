"""Hybrid search: Chroma and BM25, joined by reciprocal rank fusion, as a LangChain retriever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray
from pydantic import ConfigDict

from .article import Article, Span
from .embedding import Vectors
from .keywords import Keywords
from .library import Library

__all__ = ["Hit", "HybridRetriever"]

# Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet", SIGIR 2009.
RANK_CONSTANT = 60
# How far down each of the two rankings is looked at.
DEPTH = 50
# So many passages are compared one by one, in about 3 ms. Of so few, an HNSW graph with a filter takes longer, and may lose one: of
# 12,000 passages in libraries of like ones, no path led to one of them, however far it was looked.
EXACT = 10_000


@dataclass(frozen=True)
class Hit:
    """A passage that was found. `score` is the fused one (about 1/60 to 2/60); higher is better in all three."""

    article: Article = field(repr=False)
    span: Span
    score: float
    dense: float  # cosine similarity of the embeddings, -1 to 1; 0 where the passage was not among the nearest
    bm25: float  # 0 where no word is shared

    def to_document(self) -> Document:
        facts = {"article_id": self.article.id, "title": self.article.title, "source": self.article.source}
        scores = {"score": self.score, "dense": self.dense, "bm25": self.bm25}
        where = {"start": self.span.start, "end": self.span.end}
        return Document(page_content=self.article.slice(self.span), metadata=facts | where | scores)


class HybridRetriever(BaseRetriever):
    """The passages of some of a library's articles that fit a question best.

    Each document's metadata: `article_id`, `title`, `source`, `start` and `end` (code points, so that
    `page_content == article.text[start:end]`), and the scores `score` (fused), `dense` and `bm25`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Library
    article_ids: tuple[str, ...]
    k: int = 8

    def hits(self, question: str, k: int | None = None) -> list[Hit]:
        """The `k` best passages, best first; fewer where the articles have fewer."""
        if not self.article_ids:
            return []
        k = k or self.k
        vector = self.library.vector_of(question)
        corpus = _corpus(self.library, self.article_ids, self.library.changes)
        dense = self._dense(vector, corpus, max(k, DEPTH))
        sparse = corpus.keywords.scores(question)
        fused = _fuse(_ranks(dense), _ranks(_shared(sparse)))
        best = sorted(fused, key=lambda row: -fused[row])[:k]
        return [Hit(*corpus.rows[row], fused[row], dense.get(row, 0.0), float(sparse[row])) for row in best]

    def _dense(self, vector: Vectors, corpus: _Corpus, count: int) -> dict[int, float]:
        """Row to similarity, which may be below 0: a question far from all of an article still has nearest passages."""
        if corpus.vectors is not None:
            scores = corpus.vectors @ vector
            return {int(row): float(scores[row]) for row in np.argsort(-scores, kind="stable")[:count]}
        nearest = self.library.vectors.nearest(vector, count, self.article_ids)
        return {corpus.first[article_id] + position: score for article_id, position, score in nearest}

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [hit.to_document() for hit in self.hits(query)]


@dataclass(frozen=True)
class _Corpus:
    """The passages of some articles in one row, and their keywords."""

    rows: list[tuple[Article, Span]]
    first: dict[str, int]  # the row of each article's first passage
    keywords: Keywords
    vectors: Vectors | None  # shape `(rows, dimensions)`; None where there are too many to compare one by one


@lru_cache(maxsize=8)
def _corpus(library: Library, article_ids: tuple[str, ...], changes: int) -> _Corpus:
    """Remembered for as long as the library does not change: an article may be renamed, or removed."""
    articles = [library.get(article_id) for article_id in article_ids]
    rows = [(article, span) for article in articles for span in article.passages]
    sizes = np.cumsum([0, *(len(article.passages) for article in articles)])
    first = {article.id: int(size) for article, size in zip(articles, sizes, strict=False)}
    languages = {article.language for article in articles}
    texts = [article.slice(span) for article, span in rows]
    vectors = np.concatenate([library.store.vectors(one.id) for one in articles]) if len(rows) <= EXACT else None
    return _Corpus(rows, first, Keywords(texts, languages.pop() if len(languages) == 1 else ""), vectors)


def _shared(scores: NDArray[np.float32]) -> dict[int, float]:
    """Row to score, for the `DEPTH` best rows that share a word with the question."""
    order = np.argsort(-scores, kind="stable")[:DEPTH]
    return {int(row): float(scores[row]) for row in order if scores[row] > 0}


def _ranks(scores: dict[int, float]) -> dict[int, int]:
    """Row to rank from 0; of equal scores, the earlier row comes first."""
    return {row: rank for rank, row in enumerate(sorted(scores, key=lambda row: (-scores[row], row)))}


def _fuse(*rankings: dict[int, int]) -> dict[int, float]:
    rows: Sequence[int] = sorted(set().union(*rankings))
    return {row: sum(1 / (RANK_CONSTANT + rank[row]) for rank in rankings if row in rank) for row in rows}
