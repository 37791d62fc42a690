"""Several processes, each with a data folder of its own, use one database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from index.embedders.base import Embedder
from index.errors import InUseError
from index.retrieval.hybrid import HybridRetriever
from index.storage.library import Library
from tests.conftest import ROOT
from tests.index.hashing import Hashing, numbered
from tools.postgresql import PostgresqlServer

# Passages wait in memory, or are written to Chroma at once.
MAX_UNINDEXED = [2_000, 0]


@pytest.fixture(params=MAX_UNINDEXED)
def libraries(
    request: pytest.FixtureRequest, tmp_path: Path, postgresql: PostgresqlServer
) -> Iterator[tuple[Library, Library]]:
    """Yield two libraries of one database."""
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(
                closing(
                    Library(
                        tmp_path / name,
                        Hashing(),
                        max_unindexed=request.param,
                        database=postgresql.make_address(),
                    )
                )
            )
            for name in ("first", "second")
        )
        yield first, second


def nearest(library: Library, question: str, limit: int) -> str:
    """The first hit for a question; beyond `limit` passages, the indexes of the database rank."""
    retriever = HybridRetriever(
        library=library,
        article_ids=None,
        max_loaded_passages=limit,
        max_exact_passages=limit,
    )
    hits = retriever.hits(question, 1)
    return hits[0].article.id if hits else ""


@pytest.mark.parametrize("limit", [10_000, 0])
def test_changes_of_one_process_are_seen_by_the_other(
    libraries: tuple[Library, Library], limit: int
) -> None:
    first, second = libraries
    one, two, three = (numbered(number) for number in range(3))
    question = one.slice(one.passages[3])
    assert nearest(second, question, limit) == ""
    first.add(one)
    first.add(two)
    assert nearest(second, question, limit) == one.id
    assert second.vectors.count() == 40
    second.rename(one.id, "Another title")
    assert first.listed()[0].title == first.get(one.id).title == "Another title"
    first.remove(one.id)
    assert nearest(second, question, limit) == two.id
    second.restore(one.id)
    assert nearest(first, question, limit) == one.id
    second.replace(one.id, three)
    assert nearest(first, three.slice(three.passages[3]), limit) == three.id
    assert nearest(first, question, limit) != one.id
    first.remove(two.id, forever=True)
    for library in libraries:
        assert library.vectors.count() == library.store.count_passages() == 20


def test_changes_are_followed_after_reopening(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    def open_library(name: str) -> Library:
        return Library(
            tmp_path / name, Hashing(), max_unindexed=0, database=postgresql.make_address()
        )

    one, two = numbered(0), numbered(1)
    with closing(open_library("first")) as first:
        first.add(one)
        with closing(open_library("second")) as second:
            assert second.vectors.count() == 20
        first.remove(one.id)
        first.add(two)
    with closing(open_library("second")) as second:
        assert second.vectors.count() == 20
        assert nearest(second, one.slice(one.passages[3]), 0) == two.id


ADD_ARTICLES = """
import sys
from pathlib import Path
from index.storage.library import Library
from tests.index.hashing import Hashing, numbered
library = Library(Path(sys.argv[1]), Hashing(), database=sys.argv[2])
for number in range(10):
    print(library.add(numbered(number)).id, flush=True)
library.close()
"""


def test_killed_process_loses_nothing(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    address = postgresql.make_address()
    process = subprocess.Popen(
        [sys.executable, "-c", ADD_ARTICLES, str(tmp_path), address],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    acknowledged = {process.stdout.readline().strip() for _ in range(3)}
    process.kill()
    process.communicate(timeout=60)
    with closing(Library(tmp_path, Hashing(), max_unindexed=0, database=address)) as library:
        assert acknowledged <= set(library.store.ids())
        library.add(numbered(20))
        assert library.vectors.count() == library.store.count_passages()


def test_processes_add_the_same_articles_at_once(
    libraries: tuple[Library, Library], tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", ADD_ARTICLES, str(tmp_path / "third"), postgresql.make_address()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    articles = [numbered(number) for number in range(5, 15)]
    with ThreadPoolExecutor(2) as pool:
        for added in [pool.map(library.add, articles) for library in libraries]:
            assert list(added) == articles
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    expected = {numbered(number).id for number in range(15)}
    assert set(output.split()) < expected
    for library in libraries:
        assert len(library.store.ids()) == len(expected) == len(library.listed())
        assert set(library.store.ids()) == expected
        assert library.vectors.count() == library.store.count_passages() == 300


def test_other_embeddings_are_refused_under_another_process(
    tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    def open_library(name: str, embedder: Embedder) -> Library:
        return Library(tmp_path / name, embedder, database=postgresql.make_address())

    with closing(open_library("first", Hashing())) as first:
        first.add(numbered(0))
        with (
            closing(open_library("second", Hashing("another"))) as second,
            pytest.raises(InUseError, match="another"),
        ):
            second.load()
        assert nearest(first, "House 10003", 10_000) == numbered(0).id
    with closing(open_library("second", Hashing("another"))) as second:
        second.load()
        assert second.vectors.count() == 20
