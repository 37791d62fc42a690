"""Zip archives (DOCX, ODT and EPUB are such), read within limits: what they unpack to is known before anything is."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

from ..errors import ArticleError

__all__ = ["Archive", "FAULTS", "is_zip"]

MEMBERS = 5_000
LARGEST = 100_000_000  # bytes unpacked; the longest of the novels tried has 3 MB
_ENTITY = b"<!ENTITY"
FAULTS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, KeyError)


def is_zip(data: bytes) -> bool:
    return data.startswith((b"PK\x03\x04", b"PK\x05\x06"))


class Archive:
    """The members of an archive.

    Raises:
        ArticleError: it is damaged, locked, too large, or made to harm. `kind` and `path` are for the message.
    """

    def __init__(self, data: bytes, path: Path, kind: str) -> None:
        self.path, self.kind, self.data = path, kind, data
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except FAULTS as error:
            raise ArticleError(
                f"{path} is no {kind} file, or is damaged ({error}). Save it again and try once more."
            ) from error
        members = self._zip.infolist()
        self.names = frozenset(member.filename for member in members)
        self._check(members)

    def _check(self, members: list[zipfile.ZipInfo]) -> None:
        size = sum(member.file_size for member in members)
        if len(members) > MEMBERS or size > LARGEST:
            raise ArticleError(
                f"{self.path} unpacks to {len(members):,} files of {size / 1e6:,.0f} MB together; at most {MEMBERS:,} files of "
                f"{LARGEST / 1e6:.0f} MB are read. Save the text alone."
            )
        if outside := next((name for name in self.names if _leads_outside(name)), None):
            raise ArticleError(f"{self.path} has a part named {outside!r}, which leads out of the file. It is not opened.")
        if any(member.flag_bits & 1 for member in members):
            raise ArticleError(f"{self.path} is protected by a password. Remove the password and try again.")

    def read(self, name: str) -> bytes:
        """The bytes of a member; never more than its entry in the archive says."""
        try:
            return self._zip.read(name)
        except KeyError as error:
            raise ArticleError(f"{self.path} is no {self.kind} file: it has no {name!r} in it.") from error
        except FAULTS as error:
            raise ArticleError(f"{self.path} is damaged ({error}). Save it again and try once more.") from error

    def check_entities(self) -> None:
        """For a library that parses members by itself: refuse what defines entities, which can grow without end."""
        for name in self.names:
            if name.endswith((".xml", ".rels")):
                self._check_entities(self.read(name))

    def xml(self, name: str) -> Any:
        """The root of an XML member."""
        from lxml import etree

        data = self.read(name)
        self._check_entities(data)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, recover=True)
        try:
            root = etree.fromstring(data, parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise ArticleError(f"{self.path} is damaged: {name!r} in it is no XML ({error}).") from error
        if root is None:
            raise ArticleError(f"{self.path} is damaged: {name!r} in it is no XML.")
        return root

    def _check_entities(self, data: bytes) -> None:
        if _ENTITY in data.replace(b"\0", b""):  # also as UTF-16
            raise ArticleError(f"{self.path} defines XML entities, which no {self.kind} file needs. It is not opened.")


def _leads_outside(name: str) -> bool:
    name = name.replace("\\", "/")
    return name.startswith("/") or name[1:2] == ":" or posixpath.normpath(name).startswith("..")
