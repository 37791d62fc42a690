"""Sources in, articles out: one short file for each kind. A new kind is a `Loader` and its line in `LOADERS`.

Other packages add theirs by an entry point in the group `article_assistant.loaders` that names a `Loader` class.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from ..article import Article
from ..errors import ArticleError
from .apart import load_apart
from .archive import is_zip
from .base import Loader
from .docx import DocxLoader
from .eml import EmlLoader
from .epub import EpubLoader
from .html import HtmlLoader, looks_like_html
from .markdown import MarkdownLoader
from .odt import OdtLoader
from .pdf import PdfLoader
from .text import TextLoader
from .url import is_address, load_url

if TYPE_CHECKING:
    from ..web import Fetcher

__all__ = ["BUNDLED", "KINDS", "LARGEST", "Loader", "is_address", "load", "load_bytes", "loader_for", "suffixes"]

_HTML = HtmlLoader()
LOADERS: tuple[Loader, ...] = (
    *(TextLoader(), MarkdownLoader(), _HTML, PdfLoader()),
    *(DocxLoader(), OdtLoader(), EpubLoader(), EmlLoader()),
)
GROUP = "article_assistant.loaders"
KINDS = "text, Markdown, HTML, PDF, DOCX, ODT, EPUB or EML"
LARGEST = 10_000_000  # bytes; embedding takes about a minute a million
LARGEST_IN_PROCESS = 100_000  # bytes of text or Markdown; 300 kB of `![` take markdown-it over a minute
BUNDLED = Path(__file__).parent.parent / "articles" / "aleppo.md"

_CLOSED = (".doc", ".rtf", ".xml", ".json", ".csv", ".zip", ".xls", ".xlsx", ".ppt", ".pptx", ".ods", ".odp")
_MAGIC = {b"\xd0\xcf\x11\xe0": "old Office", b"{\\rtf": "RTF"}


def load(source: Path | str, fetcher: Fetcher | None = None) -> Article:
    """The article in a file, or at an address (http or https), from which nothing else is fetched.

    Args:
        fetcher: of addresses; by default one that opens none in private networks.

    Raises:
        ArticleError: the file is missing, a folder, unreadable, empty, too large, locked, damaged or of no known kind; the
            address is refused, cannot be reached, or gives no article.
    """
    if is_address(source):
        from ..web import Fetcher

        return load_url(str(source), fetcher or Fetcher(), lambda data, name: _load(_checked(data, name), name), suffixes())
    path = Path(source)
    return _load(_read(path), path)


def load_bytes(data: bytes, name: str) -> Article:
    """The article in some bytes, as a file of that name would be read."""
    return _load(_checked(data, name), Path(name))


def suffixes() -> frozenset[str]:
    """What the names of files end in that can be opened, lower case, with the dot."""
    return frozenset(suffix for loader in (*LOADERS, *_plugins()) for suffix in loader.suffixes)


def _load(data: bytes, path: Path) -> Article:
    loader = loader_for(data, path)
    isolated = loader.apart or (loader in LOADERS and len(data) > LARGEST_IN_PROCESS)
    return load_apart(data, path) if isolated else loader.load(data, path)


def loader_for(data: bytes, path: Path) -> Loader:
    """The loader that recognises the bytes, else the one for the name, else the one for text. Raises ArticleError."""
    loaders = (*LOADERS, *_plugins())
    if found := next((loader for loader in loaders if loader.recognises(data)), None):
        return found
    suffix = path.suffix.lower()
    found = next((loader for loader in loaders if suffix and suffix in loader.suffixes), None)
    if found is None or found in LOADERS:
        _check_magic(data, path, found)
    if suffix in _CLOSED and not found:
        raise _cannot_open(path, suffix[1:].upper())
    return found or (_HTML if looks_like_html(data) else LOADERS[0])  # what is not text is refused by its bytes


def _check_magic(data: bytes, path: Path, by_name: Loader | None) -> None:
    """Refuse, whatever its name, what is known and cannot be opened. An archive named as DOCX is told by its loader."""
    for magic, kind in _MAGIC.items():
        if data.startswith(magic):
            raise _cannot_open(path, kind)
    if is_zip(data) and not (by_name and by_name.apart):
        raise ArticleError(f"{path} is a ZIP archive of no known kind. Unpack it and open one of the files in it.")


@cache
def _plugins() -> tuple[Loader, ...]:
    """The loaders of other packages. One that cannot be loaded is told in the log and left out."""
    found: list[Loader] = []
    for point in entry_points(group=GROUP):
        try:
            loader = point.load()()
            if not isinstance(loader, Loader):
                raise TypeError(f"{point.value} is no Loader")
            found.append(loader)
        except Exception as error:
            logging.getLogger(__name__).warning("The loader %s (%s) is left out: %s", point.name, point.value, error)
    return tuple(found)


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ArticleError(f"{path} is a folder. Name a file in it: {KINDS}.")
        if not path.exists():
            raise ArticleError(f"There is no file {path}. Check the name, or give the full path.")
        if not path.is_file():
            raise ArticleError(f"{path} is not a regular file. Name a file: {KINDS}.")
        _check_size(path.stat().st_size, path)
        return _checked(path.read_bytes(), path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArticleError(f"{path} cannot be read ({reason}). Check its name and permissions.") from error


def _checked(data: bytes, name: Path | str) -> bytes:
    _check_size(len(data), name)
    if not data.strip():
        raise ArticleError(f"{name} is empty. Give a text to ask about.")
    return data


def _cannot_open(name: Path | str, kind: str) -> ArticleError:
    return ArticleError(f"{name}: {kind} files cannot be opened. Save it as {KINDS} and try again.")


def _check_size(size: int, name: Path | str) -> None:
    if size > LARGEST:
        raise ArticleError(f"{name} has {size / 1e6:.0f} MB; at most {LARGEST / 1e6:.0f} MB can be opened. Cut it into parts.")
