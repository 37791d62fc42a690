"""PDF: its text by PDFium, in the order in which it was written; pages are kept, so that a quote can name its page."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..article import Article
from ..errors import ArticleError
from .authors import author_of
from .base import Loader
from .layout import Line, parts_of_lines, without_margins
from .parts import article_of
from .words import without_ligatures

__all__ = ["PdfLoader"]

PAGES = 2_000
_FACTS = ("Title", "Author", "Creator", "Producer")
_LINE_ENDS = "\r\n"
_PASSWORD = 4  # FPDF_ERR_PASSWORD


class PdfLoader(Loader):
    suffixes = (".pdf",)
    apart = True

    def recognises(self, data: bytes) -> bool:
        return data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-")

    def load(self, data: bytes, path: Path) -> Article:
        document = _open(data, path)
        try:
            if len(document) > PAGES:
                raise ArticleError(f"{path} has {len(document):,} pages; at most {PAGES:,} can be read. Cut it into parts.")
            pages = [list(_lines(document, number)) for number in range(len(document))]
            title, author, *programs = (str(document.get_metadata_value(name)) for name in _FACTS)
        finally:
            document.close()
        if not any(character.isalnum() for lines in pages for line in lines for character in line.text):
            raise ArticleError(
                f"{path} has no text in its {len(pages)} pages: it is scanned or made of pictures. Run it through a program "
                "that recognises text (OCR) and open what that makes."
            )
        return article_of(
            parts_of_lines(without_margins(pages)),
            path,
            title=title,
            author=author_of([author], programs=programs),
            pages=len(pages),
        )


def _open(data: bytes, path: Path) -> Any:
    import pypdfium2

    if b"%PDF-" not in data[:1024]:  # some mail programs leave a line before it
        raise ArticleError(f"{path} is no PDF file: it does not begin as one. Give it the name of what it is.")
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD:
            raise ArticleError(f"{path} is protected by a password. Remove the password and try again.") from error
        raise ArticleError(f"{path} is damaged ({str(error).rstrip('.')}). Save it again and try once more.") from error


def _lines(document: Any, number: int) -> Iterator[Line]:
    """The lines of a page in the order of the file, each where it stands on the page as it is shown."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return  # a page that is damaged has no text; the others may
    turn, text_page = page.get_rotation() // 90, page.get_textpage()
    first, text = 0, _characters(text_page)
    for index, character in enumerate([*text, "\n"]):
        if character in _LINE_ENDS:
            if line := _words(text[first:index]):
                yield _line(text_page, line, number, range(first, index), turn)
            first = index + 1
    text_page.close()
    page.close()


def _characters(text_page: Any) -> list[str]:
    from pypdfium2 import raw

    codes = (raw.FPDFText_GetUnicode(text_page, index) for index in range(text_page.count_chars()))
    return [chr(code) if code <= 0x10FFFF else "\ufffd" for code in codes]


def _words(characters: Sequence[str]) -> str:
    """Halves of characters joined, ligatures apart, single spaces."""
    text = "".join(characters).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(without_ligatures(text).split())


def _line(text_page: Any, text: str, number: int, places: range, turn: int) -> Line:
    from pypdfium2 import raw

    written = [place for place in places if raw.FPDFText_IsGenerated(text_page, place) != 1] or [places[0]]
    (left, top), (right, bottom) = (_turned(*_origin(text_page, place), turn) for place in (written[0], written[-1]))
    size = _size(text_page, written[len(written) // 2], turn)
    return Line(text, number, min(left, right), max(left, right), top, bottom, size)


def _origin(text_page: Any, place: int) -> tuple[float, float]:
    from pypdfium2 import raw

    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page, place, x, y)
    return x.value, y.value


def _size(text_page: Any, place: int, turn: int) -> float:
    """Of the type, in points as shown; what PDFium calls the font size leaves out how the text is scaled."""
    left, bottom, right, top = text_page.get_charbox(place, loose=True)
    return float(abs(right - left if turn % 2 else top - bottom)) or 1.0


def _turned(x: float, y: float, turn: int) -> tuple[float, float]:
    """Where a point stands when the page is shown, up to a shift; y goes up."""
    return [(x, y), (y, -x), (-x, -y), (-y, x)][turn]
