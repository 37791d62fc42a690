"""Detect the language of a question or of any other short text."""

from __future__ import annotations

from functools import cache
from typing import Any

from index.text.language import load_identifier

__all__ = ["LANGUAGE_NAMES", "detect_language"]

# ISO 639-1 codes. Other languages are left out: given the full list, py3langid takes some short
# English questions for rare languages.
LANGUAGE_NAMES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew",
    "hi": "Hindi", "hu": "Hungarian", "it": "Italian", "ja": "Japanese", "ko": "Korean",
    "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sv": "Swedish", "ta": "Tamil", "tr": "Turkish", "uk": "Ukrainian",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
MIN_PROBABILITY = 0.9  # a text of names alone ("Assad?") looks like many languages
MAX_CHARACTERS = 4_000  # only the beginning of a longer text is classified


def detect_language(text: str) -> str | None:
    """Return the ISO 639-1 code of the language of a text, or None if the classifier is not sure.

    The classifier is py3langid: naive Bayes over byte n-grams.
    """
    code, probability = _identifier().classify(text[:MAX_CHARACTERS])
    return str(code) if probability >= MIN_PROBABILITY else None


@cache
def _identifier() -> Any:
    return load_identifier(LANGUAGE_NAMES)
