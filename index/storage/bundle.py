"""Export and import a library as one file.

A bundle is a ZIP archive of `library.json`, the metadata of each article, and `articles/ID.txt`,
the texts. It contains neither sentences nor vectors: they are recomputed from the texts. A bundle
from elsewhere can therefore add nothing to a library but texts that match their hashes.
`docs/library.md` describes the format.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Literal, NamedTuple

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from index.errors import InputError
from index.loaders import MAX_FILE_BYTES
from index.loaders.base import strip_folders
from index.loaders.zip_reader import ZIP_ERRORS
from index.storage.article_records import clean_tags
from index.storage.store import ArticleStore, ArticleSummary
from index.storage.visibility import SHARED
from index.text.article import Article
from index.text.spans import Block, Cell, Kind, Span

if TYPE_CHECKING:
    from index.storage.library import Library

__all__ = ["Bundle", "BundleItem", "BundleLimits", "write_bundle", "write_bundle_stream"]

BUNDLE_FORMAT = "article-assistant library"
MANIFEST_NAME = "library.json"
MAX_ARTICLES = 100_000
MAX_MANIFEST_BYTES = 25_000_000  # parsing takes twenty times as much memory
MAX_TEXT_BYTES = 4 * MAX_FILE_BYTES  # UTF-8 takes at most four bytes per character
MAX_UNPACKED_BYTES = 4_000_000_000

MetadataValue = Annotated[str, Field(max_length=10_000)]
Offset = Annotated[int, Field(ge=0)]
Level = Annotated[int, Field(ge=0, le=99)]


class _CellEntry(NamedTuple):
    """A table cell, with the fields of `Cell`."""

    start: Offset
    end: Offset
    column: Annotated[int, Field(ge=0, le=10_000)]
    is_header: bool


class _BlockEntry(NamedTuple):
    """A block, with the fields of `Block`. Before version 3 it ended with the level."""

    start: Offset
    end: Offset
    kind: Kind
    level: Level
    number: int | None = None
    group: Offset = 0
    cells: tuple[_CellEntry, ...] = ()

    def to_block(self) -> Block:
        """Return the block."""
        return Block(*self[:-1], tuple(Cell(*cell) for cell in self.cells))


def _clean_tags(tags: list[str]) -> list[str]:
    try:
        return clean_tags(tags)
    except InputError as error:
        raise ValueError(str(error)) from error


class _Entry(BaseModel):
    """The metadata of one article."""

    model_config = ConfigDict(extra="forbid")

    id: str = Field(pattern="^[0-9a-f]{16}$")
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    title: MetadataValue
    loaded_as: MetadataValue | None
    author: MetadataValue = ""  # missing in version 1
    date: MetadataValue
    source: MetadataValue
    language: str = Field(pattern="^[a-z]{2,3}$")
    added: AwareDatetime
    retrieved: AwareDatetime | Literal[""]
    blocks: list[_BlockEntry]
    pages: list[tuple[Offset, Offset]]
    tags: Annotated[list[str], AfterValidator(_clean_tags)] = []  # missing before version 4

    @property
    def member(self) -> str:
        """Return the name of the article's text in the archive."""
        return f"articles/{self.id}.txt"


class _Manifest(BaseModel):
    """The content of `library.json`."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["article-assistant library"]
    version: Literal[1, 2, 3, 4]
    exported: AwareDatetime
    articles: list[_Entry] = Field(max_length=MAX_ARTICLES)


@dataclass(frozen=True)
class BundleLimits:
    """The maximum sizes of a bundle, in bytes."""

    unpacked: int = MAX_UNPACKED_BYTES
    manifest: int = MAX_MANIFEST_BYTES
    text: int = MAX_TEXT_BYTES  # of each article


DEFAULT_LIMITS = BundleLimits()


class BundleItem(NamedTuple):
    """An article of a bundle, with its tags.

    `added` is when it was added to the exported library (ISO 8601).
    """

    article: Article
    added: str
    tags: tuple[str, ...]


def write_bundle(
    store: ArticleStore,
    article_ids: Iterable[str],
    path: Path,
    limits: BundleLimits = DEFAULT_LIMITS,
) -> int:
    """Write articles to a bundle and return their number. The file is written atomically.

    Args:
        store: the store of the articles.
        article_ids: the articles to export, in this order.
        path: the file to write.
        limits: the maximum sizes; a larger manifest is refused.

    Raises:
        InputError: the file cannot be written, or there are too many articles.
        KeyError: the store does not contain one of the articles.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as stream:
            count = write_bundle_stream(stream, store, article_ids, limits)
        partial.replace(path)
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}). Choose another file."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def write_bundle_stream(
    stream: IO[bytes],
    store: ArticleStore,
    article_ids: Iterable[str],
    limits: BundleLimits = DEFAULT_LIMITS,
) -> int:
    """Write articles to an open file as a bundle and return their number.

    A bundle names no owners: a private article is written as if it was shared, with the ID that it
    would have then.

    Args:
        stream: the file, open for writing bytes.
        store: the store of the articles.
        article_ids: the articles to export, in this order.
        limits: the maximum sizes; a larger manifest is refused.

    Raises:
        InputError: there are too many articles.
        KeyError: the store does not contain one of the articles.
    """
    summaries = {summary.id: summary for summary in store.listed()}
    entries: dict[str, _Entry] = {}
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for article_id in article_ids:
            article = store.get(article_id).owned_by(SHARED)
            if article.id in entries:  # shared, and the user's own
                continue
            text = article.text.encode("utf-8", "surrogatepass")
            entries[article.id] = _make_entry(article, text, summaries[article_id])
            archive.writestr(entries[article.id].member, text)
        manifest = _Manifest(
            format=BUNDLE_FORMAT,
            version=4,
            exported=datetime.now(UTC),
            articles=[*entries.values()],
        )
        data = manifest.model_dump_json().encode()
        if len(data) > limits.manifest:
            raise InputError(
                f"{len(entries):,} articles are too many for one file. "
                "Export fewer at a time, into several."
            )
        archive.writestr(MANIFEST_NAME, data)
    return len(entries)


def _make_entry(article: Article, text: bytes, summary: ArticleSummary) -> _Entry:
    facts = {"title": article.title, "loaded_as": article.loaded_as, "author": article.author}
    facts |= {"date": article.date, "source": article.source}
    times = {"added": summary.added, "retrieved": article.retrieved}
    spans = {"blocks": article.blocks, "pages": article.pages}
    identity = {
        "id": article.id,
        "sha256": hashlib.sha256(text).hexdigest(),
        "language": article.language,
    }
    additions = {"tags": list(summary.tags)}
    return _Entry.model_validate({**identity, **facts, **times, **spans, **additions})


class Bundle:
    """A file written by `write_bundle`. It is checked completely when it is opened.

    Nothing is unpacked to disk.

    Args:
        file: the path, or a file that is open for reading bytes.
        name: the name of an open file in error messages.
        limits: the maximum sizes.
        keep_paths: whether to keep the full path of a source that is a file. A refresh reads the
            file at that path, so use it only for a bundle of one's own. Otherwise the source is
            the name of the file.

    Raises:
        InputError: the file is not a bundle, is damaged, or is malicious.
    """

    def __init__(
        self,
        file: Path | IO[bytes],
        name: str = "",
        *,
        limits: BundleLimits = DEFAULT_LIMITS,
        keep_paths: bool = False,
    ) -> None:
        self._name = name or str(file)
        self._keep_paths = keep_paths
        self._limits = limits
        try:
            self._zip = zipfile.ZipFile(file)
        except ZIP_ERRORS as error:
            raise self._make_error(f"cannot be read ({error})") from error
        names = self._zip.namelist()
        # `_read` never unpacks more than the declared size.
        if sum(member.file_size for member in self._zip.infolist()) > limits.unpacked:
            raise self._make_error(
                f"unpacks to more than {limits.unpacked / 1e6:,.0f} MB",
                "Export fewer articles at a time.",
            )
        try:
            self._entries = _Manifest.model_validate_json(
                self._read(MANIFEST_NAME, limits.manifest)
            ).articles
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            raise self._make_error(
                f"has a {MANIFEST_NAME} that is not valid ({where}: {first['msg']})"
            ) from error
        if sorted(names) != sorted([MANIFEST_NAME, *(entry.member for entry in self._entries)]):
            raise self._make_error(f"holds other files than {MANIFEST_NAME} lists, or one twice")
        for entry in self._entries:
            self._check_entry(entry)

    def __len__(self) -> int:
        """Return the number of articles."""
        return len(self._entries)

    def __iter__(self) -> Iterator[BundleItem]:
        """Yield the articles. Their sentences are split again."""
        for entry in self._entries:
            source = entry.source if self._keep_paths else strip_folders(entry.source)
            facts = {
                "author": entry.author,
                "date": entry.date,
                "source": source,
                "language": entry.language,
            }
            blocks = tuple(block.to_block() for block in entry.blocks)
            pages = tuple(Span(*page) for page in entry.pages)
            loaded_as = entry.title if entry.loaded_as is None else entry.loaded_as
            article = Article.from_text(
                self._text(entry), loaded_as, **facts, blocks=blocks, pages=pages
            )
            article = _restore_metadata(article, entry)
            added = entry.added.astimezone(UTC).isoformat()
            yield BundleItem(article, added, tuple(entry.tags))

    def into(
        self, library: Library, owner: str = SHARED
    ) -> Iterator[tuple[Article, Literal["added", "there"]]]:
        """Add the articles to a library one by one. Articles that it contains are not changed.

        Args:
            library: the library.
            owner: the user whose private articles they become; empty: they are shared.

        Yields:
            Each article, and whether it was `added` or was already `there`.

        Raises:
            InputError: the library does not take so many articles; none was added.
            DataError: the library cannot be written.
            ModelError: the embedder cannot be used.
        """
        ids = (
            self._make_article(entry).owned_by(owner).id if owner else entry.id
            for entry in self._entries
        )
        library.check_room(sum(not library.store.has(article_id) for article_id in ids))
        for article, added, tags in self:
            article = article.owned_by(owner)
            is_there = library.store.has(article.id)
            stored = library.add(article, added=added, tags=tags)
            yield stored, "there" if is_there else "added"

    def _check_entry(self, entry: _Entry) -> None:
        article = self._make_article(entry)
        text = article.text
        if article.id != entry.id or not any(map(str.isalnum, text)):
            raise self._make_error(f"has a text that is not the one of {entry.id}")
        blocks = [offset for start, end, *_ in entry.blocks for offset in (start, end)]
        pages = [offset for page in entry.pages for offset in page]
        are_cells_inside = all(
            cell.start <= cell.end <= len(text) for block in entry.blocks for cell in block.cells
        )
        if not (
            _is_in_order(blocks, len(text)) and _is_in_order(pages, len(text)) and are_cells_inside
        ):
            raise self._make_error(
                f"has paragraphs or pages of {entry.id} that lie outside of its text"
            )

    def _make_article(self, entry: _Entry) -> Article:
        """Return a shared article with the text and the titles of an entry, and nothing else."""
        return Article(self._text(entry), entry.title, loaded_as=entry.loaded_as)

    def _text(self, entry: _Entry) -> str:
        data = self._read(entry.member, self._limits.text)
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            raise self._make_error(f"has a text that is not the one of {entry.id}")
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise self._make_error(f"has a text that is not UTF-8 ({entry.member})") from error

    def _read(self, name: str, max_bytes: int) -> bytes:
        """Return a member. At most `max_bytes` are unpacked, whatever size the archive declares."""
        try:
            with self._zip.open(name) as stream:
                data = stream.read(max_bytes + 1)
        except ZIP_ERRORS as error:
            raise self._make_error(f"has no {name} that can be read ({error})") from error
        if len(data) > max_bytes:
            raise self._make_error(f"has a {name} of more than {max_bytes / 1e6:.0f} MB")
        return data

    def _make_error(self, reason: str, remedy: str = "Export it again.") -> InputError:
        return InputError(
            f"{self._name} is not an exported library, or it is damaged: it {reason}. "
            f"Nothing was imported. {remedy}"
        )


def _restore_metadata(article: Article, entry: _Entry) -> Article:
    """Return the article with the title that the user gave and the time of retrieval."""
    retrieved = entry.retrieved.astimezone(UTC).isoformat() if entry.retrieved else ""
    title = article.title if entry.loaded_as is None else entry.title
    loaded_as = None if entry.loaded_as is None else article.title
    return replace(article, title=title, loaded_as=loaded_as, retrieved=retrieved)


def _is_in_order(offsets: list[int], length: int) -> bool:
    return offsets == sorted(offsets) and (not offsets or offsets[-1] <= length)
