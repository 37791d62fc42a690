"""Read the words and the ruled lines of a PDF page with PDFium, at their displayed positions."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from index.loaders.typography import HYPHEN, expand_ligatures

__all__ = ["BULLET", "Dot", "Page", "Rule", "Word", "is_bold_font", "read_page"]

MAX_SCRIPT_SIZE_RATIO = 0.86  # a smaller character beside a larger one is a superscript
MIN_RAISE_RATIO = 0.12  # of the size of type, from baseline to baseline
MAX_RULE_WIDTH = 3.0  # points; what is thicker is an area
MIN_RULE_LENGTH = 6.0  # points
MAX_PATH_OBJECTS = 20_000  # of a page; a drawing with more of them is no table
MAX_PATH_SEGMENTS = 2_000
MIN_BOLD_WEIGHT = 600  # of a font without a name
MAX_FONT_NAME_BYTES = 200
MIN_CLIMB_RATIO = 0.25  # of the size of type; a word that rises more is written sideways
MAX_GLUED_GAP_RATIO = 0.1  # of the size of type; after a superscript, no more is no space

MAX_DOTS = 500  # of a page; a drawing with more is a chart
MAX_DOT_DIFFERENCE = 0.5  # points, between the width and the height
MIN_DOT_RATIO = 0.15  # of the size of type; the width
MAX_DOT_RATIO = 0.6
MAX_DOT_HEIGHT_RATIO = 0.6  # of the size of type, above the baseline
MAX_DOT_GAP_RATIO = 2.0  # of the size of type, to the word
BULLET = "•"

_WORD = re.compile(rf"[^\s{HYPHEN}]+{HYPHEN}?|{HYPHEN}")
_BOLD_FONT = re.compile(r"bold|black|heavy|demi|medi$|^(?:[A-Z]{6}\+)?CMBX", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Word(NamedTuple):
    """A word on a page. Positions are points from the lower left corner of the displayed page."""

    text: str
    left: float
    right: float
    baseline: float
    size: float
    offset: int  # of its first character in the characters of the page
    is_turned: bool = False  # written upwards or downwards
    is_glued: bool = False  # no space before it
    length: int = 1  # in characters of the page

    @property
    def middle(self) -> float:
        """Return the horizontal middle."""
        return (self.left + self.right) / 2


class Rule(NamedTuple):
    """A straight line that is drawn on a page, horizontally or vertically."""

    is_horizontal: bool
    position: float  # y of a horizontal line, x of a vertical one
    start: float
    end: float


class Dot(NamedTuple):
    """A shape that is as wide as high, such as the bullet of a list, by its middle."""

    x: float
    y: float
    width: float


class Page(NamedTuple):
    """The words of a page, in the order of the file, and its ruled lines."""

    words: list[Word]
    rules: list[Rule]
    bold: frozenset[int]  # the offsets of the words in bold type


def read_page(document: Any, number: int) -> Page:
    """Return what is on a page. A damaged page has no words; other pages may."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return Page([], [], frozenset())
    reader = _PageReader(page, page.get_rotation() // 90)
    try:
        words = list(reader.read_words())
        if sum(word.is_turned for word in words) > len(words) / 2:
            reader.turn_page(words)
            words = list(reader.read_words())
        rules, dots = reader.read_shapes()
        words = _mark_bullets(_raise_words(words), dots)
        return Page(words, rules, frozenset(reader.find_bold(words)))
    finally:
        reader.text_page.close()
        page.close()


def is_bold_font(name: str) -> bool:
    """Return whether a font is bold by its name."""
    return bool(_BOLD_FONT.search(name))


class _PageReader:
    def __init__(self, page: Any, turn: int) -> None:
        from pypdfium2 import raw

        self.raw = raw
        self.page = page
        self.turn = turn
        self.text_page = page.get_textpage()
        self.rectangle = raw.FS_RECTF()
        self.x, self.y = ctypes.c_double(), ctypes.c_double()

    def read_words(self) -> Iterator[Word]:
        """Yield the words in the order of the file."""
        text = self._read_text()
        is_turned = False
        for match in _WORD.finditer(text):
            first, last = match.start(), match.end() - 1
            for word in self._read_word(match[0], first, last):
                if last == first and is_turned:  # one character shows no direction
                    word = word._replace(is_turned=True)
                is_turned = word.is_turned
                yield word

    def turn_page(self, words: Sequence[Word]) -> None:
        """Turn the page so that the words that are written sideways run from left to right."""
        climb = sum(
            self._box(word.offset + 1)[1] - self._box(word.offset)[1]
            for word in words
            if word.is_turned and len(word.text) > 1
        )
        self.turn = (self.turn + (1 if climb > 0 else 3)) % 4

    def _read_text(self) -> str:
        """Return the characters of a page, one for each of PDFium's indexes."""
        count = self.text_page.count_chars()
        buffer = (ctypes.c_ushort * (count + 1))()
        # One call is fifty times as fast as one for each character, but it leaves out characters
        # without a code, and gives two for one beyond the basic plane.
        if self.raw.FPDFText_GetText(self.text_page, 0, count, buffer) == count + 1:
            text = bytes(buffer).decode("utf-16-le", "surrogatepass")
            if len(text) == count + 1 and not _SURROGATE.search(text):
                return text[:count].replace("\ufffe", HYPHEN)
        codes = (self.raw.FPDFText_GetUnicode(self.text_page, index) for index in range(count))
        return "".join(chr(code) if code <= 0x10FFFF else "\ufffd" for code in codes)

    def _read_word(self, text: str, first: int, last: int) -> Iterator[Word]:
        if last > first and _DIGIT.search(text):
            pieces = self._split_scripts(first, last)
            if len(pieces) > 1:
                for start, end in pieces:
                    piece = text[start - first : end - first + 1]
                    yield self._make_word(piece, start, end, is_glued=start > first)
                return
        yield self._make_word(text, first, last)

    def _make_word(self, text: str, first: int, last: int, is_glued: bool = False) -> Word:
        left, bottom, right, top = self._box(first)
        size = top - bottom
        is_turned = False
        if last > first:
            end_left, end_bottom, end_right, _ = self._box(last)
            climb = abs(end_bottom - bottom)
            is_turned = climb > MIN_CLIMB_RATIO * size and climb > abs(end_left - left)
            left, right = min(left, end_left), max(right, end_right)
        baseline = self._baseline(first)
        if not text.isascii():
            text = _clean_word(text)
        length = last - first + 1
        return Word(text, left, right, baseline, size or 1.0, first, is_turned, is_glued, length)

    def _split_scripts(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return the ranges of characters of about one size."""
        pieces = [(first, first)]
        size = self._size(first)
        for index in range(first + 1, last + 1):
            character_size = self._size(index)
            if MAX_SCRIPT_SIZE_RATIO < character_size / size < 1 / MAX_SCRIPT_SIZE_RATIO:
                pieces[-1] = (pieces[-1][0], index)
            else:
                pieces.append((index, index))
                size = character_size
        return pieces

    def _size(self, index: int) -> float:
        _, bottom, _, top = self._box(index)
        return (top - bottom) or 1.0

    def _box(self, index: int) -> tuple[float, float, float, float]:
        """Return the box of a character; its height is the size of type.

        PDFium's font size does not include the scale of the text.
        """
        box = self.rectangle
        self.raw.FPDFText_GetLooseCharBox(self.text_page, index, box)
        return self._rotate_box(box.left, box.bottom, box.right, box.top)

    def _rotate_box(
        self, left: float, bottom: float, right: float, top: float
    ) -> tuple[float, float, float, float]:
        if not self.turn:
            return left, bottom, right, top
        (x0, y0), (x1, y1) = _rotate(left, bottom, self.turn), _rotate(right, top, self.turn)
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)

    def _baseline(self, index: int) -> float:
        self.raw.FPDFText_GetCharOrigin(self.text_page, index, self.x, self.y)
        return _rotate(self.x.value, self.y.value, self.turn)[1] if self.turn else self.y.value

    def find_bold(self, words: Sequence[Word]) -> Iterator[int]:
        """Yield the offsets of the bold words.

        Only the first word of a line or a cell is looked up. The others are like those before.
        """
        is_bold = False
        last: Word | None = None
        for word in words:
            if (
                last is None
                or abs(word.baseline - last.baseline) > 1
                or not 0 <= word.left - last.right < word.size
            ):
                is_bold = self._is_bold(word.offset)
            if is_bold:
                yield word.offset
            last = word

    def _is_bold(self, index: int) -> bool:
        """Return whether a character is bold by the name of its font.

        PDFium's weight follows from the width of stems: 415 for a bold font, 828 for a regular one.
        """
        name, flags = ctypes.create_string_buffer(MAX_FONT_NAME_BYTES), ctypes.c_int()
        size = len(name)
        if self.raw.FPDFText_GetFontInfo(self.text_page, index, name, size, flags) > 1:
            return is_bold_font(name.value.decode("utf-8", "replace"))
        weight: int = self.raw.FPDFText_GetFontWeight(self.text_page, index)
        return weight >= MIN_BOLD_WEIGHT

    def read_shapes(self) -> tuple[list[Rule], list[Dot]]:
        """Return the lines and the edges of rectangles, and the dots."""
        raw = self.raw
        rules: list[Rule] = []
        dots: list[Dot] = []
        for index in range(min(raw.FPDFPage_CountObjects(self.page), MAX_PATH_OBJECTS)):
            shape = raw.FPDFPage_GetObject(self.page, index)
            corners = [ctypes.c_float() for _ in range(4)]
            if raw.FPDFPageObj_GetType(
                shape
            ) != raw.FPDF_PAGEOBJ_PATH or not raw.FPDFPageObj_GetBounds(shape, *corners):
                continue
            left, bottom, right, top = self._rotate_box(*(corner.value for corner in corners))
            rules += self._read_path(shape, left, bottom, right, top)
            if abs((right - left) - (top - bottom)) <= MAX_DOT_DIFFERENCE:
                dots.append(Dot((left + right) / 2, (bottom + top) / 2, right - left))
        return rules, dots if len(dots) <= MAX_DOTS else []

    def _read_path(
        self, shape: Any, left: float, bottom: float, right: float, top: float
    ) -> Iterator[Rule]:
        count = self.raw.FPDFPath_CountSegments(shape)
        if min(right - left, top - bottom) <= MAX_RULE_WIDTH:
            yield from _make_rules(left, bottom, right, top)
        elif _is_stroked(shape) and count <= MAX_PATH_SEGMENTS:
            yield from self._read_segments(shape, count)

    def _read_segments(self, shape: Any, count: int) -> Iterator[Rule]:
        raw = self.raw
        matrix = raw.FS_MATRIX()
        raw.FPDFPageObj_GetMatrix(shape, matrix)
        x, y = ctypes.c_float(), ctypes.c_float()
        start = last = (0.0, 0.0)
        for index in range(count):
            segment = raw.FPDFPath_GetPathSegment(shape, index)
            raw.FPDFPathSegment_GetPoint(segment, x, y)
            point = (
                matrix.a * x.value + matrix.c * y.value + matrix.e,
                matrix.b * x.value + matrix.d * y.value + matrix.f,
            )
            kind = raw.FPDFPathSegment_GetType(segment)
            if kind == raw.FPDF_SEGMENT_MOVETO:
                start = point
            elif kind == raw.FPDF_SEGMENT_LINETO:
                yield from self._make_segment_rules(last, point)
            if raw.FPDFPathSegment_GetClose(segment):
                yield from self._make_segment_rules(point, start)
            last = point

    def _make_segment_rules(
        self, first: tuple[float, float], second: tuple[float, float]
    ) -> Iterator[Rule]:
        (x0, y0), (x1, y1) = first, second
        left, bottom, right, top = self._rotate_box(
            min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)
        )
        if min(right - left, top - bottom) <= MAX_RULE_WIDTH:
            yield from _make_rules(left, bottom, right, top)


def _is_stroked(shape: Any) -> bool:
    from pypdfium2 import raw

    fill, stroke = ctypes.c_int(), ctypes.c_int()
    raw.FPDFPath_GetDrawMode(shape, fill, stroke)
    return bool(stroke.value)


def _make_rules(left: float, bottom: float, right: float, top: float) -> Iterator[Rule]:
    width, height = right - left, top - bottom
    if width >= MIN_RULE_LENGTH and width > height:
        yield Rule(True, (top + bottom) / 2, left, right)
    elif height >= MIN_RULE_LENGTH and height > width:
        yield Rule(False, (left + right) / 2, bottom, top)


def _clean_word(text: str) -> str:
    """Return the text with joined surrogates and expanded ligatures."""
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return expand_ligatures(text)


def _raise_words(words: Sequence[Word]) -> list[Word]:
    """Return the words, with raised small digits as superscripts, glued to the word before."""
    pending = list(words)
    result: list[Word] = []
    for index, word in enumerate(pending):
        if word.text.isdecimal() and word.text.isascii():
            before = result[-1] if result else None
            after = pending[index + 1] if index + 1 < len(pending) else None
            if before and _is_raised(word, before) and _is_beside(before, word):
                word = _make_superscript(word, before)._replace(is_glued=True)
                if after and abs(after.left - word.right) < MAX_GLUED_GAP_RATIO * after.size:
                    pending[index + 1] = after._replace(is_glued=True)
            elif after and _is_raised(word, after) and _is_beside(word, after):
                word = _make_superscript(word, after)
                pending[index + 1] = after._replace(is_glued=False)
        result.append(word)
    return result


def _mark_bullets(words: Sequence[Word], dots: Sequence[Dot]) -> list[Word]:
    """Return the words, with a bullet in front of those that a drawn one is in front of."""
    result = list(words)
    for dot in dots:
        beside = [
            (word.left, index)
            for index, word in enumerate(result)
            if word.baseline < dot.y < word.baseline + MAX_DOT_HEIGHT_RATIO * word.size
            and abs(word.left - dot.x) < MAX_DOT_GAP_RATIO * word.size
            and MIN_DOT_RATIO * word.size <= dot.width <= MAX_DOT_RATIO * word.size
        ]
        if beside and min(beside)[0] > dot.x:  # not within a line
            index = min(beside)[1]
            result[index] = result[index]._replace(text=BULLET + result[index].text)
    return result


def _make_superscript(word: Word, base: Word) -> Word:
    return word._replace(
        text=word.text.translate(_SUPERSCRIPTS), baseline=base.baseline, size=base.size
    )


def _is_raised(word: Word, base: Word) -> bool:
    """Return whether the word is a superscript beside the other one."""
    return (
        word.size < MAX_SCRIPT_SIZE_RATIO * base.size
        and MIN_RAISE_RATIO * base.size < word.baseline - base.baseline < base.size
    )


def _is_beside(first: Word, second: Word) -> bool:
    return abs(second.left - first.right) < 0.3 * max(first.size, second.size)


def _rotate(x: float, y: float, turn: int) -> tuple[float, float]:
    """Return the position of a point on the displayed page, up to a translation; y points up."""
    return [(x, y), (y, -x), (-x, -y), (-y, x)][turn]
