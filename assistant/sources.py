"""Where an article comes from: a file, an address, the library, or what a program holds already."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from index.article import Article
from index.errors import InputError
from index.loaders import is_address, load, suffixes
from index.web import Fetcher

from .settings import Settings, get_settings

__all__ = ["Source", "fetched", "fetcher_of", "open_source", "place_of", "sources_in"]

_MAIL = re.compile(r" \((/[^()]*|[a-z]+://\S*)\)$")  # after who wrote it
Source = str | Path | Article


def fetcher_of(settings: Settings | None = None) -> Fetcher:
    """Fetches within the settings. Keep it for a whole list: it remembers what each server allows."""
    return Fetcher(allow_private=(settings or get_settings()).allow_private_urls)


def open_source(source: Source, settings: Settings | None = None) -> Article:
    """The article in a file or at an address (http or https), from which it can be loaded again, wherever that is done from.

    Raises ArticleError.
    """
    if isinstance(source, Article):
        return source
    return load(source, fetcher_of(settings)) if is_address(source) else load(_whole(source))


def fetched(url: str, settings: Settings | None = None) -> Article:
    """The article at a web address, as typed by a person or named by a program; https where it has no scheme.

    Raises:
        InputError: it is no web address: the name of a file would be one of this machine.
        ArticleError: it is refused, cannot be reached, or gives no article.
    """
    url = url.strip()
    if not url:
        raise InputError("There is no address yet. Type or paste one, such as https://example.org/news.")
    scheme = re.match(r"([a-z][a-z0-9+.-]*):(?!\d)", url, re.IGNORECASE)
    if scheme and scheme[1].lower() not in ("http", "https"):
        raise InputError(f"{url[:200]} is no web address. It has to begin with https:// or http://.")
    return load(url if scheme else f"https://{url}", fetcher_of(settings))


def sources_in(names: Iterable[str]) -> list[str]:
    """Each source once, in order: addresses, files with their whole path, and for a folder the files in it that can be opened.

    What is hidden, and what lies behind a link to a folder, is left out.
    """
    found: dict[str, None] = {}
    for name in names:
        if name == "-" or is_address(name):
            found[name.strip()] = None
        elif (path := _whole(name)).is_dir():
            found.update(dict.fromkeys(_files_in(path)))
        else:
            found[str(path)] = None
    return list(found)


def _whole(name: str | Path) -> Path:
    """The whole path. One of a user that there is not is left for the loader to tell."""
    with suppress(RuntimeError):
        name = Path(name).expanduser()
    return Path(name).absolute()


def _files_in(folder: Path) -> Iterator[str]:
    known = suffixes() - {""}
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        yield from (
            str(Path(at, name)) for name in sorted(names) if not name.startswith(".") and Path(name).suffix.lower() in known
        )


def place_of(source: str) -> str:
    """The file or the address that an article's source names, from which it can be loaded again; empty where there is none."""
    mail = _MAIL.search(source)
    place = mail[1] if mail else source
    return place if is_address(place) or Path(place).is_absolute() else ""
