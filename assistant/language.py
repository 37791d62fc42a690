"""In which language a text is."""

from __future__ import annotations

from functools import cache
from typing import Any

from py3langid.langid import MODEL_FILE, LanguageIdentifier

__all__ = ["NAMES", "language_of"]

# ISO 639-1. Others are left out: of all its languages, the library takes some short English questions for rare ones.
NAMES = {
    "ar": "Arabic", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hu": "Hungarian", "it": "Italian",
    "ja": "Japanese", "ko": "Korean", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
    "ro": "Romanian", "ru": "Russian", "sv": "Swedish", "ta": "Tamil", "tr": "Turkish", "uk": "Ukrainian",
    "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
SUREST = 0.9  # a probability; names alone ("Assad?") look like many languages
LONGEST = 4_000  # characters that are looked at


def language_of(text: str) -> str | None:
    """The ISO 639-1 code; None if it cannot be told from so little (py3langid, naive Bayes over byte n-grams)."""
    code, probability = _identifier().classify(text[:LONGEST])
    return str(code) if probability >= SUREST else None


@cache
def _identifier() -> Any:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(NAMES))
    return identifier
