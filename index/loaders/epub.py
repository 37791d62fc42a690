"""EPUB: the chapters in reading order, title, authors, date and language from the package document."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ..article import Article
from ..errors import ArticleError
from .archive import Archive, is_zip
from .authors import author_of
from .base import Loader, decode
from .markup import parse_html, parts_of
from .parts import Part, article_of

__all__ = ["EpubLoader"]

_DC = "{http://purl.org/dc/elements/1.1/}"
_OPF = "{http://www.idpf.org/2007/opf}"
_CONTAINER = "META-INF/container.xml"
_LOCKS = "META-INF/encryption.xml"
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w-]{1,40})""")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


class EpubLoader(Loader):
    suffixes = (".epub",)
    apart = True

    def recognises(self, data: bytes) -> bool:
        return is_zip(data) and b"application/epub+zip" in data[:200]

    def load(self, data: bytes, path: Path) -> Article:
        archive = Archive(data, path, "EPUB")
        folder, package = _package(archive)
        chapters = list(_chapters(archive, folder, package))
        _check_locks(archive, chapters)
        facts = {name: (package.findtext(f".//{_DC}{name}") or "").strip() for name in ("title", "date", "language")}
        date = _DATE.match(facts["date"])
        parts = (part for chapter in chapters for part in _parts(archive, chapter))
        return article_of(
            parts,
            path,
            title=facts["title"],
            author=author_of(_authors(package)),
            date=date[0] if date else "",
            language=facts["language"],
        )


def _authors(package: Any) -> Iterator[str]:
    """Not those who are said to have translated it, drawn its pictures or the like."""
    for creator in package.iter(f"{_DC}creator"):
        if creator.get(f"{_OPF}role", "aut") == "aut":
            yield creator.text or ""


def _package(archive: Archive) -> tuple[str, Any]:
    """The package document and the folder that its references start from."""
    for element in archive.xml(_CONTAINER).iter("{*}rootfile"):
        name = element.get("full-path") or ""
        return posixpath.dirname(name), archive.xml(name)
    raise ArticleError(f"{archive.path} is no EPUB file: {_CONTAINER!r} in it names no book.")


def _chapters(archive: Archive, folder: str, package: Any) -> Iterator[str]:
    """The names of the chapters' files, each once; what is missing is passed over, as reading programs do."""
    files = {item.get("id"): item.get("href") or "" for item in package.iter(f"{_OPF}item")}
    seen: set[str] = set()
    for reference in package.iter(f"{_OPF}itemref"):
        href = unquote(files.get(reference.get("idref"), "")).partition("#")[0]
        name = posixpath.normpath(posixpath.join(folder, href))
        if href and name in archive.names and name not in seen:
            seen.add(name)
            yield name


def _check_locks(archive: Archive, chapters: list[str]) -> None:
    if _LOCKS not in archive.names:
        return
    locked = {unquote(element.get("URI") or "") for element in archive.xml(_LOCKS).iter("{*}CipherReference")}
    if locked & set(chapters):  # not only its fonts
        raise ArticleError(f"{archive.path} is copy-protected (DRM). Open one that is not.")


def _parts(archive: Archive, name: str) -> Iterator[Part]:
    data = archive.read(name)
    declared = _DECLARED.match(data)
    text = decode(data, f"{archive.path} ({name})", declared[1].decode() if declared else "")
    return parts_of(parse_html(text, archive.path)) if text.strip() else iter(())
