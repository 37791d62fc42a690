"""Remove the marks of footnotes from a tree of HTML, and name what they refer to.

A mark that stays in the text becomes part of it: "22" with the mark "2" reads as "222".
"""

from __future__ import annotations

import re
from typing import Any

__all__ = ["NOTE_ROLE", "remove_note_marks"]

NOTE_ROLE = "doc-footnote"  # of an element that a mark refers to

_MARK = re.compile(r"\s*+[\[(]?\s*+(\d{1,3}|[a-z]|[*†‡§¶]+)\s*+[\])]?\s*+")
_SYMBOLS = re.compile(r"[\s\[(]*[*†‡§¶]+[\s\])]*")
_NOTE_NAME = re.compile(
    r"\b(?:foot|end)?-?notes?\b|\bfn|\bcite|\breference|\bnoteref", re.IGNORECASE
)
_LINKED_NOTE = re.compile(r"#(?:foot|end)?-?(?:note|fn)(?![a-z])", re.IGNORECASE)
_BRACKETED = re.compile(r"\s*+[\[(]\s*+(?:\d{1,3}|[a-z]|[*†‡§¶]+)\s*+[\])]\s*+")
_BACK_LINK = re.compile(r"\s*+[↩↑^]\s*+[\ufe0e\ufe0f]?\s*+")
_UNIT = re.compile(r"(?:^|[\s\d(/])(?:[munpck]?m|ft|in|mi|yd|ha|s|x|y|n|r|10|[a-zA-Z])$")
_SUPERSCRIPTS = str.maketrans("0123456789+-−()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿ")


def remove_note_marks(root: Any) -> None:
    """Remove footnote marks from a tree, and write other superscript numbers as such (“m²”).

    A superscript is a mark if it is a link within the page, if it is named as one, or if the
    superscript numbers of the page count from 1. A link in brackets is one if its address names a
    note. What a mark refers to gets `NOTE_ROLE`, except for entries of a list of references.

    Args:
        root: the lxml element; it is changed.
    """
    superscripts = [
        element for element in root.iter("sup") if len(text := _text(element)) <= 8 and text
    ]
    unmarked = [element for element in superscripts if not _is_named_mark(element)]
    numbered = _numbered_marks(unmarked)
    marks = [
        element
        for element in root.iter("a")
        if _LINKED_NOTE.match(element.get("href", "")) and _BRACKETED.fullmatch(_text(element))
    ]
    for element in superscripts:
        if element in unmarked and element not in numbered:
            _write_superscript(element)
        else:
            marks.append(element)
    _name_notes(root, [target for mark in marks for target in _targets(mark)])
    for mark in marks:
        _remove(mark)


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


def _targets(mark: Any) -> list[str]:
    """Return the IDs of the elements of the page that a mark links to."""
    parent = mark.getparent()
    links = [*mark.iter("a"), *([parent] if parent is not None and parent.tag == "a" else [])]
    return [str(link.get("href"))[1:] for link in links if link.get("href", "").startswith("#")]


def _name_notes(root: Any, targets: list[str]) -> None:
    """Give the footnotes their role, and remove their links back to the mark."""
    wanted = set(targets)
    notes = [element for element in root.iter() if element.get("id") in wanted] if wanted else []
    for note in notes:
        around = (note, *note.iterancestors())
        if note.tag in ("li", "p", "div", "aside", "td", "dd") and not any(
            "reference" in node.get("class", "") for node in around
        ):
            note.set("role", NOTE_ROLE)
            for link in [link for link in note.iter("a") if _BACK_LINK.fullmatch(_text(link))]:
                _remove(link)


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
