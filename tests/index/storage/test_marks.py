"""Test the user's marks and notes, in the store and in a library."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.errors import DataError, InputError
from index.storage.library import RESTORE_PERIOD, Library
from index.storage.marks import MAX_MARKS, MAX_NOTE_CHARACTERS, MIGRATIONS, Mark, MarkStore
from index.text.article import Article
from tests.index.hashing import Hashing
from tests.postgresql import BOTH_DATABASES

MILL = Article.from_text("The mill 🌾 was built in 1902.\n\nIt burnt down in 1950.", "The mill")


def make_mark(text: str, note: str = "", article: Article = MILL) -> Mark:
    start = article.text.index(text)
    return Mark(start, start + len(text), text, note)


def open_library(folder: Path) -> Library:
    return Library(folder, Hashing())


@BOTH_DATABASES
def test_marks_are_listed_in_text_order_after_reopening(tmp_path: Path, database: str) -> None:
    late, early = make_mark("burnt down", "How?"), make_mark("🌾 was built")
    assert MarkStore(tmp_path, database).put(MILL, late)
    assert MarkStore(tmp_path, database).put(MILL, early)
    assert MarkStore(tmp_path, database).listed(MILL) == [early, late]


@BOTH_DATABASES
def test_put_same_words_replaces_the_note(tmp_path: Path, database: str) -> None:
    store = MarkStore(tmp_path, database)
    assert store.put(MILL, make_mark("1902", "First."))
    assert not store.put(MILL, make_mark("1902", "Second."))
    assert [mark.note for mark in store.listed(MILL)] == ["Second."]


@pytest.mark.unit
@pytest.mark.parametrize(
    "mark",
    [
        replace(make_mark("1902"), text="1903"),
        replace(make_mark("1902"), start=0),
        replace(make_mark("1902"), end=10**30),
        Mark(-5, -1, MILL.text[-5:-1]),
        make_mark("\n\n"),
        make_mark("1902", "n" * (MAX_NOTE_CHARACTERS + 1)),
    ],
)
def test_put_mark_that_is_not_exact_is_refused(tmp_path: Path, mark: Mark) -> None:
    store = MarkStore(tmp_path)
    with pytest.raises(InputError):
        store.put(MILL, mark)
    assert store.listed(MILL) == []
    assert not list(tmp_path.iterdir())


@pytest.mark.unit
def test_put_more_marks_than_allowed_is_refused(tmp_path: Path) -> None:
    article = Article.from_text("x" * (MAX_MARKS + 1))
    marks = [Mark(start, start + 1, "x") for start in range(MAX_MARKS + 1)]
    store = _FilledStore(tmp_path, article, marks[:-1])
    with pytest.raises(InputError, match="Remove some"):
        store.put(article, marks[-1])
    assert not store.put(article, replace(marks[0], note="There already."))
    assert store.remove(article.id, marks[1].id)
    assert store.put(article, marks[-1])


class _FilledStore(MarkStore):
    """A store that begins with marks, written in one transaction."""

    def __init__(self, folder: Path, article: Article, marks: list[Mark]) -> None:
        super().__init__(folder)
        with self._database.open() as db:
            for mark in marks:
                row = (article.id, mark.start, mark.end, mark.note, "")
                db.execute("INSERT INTO marks VALUES (?, ?, ?, ?, ?)", row)


@BOTH_DATABASES
def test_remove_deletes_one_mark_of_one_article(tmp_path: Path, database: str) -> None:
    store = MarkStore(tmp_path, database)
    assert not store.remove(MILL.id, "0-4")
    other = Article.from_text(MILL.text, "Another")
    mark, stays = make_mark("1902"), make_mark("1950")
    for article in (MILL, other):
        store.put(article, mark)
        store.put(article, stays)
    assert store.remove(MILL.id, mark.id)
    assert not store.remove(MILL.id, mark.id)
    assert not store.remove(MILL.id, f"{stays.start}%")
    assert (store.listed(MILL), store.listed(other)) == ([stays], [mark, stays])


@BOTH_DATABASES
def test_marks_of_one_owner_are_not_those_of_another(tmp_path: Path, database: str) -> None:
    store = MarkStore(tmp_path, database)
    mine, ours = make_mark("1902", "Mine."), make_mark("1950", "Everybody's.")
    store.put(MILL, ours)
    assert store.put(MILL, mine, "ana")
    assert store.put(MILL, replace(mine, note="Bob's."), "bob")
    assert not store.put(MILL, mine, "ana")
    assert store.listed(MILL, "ana") == [mine, replace(ours, is_shared=True)]
    assert store.listed(MILL) == [ours]
    store.put(MILL, replace(ours, note="Ana's."), "ana")
    assert [mark.note for mark in store.listed(MILL, "ana")] == ["Mine.", "Ana's."]
    assert not store.remove(MILL.id, ours.id, "bob")
    assert store.remove(MILL.id, mine.id, "bob")
    store.delete_owner("ana")
    shared = [replace(ours, is_shared=True)]
    assert store.listed(MILL, "ana") == store.listed(MILL, "bob") == shared


@BOTH_DATABASES
def test_mark_put_at_the_same_time_is_stored_once(tmp_path: Path, database: str) -> None:
    stores = [MarkStore(tmp_path, database) for _ in range(4)]
    mark = make_mark("1902", "Same.")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: stores[number % 4].put(MILL, mark, "ana"), range(40)))
    assert stores[0].listed(MILL, "ana") == [mark]


@pytest.mark.unit
@pytest.mark.parametrize("has_marker", [True, False])
def test_marks_of_the_first_version_are_everybodys(tmp_path: Path, has_marker: bool) -> None:
    with closing(sqlite3.connect(tmp_path / "marks.sqlite")) as db, db:
        db.executescript(MIGRATIONS[0])
        db.execute("INSERT INTO marks VALUES (?, 4, 8, 'Old.')", (MILL.id,))
    if has_marker:
        (tmp_path / "marks-exists").touch()
    for _ in range(2):
        assert MarkStore(tmp_path).listed(MILL, "ana") == [
            Mark(4, 8, "mill", "Old.", is_shared=True)
        ]
    with closing(sqlite3.connect(tmp_path / "marks.sqlite")) as db, db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(DataError, match="newer version"):
        MarkStore(tmp_path).listed(MILL)


@pytest.mark.unit
def test_damaged_file_raises_data_error(tmp_path: Path) -> None:
    (tmp_path / "marks.sqlite").write_text("no database " * 100)
    with pytest.raises(DataError, match=r"marks\.sqlite cannot be used"):
        MarkStore(tmp_path).listed(MILL)


@pytest.mark.unit
def test_emptied_or_deleted_file_is_not_taken_for_a_new_one(tmp_path: Path) -> None:
    store = MarkStore(tmp_path)
    store.put(MILL, make_mark("1902"))
    (tmp_path / "marks.sqlite").write_bytes(b"")
    with pytest.raises(DataError, match="no such table"):
        MarkStore(tmp_path).listed(MILL)
    (tmp_path / "marks.sqlite").unlink()
    with pytest.raises(DataError, match="was deleted"):
        store.listed(MILL)


@pytest.mark.unit
def test_marks_survive_removal_and_restoring_of_article(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    library.add(MILL)
    library.marks.put(MILL, make_mark("1902", "Check."))
    library.remove(MILL.id)
    library.restore(MILL.id)
    assert library.marks.listed(MILL) == [make_mark("1902", "Check.")]
    library.close()


@pytest.mark.unit
def test_marks_are_deleted_with_their_article(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    weir = Article.from_text("The weir is from 1850.", "The weir")
    for article, words in ((MILL, "1902"), (weir, "1850")):
        library.add(article)
        library.marks.put(article, make_mark(words, article=article))
    library.remove(MILL.id, forever=True)
    assert (library.marks.listed(MILL), len(library.marks.listed(weir))) == ([], 1)
    library.remove(weir.id)
    library.close()
    longer = (datetime.now(UTC) - RESTORE_PERIOD - timedelta(minutes=1)).isoformat()
    with sqlite3.connect(tmp_path / "articles.sqlite") as db:
        db.execute("UPDATE articles SET removed = ?", (longer,))
    library = open_library(tmp_path)
    assert library.marks.listed(weir) == []
    library.close()


@pytest.mark.unit
def test_newer_version_inherits_marks_of_words_that_it_has_once(tmp_path: Path) -> None:
    library = open_library(tmp_path)
    library.add(MILL)
    for words in ("built in 1902", "burnt down", "in"):
        library.marks.put(MILL, make_mark(words, "A note."))
    newer = Article.from_text("The mill was built in 1902. It burned down in 1951.", "The mill")
    library.replace(MILL.id, newer)
    assert library.marks.listed(newer) == [make_mark("built in 1902", "A note.", newer)]
    assert len(library.marks.listed(MILL)) == 3
    library.close()
