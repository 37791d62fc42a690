"""Which article a person means: by its id, the beginning of its id, or its title."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from index.errors import DataError, InputError
from index.library import Library
from index.store import Listed, Store

from ..models.embeddings import make_embedder
from ..settings import get_settings
from .telling import bar

__all__ = ["embedding_library_of", "find", "library_of", "reading"]

SHORTEST = 4  # characters of an id that may stand for it


def library_of(data: Path | None, embeddings: str = "") -> Library:
    """The library, to be changed or searched: one process at a time."""
    settings = get_settings()
    return Library.shared(data or settings.data, make_embedder(embeddings or settings.embeddings, settings))


def embedding_library_of(data: Path | None, embeddings: str) -> Library:
    """The library, to be added to: what other embeddings have embedded is embedded anew first, with a bar."""
    library = library_of(data, embeddings)
    with bar() as progress:
        library.embed_anew(lambda done, total: progress("embedding all articles anew", done / total))
    return library


@contextmanager
def reading(data: Path | None) -> Iterator[Store]:
    """The articles alone, to be read, be the page open or not."""
    folder = (data or get_settings().data).expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"The data folder {folder} cannot be used ({error.strerror}). Choose another with --data.") from error
    store = Store(folder)
    try:
        yield store
    finally:
        store.close()


def find(listed: Sequence[Listed], name: str) -> Listed:
    """The one article that is meant. Raises InputError where there is none, or more than one."""
    key = name.strip().casefold()
    begun = [one for one in listed if len(key) >= SHORTEST and one.id.startswith(key)]
    for found in ([one for one in listed if one.id == key], begun, [one for one in listed if one.title.casefold() == key]):
        if len(found) == 1:
            return found[0]
        if found:
            several = ", ".join(one.id for one in found[:5])
            raise InputError(f"{len(found)} articles are called {name!r}: {several}. Give the whole id.")
    raise InputError(f"There is no article {name!r}. `article-assistant library list` shows them.")
