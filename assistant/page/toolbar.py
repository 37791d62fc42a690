"""The row above the page: find, size, theme, print, keys, settings. What it does is in toolbar.js and find.js."""

from __future__ import annotations

from html import escape
from pathlib import Path

__all__ = ["toolbar_html"]

TOOLBAR = (Path(__file__).parent / "toolbar.html").read_text(encoding="utf-8")


def toolbar_html(quotes: int, writer: str) -> str:
    """`quotes`: how many an answer may carry unless a reader wants another number; `writer`: none, embedded or provider."""
    return TOOLBAR.replace("{quotes}", str(quotes)).replace("{writer}", escape(writer))
