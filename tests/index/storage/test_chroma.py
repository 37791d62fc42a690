from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.embedders.base import Embedder, Vectors
from index.embedders.minilm import MiniLM
from index.errors import DataError
from index.retrieval.hybrid import HybridRetriever
from index.storage.chroma import VectorIndex
from index.storage.library import Library
from index.storage.sqlite import ArticleStore
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
    """The name of the one folder that holds the index: a rebuilt index has another."""
    (only,) = (folder / "chroma").iterdir()
    return only.name


def test_an_index_that_was_closed_is_opened_as_it_is(tmp_path: Path) -> None:
    results, before = fill(tmp_path), built(tmp_path)
    assert reopen(tmp_path) == results
    assert built(tmp_path) == before


def test_index_of_earlier_version_gets_the_search_width(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing(), search_width=10, max_unindexed=0)
    article = library.add(numbered(1, passages=1_500))
    assert share_found(library, article) < 0.6
    library.close()
    before = built(tmp_path)
    for _ in range(2):  # what was changed stays so
        library = Library(tmp_path, Hashing())
        assert share_found(library, article) > 0.8
        library.close()
    assert built(tmp_path) == before


def share_found(library: Library, article: Article) -> float:
    """Of the ten passages nearest to each of some, how many the index finds."""
    vectors_of_article = library.store.vectors(article.id)
    queries = (
        np.random.default_rng(7).normal(size=(20, vectors_of_article.shape[1])).astype(np.float32)
    )
    results = [
        {row for _, row, _ in library.vectors.find_nearest(query, 10, [article.id])}
        for query in queries
    ]
    right = [set(np.argsort(-(vectors_of_article @ query))[:10].tolist()) for query in queries]
    return sum(len(rows & exact) for rows, exact in zip(results, right, strict=True)) / 200


def remove_all(folder: Path) -> None:
    shutil.rmtree(folder / "chroma")


def remove_database(folder: Path) -> None:
    (folder / "chroma" / built(folder) / "chroma.sqlite3").unlink()


def empty_database(folder: Path) -> None:
    (folder / "chroma" / built(folder) / "chroma.sqlite3").write_bytes(b"")


def garble(folder: Path) -> None:
    for file in (folder / "chroma").rglob("*.*"):
        if file.is_file():
            file.write_bytes(random.Random(7).randbytes(file.stat().st_size))


def cut_off(folder: Path) -> None:
    file = folder / "chroma" / built(folder) / "chroma.sqlite3"
    os.truncate(file, file.stat().st_size // 2)


def mark_dirty(folder: Path) -> None:
    store = ArticleStore(folder)
    store.set_meta("chroma_state", "dirty")
    store.close()


def lose_a_row(folder: Path) -> None:
    with sqlite3.connect(folder / "chroma" / built(folder) / "chroma.sqlite3") as db:
        db.execute("DELETE FROM embeddings WHERE id = (SELECT max(id) FROM embeddings)")


@pytest.mark.parametrize(
    "damage",
    [remove_all, remove_database, empty_database, garble, cut_off, mark_dirty, lose_a_row],
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


def test_a_write_to_chroma_that_was_killed_is_repaired(tmp_path: Path) -> None:
    """Some of the waiting passages are in Chroma, and SQLite does not know."""
    fill(tmp_path)
    library = Library(tmp_path, Hashing())
    article = library.add(numbered(3))
    before = library.store.get_meta("chroma_folder")
    mark_dirty(tmp_path)
    library.vectors._get_collection().upsert(
        ids=[f"{article.id}:0"],
        embeddings=library.store.vectors(article.id)[:1],
        metadatas=[{"article_id": article.id, "position": 0}],
    )
    library.close()
    library = Library(tmp_path, Hashing())
    results = library.vectors.find_nearest(vector_of(library), 80)
    assert len({(key, position) for key, position, _ in results}) == len(results) == 60
    assert library.vectors.count() == library.store.count_passages() == 60
    assert (library.store.unindexed_ids(), built(tmp_path) == before) == ([], False)
    library.close()


def vector_of(library: Library) -> Vectors:
    return library.embed_question("House 20004 of village 1")


def test_a_filter_by_many_articles_finds_as_much(tmp_path: Path) -> None:
    fill(tmp_path)
    library = Library(tmp_path, Hashing(), max_unindexed=0)
    library.add(numbered(2))
    library.add(numbered(3))
    index = VectorIndex(tmp_path, library.store, "hashing", max_filter_articles=1)
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
