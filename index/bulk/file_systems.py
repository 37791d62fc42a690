"""Read files at addresses such as `s3://bucket/folder`, with fsspec.

Addresses of the web are not read here: the fetcher in `index/web` checks which of them are allowed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, cast

from index.bulk.items import SourceFile
from index.errors import ArticleError, AssistantError, InputError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["check_address", "is_web_address", "list_remote", "open_remote", "read_remote"]

MAX_DEPTH = 64  # of folders; a folder that contains itself ends there
_WEB_SCHEMES = ("http", "https")


def is_web_address(address: str) -> bool:
    """Return whether the fetcher for the web reads an address."""
    return address.partition("://")[0].strip().lower() in _WEB_SCHEMES


def check_address(address: str) -> None:
    """Check that the file system of an address can be used. Nothing is contacted.

    Raises:
        InputError: a package is missing, or there is no such file system.
    """
    _split(address)


def list_remote(address: str, suffixes: Collection[str]) -> Iterator[SourceFile]:
    """Yield the file at an address, or those of a folder or a pattern.

    Args:
        address: of a file, a folder, or a pattern with `*`.
        suffixes: of the files of a folder that are listed, in lower case, with the dot.

    Raises:
        ArticleError: the address cannot be listed.
        InputError: as for `check_address`.
    """
    files, path = _split(address)
    with _explain_errors(address):
        if "*" in path:
            for name in files.glob(path):
                if files.isfile(name):
                    yield _describe(files, files.info(name))
            return
        entry = files.info(path)
        if entry["type"] != "directory":
            yield _describe(files, entry)
            return
        yield from _walk(files, entry["name"], suffixes)


def _walk(
    files: AbstractFileSystem, folder: str, suffixes: Collection[str]
) -> Iterator[SourceFile]:
    """Yield the files of a folder. Each folder is listed once."""
    waiting, seen = deque([(folder.rstrip("/"), 0)]), {folder.rstrip("/")}
    while waiting:
        current, depth = waiting.popleft()
        for entry in sorted(files.ls(current, detail=True), key=lambda entry: str(entry["name"])):
            name = str(entry["name"]).rstrip("/")
            base = name.rpartition("/")[2]
            if name in seen or not base or base.startswith("."):
                continue  # object stores list a folder as an entry of itself
            if entry["type"] == "directory":
                seen.add(name)
                if depth < MAX_DEPTH:
                    waiting.append((name, depth + 1))
            elif f".{base.rpartition('.')[2].lower()}" in suffixes and "." in base:
                yield _describe(files, entry)


def _describe(files: AbstractFileSystem, entry: dict[str, object]) -> SourceFile:
    size = entry.get("size")
    address = str(files.unstrip_protocol(str(entry["name"])))
    return SourceFile(address, size if isinstance(size, int) else 0)


def read_remote(address: str, max_bytes: int) -> bytes:
    """Return the bytes of a file, at most `max_bytes`.

    Raises:
        ArticleError: the file cannot be read.
    """
    with open_remote(address) as stream, _explain_errors(address):
        return stream.read(max_bytes)


@contextmanager
def open_remote(address: str) -> Iterator[IO[bytes]]:
    """Open a file for reading bytes.

    Raises:
        ArticleError: the file cannot be opened.
    """
    files, path = _split(address)
    with _explain_errors(address):
        stream = cast(IO[bytes], files.open(path, "rb"))
    with stream:
        yield stream


def _split(address: str) -> tuple[AbstractFileSystem, str]:
    """Return the file system of an address, and the path in it.

    Raises:
        InputError: a package is missing, or there is no such file system.
        ArticleError: the file system cannot be opened.
    """
    protocol, _, rest = address.partition("://")
    if "::" in address or is_web_address(address):
        raise InputError(
            f"{address} cannot be indexed: addresses of several file systems in one are not "
            "supported. Give the address of the file itself."
        )
    try:
        from fsspec.core import url_to_fs
        from fsspec.registry import get_filesystem_class, known_implementations
    except ImportError as error:
        raise InputError(
            f"{address} needs a package: run `pip install 'article-assistant[bulk]'`."
        ) from error
    try:
        get_filesystem_class(protocol.lower())
    except ImportError as error:
        hint = known_implementations.get(protocol.lower(), {}).get("err") or str(error)
        raise InputError(
            f"{address} needs a package that is not installed: {str(hint).rstrip('.')}."
        ) from error
    except ValueError as error:
        raise InputError(
            f"There are no addresses that begin with {protocol}://. Use a path, http(s)://, or a "
            "file system of fsspec such as s3:// or gs://."
        ) from error
    opened: Callable[[str], tuple[AbstractFileSystem, str]] = url_to_fs
    with _explain_errors(address):
        return opened(f"{protocol.lower()}://{rest}")


@contextmanager
def _explain_errors(address: str) -> Iterator[None]:
    """Raise each error of a file system as an ArticleError. The packages raise their own ones."""
    try:
        yield
    except AssistantError:
        raise
    except FileNotFoundError as error:
        raise ArticleError(f"There is no file {address}. Check the address.") from error
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ArticleError(
            f"{address} cannot be read ({reason}). Check the address and the permissions."
        ) from error
