"""Split texts into stems without stop words, for search by keywords."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import bm25s
import Stemmer

__all__ = ["stem_texts"]

# bm25s logs each index at debug level.
logging.getLogger("bm25s").setLevel(logging.WARNING)

# Snowball's name of each language that it stems, by ISO 639-1 code.
_STEMMERS = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish",
    "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian", "nl": "dutch",
    "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish",
}  # fmt: skip


def stem_texts(texts: Sequence[str], language: str) -> list[list[str]]:
    """Return the stems of each text, in lower case.

    Args:
        texts: the texts to split.
        language: ISO 639-1 code; selects the stemmer and the stop words.
    """
    stems: list[list[str]] = bm25s.tokenize(
        list(texts),
        stopwords="en" if language == "en" else [],
        stemmer=Stemmer.Stemmer(_STEMMERS[language]) if language in _STEMMERS else None,
        return_ids=False,
        show_progress=False,
    )
    return stems
