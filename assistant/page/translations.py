"""The words of the page in other languages than English: one catalogue each, in `words/`, English text to the language's own."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["CATALOGUES", "LANGUAGES", "catalogue"]

WORDS = Path(__file__).parent / "words"
LANGUAGES = ("de", "es", "fr", "ar")  # beside English


def catalogue(language: str) -> dict[str, str]:
    """By the English text. Names in braces stand for what is put in."""
    read: dict[str, str] = json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))
    return read


# All of them go with the page, so that a change of language needs no request. As JavaScript within HTML.
CATALOGUES = json.dumps({language: catalogue(language) for language in LANGUAGES}, ensure_ascii=False).replace("<", "\\u003c")
