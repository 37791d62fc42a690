"""What a loader is: one kind of source in, one `Article` out."""

from __future__ import annotations

import codecs
import re
import unicodedata
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar

from charset_normalizer import from_bytes

from ..article import Article
from ..errors import ArticleError

__all__ = ["Loader", "clean", "decode", "name_alone"]

_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}


_LINE_END = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028]")
# Controls, marks that turn the direction of what follows, what has no width, and halves of characters. Joiners
# (U+200C, U+200D) and direction marks (U+200E, U+200F) stay: Persian, Arabic and emoji are spelt with them.
_UNSEEN = re.compile(r"[\0-\x08\x0e-\x1b\x1f\x7f-\x9f\xad\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]")
# What leads to a file, also after who wrote a mail: "A friend (/home/…".
_FOLDERS = re.compile(r"(?:^|(?<=\())(?:[a-z]:|~[^/\\()]*)?[/\\](?:.*[/\\])?", re.IGNORECASE | re.DOTALL)


class Loader(ABC):
    """Reads files whose bytes it recognises, or whose name ends in one of `suffixes` (lower case, with the dot)."""

    suffixes: ClassVar[tuple[str, ...]] = ()
    apart: ClassVar[bool] = False  # parses what a stranger may have made to exhaust or crash it: read in a process of its own

    def recognises(self, data: bytes) -> bool:
        """Whether the bytes are of this kind, whatever the name says."""
        return False

    @abstractmethod
    def load(self, data: bytes, path: Path) -> Article:
        """The article in a file's bytes. Raises ArticleError with a message that names `path`."""


def clean(text: str) -> str:
    """The text as a reader sees it: composed accents (NFC), line ends as `\\n`, nothing that is not seen.

    What is removed would part a quote from the same words typed by a person, or show them in another order.
    """
    lines = _LINE_END.sub("\n", text.replace("\u2029", "\n\n"))
    return unicodedata.normalize("NFC", _UNSEEN.sub("", lines))


def name_alone(source: str) -> str:
    """Where an article is from, without the folders of a disk: what lies there might be read one day, and is not another's to name."""
    return _FOLDERS.sub("", source.strip())


def decode(data: bytes, name: str, charset: str = "") -> str:
    """The text of a file, clean: by its byte-order mark, as UTF-8, in its `charset`, else as charset-normalizer takes it.

    Raises:
        ArticleError: the bytes are not text.
    """
    return clean(_decode(data, name, charset))


def _decode(data: bytes, name: str, charset: str) -> str:
    mark = next((mark for mark in _MARKS if data.startswith(mark)), None)
    try:
        if mark:
            return data.decode(_MARKS[mark])
        if b"\0" not in data:
            return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if charset and _is_known(charset) and b"\0" not in data:
        return data.decode(charset, errors="replace")
    guess = from_bytes(data[:200_000]).best() if not mark else None
    if guess is None or "\0" in str(guess):
        raise ArticleError(f"{name} is not a text file, or its encoding cannot be told. Save it as UTF-8 text and try again.")
    return data.decode(guess.encoding, errors="replace")


def _is_known(charset: str) -> bool:
    try:
        return codecs.lookup(charset)._is_text_encoding
    except (LookupError, ValueError):
        return False
