"""Load the translations of the page: one catalogue per language in `locales/`."""

from __future__ import annotations

import json
from pathlib import Path

from assistant.text.language import LANGUAGE_NAMES

__all__ = ["LANGUAGES", "TRANSLATIONS_SCRIPT", "load_catalogue"]

LOCALES = Path(__file__).parent / "locales"
LANGUAGES = ("de", "es", "fr", "ar")  # in addition to English


def load_catalogue(language: str) -> dict[str, str]:
    """Return the translations of a language by English text. Names in braces are placeholders."""
    text = (LOCALES / f"{language}.json").read_text(encoding="utf-8")
    translations: dict[str, str] = json.loads(text)
    return translations


def _render_globals_script(**values: object) -> str:
    """Return a script element that assigns the values to global variables of the page."""
    assignments = "; ".join(
        f"window.{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values.items()
    )
    return f"<script>{assignments.replace('<', chr(92) + 'u003c')}</script>"


# The page gets all catalogues, so that a change of language needs no request. It also gets the
# language codes by English name.
TRANSLATIONS_SCRIPT = _render_globals_script(
    CATALOGUES={language: load_catalogue(language) for language in LANGUAGES},
    TONGUES={name: code for code, name in LANGUAGE_NAMES.items()},
)
