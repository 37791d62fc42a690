"""The lines of pages become paragraphs and headings: by the distance, indent and length of lines and the size of type.

The order of the lines is kept. Programs that make PDF files write column by column; sorting by place would
mend the few that do not and break the tables and margins of the others.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from .parts import Part
from .words import HYPHEN, Hyphens

__all__ = ["Line", "parts_of_lines", "without_margins"]

EDGE = 2  # lines at the top and at the bottom of a page that may be a running head or foot
LOOSE = 1.3  # times the usual distance of lines: more parts paragraphs
INDENT = 0.8  # of the size of type: less is no indent
LARGE = 1.15  # times the usual size of type: a heading
LONGEST_HEADING = 200  # characters
EMPTY = 0.35  # of a column: a line that leaves so much room ends its paragraph

_BULLET = re.compile(r"[•◦▪‣●○■□▫–]\s*(?=\S)")
_NUMBER = re.compile(r"(?:\(?\d{1,2}[.)]|\(?[a-z]\)|\[\d{1,3}\])\s")
_SENTENCE_END = re.compile(r"[.!?:…。！？؟][\"'”’»)\]]*$")


@dataclass(frozen=True)
class Line:
    """Points, from the lower left corner of the page as it is shown."""

    text: str
    page: int  # from 0
    left: float
    right: float
    top: float  # baseline of its first character
    bottom: float  # and of its last: PDFium makes one line of two where a word is hyphenated
    size: float


def without_margins(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """All lines without those that stand, but for numbers, alike at the same edge and height of several pages."""
    seen = Counter(key for lines in pages for key in {_key(line) for line in _edges(lines)})
    often = min(3, max(2, len(pages)))
    kept: list[Line] = []
    for lines in pages:
        running = {line for line in _edges(lines) if seen[_key(line)] >= often}
        rest = [line for line in lines if line not in running]
        kept += rest or lines
    return kept


def _edges(lines: Sequence[Line]) -> list[Line]:
    ordered = sorted(lines, key=lambda line: line.top)
    return [*ordered[:EDGE], *ordered[-EDGE:]]


def _key(line: Line) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text), round(line.top / 4)


def parts_of_lines(lines: Sequence[Line]) -> Iterator[Part]:
    if not lines:
        return
    page = _Page(lines)
    hyphens = Hyphens(line.text for line in lines)
    paragraph = [lines[0]]
    for line in lines[1:]:
        if page.goes_on(paragraph, line):
            paragraph.append(line)
        else:
            yield page.part(paragraph, hyphens)
            paragraph = [line]
    yield page.part(paragraph, hyphens)


class _Page:
    """What is usual in a document, against which a line is long, large or far from the one before."""

    def __init__(self, lines: Sequence[Line]) -> None:
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[round(line.size, 1)] += len(line.text)
        self.size = sizes.most_common(1)[0][0]
        self.levels = sorted((size for size in sizes if size >= LARGE * self.size), reverse=True)
        gaps = [(a.bottom - b.top) / a.size for a, b in pairwise(lines) if a.page == b.page]
        self.leading = median([gap for gap in gaps if 0.8 < gap < 2.5] or [1.2])
        self.rights: dict[tuple[int, int], float] = {}
        for line in lines:
            key = _column(line)
            self.rights[key] = max(self.rights.get(key, 0.0), line.right)

    def goes_on(self, paragraph: Sequence[Line], line: Line) -> bool:
        """Whether the line belongs to the paragraph."""
        last = paragraph[-1]
        if _BULLET.match(line.text) or not 1 / LARGE < line.size / last.size < LARGE:
            return False
        ended = bool(_SENTENCE_END.search(last.text))
        if _NUMBER.match(line.text) and (ended or _NUMBER.match(paragraph[0].text)):
            return False
        gap = last.bottom - line.top
        if line.page != last.page or gap < -0.5 * line.size:  # the next column or page
            return not ended and (line.text[0].islower() or not self._leaves_room(last, line, ended))
        if gap < 0.5 * line.size:  # beside it
            return line.left - last.right < 3 * line.size
        if gap > LOOSE * self.leading * line.size:
            return False
        return not (_is_indented(paragraph, line) or self._leaves_room(last, line, ended))

    def _leaves_room(self, last: Line, line: Line, ended: bool) -> bool:
        """Whether the first word of the line would have stood on the line before."""
        right = max(self.rights[_column(last)], last.right)
        room = right - last.right
        width = (line.right - line.left) / len(line.text) * len(line.text.split()[0])
        return room > EMPTY * (right - last.left) or (ended and room > width + line.size)

    def part(self, paragraph: Sequence[Line], hyphens: Hyphens) -> Part:
        text = ""
        pages: list[tuple[int, int]] = []
        for line in paragraph:
            text = _joined(text, line.text)
            if not pages or pages[-1][1] != line.page:
                pages.append((len(text) - len(line.text), line.page))
        text, pages = hyphens.resolve(text, pages)
        size = round(median(line.size for line in paragraph), 1)
        if size in self.levels and len(text) <= LONGEST_HEADING:
            return Part(text, "heading", min(self.levels.index(size) + 1, 6), pages)
        if bullet := _BULLET.match(text):
            moved = [(max(offset - bullet.end(), 0), page) for offset, page in pages]
            return Part(text[bullet.end() :], "item", 1, moved)
        return Part(text, pages=pages)


def _column(line: Line) -> tuple[int, int]:
    return line.page, round(line.left / 20)


def _is_indented(paragraph: Sequence[Line], line: Line) -> bool:
    """Whether it begins a paragraph by its indent, or by the lack of it where the other lines hang."""
    if len(paragraph) < 2:
        return False
    first, second = paragraph[0].left, paragraph[1].left
    step = INDENT * line.size
    return line.left > second + step or (second > first + step and line.left < second - step)


def _joined(text: str, line: str) -> str:
    """Two lines as one: a hyphen at the end is decided upon later; Chinese and Japanese have no spaces."""
    if not text:
        return line
    if text[-1] in "-\xad\u2010" and text[-2:-1].isalpha() and line[0].islower():
        return text[:-1] + HYPHEN + line
    wide = all(unicodedata.east_asian_width(character) in "WF" for character in (text[-1], line[0]))
    return text + ("" if wide else " ") + line
