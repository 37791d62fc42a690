"""Load ODT without comments, notes, deleted text, headers and footers."""

from __future__ import annotations

from pathlib import Path

from index.errors import ArticleError
from index.loaders.authors import format_authors
from index.loaders.base import Loader
from index.loaders.builder import build_article
from index.loaders.markup import extract_parts
from index.loaders.markup_elements import ODT
from index.loaders.zip_reader import Archive, is_zip
from index.text.article import Article

__all__ = ["OdtLoader"]

_DC = "{http://purl.org/dc/elements/1.1/}"
_META = "{urn:oasis:names:tc:opendocument:xmlns:meta:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_MANIFEST = "META-INF/manifest.xml"


class OdtLoader(Loader):
    """Load OpenDocument text."""

    suffixes = (".odt", ".ott")
    isolated = True

    def recognises(self, data: bytes) -> bool:
        """Return whether the bytes are an OpenDocument text."""
        return is_zip(data) and b"application/vnd.oasis.opendocument.text" in data[:200]

    def load(self, data: bytes, path: Path) -> Article:
        """Return the article. Raises ArticleError."""
        archive = Archive(data, path, "ODT")
        if _MANIFEST in archive.names and b"encryption-data" in archive.read(_MANIFEST):
            raise ArticleError(
                f"{path} is protected by a password. Remove the password and try again."
            )
        root = archive.parse_xml("content.xml")
        meta = archive.parse_xml("meta.xml") if "meta.xml" in archive.names else None
        title, language, first, last = (
            (meta.findtext(f".//{name}") or "") if meta is not None else ""
            for name in (
                f"{_DC}title",
                f"{_DC}language",
                f"{_META}initial-creator",
                f"{_DC}creator",
            )
        )
        text = root.find(f".//{_OFFICE}text")
        author = format_authors([first or last], programs=[])
        parts = extract_parts(root if text is None else text, ODT)
        return build_article(parts, path, title=title, author=author, language=language)
