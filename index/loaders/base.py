"""Define the interface of loaders, and helpers that clean and decode text."""

from __future__ import annotations

import codecs
import re
import unicodedata
import warnings
from abc import ABC, abstractmethod
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from charset_normalizer import from_bytes

from index.errors import ArticleError
from index.text.article import Article

__all__ = ["Loader", "clean_text", "decode_text", "import_optional", "strip_folders"]

_BYTE_ORDER_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xef\xbb\xbf": "utf-8-sig",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
}

_LINE_END = re.compile(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028]")
# Control characters, direction overrides, zero-width characters and lone surrogates. Joiners
# (U+200C, U+200D) and direction marks (U+200E, U+200F) stay: Persian, Arabic and emoji need them.
_INVISIBLE = re.compile(
    r"[\0-\x08\x0e-\x1b\x1f\x7f-\x9f\xad\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff]"
)
# The folders of a path, also after the sender of a mail: "A friend (/home/…".
_FOLDERS = re.compile(
    r"(?:^|(?<=\())(?:[a-z]:|~[^/\\()]*)?[/\\](?:.*[/\\])?", re.IGNORECASE | re.DOTALL
)


class Loader(ABC):
    """Load one file format. The subclasses of other packages are used like the bundled ones.

    Attributes:
        suffixes: the suffixes of the format, in lower case, with the dot.
        isolated: whether to load in a separate process with limits, because a malicious file could
            exhaust or crash the parser. Plugins for 0.1 may call it `apart` for one more release.
        keeps_original: whether the article carries the bytes of the file, to show its pages.
    """

    suffixes: ClassVar[tuple[str, ...]] = ()
    isolated: ClassVar[bool] = False
    keeps_original: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Set `isolated` of a plugin that still uses its former name `apart`."""
        super().__init_subclass__(**kwargs)
        if "apart" in vars(cls) and "isolated" not in vars(cls):
            warnings.warn(f"{cls.__name__}.apart is now isolated", DeprecationWarning, stacklevel=3)
            cls.isolated = bool(vars(cls)["apart"])

    def recognises(self, data: bytes) -> bool:
        """Return whether the bytes have this format, whatever the name of the file."""
        return False

    @abstractmethod
    def load(self, data: bytes, path: Path) -> Article:
        """Return the article in a file.

        Args:
            data: the content of the file.
            path: its path, which may not exist.

        Raises:
            ArticleError: the file cannot be loaded. The message names `path`.
        """


def import_optional(module: str, extra: str, path: Path) -> Any:
    """Return a module that an extra of this package installs.

    Args:
        module: its name.
        extra: the extra of `article-assistant` that installs it.
        path: the file that needs it, for the error.

    Raises:
        ArticleError: it is not installed.
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise ArticleError(
            f"{path} cannot be opened: the package {module} is not installed. Run "
            f"`pip install 'article-assistant[{extra}]'`."
        ) from error


def clean_text(text: str) -> str:
    """Return the text with composed accents (NFC), `\\n` as line end and no invisible characters.

    Invisible characters would make a quote differ from the same words typed by the user, or change
    the order in which they are displayed.
    """
    lines = _LINE_END.sub("\n", text.replace("\u2029", "\n\n"))
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", lines))


def strip_folders(source: str) -> str:
    """Return a source without the folders of a path.

    A source from someone else must not name a file on this disk: a refresh would read it.
    """
    return _FOLDERS.sub("", source.strip())


def decode_text(data: bytes, name: str, charset: str = "") -> str:
    """Decode and clean the text of a file.

    The encoding is the one of the byte-order mark, else UTF-8 if valid, else `charset`, else what
    charset-normalizer detects.

    Args:
        data: the content of the file.
        name: the name of the file in error messages.
        charset: the encoding that the file declares; empty if it declares none.

    Raises:
        ArticleError: the bytes are not text.
    """
    return clean_text(_decode(data, name, charset))


def _decode(data: bytes, name: str, charset: str) -> str:
    mark = next((mark for mark in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    try:
        if mark:
            return data.decode(_BYTE_ORDER_MARKS[mark])
        if b"\0" not in data:
            return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    if charset and _is_text_encoding(charset) and b"\0" not in data:
        return data.decode(charset, errors="replace")
    guess = from_bytes(data[:200_000]).best() if not mark else None
    if guess is None or "\0" in str(guess):
        raise ArticleError(
            f"{name} is not a text file, or its encoding is unknown. "
            "Save it as UTF-8 text and try again."
        )
    return data.decode(guess.encoding, errors="replace")


def _is_text_encoding(charset: str) -> bool:
    try:
        return codecs.lookup(charset)._is_text_encoding
    except (LookupError, ValueError):
        return False
