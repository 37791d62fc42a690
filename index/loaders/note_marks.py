"""Remove the marks of footnotes from a tree of HTML.

A mark that stays in the text becomes part of it: "22" with the mark "2" reads as "222".
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["remove_note_marks"]

_MARK = re.compile(r"\s*+[\[(]?\s*+(\d{1,3}|[a-z]|[*†‡§¶]+)\s*+[\])]?\s*+")
_SYMBOLS = re.compile(r"[\s\[(]*[*†‡§¶]+[\s\])]*")
_NOTE_NAME = re.compile(
    r"\b(?:foot|end)?-?notes?\b|\bfn|\bcite|\breference|\bnoteref", re.IGNORECASE
)
_UNIT = re.compile(r"(?:^|[\s\d(/])(?:[munpck]?m|ft|in|mi|yd|ha|s|x|y|n|r|10|[a-zA-Z])$")
_SUPERSCRIPTS = str.maketrans("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ")


def remove_note_marks(root: Any) -> None:
    """Remove footnote marks from a tree, and write other superscript numbers as such (“m²”).

    A superscript is a mark if it is a link within the page, if it is named as one, or if the
    superscript numbers of the page count from 1.

    Args:
        root: the lxml element; it is changed.
    """
    superscripts = [
        element for element in root.iter("sup") if len(text := _text(element)) <= 8 and text
    ]
    unmarked = [element for element in superscripts if not _is_named_mark(element)]
    numbered = _numbered_marks(unmarked)
    for element in superscripts:
        if element in unmarked and element not in numbered:
            _write_superscript(element)
        else:
            _remove(element)


def _text(element: Any) -> str:
    return "".join(element.itertext()).strip()


def _is_named_mark(element: Any) -> bool:
    """Return whether a superscript is a link within the page, a symbol, or named a note."""
    if not _MARK.fullmatch(_text(element)):
        return False
    if _SYMBOLS.fullmatch(_text(element)):
        return True
    parent = element.getparent()
    for node in (element, *element.iterdescendants(), *([parent] if parent is not None else [])):
        if node.tag == "a" and str(node.get("href", "")).startswith("#"):
            return True
        if node is not parent and _NOTE_NAME.search(
            f"{node.get('class', '')} {node.get('id', '')} {node.get('role', '')}"
        ):
            return True
    return False


def _numbered_marks(elements: list[Any]) -> list[Any]:
    """Return the superscripts that count from 1, each as the one before or one more."""
    marks: list[Any] = []
    last = 0
    for element in elements:
        match = _MARK.fullmatch(_text(element))
        if match and match[1].isdecimal() and not _UNIT.search(_text_before(element)):
            number = int(match[1])
            if number == last + 1 or (number == last and last):
                marks.append(element)
                last = number
    return marks


def _text_before(element: Any) -> str:
    """Return the text directly before an element."""
    previous = element.getprevious()
    if previous is not None:
        return str(previous.tail or "") or _text(previous)
    parent = element.getparent()
    return str(parent.text or "") if parent is not None else ""


def _write_superscript(element: Any) -> None:
    text = _text(element)
    if all(character in "0123456789+-−()n" for character in text):
        for child in list(element):
            element.remove(child)
        element.text = text.translate(_SUPERSCRIPTS)


def _remove(element: Any) -> None:
    """Remove an element, but not the text after it."""
    parent, previous, tail = element.getparent(), element.getprevious(), element.tail or ""
    if parent is None:
        return
    if previous is not None:
        previous.tail = (previous.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    element.tail = None
    parent.remove(element)
