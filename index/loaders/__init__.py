"""Load articles from files and URLs. Each format has a `Loader`, listed in `LOADERS`.

Other packages add loaders with an entry point in the group `article_assistant.loaders` that names a
`Loader` class.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, replace
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import ArticleError
from index.loaders.base import Loader
from index.loaders.docx import DocxLoader
from index.loaders.eml import EmlLoader
from index.loaders.epub import EpubLoader
from index.loaders.html import HtmlLoader, looks_like_html
from index.loaders.markdown import MarkdownLoader
from index.loaders.odt import OdtLoader
from index.loaders.pdf import PdfLoader
from index.loaders.sandbox import load_isolated
from index.loaders.text import TextLoader
from index.loaders.url import is_address, load_url
from index.loaders.zip_reader import is_zip
from index.text.article import Article

if TYPE_CHECKING:
    from index.web import Fetcher

__all__ = [
    "BUNDLED_ARTICLE",
    "Loader",
    "MAX_FILE_BYTES",
    "SUPPORTED_FORMATS",
    "choose_loader",
    "is_address",
    "load",
    "load_as_json",
    "load_bytes",
    "supported_suffixes",
]

_HTML = HtmlLoader()
LOADERS: tuple[Loader, ...] = (
    *(TextLoader(), MarkdownLoader(), _HTML, PdfLoader()),
    *(DocxLoader(), OdtLoader(), EpubLoader(), EmlLoader()),
)
ENTRY_POINT_GROUP = "article_assistant.loaders"
SUPPORTED_FORMATS = "text, Markdown, HTML, PDF, DOCX, ODT, EPUB or EML"
MAX_FILE_BYTES = 10_000_000  # embedding takes about a minute per million bytes
# Larger text and Markdown is isolated, too: 100 kB of `![` take markdown-it a second.
MAX_IN_PROCESS_BYTES = 100_000
BUNDLED_ARTICLE = Path(__file__).parent.parent / "articles" / "aleppo.md"

_UNSUPPORTED_SUFFIXES = (
    ".doc",
    ".rtf",
    ".xml",
    ".json",
    ".csv",
    ".zip",
    ".xls",
    ".xlsx",
    ".ppt",
    ".pptx",
    ".ods",
    ".odp",
)
_UNSUPPORTED_MAGIC = {b"\xd0\xcf\x11\xe0": "old Office", b"{\\rtf": "RTF"}


def load(source: Path | str, fetcher: Fetcher | None = None) -> Article:
    """Return the article in a file or at a URL (http or https).

    Nothing but the document itself is fetched from a URL.

    Args:
        source: the path of the file, or the URL.
        fetcher: fetches URLs; by default one that refuses private networks.

    Raises:
        ArticleError: the file is missing, a folder, unreadable, empty, too large, locked, damaged
            or of an unknown format; or the URL is refused, unreachable or not an article.
    """
    if is_address(source):
        from index.web import Fetcher

        return load_url(
            str(source),
            fetcher or Fetcher(),
            lambda data, name: _load(_check_data(data, name), name),
            supported_suffixes(),
        )
    path = Path(source)
    return _load(_read_file(path), path)


def load_bytes(data: bytes, name: str) -> Article:
    """Return the article in the bytes of a file.

    Args:
        data: the content of the file.
        name: its name, which selects the format and appears in error messages.

    Raises:
        ArticleError: the content is empty, too large, locked, damaged or of an unknown format.
    """
    return _load(_check_data(data, name), Path(name))


def supported_suffixes() -> frozenset[str]:
    """Return the suffixes of the files that can be opened, in lower case, with the dot."""
    loaders = (*LOADERS, *_load_plugins())
    return frozenset(suffix for loader in loaders for suffix in loader.suffixes)


def _load(data: bytes, path: Path) -> Article:
    loader = choose_loader(data, path)
    isolated = loader.isolated or (loader in LOADERS and len(data) > MAX_IN_PROCESS_BYTES)
    article = load_isolated(data, path) if isolated else loader.load(data, path)
    return replace(article, original=data) if loader.keeps_original else article


def load_as_json(data: bytes, path: Path) -> bytes:
    """Return the article in a file as JSON. `load_isolated` runs this in its process."""
    return json.dumps(asdict(choose_loader(data, path).load(data, path))).encode()


def choose_loader(data: bytes, path: Path) -> Loader:
    """Return the loader that recognises the bytes, else the one for the suffix, else for text.

    Raises:
        ArticleError: the format is known but not supported.
    """
    loaders = (*LOADERS, *_load_plugins())
    if by_content := next((loader for loader in loaders if loader.recognises(data)), None):
        return by_content
    suffix = path.suffix.lower()
    by_suffix = next((loader for loader in loaders if suffix and suffix in loader.suffixes), None)
    if by_suffix is None or by_suffix in LOADERS:
        _check_magic(data, path, by_suffix)
    if by_suffix:
        return by_suffix
    if suffix in _UNSUPPORTED_SUFFIXES:
        raise _cannot_open(path, suffix[1:].upper())
    # The text loader refuses bytes that are not text.
    return _HTML if looks_like_html(data) else LOADERS[0]


def _check_magic(data: bytes, path: Path, by_suffix: Loader | None) -> None:
    """Refuse known but unsupported formats, whatever the name of the file.

    A ZIP archive that is named like DOCX is left to its loader, which has a better message.
    """
    for magic, kind in _UNSUPPORTED_MAGIC.items():
        if data.startswith(magic):
            raise _cannot_open(path, kind)
    if is_zip(data) and not (by_suffix and by_suffix.isolated):
        raise ArticleError(
            f"{path} is a ZIP archive of no known kind. Unpack it and open one of the files in it."
        )


@cache
def _load_plugins() -> tuple[Loader, ...]:
    """Return the loaders of other packages. One that cannot be loaded is logged and left out."""
    loaders: list[Loader] = []
    for point in entry_points(group=ENTRY_POINT_GROUP):
        try:
            loader = point.load()()
            if not isinstance(loader, Loader):
                raise TypeError(f"{point.value} is no Loader")
            loaders.append(loader)
        except Exception as error:
            logging.getLogger(__name__).warning(
                "The loader %s (%s) is left out: %s", point.name, point.value, error
            )
    return tuple(loaders)


def _read_file(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ArticleError(f"{path} is a folder. Name a file in it: {SUPPORTED_FORMATS}.")
        if not path.exists():
            raise ArticleError(f"There is no file {path}. Check the name, or give the full path.")
        if not path.is_file():
            raise ArticleError(f"{path} is not a regular file. Name a file: {SUPPORTED_FORMATS}.")
        _check_size(path.stat().st_size, path)
        return _check_data(path.read_bytes(), path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArticleError(
            f"{path} cannot be read ({reason}). Check its name and permissions."
        ) from error


def _check_data(data: bytes, name: Path | str) -> bytes:
    _check_size(len(data), name)
    if not data.strip():
        raise ArticleError(f"{name} is empty. Give a text to ask about.")
    return data


def _cannot_open(name: Path | str, kind: str) -> ArticleError:
    return ArticleError(
        f"{name}: {kind} files cannot be opened. Save it as {SUPPORTED_FORMATS} and try again."
    )


def _check_size(size: int, name: Path | str) -> None:
    if size > MAX_FILE_BYTES:
        raise ArticleError(
            f"{name} has {size / 1e6:.0f} MB; at most {MAX_FILE_BYTES / 1e6:.0f} MB can be opened. "
            "Cut it into parts."
        )
