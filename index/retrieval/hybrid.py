"""Search with vectors and BM25, fused by reciprocal rank, as a LangChain retriever."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

import numpy as np
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
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
# Up to this many passages, articles are loaded and their keywords are ranked in memory. SQLite
# ranks the keywords of more, and only the articles of the hits are loaded.
MAX_LOADED_PASSAGES = 2_000

# Article id and passage position.
_Passage = tuple[str, int]


@dataclass(frozen=True)
class Hit:
    """A retrieved passage with its scores. Higher is better for all three."""

    article: Article = field(repr=False)
    span: Span
    score: float  # fused: about 1/60 to 2/60
    dense: float  # cosine similarity, -1 to 1; 0 if the passage is not among the nearest
    bm25: float  # 0 if no word is shared, or if the passage is not among the best of many

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
        article_ids: the articles to search; None for the whole library.
        k: the number of passages to return.
        max_loaded_passages: the most passages whose keywords are ranked in memory.
        max_exact_passages: the most passages that are compared exactly instead of by HNSW.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Library
    article_ids: tuple[str, ...] | None
    k: int = 8
    max_loaded_passages: int = MAX_LOADED_PASSAGES
    max_exact_passages: int = MAX_EXACT_PASSAGES

    def hits(self, question: str, k: int | None = None) -> list[Hit]:
        """Return the `k` best passages, best first; fewer if the articles have fewer.

        Raises:
            DataError: the library cannot be written.
            ModelError: the embedder cannot be used.
        """
        if self.article_ids == ():
            return []
        k = k or self.k
        vector = self.library.embed_question(question)
        corpus = _get_corpus(self)
        sparse = self._sparse(question, corpus)
        sparse_ranks = _rank(sparse, corpus, RANKING_DEPTH)
        dense = self._dense(vector, corpus, max(k, RANKING_DEPTH), sparse_ranks)
        fused = _fuse_rankings(_rank(dense, corpus, len(dense)), sparse_ranks)
        best = sorted(fused, key=lambda passage: (-fused[passage], corpus.place(passage)))
        found = (
            Hit(*located, fused[passage], dense.get(passage, 0.0), sparse.get(passage, 0.0))
            for passage in best
            if (located := self._locate(passage, corpus))
        )
        return list(islice(found, k))

    def _dense(
        self, vector: Vectors, corpus: _Corpus, count: int, others: Iterable[_Passage]
    ) -> dict[_Passage, float]:
        """Return the nearest passages and their cosine similarity.

        The similarity may be negative: a question that is far from every passage still has nearest
        passages.

        Args:
            vector: the question, shape `(dimensions,)`.
            corpus: what is in memory of the articles.
            count: the maximum number of passages.
            others: passages that are compared as well if an index is searched, because an
                approximate search misses some of the nearest.
        """
        if corpus.vectors is None:
            nearest = self.library.find_nearest(vector, count, self.article_ids)
            found = {(article_id, position): score for article_id, position, score in nearest}
            missing = [passage for passage in others if passage not in found]
            for passage, row in self.library.store.passage_vectors(missing).items():
                found[passage] = float(row @ vector)
            best = sorted(found, key=lambda passage: (-found[passage], passage))
            return {passage: found[passage] for passage in best[:count]}
        scores = corpus.vectors @ vector
        rows = np.argsort(-scores, kind="stable")[:count]
        return {corpus.passages[row]: float(scores[row]) for row in rows}

    def _sparse(self, question: str, corpus: _Corpus) -> dict[_Passage, float]:
        """Return the passages that share words with the question and their BM25 scores."""
        if corpus.keywords is None:
            found = self.library.store.search_keywords(question, RANKING_DEPTH, self.article_ids)
            return {(article_id, position): score for article_id, position, score in found}
        scores = corpus.keywords.scores(question)
        return {
            corpus.passages[row]: float(scores[row]) for row in map(int, np.flatnonzero(scores > 0))
        }

    def _locate(self, passage: _Passage, corpus: _Corpus) -> tuple[Article, Span] | None:
        """Return the article and the span of a passage; None if it was removed meanwhile."""
        article_id, position = passage
        try:
            article = corpus.articles.get(article_id) or self.library.get(article_id)
        except KeyError:
            return None
        return article, article.passages[position]

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [hit.to_document() for hit in self.hits(query)]


@dataclass(frozen=True)
class _Corpus:
    """What is in memory of the searched articles. All parts are empty for many articles."""

    passages: Sequence[_Passage] = ()
    order: Mapping[str, int] = field(default_factory=dict)  # of the articles
    articles: Mapping[str, Article] = field(default_factory=dict)
    keywords: KeywordIndex | None = None
    vectors: Vectors | None = None  # shape `(passages, dimensions)`

    def place(self, passage: _Passage) -> tuple[int, str, int]:
        """Return the place of a passage among all: of equal ones, the first is better."""
        article_id, position = passage
        return self.order.get(article_id, 0), article_id, position


def _get_corpus(retriever: HybridRetriever) -> _Corpus:
    """Return the corpus of the articles, from the cache if the library has not changed."""
    library = retriever.library
    limits = retriever.max_loaded_passages, retriever.max_exact_passages
    key = library.viewer, retriever.article_ids, library.get_revision(), limits
    corpus: _Corpus | None = library.corpora.get(key)
    if corpus is None:
        corpus = _make_corpus(library, retriever.article_ids, *limits)
        library.corpora[key] = corpus
    return corpus


def _make_corpus(
    library: Library, article_ids: tuple[str, ...] | None, max_loaded: int, max_exact: int
) -> _Corpus:
    store = library.store
    is_exact = not store.has_more_passages(max_exact, article_ids)
    is_loaded = not store.has_more_passages(max_loaded, article_ids)
    if not (is_exact or is_loaded):
        return _Corpus()
    article_ids = tuple(store.ids()) if article_ids is None else article_ids
    order = {article_id: number for number, article_id in enumerate(article_ids)}
    articles = {key: library.get(key) for key in article_ids} if is_loaded else {}
    vectors = [store.vectors(article_id) for article_id in article_ids]
    passages = [
        (article_id, position)
        for article_id, rows in zip(article_ids, vectors, strict=True)
        for position in range(len(rows))
    ]
    return _Corpus(
        passages,
        order,
        articles,
        _make_keyword_index(articles.values()) if is_loaded else None,
        np.concatenate(vectors) if is_exact and vectors else None,
    )


def _make_keyword_index(articles: Collection[Article]) -> KeywordIndex:
    languages = {article.language for article in articles}
    texts = [
        article.structure.search_text(span) for article in articles for span in article.passages
    ]
    return KeywordIndex(texts, languages.pop() if len(languages) == 1 else "")


def _rank(scores: Mapping[_Passage, float], corpus: _Corpus, count: int) -> dict[_Passage, int]:
    """Return the rank, from 0, of each of the `count` best passages."""
    best = sorted(scores, key=lambda passage: (-scores[passage], corpus.place(passage)))
    return {passage: rank for rank, passage in enumerate(best[:count])}


def _fuse_rankings(*rankings: Mapping[_Passage, int]) -> dict[_Passage, float]:
    """Return the reciprocal rank fusion score of each passage."""
    passages = dict.fromkeys(chain(*rankings))
    return {
        passage: sum(1 / (RANK_CONSTANT + rank[passage]) for rank in rankings if passage in rank)
        for passage in passages
    }
