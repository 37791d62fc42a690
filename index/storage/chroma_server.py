"""Store Chroma collections on a Chroma server.

The server changes its collections in place and takes care of its own files. If it loses a
collection, the next question builds it again from the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from index.errors import DataError, InputError
from index.storage.passage_collection import (
    CollectionRecord,
    PassageCollection,
    PassageVector,
    make_configuration,
    write_passages,
)
from index.storage.store import ArticleStore

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

__all__ = [
    "ChromaAddress",
    "ChromaServer",
    "identify_library",
    "is_python_server",
]

DEFAULT_PORTS = {"http": 8000, "https": 443}
CONNECT_SECONDS = 5.0
MAX_COLLECTIONS = 1_000  # per list
MAX_REASON_CHARACTERS = 200
LIBRARY_KEY = "library"


@dataclass(frozen=True)
class ChromaAddress:
    """The address of a Chroma server.

    Args:
        url: `http://host:8000` or `https://host`, without a path.
        headers: sent with each request, for a proxy that asks for a key.
        tenant: the tenant of the collections.
        database: the database of the collections.
        timeout_seconds: how long the server may take without an answer. Writing 5,000 passages
            took 4.5 seconds on two busy cores.

    Raises:
        InputError: the URL or a header cannot be used.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    tenant: str = "default_tenant"
    database: str = "default_database"
    timeout_seconds: float = 60.0

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            is_usable = bool(parts.scheme in DEFAULT_PORTS and parts.hostname and self.port)
        except ValueError:  # the port is no number
            is_usable = False
        if not is_usable or "@" in self.url or parts.path.strip("/") or parts.query:
            raise InputError(
                "ARTICLE_ASSISTANT_CHROMA is not the URL of a Chroma server. "
                "Give http://host:8000 or https://host, without a path and without a password."
            )
        for name, value in self.headers.items():
            text = name + value
            # Otherwise httpx refuses it, with the value in its message.
            if not (text.isascii() and text.isprintable() and value == value.strip()):
                raise InputError(
                    f"The header {name!r} of ARTICLE_ASSISTANT_CHROMA_HEADERS cannot be sent. "
                    "Use printable ASCII characters only."
                )

    @property
    def is_encrypted(self) -> bool:
        """Return whether the server is reached by TLS."""
        return urlsplit(self.url).scheme == "https"

    @property
    def host(self) -> str:
        """Return the name of the server."""
        host = urlsplit(self.url).hostname or ""
        return f"[{host}]" if ":" in host else host

    @property
    def port(self) -> int:
        """Return the port of the server."""
        parts = urlsplit(self.url)
        return parts.port or DEFAULT_PORTS[parts.scheme]

    @property
    def timeout(self) -> httpx.Timeout:
        """Return the limits of a request."""
        return httpx.Timeout(self.timeout_seconds, connect=CONNECT_SECONDS)

    def make_unusable_error(self, error: Exception) -> DataError:
        """Return the error to raise for an error of Chroma or of the connection."""
        reason = " ".join(str(error).split())[:MAX_REASON_CHARACTERS] or type(error).__name__
        return DataError(
            f"The Chroma server {self.url} cannot be used ({reason}). Start it, or check "
            "ARTICLE_ASSISTANT_CHROMA. Articles are stored, and are indexed once it answers."
        )


def is_python_server(address: ChromaAddress) -> bool:
    """Return whether a server is Chroma's in Python instead of `chroma run`, which is in Rust.

    A proxy may hide it.

    Raises:
        DataError: the server does not answer as Chroma does.
    """
    response = _request_version(address)
    # The server in Rust always says version 1.0.0, and does not name itself.
    return "uvicorn" in response.headers.get("server", "") or response.json().startswith("0.")


def _request_version(address: ChromaAddress) -> httpx.Response:
    scheme = "https" if address.is_encrypted else "http"
    url = f"{scheme}://{address.host}:{address.port}/api/v2/version"
    try:
        response = httpx.get(url, headers=dict(address.headers), timeout=address.timeout)
        response.raise_for_status()
        if not isinstance(response.json(), str):
            raise ValueError("it is no Chroma server")
    except (httpx.HTTPError, ValueError) as error:
        raise address.make_unusable_error(error) from error
    return response


def identify_library(store: ArticleStore) -> str:
    """Return an id that tells the collections of a library from those of others."""
    library = store.get_meta(LIBRARY_KEY)
    if library is None:
        library = uuid4().hex[:12]
        store.set_meta(LIBRARY_KEY, library)
    return library


class ChromaServer:
    """The collections of one library on a server.

    Args:
        address: the address of the server.
        library: the id of the library.
    """

    def __init__(self, address: ChromaAddress, library: str) -> None:
        self._address = address
        self._prefix = f"article-assistant-{library}-"
        self._is_lost = False

    @property
    def location(self) -> str:
        """Return the URL, the tenant and the database."""
        return " ".join((self._address.url, self._address.tenant, self._address.database))

    def open(self, record: CollectionRecord) -> PassageCollection | None:
        """Return a collection, or None if the server lacks it or some of its passages.

        Raises:
            DataError: the server cannot be used.
        """
        from chromadb.errors import NotFoundError

        client = self._connect()
        with self._translate_errors():
            try:
                collection = PassageCollection(client, record.name, self._translate_errors)
            except NotFoundError:
                return None
        self._is_lost = False
        return collection if collection.count() >= record.passages else None

    def is_lost(self, record: CollectionRecord) -> bool:
        """Return whether the server answered that it lacks the collection."""
        return self._is_lost

    def extend(
        self, record: CollectionRecord | None, passages: Iterable[PassageVector]
    ) -> CollectionRecord:
        """Write passages to a collection in place, or to a new one.

        Raises:
            DataError: the server cannot be used.
        """
        name = record.name if record else self._prefix + uuid4().hex[:12]
        with closing(self._connect()) as client, self._translate_errors():  # type: ignore[type-var]
            collection = client.get_or_create_collection(
                name,
                embedding_function=None,
                configuration=make_configuration(),
            )
            write_passages(collection, passages)
            return CollectionRecord(name, collection.count())

    def remove_all_but(self, name: str) -> None:
        """Remove the other collections of this library.

        Raises:
            DataError: the server cannot be used.
        """
        with closing(self._connect()) as client, self._translate_errors():  # type: ignore[type-var]
            for collection in client.list_collections(limit=MAX_COLLECTIONS):
                if collection.name.startswith(self._prefix) and collection.name != name:
                    client.delete_collection(collection.name)

    def _connect(self) -> ClientAPI:
        """Return a new client. Raises DataError."""
        import chromadb
        from chromadb.config import Settings

        _request_version(self._address)  # Chroma's own client would wait without a limit
        # Settings also read the environment and .env files; pass everything that matters.
        settings = Settings(
            anonymized_telemetry=False,
            chroma_server_host=self._address.host,
            chroma_server_http_port=self._address.port,
            _env_file=None,
        )
        with self._translate_errors():
            client = chromadb.HttpClient(
                self._address.host,
                self._address.port,
                self._address.is_encrypted,
                dict(self._address.headers),
                settings,
                self._address.tenant,
                self._address.database,
            )
        # It has no option for this.
        client._server._session.timeout = self._address.timeout  # type: ignore[attr-defined]
        return client

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        from chromadb.errors import NotFoundError

        try:
            yield
        except DataError:
            raise
        except NotFoundError as error:
            self._is_lost = True
            raise self._address.make_unusable_error(error) from error
        # Chroma's client also raises plain exceptions.
        except Exception as error:
            raise self._address.make_unusable_error(error) from error
