"""Pages that say of themselves that they are not free to read: schema.org's `isAccessibleForFree: false`.

https://schema.org/isAccessibleForFree; publishers put it into JSON-LD beside the part that everybody sees.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

__all__ = ["is_paid"]

_OPENING = re.compile(rb"""<script[^>]{0,300}?application/ld\+json[^>]{0,300}>""", re.IGNORECASE)
_CLOSING = re.compile(rb"</script", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    rb"""itemprop\s{0,9}=\s{0,9}["']isAccessibleForFree["'][^>]{0,200}?content\s{0,9}=\s{0,9}["']false["']""", re.IGNORECASE
)
_WRITTEN = ("Article", "Posting", "CreativeWork", "Page", "Report", "Review", "Chapter", "Book")
LARGEST = 1_000_000  # bytes of a description; those seen have a few thousand


def is_paid(page: bytes) -> bool:
    """Whether a page says that its text is for those who paid. An event or a museum that costs something is no such text."""
    if _ATTRIBUTE.search(page):
        return True
    return any(_is_closed(node) for data in _descriptions(page) for node in _nodes(data))


def _descriptions(page: bytes) -> Iterator[Any]:
    end = 0
    while opening := _OPENING.search(page, end):
        closing = _CLOSING.search(page, opening.end())
        if not closing:
            return
        end = closing.end()
        if closing.start() - opening.end() <= LARGEST:
            try:
                yield json.loads(page[opening.end() : closing.start()].decode("utf-8", "replace"), strict=False)
            except (ValueError, RecursionError):
                continue


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    """Every object in a description, however deep."""
    waiting = [data]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _is_closed(node: dict[str, Any]) -> bool:
    kinds = node.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    free = node.get("isAccessibleForFree")
    says = free is False or (isinstance(free, str) and free.strip().lower().rpartition("/")[2] == "false")
    return says and any(isinstance(kind, str) and kind.endswith(_WRITTEN) for kind in kinds)
