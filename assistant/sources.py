"""Open articles from files, web addresses and `Article` objects."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from assistant.settings import Settings, get_settings
from index.errors import InputError
from index.loaders import is_address, load, supported_suffixes
from index.loaders.files import list_files, make_absolute
from index.text.article import Article
from index.web import Fetcher

__all__ = [
    "Source",
    "expand_sources",
    "fetch_article",
    "make_fetcher",
    "open_source",
    "source_location",
]

# The source of a mail is its sender, then its file or address in parentheses.
_MAIL = re.compile(r" \((/[^()]*|[a-z]+://\S*)\)$")
Source = str | Path | Article


def make_fetcher(settings: Settings | None = None) -> Fetcher:
    """Return a fetcher that follows the settings.

    Reuse it for a whole list of addresses: it caches what each server allows.
    """
    return Fetcher(allow_private=(settings or get_settings()).allow_private_urls)


def open_source(source: Source, settings: Settings | None = None) -> Article:
    """Return the article of a file, of an address (http or https), or the article itself.

    The article's source has an absolute path, so it can be loaded again from any folder.

    Raises:
        ArticleError: the source cannot be opened.
    """
    if isinstance(source, Article):
        return source
    return (
        load(source, make_fetcher(settings)) if is_address(source) else load(make_absolute(source))
    )


def fetch_article(url: str, settings: Settings | None = None) -> Article:
    """Return the article at a web address that a user or a program typed.

    Args:
        url: without a scheme, https is used.

    Raises:
        InputError: it is no web address. File names are refused: they would open files of this
            machine.
        ArticleError: it is refused, cannot be reached, or gives no article.
    """
    url = url.strip()
    if not url:
        raise InputError(
            "There is no address yet. Type or paste one, such as https://example.org/news."
        )
    scheme = re.match(r"([a-z][a-z0-9+.-]*):(?!\d)", url, re.IGNORECASE)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise InputError(
            f"{url[:200]} is no web address. It has to begin with https:// or http://."
        )
    return load(url if scheme else f"https://{url}", make_fetcher(settings))


def expand_sources(names: Iterable[str]) -> list[str]:
    """Return each source once, in order: addresses, and files with their absolute path.

    A folder is replaced by the supported files in it and in its subfolders. Hidden files and links
    to folders are skipped.
    """
    sources: dict[str, None] = {}
    for name in names:
        if name == "-" or is_address(name):
            sources[name.strip()] = None
        elif (path := make_absolute(name)).is_dir():
            sources.update(dict.fromkeys(list_files(path, supported_suffixes() - {""})))
        else:
            sources[str(path)] = None
    return list(sources)


def source_location(source: str) -> str:
    """Return the file or address that an article can be loaded from again, or an empty string."""
    mail = _MAIL.search(source)
    location = mail[1] if mail else source
    return location if is_address(location) or Path(location).is_absolute() else ""
