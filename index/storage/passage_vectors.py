"""Embed the passages and questions of a library, and re-embed those of another embedder."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from index.embedders.base import Embedder, Vectors
from index.errors import DataError, ModelError
from index.storage.chroma import forget_index
from index.storage.store import ArticleStore
from index.text.article import Article

__all__ = ["PassageVectors", "Progress", "batch_passages", "ignore_progress"]

log = logging.getLogger(__name__)

BATCH_PASSAGES = 64
# Two vectors of one text with a smaller cosine similarity come from different models. The same
# model gives at least 0.99, even in another precision. Other models with as many dimensions give
# about 0.
MIN_SAME_MODEL_SIMILARITY = 0.9

# Called with the number of embedded passages and the total.
Progress = Callable[[int, int], None]


def ignore_progress(done: int, total: int) -> None:
    """Ignore the progress. This is the default `Progress`."""


def _report_total_progress(progress: Progress, before: int, total: int, done: int, _: int) -> None:
    """Report the progress of one article as part of the total."""
    progress(before + done, total)


def batch_passages(article: Article) -> Iterator[list[str]]:
    """Yield the texts of an article's passages as they are embedded, some at a time."""
    for first in range(0, len(article.passages), BATCH_PASSAGES):
        spans = article.passages[first : first + BATCH_PASSAGES]
        yield [article.structure.search_text(span) for span in spans]


class PassageVectors:
    """Embed the passages of a store. The methods raise ModelError if the embedder cannot be used.

    Args:
        store: the store of the articles and their vectors.
        embedder: the embedder of passages and questions.
    """

    def __init__(self, store: ArticleStore, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder
        self._dimensions: int | None = None  # of the stored vectors
        self._stopped = False

    def stop(self) -> None:
        """Stop embedding before the next batch."""
        self._stopped = True

    def embed_question(self, question: str) -> Vectors:
        """Return the vector of a question, shape `(dimensions,)`."""
        return self.check_dimensions(self._embedder.embed_question(question))

    def embed_passages(self, article: Article, progress: Progress = ignore_progress) -> Vectors:
        """Return the vectors of an article's passages, shape `(passages, dimensions)`.

        Raises:
            DataError: `stop` was called.
        """
        rows: list[Vectors] = []
        done = 0
        for texts in batch_passages(article):
            if self._stopped:
                raise DataError(
                    f"The library {self._store.path.parent} was closed before all articles "
                    "were embedded. Open it again to continue."
                )
            rows.append(self.check_dimensions(self._embedder.embed(texts)))
            done += len(texts)
            progress(done, len(article.passages))
        return np.concatenate(rows)

    def reembed_stale(self, progress: Progress = ignore_progress) -> None:
        """Re-embed the articles whose vectors come from another embedder.

        Each article is stored as soon as it is embedded, so an interrupted run continues later.
        """
        stale = self._store.count_stale_passages(self._embedder.fingerprint)
        if stale:
            forget_index(self._store)
        done, total = 0, sum(stale.values())
        for article_id, count in stale.items():
            article, before = self._store.get(article_id, removed=True), done
            try:
                vectors = self.embed_passages(
                    article, partial(_report_total_progress, progress, before, total)
                )
            except ModelError as error:
                status = (
                    f"{done:,} of {total:,} passages were embedded anew with {self._embedder.name} "
                    "and are kept"
                )
                raise ModelError(f"{error} ({status}; the next start continues.)") from error
            self._store.replace_vectors(article, vectors, self._embedder.fingerprint)
            done += count

    def is_same_model(self) -> bool:
        """Return whether the embedder is still the model that made the stored vectors.

        If it is another model, all of its stored vectors are invalidated.
        """
        sample = (
            None
            if self._embedder.is_versioned
            else self._store.sample_vector(self._embedder.fingerprint)
        )
        if sample is None:
            return True
        text, stored = sample
        (vector,) = self._embedder.embed([text])
        if len(vector) == len(stored) and float(vector @ stored) >= MIN_SAME_MODEL_SIMILARITY:
            return True
        log.warning(
            "The embeddings %s now come from another model. All articles are embedded again.",
            self._embedder.name,
        )
        self._store.invalidate_vectors(self._embedder.fingerprint)
        self._dimensions = None
        return False

    def check_dimensions(self, vectors: Vectors) -> Vectors:
        """Return the vectors if they are as long as the stored vectors of this embedder.

        Raises:
            ModelError: they are not.
        """
        dimensions = vectors.shape[-1]
        if self._dimensions is None:
            sample = self._store.sample_vector(self._embedder.fingerprint)
            self._dimensions = len(sample[1]) if sample else dimensions
        if dimensions != self._dimensions:
            self._store.invalidate_vectors(self._embedder.fingerprint)
            raise ModelError(
                f"The embeddings {self._embedder.name} now give vectors of {dimensions:,} numbers; "
                f"they gave {self._dimensions:,}: another model goes by that name. "
                "Start again: all articles are then embedded again."
            )
        return vectors
