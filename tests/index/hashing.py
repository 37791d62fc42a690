"""An embedder without weights, for tests. As a program, it adds articles until it is killed."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from functools import cache
from itertools import count
from pathlib import Path

import numpy as np

from index.embedders.base import Embedder, Vectors
from index.storage.library import Library
from index.text.article import Article


class Hashing(Embedder):
    """Embed a text as the sum of one random vector per word, seeded by a hash of the word."""

    def __init__(
        self, name: str = "hashing", breaks_at: str = "\0never", dimensions: int = 384
    ) -> None:
        self.name = self.fingerprint = self.seed = name
        self.dimensions = dimensions
        self.embedded = 0
        self._breaks_at = breaks_at

    def embed(self, texts: Sequence[str]) -> Vectors:
        if any(self._breaks_at in text for text in texts):
            raise MemoryError("too much to embed")
        self.embedded += len(texts)
        rows = np.array([self._row(text) for text in texts], dtype=np.float32).reshape(
            -1, self.dimensions
        )
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)

    def _row(self, text: str) -> Vectors:
        words = text.lower().encode("utf-8", "replace").split() or [b""]
        drawn = [_drawn(word + self.seed.encode(), self.dimensions) for word in words]
        return np.asarray(np.sum(drawn, axis=0), dtype=np.float32)


@cache
def _drawn(word: bytes, dimensions: int) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(dimensions).astype(np.float32)


def numbered(number: int, passages: int = 20) -> Article:
    """An article like no other: every sentence of it carries a number of its own."""
    lines = (
        f"House {10_000 * (number + 1) + line} of village {number} was counted that year."
        for line in range(passages)
    )
    return Article.from_text("\n\n".join(lines), f"Village {number}")


def add_until_killed(folder: Path) -> None:
    library = Library(folder, Hashing(), max_unindexed=50)  # every third article is a write
    for number in count(len(library.store.ids())):
        print(library.add(numbered(number)).id, flush=True)


if __name__ == "__main__":
    add_until_killed(Path(sys.argv[1]))
