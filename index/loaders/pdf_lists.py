"""Find the items of the lists of a PDF by their labels and indents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from index.loaders.pdf_words import BULLET

__all__ = ["Entry", "ListItem", "find_items", "has_label", "is_bullet", "is_clause"]

MAX_SHIFT_RATIO = 0.8  # of the size of type, between the left edges of items of one level

# The last ones are the bullets of Symbol and Wingdings.
_BULLET = re.compile(rf"[{BULLET}◦▪‣●○■□▫–\uf0b7\uf0a7\uf0d8\uf076]\s*(?=\S)")
_NUMBER = re.compile(r"(?P<open>\(?)(?P<number>\d{1,3})(?P<close>[.)])\s+(?=\S)")
_LETTER = re.compile(r"(?P<open>\(?)(?P<number>[a-z])(?P<close>[.)])\s+(?=\S)")
_CLAUSE = re.compile(r"\d{1,2}(?:\.\d{1,2})+\.?\s|\[\d{1,3}\]\s")


class Entry(NamedTuple):
    """A paragraph that may be an item. The indent is that of its first line in its column."""

    text: str
    indent: float
    size: float


class ListItem(NamedTuple):
    """How a paragraph is an item: its number, its level from 1, and the length of its label."""

    number: int | None
    level: int
    label_length: int


class _Label(NamedTuple):
    kind: str  # equal in one list
    number: int  # 0 for a bullet
    length: int


def is_bullet(text: str) -> bool:
    """Return whether a line begins with a bullet."""
    return bool(_BULLET.match(text))


def has_label(text: str) -> bool:
    """Return whether a line begins with a number or letter of a list or a clause."""
    return bool(_NUMBER.match(text) or _LETTER.match(text) or _CLAUSE.match(text))


def is_clause(text: str) -> bool:
    """Return whether a line begins with a number such as "2.1", which a sentence may begin with."""
    return bool(_CLAUSE.match(text)) and text[0] != "["


def find_items(entries: Sequence[Entry | None]) -> dict[int, ListItem]:
    """Return the items among paragraphs, by their positions.

    Numbers and letters have to count up. The letters stay in the text.

    Args:
        entries: the paragraphs in order; None for a heading, where lists end.
    """
    labels = {n: label for n, entry in enumerate(entries) if entry and (label := _label(entry))}
    before = _find_predecessors(entries, labels)
    counted = {*before, *before.values()}
    items: dict[int, ListItem] = {}
    indents: list[float] = []  # of the open levels
    for position, entry in enumerate(entries):
        label = labels.get(position)
        if entry is None or label is None or (label.number and position not in counted):
            indents = []
            continue
        tolerance = MAX_SHIFT_RATIO * entry.size
        while indents and indents[-1] > entry.indent + tolerance:
            indents.pop()
        if not indents and position in before:  # goes on after a paragraph
            indents = [entry.indent] * items[before[position]].level
        elif not indents or indents[-1] < entry.indent - tolerance:
            indents.append(entry.indent)
        is_letter = label.kind.endswith("a")
        number = label.number if label.number and not is_letter else None
        items[position] = ListItem(number, len(indents), 0 if is_letter else label.length)
    return items


def _label(entry: Entry) -> _Label | None:
    if bullet := _BULLET.match(entry.text):
        return _Label("", 0, bullet.end())
    for pattern, kind in ((_NUMBER, "1"), (_LETTER, "a")):
        if match := pattern.match(entry.text):
            text = match["number"]
            number = int(text) if kind == "1" else ord(text) - ord("a") + 1
            return _Label(f"{match['open']}{match['close']}{kind}", number, match.end())
    return None


def _find_predecessors(
    entries: Sequence[Entry | None], labels: dict[int, _Label]
) -> dict[int, int]:
    """Return the position of the item before each item that counts on, by its position."""
    before: dict[int, int] = {}
    last: dict[tuple[str, int], list[int]] = {}  # by what the next label has to be
    for position, entry in enumerate(entries):
        if entry is None:
            last.clear()
        elif (label := labels.get(position)) and label.number:
            tolerance = MAX_SHIFT_RATIO * entry.size
            candidates = last.get((label.kind, label.number), [])
            for candidate in reversed(candidates):
                other = entries[candidate]
                if other and abs(other.indent - entry.indent) <= tolerance:
                    before[position] = candidate
                    candidates.remove(candidate)
                    break
            last.setdefault((label.kind, label.number + 1), []).append(position)
    return before
