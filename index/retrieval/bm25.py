"""Score passages with BM25, using bm25s and Snowball stemmers.

The index is rebuilt from the passages in milliseconds and therefore never stored.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

__all__ = ["KeywordIndex"]

# bm25s logs each index at debug level.
logging.getLogger("bm25s").setLevel(logging.WARNING)

# Snowball's name of each language that it stems, by ISO 639-1 code.
_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish",
    "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish",
}  # fmt: skip


class KeywordIndex:
    """A BM25 index of passages.

    Args:
        passages: the texts to index.
        language: ISO 639-1 code; selects the stemmer and the stop words.
    """

    def __init__(self, passages: Sequence[str], language: str = "en") -> None:
        self._count = len(passages)
        self._stemmer = Stemmer.Stemmer(_STEMMERS[language]) if language in _STEMMERS else None
        self._stopwords = "en" if language == "en" else []
        tokens = self._tokenize(list(passages))
        # bm25s cannot index a corpus without tokens, such as one in a script it does not know.
        self._index: Any = bm25s.BM25() if any(tokens) else None
        if self._index is not None:
            self._index.index(tokens, show_progress=False)

    def _tokenize(self, texts: list[str]) -> list[list[str]]:
        tokens: list[list[str]] = bm25s.tokenize(
            texts,
            stopwords=self._stopwords,
            stemmer=self._stemmer,
            return_ids=False,
            show_progress=False,
        )
        return tokens

    def scores(self, question: str) -> NDArray[np.float32]:
        """Return the score of each passage, shape `(passages,)`; 0 if it shares no word."""
        tokens = self._tokenize([question])[0]
        if self._index is None or not any(token in self._index.vocab_dict for token in tokens):
            return np.zeros(self._count, dtype=np.float32)
        return np.asarray(self._index.get_scores(tokens), dtype=np.float32)
