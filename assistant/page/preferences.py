"""What a reader wants of answers, as their browser tells with each question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import unquote

from ..task import Length

__all__ = ["COOKIE", "MOST_QUOTES", "Preferences"]

COOKIE = "answers"  # written by preferences.js
MOST_QUOTES = 10


@dataclass(frozen=True)
class Preferences:
    """Of one reader, for one question. None of it is kept on the server."""

    quotes: int | None = None  # 1 to MOST_QUOTES; None: as the settings say
    quotes_only: bool = False
    length: Length = "normal"

    @classmethod
    def told_by(cls, cookies: Mapping[str, str]) -> Preferences:
        """From a request's cookies; whatever cannot be understood is as if it were not there."""
        try:
            told: Any = json.loads(unquote(cookies.get(COOKIE, "")))
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(told, dict):
            return cls()
        quotes = told.get("quotes")
        usable = type(quotes) is int and 1 <= quotes <= MOST_QUOTES
        lengths: tuple[Length, ...] = get_args(Length)
        length: Length = next((one for one in lengths if one == told.get("length")), "normal")
        return cls(quotes if usable else None, told.get("quotesOnly") is True, length)

    @property
    def asked(self) -> dict[str, Any]:
        """As `Desk.ask` takes it."""
        return {"quotes": self.quotes, "quotes_only": self.quotes_only, "length": self.length}
