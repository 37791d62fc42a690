"""Render the toolbar above the page; toolbar.js and find-bar.js implement its actions."""

from __future__ import annotations

from html import escape
from pathlib import Path

__all__ = ["render_toolbar"]

TEMPLATES = Path(__file__).parent / "templates"
TOOLBAR_TEMPLATE = (TEMPLATES / "toolbar.html").read_text(encoding="utf-8")


def render_toolbar(
    quotes: int, writer: str, max_file_bytes: int, *, has_accounts: bool = False
) -> str:
    """Return the HTML of the toolbar.

    Args:
        quotes: default maximum number of quotes per answer.
        writer: kind of model: none, embedded or provider.
        max_file_bytes: size of the largest file that can be opened.
        has_accounts: whether users sign in, and can see their account.
    """
    values = {
        "quotes": str(quotes),
        "writer": escape(writer),
        "max_bytes": str(max_file_bytes),
        "account": "" if has_accounts else "hidden",
    }
    html = TOOLBAR_TEMPLATE
    for name, value in values.items():
        html = html.replace(f"{{{name}}}", value)
    return html
