"""Detect pages that declare themselves paywalled: schema.org's `isAccessibleForFree: false`.

Publishers add it as JSON-LD next to the part that everybody sees.
See https://schema.org/isAccessibleForFree.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["is_paywalled"]

_SCRIPT_START = re.compile(
    rb"""<script[^>]{0,300}?application/ld\+json[^>]{0,300}>""", re.IGNORECASE
)
_SCRIPT_END = re.compile(rb"</script", re.IGNORECASE)
_NOT_FREE_MICRODATA = re.compile(
    rb"""itemprop\s{0,9}=\s{0,9}["']isAccessibleForFree["']"""
    rb"""[^>]{0,200}?content\s{0,9}=\s{0,9}["']false["']""",
    re.IGNORECASE,
)
_TEXT_TYPES = ("Article", "Posting", "CreativeWork", "Page", "Report", "Review", "Chapter", "Book")
MAX_JSON_LD_BYTES = 1_000_000  # of one description; those seen have a few thousand bytes


def is_paywalled(page: bytes) -> bool:
    """Return whether a page declares that its text is for subscribers.

    Only texts count: the price of an event or a museum on the page is ignored.
    """
    if _NOT_FREE_MICRODATA.search(page):
        return True
    return any(_is_not_free(node) for data in _parse_json_ld(page) for node in _walk_nodes(data))


def _parse_json_ld(page: bytes) -> Iterator[Any]:
    end = 0
    while opening := _SCRIPT_START.search(page, end):
        closing = _SCRIPT_END.search(page, opening.end())
        if not closing:
            return
        end = closing.end()
        if closing.start() - opening.end() <= MAX_JSON_LD_BYTES:
            try:
                yield json.loads(
                    page[opening.end() : closing.start()].decode("utf-8", "replace"), strict=False
                )
            except (ValueError, RecursionError):
                continue


def _walk_nodes(data: Any) -> Iterator[dict[str, Any]]:
    """Yield every object of a description, at any depth."""
    stack = [data]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)


def _is_not_free(node: dict[str, Any]) -> bool:
    types = node.get("@type")
    types = types if isinstance(types, list) else [types]
    free = node.get("isAccessibleForFree")
    is_declared = free is False or (
        isinstance(free, str) and free.strip().lower().rpartition("/")[2] == "false"
    )
    return is_declared and any(
        isinstance(name, str) and name.endswith(_TEXT_TYPES) for name in types
    )
