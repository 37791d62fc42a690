"""Open the library and find articles by ID, by the beginning of an ID, or by title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from assistant.interfaces.cli.console import show_progress_bar
from assistant.resources import default_resources
from assistant.settings import get_settings
from index.errors import DataError, InputError
from index.storage.databases import make_store
from index.storage.library import Library
from index.storage.store import ArticleStore, ArticleSummary

__all__ = ["find_article", "open_library", "open_reembedded_library", "open_store"]

MIN_ID_PREFIX_CHARACTERS = 4


def open_library(data: Path | None, embeddings: str = "") -> Library:
    """Open the library to search or change it. Only one process at a time can do so.

    Args:
        data: the data folder; that of the settings if None.
        embeddings: the name of the embeddings; those of the settings if empty.
    """
    settings = get_settings()
    resources = default_resources()
    return resources.library(
        data or settings.data, resources.embedder(embeddings or settings.embeddings, settings)
    )


def open_reembedded_library(data: Path | None, embeddings: str) -> Library:
    """Open the library and embed again what other embeddings have embedded, with a progress bar."""
    library = open_library(data, embeddings)
    with show_progress_bar() as progress:
        library.reembed_stale(
            lambda done, total: progress("embedding all articles anew", done / total)
        )
    return library


@contextmanager
def open_store(data: Path | None) -> Iterator[ArticleStore]:
    """Open the articles for reading, which works also while another process uses the library.

    Raises:
        InputError: the address of the database cannot be used.
        DataError: the data folder cannot be created, or the database cannot be used.
    """
    settings = get_settings()
    folder = (data or settings.data).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(
            f"The data folder {folder} cannot be used ({error.strerror}). "
            "Choose another with --data."
        ) from error
    store = make_store(folder, settings.database.get_secret_value())
    try:
        yield store
    finally:
        store.close()


def find_article(summaries: Sequence[ArticleSummary], name: str) -> ArticleSummary:
    """Return the article with an ID, the beginning of an ID, or a title. Case is ignored.

    Raises:
        InputError: no article or more than one article matches.
    """
    key = name.strip().casefold()
    is_id_prefix = len(key) >= MIN_ID_PREFIX_CHARACTERS
    for matches in (
        [summary for summary in summaries if summary.id == key],
        [summary for summary in summaries if is_id_prefix and summary.id.startswith(key)],
        [summary for summary in summaries if summary.title.casefold() == key],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            ids = ", ".join(summary.id for summary in matches[:5])
            raise InputError(
                f"{len(matches)} articles match {name!r}: {ids}. Use the full ID of one."
            )
    raise InputError(
        f"There is no article {name!r}. `article-assistant library list` lists all articles."
    )
