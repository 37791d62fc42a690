"""Show the pages of a PDF file: as images, and as letters with their places.

The file is untrusted. `sandbox.run_isolated` runs both functions.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Iterator, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from index.errors import ArticleError
from index.loaders.page_letters import Box, PageLetters, fold_letters, join_boxes
from index.loaders.pdf import open_document
from index.loaders.pdf_layout import order_words
from index.loaders.pdf_words import Word, read_page

__all__ = ["MAX_PIXELS", "read_letters", "render_page"]

MAX_PIXELS = 8_000_000  # of an image; an A4 page with four pixels to a point has as many
UNITS = 100  # of a place, in a point
MAX_LETTERS = 100_000  # of a page


def render_page(data: bytes, path: Path, number: int, scale: float) -> bytes:
    """Return a page as a PNG image.

    Args:
        data: the file.
        path: its path, for messages.
        number: the number of the page, from 1.
        scale: the pixels for a point. A large page gets fewer.

    Raises:
        ArticleError: the file or the page cannot be read.
    """
    document = open_document(data, path)
    document.init_forms()
    page = _open_page(document, path, number)
    width, height = page.get_size()
    scale = min(scale, (MAX_PIXELS / max(1.0, width * height)) ** 0.5)
    image = page.render(scale=scale).to_pil()
    stream = BytesIO()
    image.save(stream, "PNG", compress_level=3)
    return stream.getvalue()


def read_letters(data: bytes, path: Path, number: int) -> bytes:
    """Return the letters of a page with their places, as JSON of `PageLetters`.

    Raises:
        ArticleError: the file or the page cannot be read.
    """
    document = open_document(data, path)
    page = _open_page(document, path, number)
    places = _Places(page)
    letters = ""
    boxes: list[Box] = []
    for word in order_words(read_page(document, number - 1)):
        folded = fold_letters(word.text)
        if len(letters) + len(folded) > MAX_LETTERS:
            break
        letters += folded
        boxes += places.of_letters(word, folded)
    return json.dumps(PageLetters(letters, boxes, places.width, places.height)).encode()


def _open_page(document: Any, path: Path, number: int) -> Any:
    import pypdfium2

    if number > len(document):
        raise ArticleError(f"{path} has {len(document):,} pages, and no page {number}.")
    try:
        return document[number - 1]
    except pypdfium2.PdfiumError as error:
        raise ArticleError(f"Page {number:,} of {path} is damaged.") from error


class _Places:
    """The places of characters on a displayed page, from its upper left corner, in whole units."""

    def __init__(self, page: Any) -> None:
        from pypdfium2 import raw

        self.raw = raw
        self.page = page
        self.text_page = page.get_textpage()
        self.width, self.height = (max(1, round(UNITS * side)) for side in page.get_size())

    def of_letters(self, word: Word, letters: str) -> Iterator[Box]:
        """Yield the place of each letter of a word."""
        indexes = range(word.offset, word.offset + word.length)
        counts = [
            len(fold_letters(chr(self.raw.FPDFText_GetUnicode(self.text_page, index))))
            for index in indexes
        ]
        boxes = [self._find_box(index) for index in indexes]
        if sum(counts) == len(letters):  # a ligature is one character and two letters
            for first, end in _attach_marks(counts):
                yield from [join_boxes(boxes[first:end])] * sum(counts[first:end])
        else:
            yield from [join_boxes(boxes)] * len(letters)

    def _find_box(self, index: int) -> Box:
        rectangle = self.raw.FS_RECTF()
        self.raw.FPDFText_GetLooseCharBox(self.text_page, index, rectangle)
        (x0, y0), (x1, y1) = (
            self._displayed(rectangle.left, rectangle.top),
            self._displayed(rectangle.right, rectangle.bottom),
        )
        return Box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))

    def _displayed(self, x: float, y: float) -> tuple[int, int]:
        """Return where a point of the page is displayed, whatever its rotation and cropping."""
        column, row = ctypes.c_int(), ctypes.c_int()
        self.raw.FPDF_PageToDevice(self.page, 0, 0, self.width, self.height, 0, x, y, column, row)
        return min(max(column.value, 0), self.width), min(max(row.value, 0), self.height)


def _attach_marks(counts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Return ranges of characters: each with letters, and the marks after it or at the beginning.

    Args:
        counts: the number of letters of each character; a mark has none.
    """
    starts = [index for index, count in enumerate(counts) if count]
    return pairwise([0, *starts[1:], len(counts)])
