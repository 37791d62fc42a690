"""Escape untrusted text for HTML."""

from __future__ import annotations

import re

__all__ = ["escape_line", "render_translatable"]

_LINE_ENDS = frozenset("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
_MARKUP = re.compile(r"[&<>\"'\\`*_~$|!#]")
_SPACE = re.compile(r"\s+")


def escape_line(text: str) -> str:
    """Return text on one line; escape all characters that HTML or Markdown would interpret."""
    escaped = _MARKUP.sub(lambda match: f"&#{ord(match[0])};", text)
    return _SPACE.sub(
        lambda match: match[0] if _LINE_ENDS.isdisjoint(match[0]) else "<br>", escaped
    )


def render_translatable(text: str) -> str:
    """Return a text of the page's own, which i18n.js translates."""
    return f'<span class="say">{escape_line(text)}</span>'
