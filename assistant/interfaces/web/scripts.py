"""Read the page's own scripts, without what only their readers need."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["PANE_SCRIPTS", "read_scripts"]

STATIC = Path(__file__).parent / "static"
# Those of the articles that are read, in order of dependency. Gradio runs them where it mounts the
# articles. `head.py` names the others.
PANE_SCRIPTS = (
    "article-pane.js",
    "side-panel.js",
    "page-view.js",
    "outline.js",
    "marks.js",
    "sheet.js",
    "read-aloud.js",
)
# Comments of whole lines; indentation; comments at the end of a line. The latter have no quotation
# mark, which a string with "//" has after it.
_UNREAD = re.compile(r"^\s*//.*\n|^\s+|[ \t]+//[^\"'`\n]*$", re.MULTILINE)


def read_scripts(*names: str) -> str:
    """Return scripts, one after the other, without comments and indentation."""
    texts = ((STATIC / name).read_text(encoding="utf-8") for name in names)
    return "".join(_UNREAD.sub("", text) for text in texts)
