"""A library's passages and questions as vectors: all by one embedder, and those of another one made anew."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from .article import Article
from .embedding import Embedder, Vectors
from .errors import DataError, ModelError
from .store import Store
from .vectors import spoil

__all__ = ["Embedding", "Progress", "silent"]

log = logging.getLogger(__name__)

BATCH = 64  # passages
# Cosine of two vectors of one text, below which they are of two models: the same model gives 0.99 and more, even in another
# precision; others of as many dimensions give about 0.
SAME = 0.9

# (passages embedded, passages in all)
Progress = Callable[[int, int], None]


def silent(done: int, total: int) -> None:
    """A `Progress` that tells no one."""


class Embedding:
    """Embeds what a store keeps. Its methods raise ModelError where the embedder cannot be used."""

    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self._embedder = embedder
        self._dimensions: int | None = None  # of the vectors that are there
        self._stopped = False

    def stop(self) -> None:
        """End what is being embedded, before its next batch."""
        self._stopped = True

    def question(self, question: str) -> Vectors:
        return self._alike(self._embedder.embed_question(question))

    def passages(self, article: Article, progress: Progress = silent) -> Vectors:
        """Shape `(passages, dimensions)`. Raises DataError when it is stopped."""
        texts = [article.slice(span) for span in article.passages]
        rows = []
        for first in range(0, len(texts), BATCH):
            if self._stopped:
                raise DataError(
                    f"The library {self._store.path.parent} was closed before all was embedded. Open it again to go on."
                )
            rows.append(self._alike(self._embedder.embed(texts[first : first + BATCH])))
            progress(min(first + BATCH, len(texts)), len(texts))
        return np.concatenate(rows)

    def anew(self, progress: Progress = silent) -> None:
        """Embed what another embedder has embedded. Each article is kept as soon as it is done; what fails goes on from there."""
        stale = self._store.stale(self._embedder.fingerprint)
        if stale:
            spoil(self._store)
        done, total = 0, sum(stale.values())
        for article_id, count in stale.items():
            article, before = self._store.get(article_id, removed=True), done
            try:
                vectors = self.passages(article, lambda here, _, before=before: progress(before + here, total))  # type: ignore[misc]
            except ModelError as error:
                told = f"{done:,} of {total:,} passages were embedded anew with {self._embedder.name} and are kept"
                raise ModelError(f"{error} ({told}; the next start goes on.)") from error
            self._store.replace_vectors(article, vectors, self._embedder.fingerprint)
            done += count

    def recognised(self) -> bool:
        """Whether the embedder is still the model that it was; else none of its vectors is trusted any more."""
        sample = None if self._embedder.steady else self._store.sample(self._embedder.fingerprint)
        if sample is None:
            return True
        text, kept = sample
        (vector,) = self._embedder.embed([text])
        if len(vector) == len(kept) and float(vector @ kept) >= SAME:
            return True
        log.warning("The embeddings %s are of another model than before: all is embedded anew.", self._embedder.name)
        self._store.distrust(self._embedder.fingerprint)
        self._dimensions = None
        return False

    def _alike(self, vectors: Vectors) -> Vectors:
        """The same vectors, if they are as long as the others of this embedder."""
        found = vectors.shape[-1]
        if self._dimensions is None:
            sample = self._store.sample(self._embedder.fingerprint)
            self._dimensions = len(sample[1]) if sample else found
        if found != self._dimensions:
            self._store.distrust(self._embedder.fingerprint)
            raise ModelError(
                f"The embeddings {self._embedder.name} now give vectors of {found:,} numbers; they gave {self._dimensions:,}: "
                "another model goes by that name. Start again: all articles are then embedded anew."
            )
        return vectors
