"""Parse the user's answer preferences from the cookie that comes with each question."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import unquote

from assistant.pipeline.state import Length
from assistant.service.service import MAX_QUOTES

__all__ = ["COOKIE_NAME", "MAX_QUOTES", "Preferences"]

COOKIE_NAME = "answers"  # written by preferences.js


@dataclass(frozen=True)
class Preferences:
    """The preferences of one user for one question. The server does not store them."""

    quotes: int | None = None  # 1 to MAX_QUOTES; None: the default of the settings
    quotes_only: bool = False
    length: Length = "normal"

    @classmethod
    def from_cookies(cls, cookies: Mapping[str, str]) -> Preferences:
        """Parse the preferences in a request's cookies. Ignore invalid values."""
        try:
            data: Any = json.loads(unquote(cookies.get(COOKIE_NAME, "")))
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(data, dict):
            return cls()
        quotes = data.get("quotes")
        usable = type(quotes) is int and 1 <= quotes <= MAX_QUOTES
        lengths: tuple[Length, ...] = get_args(Length)
        length: Length = next(
            (choice for choice in lengths if choice == data.get("length")), "normal"
        )
        return cls(quotes if usable else None, data.get("quotesOnly") is True, length)

    @property
    def ask_options(self) -> dict[str, Any]:
        """Return the keyword arguments for `AssistantService.ask`."""
        return {"quotes": self.quotes, "quotes_only": self.quotes_only, "length": self.length}
