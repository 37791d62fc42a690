"""Sources in, articles out: one short file for each kind. A new kind is a `Loader` and its line in `LOADERS`."""

from __future__ import annotations

from pathlib import Path

from ..article import Article
from ..errors import ArticleError
from .base import Loader
from .markdown import MarkdownLoader
from .text import TextLoader

__all__ = ["BUNDLED", "LARGEST", "Loader", "load", "load_bytes"]

LOADERS: tuple[Loader, ...] = (TextLoader(), MarkdownLoader())
LARGEST = 10_000_000  # bytes; embedding takes about a minute a million
_LATER = (".pdf", ".docx", ".doc", ".odt", ".rtf", ".epub", ".eml", ".html", ".htm", ".xml", ".json", ".csv", ".zip")
BUNDLED = Path(__file__).parent.parent / "articles" / "aleppo.md"


def load(path: Path | str) -> Article:
    """The article in a file.

    Raises:
        ArticleError: the file is missing, a folder, unreadable, empty, too large or not text.
    """
    path = Path(path)
    return _loader(path).load(_read(path), path)


def load_bytes(data: bytes, name: str) -> Article:
    """The article in some bytes, as a file of that name would be read."""
    path = Path(name)
    return _loader(path).load(_checked(data, name), path)


def _loader(path: Path) -> Loader:
    suffix = path.suffix.lower()
    if suffix in _LATER:
        raise _cannot_open(path, suffix[1:].upper())
    for loader in LOADERS:
        if suffix in loader.suffixes:
            return loader
    return LOADERS[0]  # any other text file; what is not text is refused by its bytes


def _read(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise ArticleError(f"{path} is a folder. Name a text or Markdown file in it.")
        if not path.exists():
            raise ArticleError(f"There is no file {path}. Check the name, or give the full path.")
        if not path.is_file():
            raise ArticleError(f"{path} is not a regular file. Name a text or Markdown file.")
        _check_size(path.stat().st_size, path)
        return _checked(path.read_bytes(), path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ArticleError(f"{path} cannot be read ({reason}). Check its name and permissions.") from error


def _checked(data: bytes, name: Path | str) -> bytes:
    _check_size(len(data), name)
    if not data.strip():
        raise ArticleError(f"{name} is empty. Give a text to ask about.")
    if data.lstrip().startswith(b"%PDF-"):  # whatever its name; its first lines would pass for text
        raise _cannot_open(name, "PDF")
    return data


def _cannot_open(name: Path | str, kind: str) -> ArticleError:
    return ArticleError(f"{name}: {kind} files cannot be opened. Save it as text or Markdown and try again.")


def _check_size(size: int, name: Path | str) -> None:
    if size > LARGEST:
        raise ArticleError(f"{name} has {size / 1e6:.0f} MB; at most {LARGEST / 1e6:.0f} MB can be opened. Cut it into parts.")
