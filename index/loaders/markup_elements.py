"""Read single elements of markup: their role, heading level, spans and other attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

__all__ = [
    "HTML",
    "ODT",
    "Role",
    "TEI",
    "find_attribute",
    "find_role",
    "has_columns",
    "has_footnotes",
    "heading_level",
    "is_bold",
    "is_header_cell",
    "is_title_row",
    "local_name",
    "parse_integer",
    "parse_span",
]

Role = Literal[
    "block",
    "heading",
    "list",
    "item",
    "table",
    "header rows",
    "row",
    "cell",
    "covered cell",
    "caption",
    "term",
    "definition",
    "break",
    "space",
    "pre",
    "skip",
]


def _role_by_name(names: Mapping[Role, str]) -> Mapping[str, Role]:
    return {name: role for role, words in names.items() for name in words.split()}


HTML = _role_by_name(
    {
        "block": "address article aside blockquote body center details dialog div dl "
        "fieldset figure footer form header hgroup hr legend main nav p section summary "
        "tbody tfoot",
        "heading": "h1 h2 h3 h4 h5 h6",
        "list": "ul ol menu",
        "item": "li",
        "table": "table",
        "header rows": "thead",
        "row": "tr",
        "cell": "td th",
        "caption": "caption figcaption",
        "term": "dt",
        "definition": "dd",
        "break": "br",
        "pre": "pre",
        "skip": "audio button canvas embed head iframe math noscript object script select style "
        "svg template textarea title video",
    }
)
# The elements of trafilatura's trees.
TEI = _role_by_name(
    {
        "block": "p quote div main body",
        "heading": "head",
        "list": "list",
        "item": "item",
        "table": "table",
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
        "table": "table",
        "header rows": "table-header-rows",
        "row": "table-row",
        "cell": "table-cell",
        "covered cell": "covered-table-cell",
        "break": "line-break",
        "space": "s tab",
        "skip": "annotation tracked-changes note forms sequence-decls title desc binary-data",
    }
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_LEVEL = re.compile(r"h?([1-9])")
_FOOTNOTES = re.compile(r"\b(?:foot|end)-?notes?\b|\breferences\b", re.IGNORECASE)


def find_role(element: Any, roles: Mapping[str, Role]) -> Role | None:
    """Return the role of an element, or None. Hidden elements are skipped."""
    role = roles.get(local_name(element))
    if element.get("hidden") is not None or _HIDDEN.search(element.get("style") or ""):
        return "skip"
    if role == "row" and _contains(element, ("row",), roles):
        return "block"  # of a layout table
    return role


def _contains(element: Any, wanted: tuple[Role, ...], roles: Mapping[str, Role]) -> bool:
    return any(roles.get(local_name(child)) in wanted for child in element.iterdescendants())


def has_columns(table: Any, roles: Mapping[str, Role]) -> bool:
    """Return whether a row of a table has several cells. Nested tables do not count."""
    rows = (
        row
        for child in table
        for row in ([child] if roles.get(local_name(child)) == "row" else child)
        if roles.get(local_name(row)) == "row"
    )
    return any(len(row) > 1 for row in rows)


def is_title_row(row: Any, roles: Mapping[str, Role]) -> bool:
    """Return whether a row of one cell holds a line of text and no headings, lists and the like."""
    return len(row) == 1 and not _contains(row, ("heading", "list", "item", "pre"), roles)


def is_bold(element: Any) -> bool:
    """Return whether all text of an element is in `<b>` or `<strong>`."""
    bold = (
        "".join(child.itertext())
        for child in element.iterdescendants()
        if local_name(child) in ("b", "strong")
    )
    text = "".join(element.itertext()).strip()
    return bool(text) and text == next((words for words in bold if words.strip()), "").strip()


def is_header_cell(element: Any) -> bool:
    """Return whether a cell is a heading of its row or column."""
    return local_name(element) == "th" or element.get("role") == "head"


def has_footnotes(element: Any) -> bool:
    """Return whether a list, or a section that encloses it, is marked as footnotes."""
    while element is not None:
        marks = (element.get(name, "") for name in ("class", "id", "role", "epub:type"))
        if any(_FOOTNOTES.search(mark) for mark in marks):
            return True
        element = element.getparent() if local_name(element) != "body" else None
    return False


def find_attribute(element: Any, name: str) -> str | None:
    """Return an attribute by its local name, or None."""
    value = element.get(name)
    if value is None:
        value = next((v for k, v in element.items() if k.rpartition("}")[2] == name), None)
    return None if value is None else str(value)


def parse_span(element: Any, name: str, limit: int) -> int:
    """Return the number of columns or rows that a cell spans, from 1 to `limit`."""
    return max(1, min(parse_integer(find_attribute(element, name)) or 1, limit))


def parse_integer(value: str | None) -> int | None:
    """Return an integer of at most nine digits, or None."""
    value = (value or "").strip()
    return int(value) if re.fullmatch(r"-?\d{1,9}", value) else None


def local_name(element: Any) -> str:
    """Return the local name: `p` of `{http://www.w3.org/1999/xhtml}p`."""
    return str(element.tag).rpartition("}")[2].lower()


def heading_level(element: Any) -> int:
    """Return the level: 2 for `<h2>`, `<head rend="h2">` and `<text:h text:outline-level="2">`."""
    names = (
        local_name(element),
        element.get("rend", ""),
        *(v for k, v in element.items() if k.endswith("outline-level")),
    )
    level = next((match for name in reversed(names) if (match := _LEVEL.fullmatch(name))), None)
    return min(int(level[1]), 6) if level else 2
