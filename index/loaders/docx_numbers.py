"""Compute the numbers of list items in a DOCX file as Word displays them.

Word's numbering continues after a paragraph, a table or another list; HTML lists do not. The
numbers are written into the text of the items between two marks that no text contains, so that they
survive the conversion to HTML.
"""

from __future__ import annotations

import re
import zipfile
from io import BytesIO
from typing import Any, NamedTuple

from index.loaders.zip_reader import Archive

__all__ = ["mark_numbers", "set_numbers"]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_DOCUMENT = "word/document.xml"
_NUMBERING = "word/numbering.xml"
_STYLES = "word/styles.xml"
_MEDIA = "word/media/"
_START, _END = "\ue0f0", "\ue0f1"  # private use
_MARK = re.compile(f"{_START}(-?\\d+){_END}")
MAX_LEVELS = 9  # of Word


class _Level(NamedTuple):
    start: int
    is_numbered: bool
    is_restarted: bool


class _Definition(NamedTuple):
    """The definition of a list, which several lists (`w:num`) can share."""

    identifier: str
    levels: dict[int, _Level]
    starts: dict[int, int]  # by level: where this list starts again


def mark_numbers(archive: Archive) -> bytes:
    """Return the file with the number of each item of an ordered list at its beginning.

    Args:
        archive: a DOCX file.

    Returns:
        The file itself if it has no lists.
    """
    if _DOCUMENT not in archive.names or _NUMBERING not in archive.names:
        return archive.data
    from lxml import etree

    document = archive.parse_xml(_DOCUMENT)
    styles = _read_style_lists(archive)
    numbers = _Numbers(archive.parse_xml(_NUMBERING), styles)
    is_changed = False
    for paragraph in document.iter(f"{_W}p"):
        number = numbers.count(paragraph)
        if number is not None:
            _insert_mark(paragraph, number)
            is_changed = True
    if not is_changed:
        return archive.data
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as copy:
        for name in sorted(archive.names):
            if name.startswith(_MEDIA):  # pictures are not read
                continue
            is_document = name == _DOCUMENT
            copy.writestr(name, etree.tostring(document) if is_document else archive.read(name))
    return stream.getvalue()


def set_numbers(root: Any) -> None:
    """Turn the marks in a tree of HTML into values of its list items.

    Args:
        root: the lxml element; it is changed.
    """
    for element in root.iter():
        for name in ("text", "tail"):
            text = getattr(element, name)
            if not text or _START not in text:
                continue
            match = _MARK.search(text)
            item = next(element.iterancestors("li"), None) if element.tag != "li" else element
            if match and item is not None and not item.get("value"):
                item.set("value", match[1])
            setattr(element, name, _MARK.sub("", text))


def _insert_mark(paragraph: Any, number: int) -> None:
    from lxml import etree

    run = etree.Element(f"{_W}r")
    etree.SubElement(run, f"{_W}t").text = f"{_START}{number}{_END}"
    properties = paragraph.find(f"{_W}pPr")
    paragraph.insert(0 if properties is None else paragraph.index(properties) + 1, run)


def _read_style_lists(archive: Archive) -> dict[str, tuple[str, int | None]]:
    """Return the list and the level that each paragraph style gives, also through its base."""
    if _STYLES not in archive.names:
        return {}
    lists: dict[str, tuple[str, int | None]] = {}
    bases: dict[str, str] = {}
    for style in archive.parse_xml(_STYLES).iter(f"{_W}style"):
        name = style.get(f"{_W}styleId", "")
        bases[name] = _value(style.find(f"{_W}basedOn"))
        properties = style.find(f"{_W}pPr/{_W}numPr")
        if properties is not None and (number := _value(properties.find(f"{_W}numId"))):
            lists[name] = number, _integer(properties.find(f"{_W}ilvl"))
    for name in bases:
        base, seen = name, {name}
        while base not in lists and bases.get(base) and bases[base] not in seen:
            base = bases[base]
            seen.add(base)
        if base in lists:
            lists[name] = lists[base]
    return lists


class _Numbers:
    """The numbers of the lists, counted in the order of the document."""

    def __init__(self, numbering: Any, styles: dict[str, tuple[str, int | None]]) -> None:
        self.styles = styles
        abstract = {a.get(f"{_W}abstractNumId"): a for a in numbering.iter(f"{_W}abstractNum")}
        links = {num.get(f"{_W}numId"): num for num in numbering.iter(f"{_W}num")}
        self.style_levels = {
            _value(level.find(f"{_W}pStyle")): _integer_of(level.get(f"{_W}ilvl")) or 0
            for element in abstract.values()
            for level in element.iter(f"{_W}lvl")
        }
        self.definitions: dict[str, _Definition] = {}
        for number, num in links.items():
            identifier = _value(num.find(f"{_W}abstractNumId"))
            element = abstract.get(identifier)
            link = _value(element.find(f"{_W}numStyleLink")) if element is not None else ""
            if link in styles and styles[link][0] in links:
                identifier = _value(links[styles[link][0]].find(f"{_W}abstractNumId"))
                element = abstract.get(identifier)
            if element is not None:
                self.definitions[number] = _read_definition(identifier, element, num)
        self.counters: dict[str, dict[int, int]] = {}
        self.started: set[tuple[str, int]] = set()

    def count(self, paragraph: Any) -> int | None:
        """Return the number of a paragraph; None if it has none."""
        number, level = self._find_list(paragraph)
        definition = self.definitions.get(number)
        if definition is None or not 0 <= level < MAX_LEVELS or _is_deleted(paragraph):
            return None
        counters = self.counters.setdefault(definition.identifier, {})
        for upper in range(level + 1):
            start = definition.levels[upper].start if upper in definition.levels else 1
            if upper in definition.starts and (number, upper) not in self.started:
                counters.pop(upper, None)
                start = definition.starts[upper]
            self.started.add((number, upper))
            if upper not in counters:
                counters[upper] = start - (upper == level)
        counters[level] += 1
        for deeper in [key for key in counters if key > level]:
            if deeper not in definition.levels or definition.levels[deeper].is_restarted:
                del counters[deeper]
        settings = definition.levels.get(level)
        return counters[level] if settings is None or settings.is_numbered else None

    def _find_list(self, paragraph: Any) -> tuple[str, int]:
        style = _value(paragraph.find(f"{_W}pPr/{_W}pStyle"))
        number, level = self.styles.get(style, ("", None))
        properties = paragraph.find(f"{_W}pPr/{_W}numPr")
        if properties is not None:
            number = _value(properties.find(f"{_W}numId")) or number
            own_level = _integer(properties.find(f"{_W}ilvl"))
            level = own_level if own_level is not None else level
        return number, self.style_levels.get(style, 0) if level is None else level


def _read_definition(identifier: str, element: Any, num: Any) -> _Definition:
    levels = {
        _integer_of(level.get(f"{_W}ilvl")) or 0: _read_level(level)
        for level in element.findall(f"{_W}lvl")
    }
    starts: dict[int, int] = {}
    for override in num.findall(f"{_W}lvlOverride"):
        number = _integer_of(override.get(f"{_W}ilvl")) or 0
        level = override.find(f"{_W}lvl")
        if level is not None:
            levels[number] = _read_level(level)
        start = _integer(override.find(f"{_W}startOverride"))
        if start is not None:
            starts[number] = start
    return _Definition(identifier, levels, starts)


def _read_level(level: Any) -> _Level:
    start = _integer(level.find(f"{_W}start"))
    kind = _value(level.find(f"{_W}numFmt"))
    text = level.find(f"{_W}lvlText")
    return _Level(
        1 if start is None else start,
        kind not in ("bullet", "none") and (text is None or "%" in _value(text)),
        _integer(level.find(f"{_W}lvlRestart")) != 0,
    )


def _is_deleted(paragraph: Any) -> bool:
    return paragraph.find(f"{_W}pPr/{_W}rPr/{_W}del") is not None


def _value(element: Any) -> str:
    return "" if element is None else str(element.get(f"{_W}val", ""))


def _integer(element: Any) -> int | None:
    return None if element is None else _integer_of(element.get(f"{_W}val"))


def _integer_of(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"-?\d{1,9}", text) else None
