"""DOCX: paragraphs, headings, lists, tables and text boxes, by mammoth. Comments, headers and footers are left out."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

from ..article import Article
from ..errors import ArticleError
from .archive import Archive, is_zip
from .authors import author_of
from .base import Loader
from .markup import parse_html, parts_of
from .parts import article_of

__all__ = ["DocxLoader"]

_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
_NOTE_MARK = re.compile(r'<sup><a href="#(?:foot|end)note-[^>]*>\[\d+\]</a></sup>|<a href="#(?:foot|end)note-ref-[^>]*>↑</a>')
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DC = "{http://purl.org/dc/elements/1.1/}"


class DocxLoader(Loader):
    suffixes = (".docx", ".docm", ".dotx")
    apart = True

    def recognises(self, data: bytes) -> bool:
        return (is_zip(data) and b"word/document" in data) or _is_locked(data)

    def load(self, data: bytes, path: Path) -> Article:
        if _is_locked(data):
            raise ArticleError(f"{path} is protected by a password. Remove the password and try again.")
        archive = Archive(data, path, "DOCX")
        archive.check_entities()
        root = parse_html(_NOTE_MARK.sub("", _html(archive)), path)
        return article_of(
            parts_of(root), path, title=_fact(archive, "title"), author=author_of([_fact(archive, "creator")], programs=[])
        )


def _is_locked(data: bytes) -> bool:
    return data.startswith(_OLE) and "EncryptedPackage".encode("utf-16-le") in data


def _html(archive: Archive) -> str:
    import mammoth

    try:
        images = mammoth.images.img_element(lambda image: {})
        return str(mammoth.convert_to_html(BytesIO(archive.data), convert_image=images, style_map=_STYLES).value)
    except MemoryError:
        raise
    except Exception as error:  # mammoth has no errors of its own: whatever the parts of a file lack ends here
        reason = f"{type(error).__name__}: {error}"[:200]
        raise ArticleError(
            f"{archive.path} is no DOCX file, or is damaged ({reason}). Save it again and try once more."
        ) from error


def _fact(archive: Archive, name: str) -> str:
    core = "docProps/core.xml"
    return (archive.xml(core).findtext(f"{_DC}{name}") or "") if core in archive.names else ""
