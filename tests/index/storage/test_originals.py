"""Test the files that a library stores beside its articles, in both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from index.loaders import load_bytes
from index.storage.databases import open_originals
from index.storage.library import Library
from index.storage.originals import OriginalFolder
from index.text.article import Article
from tests.index.files import paragraphs, pdf
from tests.index.hashing import Hashing
from tests.postgresql import BOTH_DATABASES

pytestmark = BOTH_DATABASES

FILE = pdf(paragraphs("The mill was built in 1902."))
NEWER_FILE = pdf(paragraphs("The mill was built in 1903."))


def load(data: bytes = FILE) -> Article:
    return load_bytes(data, "mill.pdf")


def open_library(folder: Path, database: str, *, is_kept: bool = True) -> Library:
    return Library(folder, Hashing(), database=database, keep_originals=is_kept)


def test_original_is_stored_with_its_article(tmp_path: Path, database: str) -> None:
    library = open_library(tmp_path, database)
    stored = library.add(load())
    assert stored.original is None  # it stays in the store
    assert library.originals.has(stored)
    assert library.originals.get(stored) == FILE
    text = library.add(Article.from_text("No file."))
    assert not library.originals.has(text)
    assert library.originals.get(text) is None
    library.close()
    library = open_library(tmp_path, database)
    assert library.originals.get(library.get(stored.id)) == FILE
    library.close()


def test_original_is_added_to_an_article_without_it(tmp_path: Path, database: str) -> None:
    library = open_library(tmp_path, database, is_kept=False)
    stored = library.add(load())
    assert not library.originals.has(load())
    library.close()
    library = open_library(tmp_path, database)
    assert not library.originals.has(stored)
    library.add(load())
    assert library.originals.get(stored) == FILE
    library.add(replace(load(), original=b"another file with the same text"))
    assert library.originals.get(stored) == FILE
    library.replace(stored.id, replace(load(), original=b"repaired"))
    assert library.originals.get(stored) == b"repaired"
    library.close()


def test_original_stays_until_article_is_deleted(tmp_path: Path, database: str) -> None:
    library = open_library(tmp_path, database)
    stored = library.add(load())
    library.remove(stored.id)
    assert library.originals.has(stored)
    library.restore(stored.id)
    newer = library.replace(stored.id, load(NEWER_FILE))
    assert library.originals.get(stored) == FILE  # for the quotes of earlier answers
    assert library.originals.get(newer) == NEWER_FILE
    library.remove(newer.id, forever=True)
    assert not library.originals.has(stored)
    assert not library.originals.has(newer)
    library.close()


def test_original_is_deleted_when_article_is_purged(tmp_path: Path, database: str) -> None:
    library = open_library(tmp_path, database)
    stored, current = library.add(load()), library.add(load(NEWER_FILE))
    library.remove(stored.id)
    library.close()
    library = open_library(tmp_path, database)
    assert library.originals.has(stored)
    assert library.store.purge(datetime.now(UTC) + timedelta(days=1)) == 1
    library.originals.delete_others(library.store.ids(every=True))
    assert not library.originals.has(stored)
    assert library.originals.has(current)
    library.close()


def test_original_that_cannot_be_stored_is_left_out(tmp_path: Path, database: str) -> None:
    (tmp_path / "originals").write_text("no folder")
    library = open_library(tmp_path, database)
    stored = library.add(load())
    assert stored.text == "The mill was built in 1902."
    assert library.originals.has(stored) == bool(database)
    library.remove(stored.id, forever=True)
    library.close()


def test_originals_are_copied_to_another_store(tmp_path: Path, database: str) -> None:
    library = open_library(tmp_path / "first", database)
    stored = library.add(load())
    target = OriginalFolder(tmp_path / "second")
    assert library.originals.copy_to(target, library.store.ids(every=True)) == 1
    assert target.get(stored.id) == FILE
    library.close()


def test_put_leaves_no_part_and_no_file_without_article(tmp_path: Path, database: str) -> None:
    store = open_originals(tmp_path, database)
    store.put("0" * 16, FILE)
    assert store.has("0" * 16) == (not database)  # PostgreSQL has no file without its article
    store.delete_others([])
    assert store.get("0" * 16) is None
    assert not list(tmp_path.glob("originals/*"))
    store.close()
