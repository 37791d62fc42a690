"""Load EPUB: the chapters in reading order, with the metadata of the package document."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from index.errors import ArticleError
from index.loaders.authors import format_authors
from index.loaders.base import Loader, decode_text
from index.loaders.builder import Part, build_article
from index.loaders.markup import extract_parts, parse_html
from index.loaders.zip_reader import Archive, is_zip
from index.text.article import Article

__all__ = ["EpubLoader"]

_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_XML_ENCODING = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w-]{1,40})""")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


class EpubLoader(Loader):
    """Load EPUB without copy protection."""

    suffixes = (".epub",)
    isolated = True

    def recognises(self, data: bytes) -> bool:
        """Return whether the bytes are an EPUB archive."""
        return is_zip(data) and b"application/epub+zip" in data[:200]

    def load(self, data: bytes, path: Path) -> Article:
        """Return the article. Raises ArticleError."""
        archive = Archive(data, path, "EPUB")
        folder, package = _open_package(archive)
        chapters = list(_list_chapters(archive, folder, package))
        _check_encryption(archive, chapters)
        facts = {
            name: (package.findtext(f".//{_DC}{name}") or "").strip()
            for name in ("title", "date", "language")
        }
        date = _DATE.match(facts["date"])
        parts = (part for chapter in chapters for part in _read_chapter(archive, chapter))
        return build_article(
            parts,
            path,
            title=facts["title"],
            author=format_authors(_read_authors(package)),
            date=date[0] if date else "",
            language=facts["language"],
        )


def _read_authors(package: Any) -> Iterator[str]:
    """Yield the authors, without other contributors such as translators and illustrators."""
    for creator in package.iter(f"{_DC}creator"):
        if creator.get(f"{_OPF}role", "aut") == "aut":
            yield creator.text or ""


def _open_package(archive: Archive) -> tuple[str, Any]:
    """Return the folder that references are relative to, and the package document."""
    for element in archive.parse_xml(_CONTAINER).iter("{*}rootfile"):
        name = element.get("full-path") or ""
        return posixpath.dirname(name), archive.parse_xml(name)
    raise ArticleError(
        f"{archive.path} is not an EPUB file: {_CONTAINER!r} in it names no book. "
        "Save it again and try once more."
    )


def _list_chapters(archive: Archive, folder: str, package: Any) -> Iterator[str]:
    """Yield the file of each chapter once. Missing files are skipped, as in e-book readers."""
    files = {item.get("id"): item.get("href") or "" for item in package.iter(f"{_OPF}item")}
    seen: set[str] = set()
    for reference in package.iter(f"{_OPF}itemref"):
        href = unquote(files.get(reference.get("idref"), "")).partition("#")[0]
        name = posixpath.normpath(posixpath.join(folder, href))
        if href and name in archive.names and name not in seen:
            seen.add(name)
            yield name


def _check_encryption(archive: Archive, chapters: list[str]) -> None:
    if _ENCRYPTION not in archive.names:
        return
    locked = {
        unquote(element.get("URI") or "")
        for element in archive.parse_xml(_ENCRYPTION).iter("{*}CipherReference")
    }
    if locked & set(chapters):  # encrypted fonts do not matter
        raise ArticleError(f"{archive.path} is copy-protected (DRM). Open one that is not.")


def _read_chapter(archive: Archive, name: str) -> Iterator[Part]:
    data = archive.read(name)
    declared = _XML_ENCODING.match(data)
    text = decode_text(data, f"{archive.path} ({name})", declared[1].decode() if declared else "")
    return extract_parts(parse_html(text, archive.path)) if text.strip() else iter(())
