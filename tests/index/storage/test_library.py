from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.embedders.minilm import MiniLM
from index.errors import DataError, InputError, InUseError
from index.retrieval.hybrid import HybridRetriever
from index.storage.library import Library
from index.storage.sqlite.schema import SCHEMA_VERSION
from index.storage.sqlite.store import SqliteStore
from index.text.article import Article
from tests.conftest import ROOT
from tests.index.hashing import Hashing, numbered
from tests.postgresql import BOTH_DATABASES


def first_hit(library: Library, article: Article, question: str) -> str:
    return (
        HybridRetriever(library=library, article_ids=(article.id,), k=1)
        .invoke(question)[0]
        .page_content
    )


def test_an_article_is_there_after_closing_and_opening(
    tmp_path: Path, minilm: MiniLM, volcano: Article
) -> None:
    library = Library(tmp_path, minilm)
    assert library.add(volcano) == volcano
    library.close()
    library = Library(tmp_path, minilm)
    assert library.articles() == [volcano]
    assert (
        first_hit(library, volcano, "Was anybody injured?")
        == "No one was hurt. Farmers say that the ash will feed their vines."
    )
    library.close()


@BOTH_DATABASES
def test_adding_an_article_again_embeds_nothing(tmp_path: Path, database: str) -> None:
    embedder = Hashing()
    library = Library(tmp_path, embedder, database=database)
    article = library.add(numbered(1))
    assert library.add(numbered(1)) == article
    assert (embedder.embedded, library.vectors.count(), len(library.articles())) == (20, 20, 1)
    library.close()


@BOTH_DATABASES
def test_full_library_takes_no_other_article(tmp_path: Path, database: str) -> None:
    library = Library(tmp_path, Hashing(), database=database, max_articles=2)
    one, two, three = (numbered(number) for number in range(3))
    library.add(one)
    library.add(two)
    with pytest.raises(InputError, match="full: it takes no more than 2 articles"):
        library.add(three)
    assert library.add(one) == one  # it is there
    library.remove(one.id)
    library.add(three)
    with pytest.raises(InputError, match="Remove some"):
        library.restore(one.id)
    library.remove(two.id)
    assert library.restore(one.id) == one
    assert library.add(two, is_limited=False) == two
    library.close()


def test_progress_is_told_up_to_the_last_passage(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing())
    progress: list[tuple[int, int]] = []
    library.add(numbered(1, passages=150), lambda done, total: progress.append((done, total)))
    assert progress == [(64, 150), (128, 150), (150, 150)]
    library.close()


def test_articles_are_listed_oldest_first(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing())
    for number in (2, 0, 1):
        library.add(numbered(number))
    assert [article.title for article in library.articles()] == [
        "Village 2",
        "Village 0",
        "Village 1",
    ]
    library.close()


def test_a_removed_article_is_gone_and_can_be_added_again(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing())
    article, second = library.add(numbered(1)), library.add(numbered(2))
    library.remove(article.id)
    assert (library.articles(), library.vectors.count()) == ([second], 20)
    with pytest.raises(KeyError):
        library.get(article.id)
    library.add(article)
    assert (
        first_hit(library, article, "House 20004")
        == "House 20004 of village 1 was counted that year."
    )
    library.close()


@BOTH_DATABASES
def test_an_article_that_cannot_be_embedded_is_not_kept(tmp_path: Path, database: str) -> None:
    library = Library(tmp_path, Hashing(breaks_at="House 20100"), database=database)
    with pytest.raises(MemoryError):
        library.add(numbered(1, passages=150))
    assert (library.articles(), library.vectors.count()) == ([], 0)
    library.add(numbered(2))
    assert library.vectors.count() == 20
    library.close()


@BOTH_DATABASES
def test_threads_may_add_articles_at_once(tmp_path: Path, database: str) -> None:
    library = Library(tmp_path, Hashing(), database=database)
    articles = [numbered(number) for number in range(6)]
    with ThreadPoolExecutor(4) as pool:
        added = list(pool.map(library.add, articles * 2))
    assert added == articles * 2
    assert library.vectors.count() == library.store.count_passages() == 120
    library.close()


# What another process sees of a folder: the message that it is refused with.
SECOND = """
import sys
from pathlib import Path
from index.errors import InUseError
from index.storage.library import Library
try:
    Library(Path(sys.argv[1]))
except InUseError as error:
    print(error)
"""


def test_a_second_process_is_refused_and_does_no_harm(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing())
    first = library.add(numbered(1))
    process = subprocess.run(
        [sys.executable, "-c", SECOND, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout.strip() == (
        f"The data folder {tmp_path} is in use by another process (number {os.getpid()}). "
        "Close that one, or choose another folder with --data or ARTICLE_ASSISTANT_DATA."
    )
    second = library.add(numbered(2))
    for article in (first, second):
        assert first_hit(library, article, article.text[:30]) == article.text.split("\n\n")[0]
    library.close()
    library = Library(tmp_path, Hashing())
    assert library.articles() == [first, second]
    assert library.vectors.count() == 40
    library.close()


def test_library_opened_twice_in_one_process_is_refused(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing())
    with pytest.raises(InUseError):
        Library(tmp_path, Hashing())
    library.close()


def test_any_thread_may_close_a_library(tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        library = pool.submit(Library, tmp_path, Hashing()).result()
    library.close()
    Library(tmp_path, Hashing()).close()


def test_closing_twice_does_no_harm(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing())
    library.close()
    library.close()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(
        DataError, match=rf"{tmp_path / 'file' / 'data'} cannot be written .*--data"
    ):
        Library(tmp_path / "file" / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes into read-only folders too")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    with pytest.raises(DataError, match=rf"{tmp_path} cannot be written .*--data"):
        Library(tmp_path)


def test_a_folder_of_a_newer_version_is_refused_each_time(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    store.set_meta("version", str(SCHEMA_VERSION + 1))
    store.close()
    for _ in range(2):  # the second time, the lock must be free again
        with pytest.raises(DataError, match="newer version"):
            Library(tmp_path, Hashing())


def test_deleted_lock_file_lets_no_second_process_in(tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing())
    (tmp_path / "lock").unlink()
    with pytest.raises(InUseError):
        Library(tmp_path, Hashing())
    library.close()
    Library(tmp_path, Hashing()).close()
