"""ODT: OpenDocument text. Comments, notes, deleted text, headers and footers are left out."""

from __future__ import annotations

from pathlib import Path

from ..article import Article
from ..errors import ArticleError
from .archive import Archive, is_zip
from .authors import author_of
from .base import Loader
from .markup import ODT, parts_of
from .parts import article_of

__all__ = ["OdtLoader"]

_DC = "{http://purl.org/dc/elements/1.1/}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_MANIFEST = "META-INF/manifest.xml"


class OdtLoader(Loader):
    suffixes = (".odt", ".ott")
    apart = True

    def recognises(self, data: bytes) -> bool:
        return is_zip(data) and b"application/vnd.oasis.opendocument.text" in data[:200]

    def load(self, data: bytes, path: Path) -> Article:
        archive = Archive(data, path, "ODT")
        if _MANIFEST in archive.names and b"encryption-data" in archive.read(_MANIFEST):
            raise ArticleError(f"{path} is protected by a password. Remove the password and try again.")
        root = archive.xml("content.xml")
        meta = archive.xml("meta.xml") if "meta.xml" in archive.names else None
        title, language, first, last = (
            (meta.findtext(f".//{name}") or "") if meta is not None else ""
            for name in (f"{_DC}title", f"{_DC}language", f"{_META}initial-creator", f"{_DC}creator")
        )
        text = root.find(f".//{_OFFICE}text")
        author = author_of([first or last], programs=[])
        parts = parts_of(root if text is None else text, ODT)
        return article_of(parts, path, title=title, author=author, language=language)
