"""Load DOCX with mammoth: paragraphs, headings, lists, tables, footnotes and text boxes.

Comments, headers and footers are left out.
"""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

from index.errors import ArticleError
from index.loaders.authors import format_authors
from index.loaders.base import Loader, import_optional
from index.loaders.builder import build_article
from index.loaders.docx_numbers import mark_numbers, set_numbers
from index.loaders.markup import extract_parts, parse_html
from index.loaders.zip_reader import Archive, is_zip
from index.text.article import Article

__all__ = ["DocxLoader"]

_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
_NOTE_MARK = re.compile(
    r'<sup><a href="#(?:foot|end)note-[^>]*>\[\d+\]</a></sup>|'
    r'<a href="#(?:foot|end)note-ref-[^>]*>↑</a>'
)
_NOTE_ID = re.compile(r"(?:foot|end)note-\d+")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DC = "{http://purl.org/dc/elements/1.1/}"


class DocxLoader(Loader):
    """Load DOCX, DOCM and DOTX."""

    suffixes = (".docx", ".docm", ".dotx")
    isolated = True

    def recognises(self, data: bytes) -> bool:
        """Return whether the bytes are a Word document, encrypted or not."""
        return (is_zip(data) and b"word/document" in data) or _is_locked(data)

    def load(self, data: bytes, path: Path) -> Article:
        """Return the article. Raises ArticleError."""
        if _is_locked(data):
            raise ArticleError(
                f"{path} is protected by a password. Remove the password and try again."
            )
        archive = Archive(data, path, "DOCX")
        archive.check_entities()
        root = parse_html(_NOTE_MARK.sub("", _convert_to_html(archive)), path)
        set_numbers(root)
        _mark_notes(root)
        return build_article(
            extract_parts(root),
            path,
            title=_read_metadata(archive, "title"),
            author=format_authors([_read_metadata(archive, "creator")], programs=[]),
        )


def _is_locked(data: bytes) -> bool:
    return data.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in data


def _convert_to_html(archive: Archive) -> str:
    mammoth = import_optional("mammoth", "office", archive.path)
    data = mark_numbers(archive)
    try:
        images = mammoth.images.img_element(lambda image: {})
        return str(
            mammoth.convert_to_html(BytesIO(data), convert_image=images, style_map=_STYLES).value
        )
    except MemoryError:
        raise
    # mammoth has no exceptions of its own: a malformed file raises any.
    except Exception as error:
        raise ArticleError(
            f"{archive.path} is not a valid DOCX file. Save it again and try once more."
        ) from error


def _mark_notes(root: Any) -> None:
    """Name the list of footnotes and endnotes, which mammoth puts at the end, as such."""
    for item in root.iter("li"):
        if _NOTE_ID.match(item.get("id") or "") and item.getparent().tag == "ol":
            item.getparent().set("class", "footnotes")


def _read_metadata(archive: Archive, name: str) -> str:
    core = "docProps/core.xml"
    return (archive.parse_xml(core).findtext(f"{_DC}{name}") or "") if core in archive.names else ""
