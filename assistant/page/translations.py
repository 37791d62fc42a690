"""The words of the page in other languages than English: one catalogue each, in `words/`, English text to the language's own."""

from __future__ import annotations

import json
from pathlib import Path

from ..language import NAMES

__all__ = ["LANGUAGES", "WORDS_SCRIPT", "catalogue"]

WORDS = Path(__file__).parent / "words"
LANGUAGES = ("de", "es", "fr", "ar")  # beside English


def catalogue(language: str) -> dict[str, str]:
    """By the English text. Names in braces stand for what is put in."""
    read: dict[str, str] = json.loads((WORDS / f"{language}.json").read_text(encoding="utf-8"))
    return read


def _script(**values: object) -> str:
    """JavaScript within HTML that gives the page these values."""
    told = "; ".join(f"window.{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items())
    return f"<script>{told.replace('<', chr(92) + 'u003c')}</script>"


# All of them go with the page, so that a change of language needs no request; and the codes of languages, by their English names.
WORDS_SCRIPT = _script(
    CATALOGUES={language: catalogue(language) for language in LANGUAGES},
    TONGUES={name: code for code, name in NAMES.items()},
)
