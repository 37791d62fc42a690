"""The fixed words and formats that prompts and models share."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["FOUND", "NOT_FOUND", "format_sentence_ids", "is_not_stated"]

_NOT_STATED = re.compile(
    r"^\W*(?:not stated|the article does not (?:say|state|mention))", re.IGNORECASE
)


# The bundled model was trained to begin with one of these (`training/`). Each is one token, so one
# step gives their probabilities.
FOUND, NOT_FOUND = "Found", "Not stated"


def format_sentence_ids(ids: Sequence[int]) -> str:
    """Return the IDs of sentences as the bundled model writes them, such as "[2][5]."."""
    return "".join(f"[{number}]" for number in ids) + "."


def is_not_stated(text: str) -> bool:
    """Return whether a generated text begins by saying that the article does not answer."""
    return bool(_NOT_STATED.match(text))
