"""A library as one file: a ZIP archive of `library.json`, with what is known of each article, and `articles/ID.txt`, the texts.

Vectors are not in it, nor sentences: they are made anew from the texts, so that a file from elsewhere can put nothing into a
library but texts, each of which its hash proves. `docs/library.md` describes the format.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from .article import Article, Block, Kind, Span
from .errors import InputError
from .loaders import LARGEST
from .loaders.archive import FAULTS
from .loaders.base import name_alone
from .store import Store

if TYPE_CHECKING:
    from .library import Library

__all__ = ["Bundle", "Packed", "write_bundle", "write_to"]

FORMAT = "article-assistant library"
MANIFEST = "library.json"
MOST = 100_000  # articles
LARGEST_MANIFEST = 25_000_000  # bytes; what reads it takes twenty times as much memory
LARGEST_TEXT = 4 * LARGEST  # bytes: four a character at most
LARGEST_LIBRARY = 4_000_000_000  # bytes, unpacked

Fact = Annotated[str, Field(max_length=10_000)]
Offset = Annotated[int, Field(ge=0)]


class _Entry(BaseModel):
    """What is known of one article."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern="^[0-9a-f]{16}$")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    title: Fact
    loaded_as: Fact | None
    author: Fact = ""  # version 1 had none
    date: Fact
    source: Fact
    language: str = Field(pattern="^[a-z]{2,3}$")
    added: AwareDatetime
    retrieved: AwareDatetime | Literal[""]
    blocks: list[tuple[Offset, Offset, Kind, Annotated[int, Field(ge=0, le=99)]]]
    pages: list[tuple[Offset, Offset]]

    @property
    def member(self) -> str:
        return f"articles/{self.id}.txt"


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    format: Literal["article-assistant library"]
    version: Literal[1, 2]
    exported: AwareDatetime
    articles: list[_Entry] = Field(max_length=MOST)


class Packed(NamedTuple):
    """An article of a bundle, and when it was added to the library that the bundle is of."""

    article: Article
    added: str


def write_bundle(store: Store, article_ids: Iterable[str], path: Path) -> int:
    """Write articles into one file, whole or not at all; how many they were. Raises InputError where it cannot be written."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as stream:
            count = write_to(stream, store, article_ids)
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}). Choose another file.") from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def write_to(stream: IO[bytes], store: Store, article_ids: Iterable[str]) -> int:
    """Write articles into an open file; how many they were. Raises KeyError for one that is not kept, InputError for too many."""
    added = {one.id: one.added for one in store.listed()}
    entries = []
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for article_id in article_ids:
            article = store.get(article_id)
            text = article.text.encode("utf-8", "surrogatepass")
            entries.append(_entry(article, text, added[article_id]))
            archive.writestr(entries[-1].member, text)
        manifest = _Manifest(format=FORMAT, version=2, exported=datetime.now(UTC), articles=entries)
        told = manifest.model_dump_json().encode()
        if len(told) > LARGEST_MANIFEST:
            raise InputError(f"{len(entries):,} articles are too many for one file. Export fewer at a time, into several.")
        archive.writestr(MANIFEST, told)
    return len(entries)


def _entry(article: Article, text: bytes, added: str) -> _Entry:
    facts = {"title": article.title, "loaded_as": article.loaded_as, "author": article.author}
    facts |= {"date": article.date, "source": article.source}
    times = {"added": added, "retrieved": article.retrieved}
    spans = {"blocks": article.blocks, "pages": article.pages}
    known = {"id": article.id, "sha256": hashlib.sha256(text).hexdigest(), "language": article.language}
    return _Entry.model_validate({**known, **facts, **times, **spans})


class Bundle:
    """A file that `write_bundle` wrote. All of it is checked before anything is taken from it; nothing is unpacked to disk.

    Args:
        name: by which an open file is told of.
        largest: bytes that it may unpack to.
        paths: keep whole paths of files as sources, from which a refresh would read them; only for a file of one's own. Else it is
            the file's name.

    Raises:
        InputError: it is no such file, damaged, or made to harm.
    """

    def __init__(self, file: Path | IO[bytes], name: str = "", *, largest: int = LARGEST_LIBRARY, paths: bool = False) -> None:
        self._name = name or str(file)
        self._paths = paths
        try:
            self._zip = zipfile.ZipFile(file)
        except FAULTS as error:
            raise self._refused(f"cannot be read ({error})") from error
        names = self._zip.namelist()
        if sum(member.file_size for member in self._zip.infolist()) > largest:  # no more than it says is ever unpacked
            raise self._refused(f"unpacks to more than {largest / 1e6:,.0f} MB", "Export fewer articles at a time.")
        try:
            self._entries = _Manifest.model_validate_json(self._read(MANIFEST, LARGEST_MANIFEST)).articles
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise self._refused(f"has a {MANIFEST} that says what it may not ({where}: {first['msg']})") from error
        if sorted(names) != sorted([MANIFEST, *(entry.member for entry in self._entries)]):
            raise self._refused(f"holds other files than {MANIFEST} lists, or one twice")
        for entry in self._entries:
            self._check(entry)

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Packed]:
        """The articles, their sentences told apart anew."""
        for entry in self._entries:
            source = entry.source if self._paths else name_alone(entry.source)
            facts = {"author": entry.author, "date": entry.date, "source": source, "language": entry.language}
            blocks = tuple(Block(*block) for block in entry.blocks)
            pages = tuple(Span(*page) for page in entry.pages)
            loaded_as = entry.title if entry.loaded_as is None else entry.loaded_as
            article = Article.from_text(self._text(entry), loaded_as, **facts, blocks=blocks, pages=pages)
            article = _with(article, entry)
            yield Packed(article, entry.added.astimezone(UTC).isoformat())

    def into(self, library: Library) -> Iterator[tuple[Article, Literal["added", "there"]]]:
        """Add the articles one by one; what is there already is left as it is. Raises ModelError, DataError."""
        for article, added in self:
            status: Literal["added", "there"] = "there" if library.store.has(article.id) else "added"
            yield library.add(article, added=added), status

    def _check(self, entry: _Entry) -> None:
        text = self._text(entry)
        if Article(text, entry.title, loaded_as=entry.loaded_as).id != entry.id or not any(map(str.isalnum, text)):
            raise self._refused(f"has a text that is not the one of {entry.id}")
        blocks = [offset for start, end, *_ in entry.blocks for offset in (start, end)]
        pages = [offset for page in entry.pages for offset in page]
        if not (_in_order(blocks, len(text)) and _in_order(pages, len(text))):
            raise self._refused(f"has paragraphs or pages of {entry.id} that lie outside of its text")

    def _text(self, entry: _Entry) -> str:
        data = self._read(entry.member, LARGEST_TEXT)
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            raise self._refused(f"has a text that is not the one of {entry.id}")
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise self._refused(f"has a text that is not UTF-8 ({entry.member})") from error

    def _read(self, name: str, largest: int) -> bytes:
        """A member, whatever its size is said to be: never more than `largest` is unpacked."""
        try:
            with self._zip.open(name) as stream:
                data = stream.read(largest + 1)
        except FAULTS as error:
            raise self._refused(f"has no {name} that can be read ({error})") from error
        if len(data) > largest:
            raise self._refused(f"has a {name} of more than {largest / 1e6:.0f} MB")
        return data

    def _refused(self, what: str, todo: str = "Export it again.") -> InputError:
        return InputError(f"{self._name} is no exported library, or is damaged: it {what}. Nothing was imported. {todo}")


def _with(article: Article, entry: _Entry) -> Article:
    """The title that a person gave, and when the source was seen."""
    retrieved = entry.retrieved.astimezone(UTC).isoformat() if entry.retrieved else ""
    title = article.title if entry.loaded_as is None else entry.title
    loaded_as = None if entry.loaded_as is None else article.title
    return replace(article, title=title, loaded_as=loaded_as, retrieved=retrieved)


def _in_order(offsets: list[int], length: int) -> bool:
    return offsets == sorted(offsets) and (not offsets or offsets[-1] <= length)
