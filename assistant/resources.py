"""Own what assistants share: settings, embedders, trained models, a library per data folder."""

from __future__ import annotations

import atexit
from functools import lru_cache
from pathlib import Path
from threading import Lock

from assistant.models.embeddings import make_embedder
from assistant.pipeline.evidence.reader import Reader
from assistant.pipeline.evidence.span_reader import SpanReader
from assistant.pipeline.verification.verifier import Verifier
from assistant.settings import Settings, get_settings
from index.embedders.base import Embedder
from index.errors import InputError
from index.storage.chroma_server import ChromaAddress
from index.storage.library import Library

__all__ = ["Resources", "default_resources", "make_chroma_address"]


class Resources:
    """Owns the objects that several assistants share, and closes them.

    Everything loads at first use. The methods are thread-safe.

    Args:
        settings: read from the environment by default.
        reader: the extractive model; by default the bundled weights.
        verifier: judges generated statements; by default the bundled weights.
        span_reader: finds the words that answer; by default the bundled weights.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        reader: Reader | None = None,
        verifier: Verifier | None = None,
        span_reader: SpanReader | None = None,
    ) -> None:
        self.settings = settings or get_settings()
        self.reader = reader or Reader()
        self.verifier = verifier or Verifier()
        self.span_reader = span_reader or SpanReader()
        self._lock = Lock()
        self._embedders: dict[str, Embedder] = {}
        self._libraries: dict[Path, Library] = {}

    def embedder(self, name: str = "", settings: Settings | None = None) -> Embedder:
        """Return the embedder of a name as `make_embedder` takes it; the bundled one is made once.

        Args:
            name: by default what the settings say.
            settings: for the keys and limits of a server, if not those of these resources.

        Raises:
            InputError: there is no such embedder.
        """
        settings = settings or self.settings
        name = name or settings.embeddings
        if name != "embedded":
            return make_embedder(name, settings)
        with self._lock:
            return self._embedders.setdefault(name, make_embedder(name, settings))

    def library(self, folder: Path | None = None, embedder: Embedder | None = None) -> Library:
        """Return the library of a folder, opened at the first call.

        A process can open a folder only once.

        Args:
            folder: by default what the settings say.
            embedder: by default what the settings say.

        Raises:
            InputError: the library is open with another embedder, or the address of the database or
                of the Chroma server cannot be used.
            InUseError: another process uses the folder.
            DataError: the folder or the database cannot be used.
        """
        folder = (folder or self.settings.data).expanduser().resolve()
        embedder = embedder or self.embedder()
        with self._lock:
            library = self._libraries.get(folder)
            if library is None or library.closed:
                library = self._libraries[folder] = Library(
                    folder,
                    embedder,
                    chroma=make_chroma_address(self.settings),
                    database=self.settings.database.get_secret_value(),
                    max_articles=self.settings.max_articles,
                    keep_originals=self.settings.keep_originals,
                )
        if embedder.fingerprint != library.embedder.fingerprint:
            raise InputError(
                f"The data folder {folder} is open in this process with the embeddings "
                f"{library.embedder.name}, not with {embedder.name}. "
                "Choose another folder, or restart the program."
            )
        return library

    def close(self) -> None:
        """Close every library. Calling it twice does no harm."""
        with self._lock:
            libraries, self._libraries = list(self._libraries.values()), {}
        for library in libraries:
            if not library.closed:
                library.close()


def make_chroma_address(settings: Settings) -> ChromaAddress | None:
    """Return the Chroma server of the settings, or None without one. Raises InputError."""
    if not settings.chroma:
        return None
    headers = {name: value.get_secret_value() for name, value in settings.chroma_headers.items()}
    return ChromaAddress(settings.chroma, headers, settings.chroma_tenant, settings.chroma_database)


@lru_cache(maxsize=1)
def default_resources() -> Resources:
    """Return the resources of this process. They are closed when the process ends."""
    resources = Resources()
    atexit.register(resources.close)
    return resources
