"""Group the lines of PDF pages into paragraphs and headings.

The grouping uses the distance, indent and length of lines and the size of type. The order of the
lines does not change: most programs write PDF column by column. Sorting by position would repair
the few files in another order, and break the tables and margins of the others.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from index.loaders.builder import Part
from index.loaders.typography import HYPHEN, HyphenResolver

__all__ = ["Line", "group_lines", "remove_running_heads"]

EDGE_LINES = 2  # at the top and at the bottom of a page, where running heads and feet are
PARAGRAPH_LEADING_RATIO = 1.3  # a larger distance, relative to the usual one, starts a paragraph
MIN_INDENT_RATIO = 0.8  # of the size of type
HEADING_SIZE_RATIO = 1.15  # relative to the usual size of type
MAX_HEADING_CHARACTERS = 200
MIN_EMPTY_SHARE = 0.35  # of a column; a line that leaves so much space ends its paragraph

_BULLET = re.compile(r"[•◦▪‣●○■□▫–]\s*(?=\S)")
_NUMBER = re.compile(r"(?:\(?\d{1,2}[.)]|\(?[a-z]\)|\[\d{1,3}\])\s")
_SENTENCE_END = re.compile(r"[.!?:…。！？؟][\"'”’»)\]]*$")


@dataclass(frozen=True)
class Line:
    """A line of text. Positions are points from the lower left corner of the displayed page."""

    text: str
    page: int  # from 0
    left: float
    right: float
    top: float  # baseline of its first character
    bottom: float  # of its last character: PDFium joins two lines at a hyphenated word
    size: float


def remove_running_heads(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """Return all lines except running heads and feet.

    These are lines at the edge of several pages with equal text, except for numbers, and position.
    """
    seen = Counter(
        key for lines in pages for key in {_position_key(line) for line in _edge_lines(lines)}
    )
    min_pages = min(3, max(2, len(pages)))
    result: list[Line] = []
    for lines in pages:
        running = {line for line in _edge_lines(lines) if seen[_position_key(line)] >= min_pages}
        body = [line for line in lines if line not in running]
        result += body or lines
    return result


def _edge_lines(lines: Sequence[Line]) -> list[Line]:
    ordered = sorted(lines, key=lambda line: line.top)
    return [*ordered[:EDGE_LINES], *ordered[-EDGE_LINES:]]


def _position_key(line: Line) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text), round(line.top / 4)


def group_lines(lines: Sequence[Line]) -> Iterator[Part]:
    """Yield the paragraphs, headings and list items that the lines form."""
    if not lines:
        return
    layout = _Layout(lines)
    hyphens = HyphenResolver(line.text for line in lines)
    paragraph = [lines[0]]
    for line in lines[1:]:
        if layout.is_continuation(paragraph, line):
            paragraph.append(line)
        else:
            yield layout.make_part(paragraph, hyphens)
            paragraph = [line]
    yield layout.make_part(paragraph, hyphens)


class _Layout:
    """The usual type size, leading and right margins of a document."""

    def __init__(self, lines: Sequence[Line]) -> None:
        sizes: Counter[float] = Counter()
        for line in lines:
            sizes[round(line.size, 1)] += len(line.text)
        self.size = sizes.most_common(1)[0][0]
        self.levels = sorted(
            (size for size in sizes if size >= HEADING_SIZE_RATIO * self.size), reverse=True
        )
        gaps = [(a.bottom - b.top) / a.size for a, b in pairwise(lines) if a.page == b.page]
        self.leading = median([gap for gap in gaps if 0.8 < gap < 2.5] or [1.2])
        self.rights: dict[tuple[int, int], float] = {}
        for line in lines:
            key = _column_key(line)
            self.rights[key] = max(self.rights.get(key, 0.0), line.right)

    def is_continuation(self, paragraph: Sequence[Line], line: Line) -> bool:
        """Return whether the line belongs to the paragraph."""
        last = paragraph[-1]
        if (
            _BULLET.match(line.text)
            or not 1 / HEADING_SIZE_RATIO < line.size / last.size < HEADING_SIZE_RATIO
        ):
            return False
        ended = bool(_SENTENCE_END.search(last.text))
        if _NUMBER.match(line.text) and (ended or _NUMBER.match(paragraph[0].text)):
            return False
        gap = last.bottom - line.top
        if line.page != last.page or gap < -0.5 * line.size:  # the next column or page
            return not ended and (
                line.text[0].islower() or not self._leaves_room(last, line, ended)
            )
        if gap < 0.5 * line.size:  # on the same height
            return line.left - last.right < 3 * line.size
        if gap > PARAGRAPH_LEADING_RATIO * self.leading * line.size:
            return False
        return not (_is_indented(paragraph, line) or self._leaves_room(last, line, ended))

    def _leaves_room(self, last: Line, line: Line, ended: bool) -> bool:
        """Return whether the first word of the line would have fitted on the previous line."""
        right = max(self.rights[_column_key(last)], last.right)
        room = right - last.right
        width = (line.right - line.left) / len(line.text) * len(line.text.split()[0])
        return room > MIN_EMPTY_SHARE * (right - last.left) or (ended and room > width + line.size)

    def make_part(self, paragraph: Sequence[Line], hyphens: HyphenResolver) -> Part:
        """Return the lines as a heading, list item or paragraph."""
        text = ""
        pages: list[tuple[int, int]] = []
        for line in paragraph:
            text = _join_lines(text, line.text)
            if not pages or pages[-1][1] != line.page:
                pages.append((len(text) - len(line.text), line.page))
        text, pages = hyphens.resolve(text, pages)
        size = round(median(line.size for line in paragraph), 1)
        if size in self.levels and len(text) <= MAX_HEADING_CHARACTERS:
            return Part(text, "heading", min(self.levels.index(size) + 1, 6), pages)
        if bullet := _BULLET.match(text):
            moved = [(max(offset - bullet.end(), 0), page) for offset, page in pages]
            return Part(text[bullet.end() :], "item", 1, moved)
        return Part(text, pages=pages)


def _column_key(line: Line) -> tuple[int, int]:
    return line.page, round(line.left / 20)


def _is_indented(paragraph: Sequence[Line], line: Line) -> bool:
    """Return whether the line starts a paragraph by its indent, or by its lack of a hanging one."""
    if len(paragraph) < 2:
        return False
    first, second = paragraph[0].left, paragraph[1].left
    step = MIN_INDENT_RATIO * line.size
    return line.left > second + step or (second > first + step and line.left < second - step)


def _join_lines(text: str, line: str) -> str:
    """Join two lines. Chinese and Japanese lines are joined without a space.

    A hyphen at the end is marked, to be resolved later.
    """
    if not text:
        return line
    if text[-1] in "-\xad\u2010" and text[-2:-1].isalpha() and line[0].islower():
        return text[:-1] + HYPHEN + line
    wide = all(unicodedata.east_asian_width(character) in "WF" for character in (text[-1], line[0]))
    return text + ("" if wide else " ") + line
