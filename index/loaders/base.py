"""What a loader is: one kind of source in, one `Article` out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from charset_normalizer import from_bytes

from ..article import Article
from ..errors import ArticleError

__all__ = ["Loader", "decode"]

_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


class Loader(ABC):
    """Reads files whose name ends in one of `suffixes` (lower case, with the dot)."""

    suffixes: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def load(self, data: bytes, path: Path) -> Article:
        """The article in a file's bytes. Raises ArticleError with a message that names `path`."""


def decode(data: bytes, name: str) -> str:
    """The text of a file: by its byte-order mark, as UTF-8, else as charset-normalizer takes it; line ends become `\\n`.

    Raises:
        ArticleError: the bytes are not text.
    """
    return _decode(data, name).replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def _decode(data: bytes, name: str) -> str:
    mark = next((mark for mark in _MARKS if data.startswith(mark)), None)
    try:
        if mark:
            return data.decode(_MARKS[mark])
        if b"\0" not in data:
            return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    guess = from_bytes(data[:200_000]).best() if not mark else None
    if guess is None or "\0" in str(guess):
        raise ArticleError(f"{name} is not a text file, or its encoding cannot be told. Save it as UTF-8 text and try again.")
    return data.decode(guess.encoding, errors="replace")
