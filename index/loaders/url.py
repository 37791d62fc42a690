"""Addresses: what one gives is read as a file of its kind would be. The article is the saved copy, with its date."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from ..article import Article
from ..errors import ArticleError
from .base import clean

if TYPE_CHECKING:
    from ..web import Fetched, Fetcher

__all__ = ["is_address", "load_url"]

_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_MARKUP = ("text/html", "application/xhtml+xml")
_PLAIN = ("text/plain", "text/markdown", "text/x-markdown")
# The suffix that stands for a media type; an empty one: the name or the bytes tell.
_SUFFIXES = {
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/epub+zip": ".epub",
    "message/rfc822": ".eml",
    "application/octet-stream": "",
    "binary/octet-stream": "",
    "application/zip": "",  # what old servers say of DOCX and EPUB
    "": "",
}
_MARKDOWN = (".md", ".markdown")


def is_address(source: Path | str) -> bool:
    """Whether a source is meant as an address, be it of a kind that is refused, and not as the name of a file."""
    return isinstance(source, str) and bool(_SCHEME.match(source))


def load_url(address: str, fetcher: Fetcher, read: Callable[[bytes, Path], Article], suffixes: frozenset[str]) -> Article:
    """The article at an address; its source is where redirects ended, and `retrieved` says when.

    Args:
        read: the article in bytes, given the name of a file.
        suffixes: of the names of files that can be read.

    Raises:
        ArticleError: it cannot be fetched, is of no kind that can be read, or is for those who paid.
    """
    from ..web.paywalls import is_paid

    fetched = fetcher.fetch(address, _check_kind)
    if fetched.kind in _MARKUP and is_paid(fetched.data):
        raise ArticleError(
            f"{fetched.url} says that it is for those who paid. If you can read it in a browser, save the page and open the file."
        )
    name = _name(fetched, suffixes)
    try:
        article = read(_as_utf8(fetched), name)
    except ArticleError as error:
        raise ArticleError(str(error).replace(str(name), fetched.url)) from error
    return replace(article, source=fetched.url, retrieved=fetched.retrieved)


def _check_kind(url: str, kind: str) -> None:
    if kind not in _SUFFIXES:
        raise ArticleError(f"{url} is no article but {clean(kind)[:80]}. Give the address of a page, a text or a document.")


def _name(fetched: Fetched, suffixes: frozenset[str]) -> Path:
    """A file's name for what was fetched, from its address; it also becomes the title of what has no other."""
    parts = urlsplit(fetched.url)
    path = clean(unquote(parts.path)).replace("\0", "").rstrip("/")
    last = PurePosixPath(path)
    suffix = _SUFFIXES[fetched.kind]
    if not suffix or (suffix == ".txt" and last.suffix.lower() in _MARKDOWN):
        suffix = last.suffix if last.suffix.lower() in suffixes else ""
    stem = last.stem if last.suffix.lower() in suffixes else last.name.replace(".", "-")
    return Path(parts.netloc) / f"{stem[:100] or parts.netloc}{suffix}"


def _as_utf8(fetched: Fetched) -> bytes:
    """The bytes of a text in the encoding that every loader tries first, if the server tells another. Byte-order marks win."""
    charset = "cp1252" if fetched.charset.lower() in ("iso-8859-1", "latin-1", "us-ascii") else fetched.charset
    data = fetched.data
    if fetched.kind not in (*_MARKUP, *_PLAIN) or not charset or data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return data
    try:
        data.decode("utf-8")
        if b"\0" not in data:
            return data
    except UnicodeDecodeError:
        pass
    try:
        codec = codecs.lookup(charset)
        return codec.decode(data, "replace")[0].encode("utf-8", "replace") if codec._is_text_encoding else data
    except (LookupError, ValueError):
        return data
