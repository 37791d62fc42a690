"""Load an article from a URL, like a file of the same format.

The article is a copy of the page at the time of retrieval.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from index.errors import ArticleError
from index.loaders.base import clean_text
from index.text.article import Article

if TYPE_CHECKING:
    from index.web import FetchedResource, Fetcher

__all__ = ["is_address", "load_url"]

_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_MARKUP_TYPES = ("text/html", "application/xhtml+xml")
_PLAIN_TYPES = ("text/plain", "text/markdown", "text/x-markdown")
# The suffix of each media type. If it is empty, the name or the bytes decide.
_SUFFIX_BY_MEDIA_TYPE = {
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
    "application/zip": "",  # old servers send it for DOCX and EPUB
    "": "",
}
_MARKDOWN_SUFFIXES = (".md", ".markdown")


def is_address(source: Path | str) -> bool:
    """Return whether a source is a URL, of any scheme, and not the name of a file."""
    return isinstance(source, str) and bool(_SCHEME.match(source))


def load_url(
    address: str, fetcher: Fetcher, read: Callable[[bytes, Path], Article], suffixes: frozenset[str]
) -> Article:
    """Return the article at a URL. Its source is the final URL, after redirects.

    Args:
        address: the URL.
        fetcher: fetches the URL.
        read: makes an article of the bytes and the name of a file.
        suffixes: the suffixes of supported files.

    Raises:
        ArticleError: the URL cannot be fetched, is of an unsupported format, or is paywalled.
    """
    from index.web.paywalls import is_paywalled

    fetched = fetcher.fetch(address, _check_media_type)
    if fetched.media_type in _MARKUP_TYPES and is_paywalled(fetched.data):
        raise ArticleError(
            f"{fetched.url} says that it is for subscribers only. "
            "If you can read it in a browser, save the page and open the file."
        )
    name = _make_file_name(fetched, suffixes)
    try:
        article = read(_as_utf8(fetched), name)
    except ArticleError as error:
        raise ArticleError(str(error).replace(str(name), fetched.url)) from error
    return replace(article, source=fetched.url, retrieved=fetched.retrieved)


def _check_media_type(url: str, media_type: str) -> None:
    if media_type not in _SUFFIX_BY_MEDIA_TYPE:
        raise ArticleError(
            f"{url} is not an article but {clean_text(media_type)[:80]}. "
            "Give the address of a page, a text or a document."
        )


def _make_file_name(fetched: FetchedResource, suffixes: frozenset[str]) -> Path:
    """Return a file name for a URL. It is also the title of an article without another title."""
    parts = urlsplit(fetched.url)
    path = clean_text(unquote(parts.path)).replace("\0", "").rstrip("/")
    last = PurePosixPath(path)
    suffix = _SUFFIX_BY_MEDIA_TYPE[fetched.media_type]
    if not suffix or (suffix == ".txt" and last.suffix.lower() in _MARKDOWN_SUFFIXES):
        suffix = last.suffix if last.suffix.lower() in suffixes else ""
    stem = last.stem if last.suffix.lower() in suffixes else last.name.replace(".", "-")
    return Path(parts.netloc) / f"{stem[:100] or parts.netloc}{suffix}"


def _as_utf8(fetched: FetchedResource) -> bytes:
    """Return the bytes of a text as UTF-8, which every loader tries first.

    The charset of the server is used, unless the text has a byte-order mark.
    """
    charset = (
        "cp1252"
        if fetched.charset.lower() in ("iso-8859-1", "latin-1", "us-ascii")
        else fetched.charset
    )
    data = fetched.data
    if (
        fetched.media_type not in (*_MARKUP_TYPES, *_PLAIN_TYPES)
        or not charset
        or data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"))
    ):
        return data
    try:
        data.decode("utf-8")
        if b"\0" not in data:
            return data
    except UnicodeDecodeError:
        pass
    try:
        codec = codecs.lookup(charset)
        return (
            codec.decode(data, "replace")[0].encode("utf-8", "replace")
            if codec._is_text_encoding
            else data
        )
    except (LookupError, ValueError):
        return data
