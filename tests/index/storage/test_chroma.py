from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from index.embedders.base import Embedder, Vectors
from index.embedders.minilm import MiniLM
from index.errors import DataError
from index.retrieval.hybrid import HybridRetriever
from index.storage.chroma import VectorIndex, forget_index
from index.storage.chroma_folder import ChromaFolder
from index.storage.library import Library
from index.storage.passage_collection import SEARCH_WIDTH, CollectionRecord, PassageVector
from index.storage.sqlite.store import SqliteStore
from index.text.article import Article
from tests.conftest import ROOT
from tests.index.hashing import Hashing, numbered

Found = list[tuple[str, int, float]]


def fill(folder: Path, embedder: Embedder | None = None) -> Found:
    """Three articles, the last of them removed again; what a search finds in them."""
    library = Library(folder, embedder or Hashing(), max_unindexed=0)
    for number in range(3):
        library.add(numbered(number))
    library.remove(numbered(2).id)
    results = search(library)
    library.close()
    return results


def search(library: Library) -> Found:
    results = library.vectors.find_nearest(
        library.embed_question("House 20004 of village 1"), 30, library.store.ids()
    )
    return [(article_id, position, round(score, 5)) for article_id, position, score in results]


def reopen(folder: Path, embedder: Embedder | None = None) -> Found:
    library = Library(folder, embedder or Hashing())
    assert library.vectors.count() == library.store.count_passages() == 40
    results = search(library)
    library.close()
    return results


def built(folder: Path) -> str:
    """The name of the collection in use: a rebuilt index has another."""
    with sqlite3.connect(folder / "articles.sqlite") as db:
        (value,) = db.execute("SELECT value FROM meta WHERE key = 'chroma_collection'").fetchone()
    return str(json.loads(value)["name"])


def test_an_index_that_was_closed_is_opened_as_it_is(tmp_path: Path) -> None:
    results, before = fill(tmp_path), built(tmp_path)
    assert reopen(tmp_path) == results
    assert built(tmp_path) == before


@pytest.mark.parametrize(("width", "least", "most"), [(10, 0.0, 0.9), (SEARCH_WIDTH, 0.98, 1.0)])
def test_search_finds_nearly_all_of_the_ten_nearest(
    tmp_path: Path, width: int, least: float, most: float
) -> None:
    """Random vectors are the hardest to search."""
    rows = np.random.default_rng(7).normal(size=(6_020, 128)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    vectors, queries = rows[:-20], rows[-20:]
    host = ChromaFolder(tmp_path, width)
    collection = host.open(
        host.extend(None, (("a", number, "", row) for number, row in enumerate(vectors)))
    )
    assert collection
    found = [{row for _, row in collection.query(query, 10)} for query in queries]
    nearest = [set(np.argsort(-(vectors @ query))[:10].tolist()) for query in queries]
    shares = [len(rows & exact) / 10 for rows, exact in zip(found, nearest, strict=True)]
    assert least <= sum(shares) / len(shares) <= most
    collection.close()


def remove_all(folder: Path) -> None:
    shutil.rmtree(folder / "chroma")


def remove_database(folder: Path) -> None:
    (folder / "chroma" / built(folder) / "chroma.sqlite3").unlink()


def empty_database(folder: Path) -> None:
    (folder / "chroma" / built(folder) / "chroma.sqlite3").write_bytes(b"")


def garble(folder: Path) -> None:
    garble_files(folder / "chroma")


def garble_files(folder: Path) -> None:
    for file in folder.rglob("*.*"):
        if file.is_file():
            file.write_bytes(random.Random(7).randbytes(file.stat().st_size))


def cut_off(folder: Path) -> None:
    file = folder / "chroma" / built(folder) / "chroma.sqlite3"
    os.truncate(file, file.stat().st_size // 2)


def forget(folder: Path) -> None:
    store = SqliteStore(folder)
    forget_index(store)
    store.close()


def lose_a_row(folder: Path) -> None:
    with sqlite3.connect(folder / "chroma" / built(folder) / "chroma.sqlite3") as db:
        db.execute("DELETE FROM embeddings WHERE id = (SELECT max(id) FROM embeddings)")


@pytest.mark.parametrize(
    "damage",
    [remove_all, remove_database, empty_database, garble, cut_off, forget, lose_a_row],
    ids=lambda f: f.__name__,
)
def test_a_damaged_index_is_rebuilt_and_finds_the_same(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    results, before = fill(tmp_path), built(tmp_path)
    damage(tmp_path)
    embedder = Hashing()
    assert reopen(tmp_path, embedder) == results
    assert built(tmp_path) != before
    assert embedder.embedded == 1, "only the question is embedded: the vectors come from SQLite"


@pytest.mark.parametrize("page", [1, 9, 24, 43])
def test_one_broken_page_does_not_stop_the_program(tmp_path: Path, page: int) -> None:
    """Over some pages Chroma panics at opening, over others at the first question."""
    results = fill(tmp_path)
    with (tmp_path / "chroma" / built(tmp_path) / "chroma.sqlite3").open("r+b") as file:
        file.seek(page * 4096)
        file.write(random.Random(page).randbytes(4096))
    assert reopen(tmp_path) == results


def test_real_embeddings_find_the_same_after_a_rebuild(
    tmp_path: Path, minilm: MiniLM, volcano: Article
) -> None:
    library = Library(tmp_path, minilm, max_unindexed=0)
    library.add(volcano)
    results = search(library)
    library.close()
    remove_all(tmp_path)
    library = Library(tmp_path, minilm)
    assert search(library) == results
    library.close()


def test_another_embedder_embeds_and_indexes_everything_again(tmp_path: Path) -> None:
    fill(tmp_path, Hashing("one"))
    before = built(tmp_path)
    other_embedder = Hashing("other")
    library = Library(tmp_path, other_embedder)
    assert (library.vectors.count(), other_embedder.embedded) == (
        40,
        60,
    )  # the removed one too: it may come back
    assert built(tmp_path) != before
    assert (
        library.store.vectors(numbered(0).id)
        == other_embedder.embed([house(0, line) for line in range(20)])
    ).all()
    assert nearest(library, house(1, 4))[:2] == (numbered(1).id, 4)
    library.close()


def house(number: int, line: int) -> str:
    article = numbered(number)
    return article.slice(article.passages[line])


def nearest(library: Library, text: str) -> tuple[str, int, float]:
    return library.vectors.find_nearest(library.embedder.embed([text])[0], 1, library.store.ids())[
        0
    ]


def test_the_nearest_passages_come_best_first_with_their_cosine(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing(), max_unindexed=0)
    article = library.add(numbered(1))
    vector = library.embedder.embed(["House 20004 of village 1"])[0]
    exact = library.store.vectors(article.id) @ vector
    results = library.vectors.find_nearest(vector, 20, [article.id])
    assert results[0][1] == exact.argmax() == 4
    assert [score for *_, score in results] == pytest.approx(sorted(exact, reverse=True), abs=1e-4)
    library.close()


def test_only_the_named_articles_are_searched(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing(), max_unindexed=0)
    first, two, three = (library.add(numbered(number)).id for number in range(3))
    vector = library.embedder.embed([house(0, 0)])[0]
    for article_ids in ([first], [two], [first, three]):
        assert {
            article_id for article_id, *_ in library.vectors.find_nearest(vector, 60, article_ids)
        } == set(article_ids)
    library.close()


def test_added_articles_are_found_before_chroma_has_them(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing(), max_unindexed=50)
    for number in range(2):
        library.add(numbered(number))
    assert nearest(library, house(1, 4))[:2] == (numbered(1).id, 4)
    assert not (tmp_path / "chroma").exists()
    library.add(numbered(2))
    library.vectors.finish_writing()
    name = built(tmp_path)
    library.add(numbered(3))
    for reopened in (False, True):
        if reopened:
            library.close()
            library = Library(tmp_path, Hashing(), max_unindexed=50)
            assert library.store.unindexed_ids() == [numbered(3).id]
        assert library.vectors.count() == 80
        for number in range(4):
            assert nearest(library, house(number, 4))[:2] == (numbered(number).id, 4)
    library.remove(numbered(3).id)
    library.remove(numbered(0).id)
    assert library.vectors.count() == library.store.count_passages() == 40
    assert {key for key, *_ in library.vectors.find_nearest(vector_of(library), 80)} == {
        numbered(1).id,
        numbered(2).id,
    }
    assert library.restore(numbered(0).id) == numbered(0)
    assert nearest(library, house(0, 4))[:2] == (numbered(0).id, 4)
    library.close()
    assert built(tmp_path) == name


def test_files_of_a_collection_are_never_changed(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing(), max_unindexed=0)
    library.add(numbered(0))
    folder = tmp_path / "chroma" / built(tmp_path)
    files = read_hnsw_files(folder)
    search(library)
    library.add(numbered(1))
    library.remove(numbered(0).id)
    assert read_hnsw_files(folder) == files
    assert {path.name for path in (tmp_path / "chroma").iterdir()} == {
        folder.name,
        built(tmp_path),
    }
    library.close()
    reopen_and_search(tmp_path)
    assert [path.name for path in (tmp_path / "chroma").iterdir()] == [built(tmp_path)]


def read_hnsw_files(folder: Path) -> dict[str, bytes]:
    """Return the files that Chroma would rewrite. They exist: nothing has to be replayed."""
    files = {path.name: path.read_bytes() for path in folder.glob("*/*")}
    assert {"data_level0.bin", "index_metadata.pickle"} <= files.keys()
    return files


def reopen_and_search(folder: Path) -> Found:
    library = Library(folder, Hashing(), max_unindexed=0)
    results = search(library)
    library.close()
    return results


def leave_half_a_folder(folder: Path) -> None:
    """As if killed before the database named the new collection."""
    half = folder / "chroma" / "half"
    shutil.copytree(folder / "chroma" / built(folder), half)
    garble_files(half)


def leave_written_article_waiting(folder: Path) -> None:
    """As if killed after the database named the new collection, and before anything else."""
    with sqlite3.connect(folder / "articles.sqlite") as db:
        db.execute("INSERT INTO unindexed VALUES (?)", (numbered(1).id,))


def leave_index_of_earlier_version(folder: Path) -> None:
    """Earlier versions never flushed Chroma, and named the folder otherwise."""
    with sqlite3.connect(folder / "articles.sqlite") as db:
        db.execute("DELETE FROM meta WHERE key = 'chroma_collection'")
        db.execute("INSERT INTO meta VALUES ('chroma_folder', 'a'), ('chroma_state', 'clean')")


@pytest.mark.parametrize(
    "leave", [leave_half_a_folder, leave_written_article_waiting, leave_index_of_earlier_version]
)
def test_what_a_kill_or_an_earlier_version_left_is_used(
    tmp_path: Path, leave: Callable[[Path], None]
) -> None:
    results = fill(tmp_path)
    leave(tmp_path)
    assert reopen(tmp_path) == results
    assert [path.name for path in (tmp_path / "chroma").iterdir()] == [built(tmp_path)]


def test_removed_passages_do_not_crowd_out_others(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing(), max_unindexed=0)
    for number in range(8):
        library.add(numbered(number))
    library.vectors.finish_writing()
    before = built(tmp_path)
    for number in (1, 2):
        library.remove(numbered(number).id)
    vector = library.embed_question(house(1, 4))  # all 20 nearest passages are removed
    found = library.vectors.find_nearest(vector, 20)
    assert len(found) == 20
    assert {article_id for article_id, *_ in found}.isdisjoint(
        numbered(number).id for number in (1, 2)
    )
    assert built(tmp_path) == before
    library.remove(numbered(3).id, forever=True)
    library.add(numbered(9))  # more than a third is removed: the collection is built again
    library.vectors.finish_writing()
    passages = library.vectors._get_collection().passages()
    assert len(passages) == library.vectors.count() == 120
    library.close()


def test_article_that_is_written_again_loses_its_old_passages(tmp_path: Path) -> None:
    vector = np.ones(8, dtype=np.float32)
    host = ChromaFolder(tmp_path)
    first = host.extend(None, [("a", 0, "", vector), ("a", 1, "", vector), ("b", 0, "", vector)])
    collection = host.open(host.extend(first, [("a", 0, "", vector), ("c", 0, "", vector)]))
    assert collection
    assert sorted(collection.passages()) == [("a", 0), ("b", 0), ("c", 0)]
    collection.close()


def test_collection_leaves_out_hidden_owners_before_it_counts(tmp_path: Path) -> None:
    vector = np.ones(8, dtype=np.float32)
    host = ChromaFolder(tmp_path)
    owners = {"a": "", "b": "ana", "c": "bob", "d": "carl"}
    rows = [(key, 0, owner, vector) for key, owner in owners.items()]
    collection = host.open(host.extend(None, rows))
    assert collection
    assert collection.query(vector, 2, None, ["bob", "carl"]).keys() == {("a", 0), ("b", 0)}
    assert len(collection.query(vector, 4)) == 4
    collection.close()


def test_searches_go_on_while_articles_are_written(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing(), max_unindexed=20)
    library.add(numbered(0))
    vector, stop = library.embed_question(house(0, 4)), Event()

    def search_until_stopped() -> int:
        searches = 0
        while not stop.is_set():
            assert library.vectors.find_nearest(vector, 5)[0][:2] == (numbered(0).id, 4)
            searches += 1
        return searches

    with ThreadPoolExecutor(1) as pool:
        searching = pool.submit(search_until_stopped)
        for number in range(1, 12):
            library.add(numbered(number))
        stop.set()
        assert searching.result() > 1
    library.vectors.finish_writing()
    assert library.vectors.count() == 240
    library.close()


class SlowFolder(ChromaFolder):
    """Wait in the middle of a write until `go_on` is set."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.begun, self.go_on = Event(), Event()

    def extend(
        self, record: CollectionRecord | None, passages: Iterable[PassageVector]
    ) -> CollectionRecord:
        self.begun.set()
        self.go_on.wait(20)
        return super().extend(record, passages)


def test_closing_stops_a_write_and_articles_wait(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library = Library(tmp_path, Hashing())
    host = SlowFolder(tmp_path / "chroma")
    index = VectorIndex(library.store, host, "hashing", max_unindexed=10)
    library.add(numbered(0))
    writing = Thread(target=index.add, args=[numbered(0).id])
    writing.start()
    host.begun.wait(20)
    closing = Thread(target=index.close)
    closing.start()
    while not index._closed.is_set():
        time.sleep(0.01)
    host.go_on.set()
    for thread in (writing, closing):
        thread.join(20)
    assert library.store.unindexed_ids() == [numbered(0).id]
    assert library.store.get_meta("chroma_collection") is None
    assert caplog.messages == []
    library.close()
    assert len(reopen_and_search(tmp_path)) == 20


class FullDisk(ChromaFolder):
    """Refuse to write until it has space."""

    has_space = False

    def extend(
        self, record: CollectionRecord | None, passages: Iterable[PassageVector]
    ) -> CollectionRecord:
        if not self.has_space:
            raise DataError("The disk is full.")
        return super().extend(record, passages)


def test_failed_write_keeps_articles_waiting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library = Library(tmp_path, Hashing())
    host = FullDisk(tmp_path / "chroma")
    for retry_seconds, writes in ((60, 1), (0, 3)):
        caplog.clear()
        index = VectorIndex(
            library.store, host, "hashing", max_unindexed=0, retry_seconds=retry_seconds
        )
        for number in range(3):
            library.add(numbered(number))
            index.add(numbered(number).id)
        assert caplog.messages == ["Articles wait for the search index: The disk is full."] * writes
        vector = library.embed_question(house(1, 4))
        assert index.find_nearest(vector, 1)[0][:2] == (numbered(1).id, 4)
    host.has_space = True
    index.add(numbered(2).id)
    assert (library.store.unindexed_ids(), index.count()) == ([], 60)
    index.close()
    library.close()


def vector_of(library: Library) -> Vectors:
    return library.embed_question("House 20004 of village 1")


def test_a_filter_by_many_articles_finds_as_much(tmp_path: Path) -> None:
    fill(tmp_path)
    library = Library(tmp_path, Hashing(), max_unindexed=0)
    library.add(numbered(2))
    library.add(numbered(3))
    host = ChromaFolder(tmp_path / "chroma")
    index = VectorIndex(library.store, host, "hashing", max_filter_articles=1)
    selected = [numbered(number).id for number in (0, 2, 3)]
    vector = library.embed_question(house(1, 4))
    assert index.find_nearest(vector, 30, selected) == library.vectors.find_nearest(
        vector, 30, selected
    )
    index.close()
    library.close()


def test_index_article_larger_than_a_batch_is_complete(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing(), max_unindexed=0)
    article = library.add(numbered(1, passages=5_500))
    assert library.vectors.count() == len(article.passages) == 5_500
    assert nearest(library, article.slice(article.passages[-1]))[1] == 5_499
    library.close()


def test_an_index_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    fill(tmp_path)
    remove_all(tmp_path)
    (tmp_path / "chroma").write_text("not a folder")
    library = Library(tmp_path, Hashing())
    with pytest.raises(DataError, match=rf"{tmp_path / 'chroma'} cannot be written.*--data"):
        search(library)
    library.close()
    (tmp_path / "chroma").unlink()
    assert len(reopen(tmp_path)) == 30


def add_until_killed(folder: Path) -> list[str]:
    """Return the ids that a process had acknowledged when it was killed at a random moment."""
    command = [sys.executable, "-m", "tests.index.hashing", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(random.uniform(0, 0.7))
        process.send_signal(signal.SIGKILL)
        lines = [first, *process.stdout]
    return [line.strip() for line in lines if line.endswith("\n")]


def is_found(library: Library, article: Article) -> bool:
    hits = HybridRetriever(library=library, article_ids=(article.id,), k=1).hits(
        article.slice(article.passages[7])
    )
    return hits[0].span == article.passages[7] and hits[0].dense > 0.99


def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged: list[str] = []
    rounds, started = 0, time.monotonic()
    while rounds < 3 or (rounds < 6 and time.monotonic() - started < 8):  # seconds
        rounds += 1
        acknowledged += add_until_killed(tmp_path)
        library = Library(tmp_path, Hashing())
        assert set(acknowledged) <= set(library.store.ids())
        assert library.vectors.count() == library.store.count_passages()
        assert is_found(library, library.get(acknowledged[-1]))
        library.close()
    library = Library(tmp_path, Hashing())
    assert [article.title for article in library.articles() if not is_found(library, article)] == []
    library.close()
    assert len(acknowledged) == len(set(acknowledged)) >= rounds
