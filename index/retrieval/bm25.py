"""Score passages with BM25, using bm25s and Snowball stemmers.

The index is rebuilt from the passages in milliseconds and therefore never stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bm25s
import numpy as np
from numpy.typing import NDArray

from index.text.stems import stem_texts

__all__ = ["KeywordIndex"]


class KeywordIndex:
    """A BM25 index of passages.

    Args:
        passages: the texts to index.
        language: ISO 639-1 code; selects the stemmer and the stop words.
    """

    def __init__(self, passages: Sequence[str], language: str = "en") -> None:
        self._count = len(passages)
        self._language = language
        tokens = stem_texts(passages, language)
        # bm25s cannot index a corpus without tokens, such as one in a script it does not know.
        self._index: Any = bm25s.BM25() if any(tokens) else None
        if self._index is not None:
            self._index.index(tokens, show_progress=False)

    def scores(self, question: str) -> NDArray[np.float32]:
        """Return the score of each passage, shape `(passages,)`; 0 if it shares no word."""
        tokens = stem_texts([question], self._language)[0]
        if self._index is None or not any(token in self._index.vocab_dict for token in tokens):
            return np.zeros(self._count, dtype=np.float32)
        return np.asarray(self._index.get_scores(tokens), dtype=np.float32)
