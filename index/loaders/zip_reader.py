"""Read ZIP archives (DOCX, ODT, EPUB) within limits, which are checked before unpacking."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

from index.errors import ArticleError

__all__ = ["Archive", "ZIP_ERRORS", "is_zip"]

MAX_MEMBERS = 5_000
MAX_UNPACKED_BYTES = 100_000_000  # the longest novel that was tried has 3 MB
_ENTITY = b"<!ENTITY"
ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, KeyError)


def is_zip(data: bytes) -> bool:
    """Return whether the bytes are a ZIP archive."""
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


class Archive:
    """A ZIP archive, checked when it is opened.

    Args:
        data: the content of the archive.
        path: the path of the file in error messages.
        kind: the format of the file in error messages.

    Raises:
        ArticleError: the archive is damaged, locked, too large or malicious.
    """

    def __init__(self, data: bytes, path: Path, kind: str) -> None:
        self.path, self.kind, self.data = path, kind, data
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except ZIP_ERRORS as error:
            raise ArticleError(
                f"{path} is not a valid {kind} file. Save it again and try once more."
            ) from error
        members = self._zip.infolist()
        self.names = frozenset(member.filename for member in members)
        self._check(members)

    def _check(self, members: list[zipfile.ZipInfo]) -> None:
        size = sum(member.file_size for member in members)
        if len(members) > MAX_MEMBERS or size > MAX_UNPACKED_BYTES:
            raise ArticleError(
                f"{self.path} unpacks to {len(members):,} files of {size / 1e6:,.0f} MB together; "
                f"at most {MAX_MEMBERS:,} files of {MAX_UNPACKED_BYTES / 1e6:.0f} MB are read. "
                "Save the text alone."
            )
        if outside := next((name for name in self.names if _leads_outside(name)), None):
            raise ArticleError(
                f"{self.path} has a part named {outside!r}, which points outside the file. "
                "Save its text."
            )
        if any(member.flag_bits & 1 for member in members):
            raise ArticleError(
                f"{self.path} is protected by a password. Remove the password and try again."
            )

    def read(self, name: str) -> bytes:
        """Return a member, which is never larger than its declared size.

        Raises:
            ArticleError: the member is missing or damaged.
        """
        try:
            return self._zip.read(name)
        except KeyError as error:
            raise ArticleError(
                f"{self.path} is not a valid {self.kind} file: it has no {name!r} in it."
            ) from error
        except ZIP_ERRORS as error:
            raise ArticleError(
                f"{self.path} is damaged. Save it again and try once more."
            ) from error

    def check_entities(self) -> None:
        """Refuse XML members that define entities, which can expand without end.

        Call it before a library that parses the members itself.

        Raises:
            ArticleError: a member defines entities.
        """
        for name in self.names:
            if name.endswith((".xml", ".rels")):
                self._check_entities(self.read(name))

    def parse_xml(self, name: str) -> Any:
        """Return the root of an XML member.

        Raises:
            ArticleError: the member is missing, damaged or defines entities.
        """
        from lxml import etree

        data = self.read(name)
        self._check_entities(data)
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=True
        )
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise ArticleError(
                f"{self.path} is damaged: {name!r} in it is not XML ({error})."
            ) from error
        if root is None:
            raise ArticleError(f"{self.path} is damaged: {name!r} in it is not XML.")
        return root

    def _check_entities(self, data: bytes) -> None:
        if _ENTITY in data.replace(b"\0", b""):  # also as UTF-16
            raise ArticleError(
                f"{self.path} defines XML entities, which no {self.kind} file needs. "
                "It is not opened."
            )


def _leads_outside(name: str) -> bool:
    name = name.replace("\\", "/")
    return name.startswith("/") or name[1:2] == ":" or posixpath.normpath(name).startswith("..")
