"""Load PDF with PDFium: the text in the order of the file, with the span of each page."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from index.errors import ArticleError
from index.loaders.authors import format_authors
from index.loaders.base import Loader, import_optional
from index.loaders.builder import build_article
from index.loaders.pdf_layout import Line, group_lines, remove_running_heads
from index.loaders.typography import expand_ligatures
from index.text.article import Article

__all__ = ["PdfLoader"]

MAX_PAGES = 2_000
_METADATA_KEYS = ("Title", "Author", "Creator", "Producer")
_LINE_ENDS = "\r\n"
_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD


class PdfLoader(Loader):
    """Load PDF that contains text."""

    suffixes = (".pdf",)
    isolated = True

    def recognises(self, data: bytes) -> bool:
        """Return whether the bytes are a PDF file."""
        return data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-")

    def load(self, data: bytes, path: Path) -> Article:
        """Return the article. Raises ArticleError."""
        document = _open_document(data, path)
        try:
            if len(document) > MAX_PAGES:
                raise ArticleError(
                    f"{path} has {len(document):,} pages; at most {MAX_PAGES:,} can be read. "
                    "Cut it into parts."
                )
            pages = [list(_read_lines(document, number)) for number in range(len(document))]
            title, author, *programs = (
                str(document.get_metadata_value(name)) for name in _METADATA_KEYS
            )
        finally:
            document.close()
        if not any(
            character.isalnum() for lines in pages for line in lines for character in line.text
        ):
            raise ArticleError(
                f"{path} has no text in its {len(pages)} pages: it is scanned or made of pictures. "
                "Run it through a program that recognises text (OCR) and open what that makes."
            )
        return build_article(
            group_lines(remove_running_heads(pages)),
            path,
            title=title,
            author=format_authors([author], programs=programs),
            pages=len(pages),
        )


def _open_document(data: bytes, path: Path) -> Any:
    pypdfium2 = import_optional("pypdfium2", "pdf", path)

    if b"%PDF-" not in data[:1024]:  # some mail programs leave a line before it
        raise ArticleError(
            f"{path} is no PDF file: it does not begin as one. Give it the name of what it is."
        )
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD_ERROR:
            raise ArticleError(
                f"{path} is protected by a password. Remove the password and try again."
            ) from error
        raise ArticleError(
            f"{path} is damaged ({str(error).rstrip('.')}). Save it again and try once more."
        ) from error


def _read_lines(document: Any, number: int) -> Iterator[Line]:
    """Yield the lines of a page in the order of the file, with their positions as displayed."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return  # a damaged page has no text; other pages may
    turn, text_page = page.get_rotation() // 90, page.get_textpage()
    first, text = 0, _read_characters(text_page)
    for index, character in enumerate([*text, "\n"]):
        if character in _LINE_ENDS:
            if line := _clean_line(text[first:index]):
                yield _make_line(text_page, line, number, range(first, index), turn)
            first = index + 1
    text_page.close()
    page.close()


def _read_characters(text_page: Any) -> list[str]:
    from pypdfium2 import raw

    codes = (raw.FPDFText_GetUnicode(text_page, index) for index in range(text_page.count_chars()))
    return [chr(code) if code <= 0x10FFFF else "\ufffd" for code in codes]


def _clean_line(characters: Sequence[str]) -> str:
    """Return the text with joined surrogates, expanded ligatures and single spaces."""
    text = "".join(characters).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return " ".join(expand_ligatures(text).split())


def _make_line(text_page: Any, text: str, number: int, indexes: range, turn: int) -> Line:
    from pypdfium2 import raw

    written = [index for index in indexes if raw.FPDFText_IsGenerated(text_page, index) != 1]
    written = written or [indexes[0]]
    (x_first, top), (x_last, bottom) = (
        _rotate(*_character_origin(text_page, index), turn) for index in (written[0], written[-1])
    )
    size = _type_size(text_page, written[len(written) // 2], turn)
    return Line(text, number, min(x_first, x_last), max(x_first, x_last), top, bottom, size)


def _character_origin(text_page: Any, index: int) -> tuple[float, float]:
    from pypdfium2 import raw

    x, y = ctypes.c_double(), ctypes.c_double()
    raw.FPDFText_GetCharOrigin(text_page, index, x, y)
    return x.value, y.value


def _type_size(text_page: Any, index: int, turn: int) -> float:
    """Return the size of a character in points, as displayed.

    PDFium's font size does not include the scale of the text.
    """
    x0, y0, x1, y1 = text_page.get_charbox(index, loose=True)
    return float(abs(x1 - x0 if turn % 2 else y1 - y0)) or 1.0


def _rotate(x: float, y: float, turn: int) -> tuple[float, float]:
    """Return the position of a point on the displayed page, up to a translation; y points up."""
    return [(x, y), (y, -x), (-x, -y), (-y, x)][turn]
