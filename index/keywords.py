"""BM25 over passages, by bm25s with Snowball stems. Rebuilt from the passages in milliseconds, so never stored."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

__all__ = ["Keywords"]

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it tells of each index at the level of debugging

# Snowball's names of the languages it stems, by ISO 639-1.
_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip


class Keywords:
    """Scores of every passage for a question; 0 where no word of it occurs."""

    def __init__(self, passages: Sequence[str], language: str = "en") -> None:
        self._count = len(passages)
        self._stemmer = Stemmer.Stemmer(_STEMMERS[language]) if language in _STEMMERS else None
        self._stopwords = "en" if language == "en" else []
        tokens = self._tokenize(list(passages))
        # bm25s cannot index a corpus without a single token (one in a script it does not tokenise, say).
        self._index: Any = bm25s.BM25() if any(tokens) else None
        if self._index is not None:
            self._index.index(tokens, show_progress=False)

    def _tokenize(self, texts: list[str]) -> list[list[str]]:
        tokens: list[list[str]] = bm25s.tokenize(
            texts, stopwords=self._stopwords, stemmer=self._stemmer, return_ids=False, show_progress=False
        )
        return tokens

    def scores(self, question: str) -> NDArray[np.float32]:
        """Shape `(passages,)`, in the order given to the constructor."""
        tokens = self._tokenize([question])[0]
        if self._index is None or not any(token in self._index.vocab_dict for token in tokens):
            return np.zeros(self._count, dtype=np.float32)
        return np.asarray(self._index.get_scores(tokens), dtype=np.float32)
