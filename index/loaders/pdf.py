"""Load PDF with PDFium: paragraphs, tables and footnotes in reading order, and the pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from index.errors import ArticleError
from index.loaders.authors import format_authors
from index.loaders.base import Loader, import_optional
from index.loaders.builder import build_article
from index.loaders.pdf_layout import group_pages
from index.loaders.pdf_words import read_page
from index.text.article import Article

__all__ = ["PdfLoader", "open_document"]

MAX_PAGES = 2_000
_METADATA_KEYS = ("Title", "Author", "Creator", "Producer")
_PASSWORD_ERROR = 4  # FPDF_ERR_PASSWORD


class PdfLoader(Loader):
    """Load PDF that contains text."""

    suffixes = (".pdf",)
    isolated = True
    keeps_original = True

    def recognises(self, data: bytes) -> bool:
        """Return whether the bytes are a PDF file."""
        return data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"%PDF-")

    def load(self, data: bytes, path: Path) -> Article:
        """Return the article. Raises ArticleError."""
        document = open_document(data, path)
        try:
            if len(document) > MAX_PAGES:
                raise ArticleError(
                    f"{path} has {len(document):,} pages; at most {MAX_PAGES:,} can be read. "
                    "Cut it into parts."
                )
            pages = [read_page(document, number) for number in range(len(document))]
            title, author, *programs = (
                str(document.get_metadata_value(name)) for name in _METADATA_KEYS
            )
        finally:
            document.close()
        if not any(
            character.isalnum() for page in pages for word in page.words for character in word.text
        ):
            raise ArticleError(
                f"{path} has no text in its {len(pages)} pages: it is scanned or made of pictures. "
                "Run it through a program that recognises text (OCR) and open the result."
            )
        return build_article(
            group_pages(pages, title),
            path,
            title=title,
            author=format_authors([author], programs=programs),
            pages=len(pages),
        )


def open_document(data: bytes, path: Path) -> Any:
    """Open a PDF file with PDFium.

    Raises:
        ArticleError: it is no PDF file, locked or damaged, or PDFium is not installed.
    """
    pypdfium2 = import_optional("pypdfium2", "pdf", path)

    if b"%PDF-" not in data[:1024]:  # some mail programs leave a line before it
        raise ArticleError(
            f"{path} is not a PDF file: it does not begin like one. Rename it to its real format."
        )
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _PASSWORD_ERROR:
            raise ArticleError(
                f"{path} is protected by a password. Remove the password and try again."
            ) from error
        raise ArticleError(f"{path} is damaged. Save it again and try once more.") from error
