"""A library through one file: all of it comes back, and nothing that is not what it says."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.errors import InputError
from index.storage.bundle import Bundle, BundleLimits, write_bundle
from index.storage.library import Library
from index.storage.sqlite.store import SqliteStore
from index.storage.store import ArticleStore
from index.text.article import Article
from index.text.spans import Block, Span
from tests.index.hashing import Hashing, numbered

pytestmark = pytest.mark.unit

PAGED = Article.from_text(
    "Title\n\nA lone \ud83d here.",
    "Naïve “title” 文字",
    author="Ana Ruiz",
    date="2024-05-01",
    source="https://example.org/a?b=c",
    blocks=(Block(0, 5, "heading", 2), Block(7, 21)),
    pages=(Span(0, 7), Span(7, 21)),
)
SEEN = replace(PAGED, retrieved="2026-01-01T00:00:00+00:00")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[ArticleStore]:
    store = SqliteStore(tmp_path)
    for article in (numbered(1), SEEN, numbered(2).renamed("Another title")):
        store.add(article, np.ones((len(article.passages), 4), dtype=np.float32), "one")
    store.set_tags(SEEN.id, ["war", "Zürich 🌾"])
    yield store
    store.close()


@pytest.fixture
def file(store: ArticleStore, tmp_path: Path) -> Path:
    assert write_bundle(store, store.ids(), tmp_path / "all.zip") == 3
    return tmp_path / "all.zip"


def test_everything_comes_back(store: ArticleStore, file: Path) -> None:
    packed = list(Bundle(file))
    assert [item.article for item in packed] == [
        store.get(article_id) for article_id in store.ids()
    ]
    assert [item.article.id for item in packed] == store.ids()
    assert [item.article.retrieved for item in packed] == ["", SEEN.retrieved, ""]
    assert [item.tags for item in packed] == [(), ("war", "Zürich 🌾"), ()]
    assert [item.added for item in packed] == [listed.added for listed in store.listed()]


def test_some_articles_alone_may_be_written(store: ArticleStore, tmp_path: Path) -> None:
    write_bundle(store, [SEEN.id], tmp_path / "one.zip")
    assert [item.article for item in Bundle(tmp_path / "one.zip")] == [SEEN]


def test_what_cannot_be_written_is_told_and_leaves_nothing(
    store: ArticleStore, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=r"absent/all\.zip cannot be written"):
        write_bundle(store, store.ids(), tmp_path / "absent" / "all.zip")
    assert not list(tmp_path.rglob("*.zip*"))


def test_a_file_that_cannot_be_finished_leaves_the_one_before(
    store: ArticleStore, file: Path
) -> None:
    before = file.read_bytes()
    with pytest.raises(KeyError):
        write_bundle(store, [*store.ids(), "0" * 16], file)
    assert file.read_bytes() == before
    assert not list(file.parent.glob("*.part"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("/etc/passwd", "passwd"),
        ("A friend <a@b.c> (/etc/passwd)", "A friend <a@b.c> (passwd)"),
        ("/a (/etc/passwd)", "passwd)"),
        ("/a\n/etc/passwd", "passwd"),
        ("  /etc/passwd", "passwd"),
        ("~/.ssh/id_rsa", "id_rsa"),
        ("~ana/.ssh/id_rsa", "id_rsa"),
        pytest.param("(~" * 4_000, "(~" * 4_000, id="many folders"),
        (r"C:\secrets\a.txt", "a.txt"),
        (r"\\host\share\a.txt", "a.txt"),
        ("/", ""),
        ("The paper (2 May)", "The paper (2 May)"),
        ("https://example.org/a/b", "https://example.org/a/b"),
    ],
)
def test_bundle_strips_folders_of_sources_without_keep_paths(
    tmp_path: Path, source: str, expected: str
) -> None:
    store, article = SqliteStore(tmp_path), replace(numbered(1), source=source)
    store.add(article, np.ones((len(article.passages), 4), dtype=np.float32), "one")
    write_bundle(store, [article.id], tmp_path / "one.zip")
    store.close()
    assert [item.article.source for item in Bundle(tmp_path / "one.zip")] == [expected]
    assert [item.article.source for item in Bundle(tmp_path / "one.zip", keep_paths=True)] == [
        source.strip()
    ]


Members = dict[str, bytes]


def rewritten(file: Path, change: Callable[[dict[str, Any], Members], object]) -> Path:
    """The file with another manifest and other members."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members["library.json"])
    change(manifest, members)
    if "library.json" in members:
        members["library.json"] = json.dumps(manifest).encode()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file


def refused(file: Path, limits: BundleLimits = BundleLimits()) -> str:
    with pytest.raises(
        InputError, match=r"is not an exported library, or it is damaged.*Nothing was imported"
    ) as error:
        Bundle(file, limits=limits)
    return str(error.value)


def first(manifest: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = manifest["articles"][0]
    return entry


def name_of(manifest: dict[str, Any]) -> str:
    return f"articles/{first(manifest)['id']}.txt"


def forged(manifest: dict[str, Any], members: Members) -> None:
    """Another text, with its own hash."""
    members[name_of(manifest)] = b"Another text."
    first(manifest)["sha256"] = hashlib.sha256(b"Another text.").hexdigest()


CHANGES: dict[str, Callable[[dict[str, Any], Members], object]] = {
    "another text": lambda manifest, members: members.update({name_of(manifest): b"Another text."}),
    "another text with its hash": forged,
    "another title": lambda manifest, members: first(manifest).update(title="Forged"),
    "a text that is missing": lambda manifest, members: members.pop(name_of(manifest)),
    "an article twice": lambda manifest, members: manifest["articles"].append(first(manifest)),
    "a file more": lambda manifest, members: members.update({"notes.txt": b"x"}),
    "a file that leads out": lambda manifest, members: members.update({"../../evil.txt": b"x"}),
    "an id that leads out": lambda manifest, members: first(manifest).update(id="../../../../evil"),
    "no manifest": lambda manifest, members: members.pop("library.json"),
    "another format": lambda manifest, members: manifest.update(format="another"),
    "a newer version": lambda manifest, members: manifest.update(version=5),
    "an unknown field": lambda manifest, members: first(manifest).update(sentences=[[0, 5]]),
    "a day that is none": lambda manifest, members: first(manifest).update(added="yesterday"),
    "a paragraph outside": lambda manifest, members: first(manifest)["blocks"].append(
        [0, 10**9, "paragraph", 0]
    ),
    "paragraphs out of order": lambda manifest, members: first(manifest)["blocks"].reverse(),
    "a paragraph before the beginning": lambda manifest, members: first(manifest).update(
        blocks=[[-5, 3, "paragraph", 0]]
    ),
    "a kind that is none": lambda manifest, members: first(manifest).update(
        blocks=[[0, 3, "<script>", 0]]
    ),
    "a tag that is too long": lambda manifest, members: first(manifest).update(tags=["x" * 41]),
    "too many tags": lambda manifest, members: first(manifest).update(tags=[*map(str, range(21))]),
    "a tag that is no text": lambda manifest, members: first(manifest).update(tags=[7]),
    "pages outside": lambda manifest, members: first(manifest).update(pages=[[0, 10**9]]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_is_not_what_it_says_is_refused(file: Path, change: str) -> None:
    refused(rewritten(file, CHANGES[change]))


def test_an_unchanged_file_written_again_is_taken(file: Path) -> None:
    """Else the tests of changes could not fail."""
    assert len(Bundle(rewritten(file, lambda manifest, members: None))) == 3


def test_file_of_first_version_has_no_authors_and_tags(file: Path) -> None:
    def older(manifest: dict[str, Any], members: Members) -> None:
        manifest["version"] = 1
        for entry in manifest["articles"]:
            del entry["author"], entry["tags"]

    item = list(Bundle(rewritten(file, older)))[1]
    assert (item.article, item.tags) == (replace(SEEN, author=""), ())


def test_tags_are_imported_with_new_articles_alone(file: Path, tmp_path: Path) -> None:
    library = Library(tmp_path / "other", Hashing())
    library.add(numbered(1))
    library.set_tags(numbered(1).id, ["own"])
    assert [status for _, status in Bundle(file).into(library)] == ["there", "added", "added"]
    tags = {summary.id: summary.tags for summary in library.listed()}
    assert (tags[numbered(1).id], tags[SEEN.id]) == (("own",), ("war", "Zürich 🌾"))
    library.set_tags(SEEN.id, [])
    assert [status for _, status in Bundle(file).into(library)] == ["there"] * 3
    assert {summary.id: summary.tags for summary in library.listed()}[SEEN.id] == ()
    library.close()


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_file_that_was_cut_is_refused(file: Path, share: float) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    refused(file)


def test_bundle_with_malformed_manifest_is_refused(file: Path) -> None:
    for manifest in (b"not JSON", b"[" * 1_000_000, b"\xff\xfe"):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("library.json", manifest)
        file.write_bytes(packed.getvalue())
        refused(file)


def test_bundle_with_oversized_text_is_refused(file: Path) -> None:
    def bomb(manifest: dict[str, Any], members: Members) -> None:
        members[name_of(manifest)] = b"word " * 5_000_000

    assert "of more than 1 MB" in refused(rewritten(file, bomb), BundleLimits(text=1_000_000))


def test_write_bundle_with_oversized_manifest_is_refused(store: ArticleStore, file: Path) -> None:
    limits = BundleLimits(manifest=1_000)
    with pytest.raises(InputError, match="3 articles are too many for one file"):
        write_bundle(store, store.ids(), file.with_name("more.zip"), limits)
    assert "has a library.json of more than" in refused(file, limits)
    assert not list(file.parent.glob("*more*"))


def test_a_file_that_unpacks_to_more_than_is_wanted_is_refused(file: Path) -> None:
    assert "unpacks to more than 0 MB" in refused(file, BundleLimits(unpacked=100))


def test_an_open_file_is_told_of_by_its_name(file: Path) -> None:
    with file.open("rb") as stream:
        assert len(Bundle(stream, "a.zip")) == 3
    with pytest.raises(InputError, match=r"^a\.zip is not an exported library"):
        Bundle(io.BytesIO(b"nothing"), "a.zip")


def test_an_encrypted_file_is_refused(file: Path) -> None:
    data = bytearray(file.read_bytes())
    for start in (b"PK\x03\x04", b"PK\x01\x02"):
        at = -1
        while (at := data.find(start, at + 1)) >= 0:
            data[at + (6 if start == b"PK\x03\x04" else 8)] |= 1
    file.write_bytes(bytes(data))
    assert "encrypted" in refused(file)
