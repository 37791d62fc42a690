"""Extract headings, paragraphs and list items from a tree of markup, as a browser separates them.

The same walk reads HTML, XHTML of EPUB, OpenDocument and the TEI trees of trafilatura: only the
names of the elements differ. The walk is iterative, so deep trees do not exhaust the stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from index.errors import ArticleError
from index.loaders.builder import Part
from index.text.spans import Kind

__all__ = ["HTML", "ODT", "Role", "TEI", "extract_parts", "parse_html"]

Role = Literal["block", "heading", "list", "item", "row", "cell", "break", "space", "pre", "skip"]


def _role_by_name(names: Mapping[Role, str]) -> Mapping[str, Role]:
    return {name: role for role, words in names.items() for name in words.split()}


HTML = _role_by_name(
    {
        "block": "address article aside blockquote body caption center dd details dialog div dl dt "
        "fieldset figcaption figure footer form header hgroup hr legend main nav p section summary "
        "table tbody tfoot thead",
        "heading": "h1 h2 h3 h4 h5 h6",
        "list": "ul ol menu",
        "item": "li",
        "row": "tr",
        "cell": "td th",
        "break": "br",
        "pre": "pre",
        "skip": "audio button canvas embed head iframe math noscript object script select style "
        "svg template textarea title video",
    }
)
# The elements of trafilatura's trees.
TEI = _role_by_name(
    {
        "block": "p quote div main body table",
        "heading": "head",
        "list": "list",
        "item": "item",
        "row": "row",
        "cell": "cell",
        "break": "lb",
        "pre": "code",
        "skip": "graphic",
    }
)
ODT = _role_by_name(
    {
        "block": "p",
        "heading": "h",
        "list": "list",
        "item": "list-item list-header",
        "row": "table-row",
        "cell": "table-cell",
        "break": "line-break",
        "space": "s tab",
        "skip": "annotation tracked-changes note forms sequence-decls title desc binary-data",
    }
)

_CELL = "\x1f"
_SPACE = re.compile(r"[^\S\v]+")
_BREAKS = re.compile(r" ?\v ?")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LEVEL = re.compile(r"h?([1-9])")


def parse_html(text: str, path: Path) -> Any:
    """Return the lxml tree of an HTML text, which may be malformed.

    Args:
        text: the HTML.
        path: the path of the file in error messages.

    Raises:
        ArticleError: the text is empty, or nested so deeply that the parser would lose text.
        MemoryError: the parser is out of memory.
    """
    from lxml import etree

    parser = etree.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        root = None
    if any(entry.type_name == "ERR_NO_MEMORY" for entry in parser.error_log):
        raise MemoryError
    if any("depth" in entry.message for entry in parser.error_log):
        raise ArticleError(f"{path} is nested too deeply to be read. Save its text.")
    if root is None:
        raise ArticleError(f"{path} has no words in it. Give a text to ask about.")
    return root


def extract_parts(root: Any, roles: Mapping[str, Role] = HTML) -> Iterator[Part]:
    """Yield the headings, paragraphs and list items below an lxml element, in order.

    Args:
        root: the element.
        roles: the role of each element name.
    """
    from lxml import etree

    walk = etree.iterwalk(root, events=("start", "end", "comment", "pi"))
    state = _WalkState()
    for event, element in walk:
        role = _role_of(element, roles) if event in ("start", "end") else None
        if event == "start":
            yield from state.enter(element, role)
            if role == "skip":
                walk.skip_subtree()
            else:
                state.add_text(element.text)
        else:
            if event == "end":
                yield from state.leave(role)
            if element is not root:
                state.add_text(element.tail)
    yield from state.flush()


class _WalkState:
    """The position of the walk: the text since the last part, and the open elements."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.levels: list[int] = []  # of the open headings
        self.items = self.lists = self.rows = self.pres = 0

    def enter(self, element: Any, role: Role | None) -> Iterator[Part]:
        """Enter an element. Yield the text before it as parts."""
        if role in ("block", "heading", "list", "item", "row", "pre"):
            yield from self.flush()
        if role == "heading":
            self.levels.append(_heading_level(element))
        self._count(role, 1)
        if role in ("break", "space"):
            self.words.append("\v" if role == "break" else " ")

    def leave(self, role: Role | None) -> Iterator[Part]:
        """Leave an element. Yield its text as parts."""
        if role in ("block", "heading", "list", "item", "row", "pre"):
            if role == "row":
                self.rows -= 1
            yield from self.flush()
            self.rows += role == "row"
        if role == "cell":
            self.words.append(_CELL)
        if role == "heading":
            self.levels.pop()
        self._count(role, -1)

    def _count(self, role: Role | None, step: int) -> None:
        self.items += step * (role == "item")
        self.lists += step * (role == "list")
        self.rows += step * (role == "row")
        self.pres += step * (role == "pre")

    def add_text(self, text: str | None) -> None:
        """Add text to the current part."""
        if text:
            text = text.replace(_CELL, "")
            self.words.append(text.replace("\n", "\v") if self.pres else text)

    def flush(self) -> Iterator[Part]:
        """Yield the text so far, split at empty lines. A table row stays in one part."""
        if self.rows:
            self.words.append(" ")
            return
        cells = "".join(self.words).split(_CELL)
        text = _SPACE.sub(
            " ",
            " | ".join(cell.strip() for cell in cells if cell.strip())
            if len(cells) > 1
            else cells[0],
        )
        self.words.clear()
        kind: Kind = "heading" if self.levels else "item" if self.items else "paragraph"
        level = self.levels[-1] if self.levels else max(self.lists, 1) if self.items else 0
        for piece in [text] if self.pres else _BREAKS.sub("\v", text).split("\v\v"):
            words = piece.replace("\v", "\n").strip(" \n")
            if words:
                yield Part(words, kind, level)


def _role_of(element: Any, roles: Mapping[str, Role]) -> Role | None:
    role = roles.get(_local_name(element))
    if element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
        return "skip"
    if role == "row" and (
        len(element) < 2
        or any(roles.get(_local_name(child)) == "row" for child in element.iterdescendants())
    ):
        return "block"  # a layout table
    return role


def _local_name(element: Any) -> str:
    """Return the local name: `p` of `{http://www.w3.org/1999/xhtml}p`."""
    return str(element.tag).rpartition("}")[2].lower()


def _heading_level(element: Any) -> int:
    """Return the level: 2 for `<h2>`, `<head rend="h2">` and `<text:h text:outline-level="2">`."""
    names = (
        _local_name(element),
        element.get("rend", ""),
        *(v for k, v in element.items() if k.endswith("outline-level")),
    )
    level = next((match for name in reversed(names) if (match := _LEVEL.fullmatch(name))), None)
    return min(int(level[1]), 6) if level else 2
