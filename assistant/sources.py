"""Where an article comes from: a file, an address, the library, or what a program holds already."""

from __future__ import annotations

from pathlib import Path

from index.article import Article
from index.loaders import is_address, load
from index.web import Fetcher

from .settings import Settings, get_settings

__all__ = ["Source", "fetcher_of", "open_source"]

Source = str | Path | Article


def fetcher_of(settings: Settings | None = None) -> Fetcher:
    """Fetches within the settings. Keep it for a whole list: it remembers what each server allows."""
    return Fetcher(allow_private=(settings or get_settings()).allow_private_urls)


def open_source(source: Source, settings: Settings | None = None) -> Article:
    """The article in a file or at an address (http or https). Raises ArticleError."""
    if isinstance(source, Article):
        return source
    return load(source, fetcher_of(settings) if is_address(source) else None)
