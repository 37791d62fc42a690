"""Search with vectors and BM25, fused by reciprocal rank, as a LangChain retriever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from numpy.typing import NDArray
from pydantic import ConfigDict

from index.embedders.base import Vectors
from index.retrieval.bm25 import KeywordIndex
from index.storage.library import Library
from index.text.article import Article
from index.text.spans import Span

__all__ = ["Hit", "HybridRetriever"]

# Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet", SIGIR 2009.
RANK_CONSTANT = 60
# The number of passages that each of the two rankings contributes.
RANKING_DEPTH = 50
# Up to this many passages are compared exactly, in about 3 ms. A filtered HNSW search of so few
# passages takes longer and may miss one: among 12,000 passages in libraries of similar articles,
# one could not be reached with any search width.
MAX_EXACT_PASSAGES = 10_000


@dataclass(frozen=True)
class Hit:
    """A retrieved passage with its scores. Higher is better for all three."""

    article: Article = field(repr=False)
    span: Span
    score: float  # fused: about 1/60 to 2/60
    dense: float  # cosine similarity, -1 to 1; 0 if the passage is not among the nearest
    bm25: float  # 0 if no word is shared

    def to_document(self) -> Document:
        """Return the passage as a LangChain document."""
        facts = {
            "article_id": self.article.id,
            "title": self.article.title,
            "source": self.article.source,
        }
        scores = {"score": self.score, "dense": self.dense, "bm25": self.bm25}
        offsets = {"start": self.span.start, "end": self.span.end}
        return Document(
            page_content=self.article.slice(self.span), metadata=facts | offsets | scores
        )


class HybridRetriever(BaseRetriever):
    """Retrieve the passages of a library's articles that best match a question.

    The metadata of each document is `article_id`, `title`, `source`, `start` and `end` (code
    points: `page_content == article.text[start:end]`), and the scores `score` (fused), `dense` and
    `bm25`.

    Attributes:
        library: the library to search.
        article_ids: the articles to search.
        k: the number of passages to return.
        max_exact_passages: the most passages that are compared exactly instead of by HNSW.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Library
    article_ids: tuple[str, ...]
    k: int = 8
    max_exact_passages: int = MAX_EXACT_PASSAGES

    def hits(self, question: str, k: int | None = None) -> list[Hit]:
        """Return the `k` best passages, best first; fewer if the articles have fewer.

        Raises:
            DataError: the library cannot be written.
            ModelError: the embedder cannot be used.
        """
        if not self.article_ids:
            return []
        k = k or self.k
        vector = self.library.embed_question(question)
        corpus = _get_corpus(self.library, self.article_ids, self.max_exact_passages)
        dense = self._dense(vector, corpus, max(k, RANKING_DEPTH))
        sparse = corpus.keywords.scores(question)
        fused = _fuse_rankings(_rank_rows(dense), _rank_rows(_positive_scores(sparse)))
        best = sorted(fused, key=lambda row: -fused[row])[:k]
        return [
            Hit(*corpus.rows[row], fused[row], dense.get(row, 0.0), float(sparse[row]))
            for row in best
        ]

    def _dense(self, vector: Vectors, corpus: _Corpus, count: int) -> dict[int, float]:
        """Return the rows of the nearest passages and their cosine similarity.

        The similarity may be negative: a question that is far from every passage still has nearest
        passages.
        """
        if corpus.vectors is not None:
            scores = corpus.vectors @ vector
            return {
                int(row): float(scores[row]) for row in np.argsort(-scores, kind="stable")[:count]
            }
        nearest = self.library.vectors.find_nearest(vector, count, self.article_ids)
        return {
            corpus.first[article_id] + position: score for article_id, position, score in nearest
        }

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [hit.to_document() for hit in self.hits(query)]


@dataclass(frozen=True)
class _Corpus:
    """The passages of the searched articles, in one sequence of rows."""

    rows: list[tuple[Article, Span]]
    first: dict[str, int]  # the row of each article's first passage
    keywords: KeywordIndex
    vectors: Vectors | None  # shape `(rows, dimensions)`; None if there are too many rows


def _get_corpus(library: Library, article_ids: tuple[str, ...], max_exact_passages: int) -> _Corpus:
    """Return the corpus of some articles, from the cache if the library has not changed."""
    key = article_ids, library.revision, max_exact_passages
    corpus: _Corpus | None = library.corpora.get(key)
    if corpus is None:
        corpus = _make_corpus(library, article_ids, max_exact_passages)
        library.corpora[key] = corpus
    return corpus


def _make_corpus(
    library: Library, article_ids: tuple[str, ...], max_exact_passages: int
) -> _Corpus:
    articles = [library.get(article_id) for article_id in article_ids]
    rows = [(article, span) for article in articles for span in article.passages]
    sizes = np.cumsum([0, *(len(article.passages) for article in articles)])
    first = {article.id: int(size) for article, size in zip(articles, sizes, strict=False)}
    languages = {article.language for article in articles}
    texts = [article.structure.search_text(span) for article, span in rows]
    vectors = (
        np.concatenate([library.store.vectors(article.id) for article in articles])
        if len(rows) <= max_exact_passages
        else None
    )
    return _Corpus(
        rows, first, KeywordIndex(texts, languages.pop() if len(languages) == 1 else ""), vectors
    )


def _positive_scores(scores: NDArray[np.float32]) -> dict[int, float]:
    """Return the `RANKING_DEPTH` best rows with a positive score, and their scores."""
    order = np.argsort(-scores, kind="stable")[:RANKING_DEPTH]
    return {int(row): float(scores[row]) for row in order if scores[row] > 0}


def _rank_rows(scores: dict[int, float]) -> dict[int, int]:
    """Return the rank of each row, from 0. For equal scores, the earlier row comes first."""
    return {
        row: rank for rank, row in enumerate(sorted(scores, key=lambda row: (-scores[row], row)))
    }


def _fuse_rankings(*rankings: dict[int, int]) -> dict[int, float]:
    """Return the reciprocal rank fusion score of each row."""
    rows: Sequence[int] = sorted(set().union(*rankings))
    return {
        row: sum(1 / (RANK_CONSTANT + rank[row]) for rank in rankings if row in rank)
        for row in rows
    }
