"""Test index runs: what is stored, what is skipped, and what fails."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

from index.bulk.dispatch import MAX_TRIES, make_batches
from index.bulk.failures import FailureTable
from index.bulk.items import BatchResult, Item, SourceFailure
from index.bulk.pools import WorkerPool
from index.bulk.run import index_sources, make_pool, select_failed, select_names
from index.bulk.writer import IndexReport
from index.errors import InputError, ModelError
from index.loaders import load
from index.storage.library import Library
from index.web import Fetcher
from tests.conftest import ROOT
from tests.index.bulk.workers import (
    DEADLY,
    index_all,
    make_allowing_fetcher,
    make_counting_pool,
    make_deadly,
    make_hashing,
    make_missing,
    make_test_pool,
    open_library,
)
from tests.index.hashing import Hashing
from tests.index.serving import page, serving
from tests.postgresql import BOTH_DATABASES

COUNT = 40


def write_news(path: Path, count: int = COUNT, deadly: int = 0) -> Path:
    """Write a JSONL file. The text of one line kills its worker, if `deadly` is its number."""
    lines = (
        {
            "text": f"House {number} of the village was counted that year. "
            f"{DEADLY if number == deadly else 'Peaceful'} people live in house {number} there.",
            "title": f"House {number}",
        }
        for number in range(1, count + 1)
    )
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def make_deadly_pool(library: Library, folder: Path, deaths: int) -> WorkerPool:
    return make_pool(library, partial(make_deadly, folder, deaths), Fetcher, "local", 2)


def get_totals(report: IndexReport) -> tuple[int, int, int]:
    return report.added, report.present, report.failed


@BOTH_DATABASES
def test_index_sources_stores_all_formats(tmp_path: Path, database: str) -> None:
    news = write_news(tmp_path / "news.jsonl")
    text = tmp_path / "mill.txt"
    text.write_text("The old mill burned down in 1901. Nobody was hurt.")
    library = open_library(tmp_path / "data", database)
    report = index_all(library, news, text)
    assert get_totals(report) == (COUNT + 1, 0, 0)
    assert report.passages == library.store.count_passages() == library.vectors.count()
    article = load(str(text))
    assert library.get(article.id) == article
    texts = [article.structure.search_text(span) for span in article.passages]
    assert np.array_equal(library.store.vectors(article.id), make_hashing().embed(texts))
    assert library.search_texts("mill")[0].article_id == article.id
    library.close()


def test_index_sources_again_embeds_nothing(tmp_path: Path) -> None:
    news = write_news(tmp_path / "news.jsonl")
    library = open_library(tmp_path / "data")
    index_all(library, news)
    log = tmp_path / "log"
    log.touch()
    report = index_all(library, news, pool=make_counting_pool(library, log))
    assert get_totals(report) == (0, COUNT, 0)
    assert log.read_text() == ""
    library.close()


def test_index_sources_same_article_twice_is_stored_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_news(tmp_path / f"{name}.jsonl", 3)
    library = open_library(tmp_path / "data")
    report = index_all(library, tmp_path / "a.jsonl", tmp_path / "b.jsonl")
    assert get_totals(report) == (3, 3, 0)
    library.close()


def test_index_sources_interrupted_run_continues(tmp_path: Path) -> None:
    news = write_news(tmp_path / "news.jsonl")
    library = open_library(tmp_path / "data")

    def interrupt(report: IndexReport, result: BatchResult) -> None:
        raise KeyboardInterrupt

    pool = make_counting_pool(library, tmp_path / "log")
    report = index_sources(
        select_names([str(news)]), library, pool, FailureTable(library.folder), interrupt
    )
    assert report.is_interrupted
    stored = len(library.store.ids())
    assert 0 < stored < COUNT
    report = index_all(library, news, pool=make_counting_pool(library, tmp_path / "log"))
    assert get_totals(report) == (COUNT - stored, stored, 0)
    embedded = (tmp_path / "log").read_text().splitlines()
    assert len(embedded) == len(set(embedded)) == library.store.count_passages()
    library.close()


def test_index_sources_failures_are_retried(tmp_path: Path) -> None:
    news = write_news(tmp_path / "news.jsonl", 3)
    lines = news.read_text().splitlines()
    news.write_text("\n".join([lines[0], '{"title": "empty"}', lines[2]]))
    gone = tmp_path / "gone.txt"
    library = open_library(tmp_path / "data")
    failures = FailureTable(library.folder)
    assert get_totals(index_all(library, news, gone)) == (2, 0, 2)
    assert [(failure.source, failure.record) for failure in failures.all()] == [
        (str(gone), 0),
        (str(news), 2),
    ]
    assert select_failed(failures) == [(str(gone), ()), (str(news), frozenset({2}))]

    news.write_text("\n".join(lines))
    pool = make_test_pool(library)
    report = index_sources(select_failed(failures), library, pool, failures)
    assert get_totals(report) == (1, 0, 1)  # only line 2 was read again
    assert [failure.source for failure in failures.all()] == [str(gone)]
    gone.write_text("The old mill burned down in 1901.")
    pool = make_test_pool(library)
    assert get_totals(index_sources(select_failed(failures), library, pool, failures)) == (1, 0, 0)
    assert failures.all() == []
    library.close()


def test_index_sources_folder_failure_is_forgotten(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    library = open_library(tmp_path / "data")
    failures = FailureTable(library.folder)
    assert index_all(library, folder).failed == 1
    (folder / "mill.txt").write_text("The old mill burned down in 1901.")
    pool = make_test_pool(library)
    assert get_totals(index_sources(select_failed(failures), library, pool, failures)) == (1, 0, 0)
    assert failures.all() == []
    library.close()


def test_index_sources_vanished_file_fails(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in range(20):  # more than one batch
        (folder / f"{number:02}.txt").write_text(f"House {number} was counted that year.")
    library = open_library(tmp_path / "data")

    def remove_last(report: IndexReport, result: BatchResult) -> None:
        (folder / "19.txt").unlink(missing_ok=True)

    failures = FailureTable(library.folder)
    report = index_sources(
        select_names([str(folder)]), library, make_test_pool(library), failures, remove_last
    )
    assert get_totals(report) == (19, 0, 1)
    (failure,) = failures.all()
    assert failure.source == str(folder / "19.txt")
    assert "There is no file" in failure.reason
    library.close()


def test_index_sources_error_of_one_article_is_failure(tmp_path: Path) -> None:
    news = write_news(tmp_path / "news.jsonl", 3, deadly=2)
    library = open_library(tmp_path / "data")
    make_breaking = partial(Hashing, dimensions=8, breaks_at=DEADLY)  # raises MemoryError
    report = index_all(library, news, pool=make_pool(library, make_breaking, Fetcher))
    assert get_totals(report) == (2, 0, 1)
    assert "MemoryError" in report.listed_failures[0].reason
    library.close()


@pytest.mark.parametrize("workers", [1, 2])
def test_index_sources_without_embedder_raises(tmp_path: Path, workers: int) -> None:
    news = write_news(tmp_path / "news.jsonl")
    library = open_library(tmp_path / "data")
    pool = make_pool(library, make_missing, Fetcher, "local", workers)
    with pytest.raises(ModelError, match="weights are gone"):
        index_all(library, news, pool=pool)
    assert library.store.ids() == []
    library.close()


def test_index_sources_other_embedder_raises(tmp_path: Path) -> None:
    library = open_library(tmp_path / "data")
    pool = make_pool(library, partial(Hashing, "other", dimensions=8), Fetcher)
    with pytest.raises(ModelError, match="embeds with other"):
        index_all(library, write_news(tmp_path / "news.jsonl"), pool=pool)
    library.close()


def test_index_sources_full_library_raises(tmp_path: Path) -> None:
    library = Library(tmp_path / "data", make_hashing(), max_articles=COUNT - 1)
    news = write_news(tmp_path / "news.jsonl")
    news.write_text("{}\n" + news.read_text())
    with pytest.raises(InputError, match="takes no more"):
        index_all(library, news)
    assert len(library.store.ids()) == COUNT - 1  # as many as fit
    assert [failure.record for failure in FailureTable(library.folder).all()] == [1]
    library.close()


def test_index_sources_failures_of_removed_lines_are_forgotten(tmp_path: Path) -> None:
    library, news = open_library(tmp_path / "data"), write_news(tmp_path / "news.jsonl", 3)
    lines = news.read_text().splitlines()
    failures = FailureTable(library.folder)
    news.write_text("\n".join([*lines, "{}", "[]"]))
    assert get_totals(index_all(library, news)) == (3, 0, 2)
    news.write_text("\n".join([*lines, "{}"]))
    index_sources(select_failed(failures), library, make_test_pool(library), failures)
    assert [failure.record for failure in failures.all()] == [4]
    news.write_text("\n".join(lines))
    index_all(library, news)
    assert failures.all() == []
    library.close()


def test_index_sources_address_uses_fetcher(tmp_path: Path) -> None:
    library = open_library(tmp_path / "data")
    with serving() as site:
        site.replies["/bridge"] = page()
        refused = index_all(library, f"{site.url}/bridge")
        assert site.asked == []
        pool = make_pool(library, make_hashing, make_allowing_fetcher)
        allowed = index_all(library, f"{site.url}/bridge", pool=pool)
    assert (get_totals(refused), get_totals(allowed)) == ((0, 0, 1), (1, 0, 0))
    assert "private network" in refused.listed_failures[0].reason
    assert FailureTable(library.folder).all() == []
    library.close()


def test_index_sources_processes_give_same_library(tmp_path: Path) -> None:
    news = write_news(tmp_path / "news.jsonl")
    libraries = [open_library(tmp_path / name) for name in ("one", "two")]
    for workers, library in enumerate(libraries, 1):
        pool = make_test_pool(library, "local", workers)
        assert get_totals(index_all(library, news, pool=pool)) == (COUNT, 0, 0)
    first, second = (library.store for library in libraries)
    assert sorted(first.ids()) == sorted(second.ids())
    for article_id in first.ids():
        assert first.get(article_id) == second.get(article_id)
        assert np.array_equal(first.vectors(article_id), second.vectors(article_id))
    for library in libraries:
        library.close()


@pytest.mark.parametrize("deaths", [1, 2])
def test_index_sources_killed_process_loses_nothing(tmp_path: Path, deaths: int) -> None:
    news = write_news(tmp_path / "news.jsonl", deadly=5)
    library = open_library(tmp_path / "data")
    pool = make_deadly_pool(library, tmp_path, deaths)
    assert get_totals(index_all(library, news, pool=pool)) == (COUNT, 0, 0)
    assert len(list(tmp_path.glob("death-*"))) == deaths
    library.close()


def test_index_sources_article_that_kills_is_failure(tmp_path: Path) -> None:
    news = write_news(tmp_path / "news.jsonl", deadly=5)
    library = open_library(tmp_path / "data")
    pool = make_deadly_pool(library, tmp_path, 99)
    report = index_all(library, news, pool=pool)
    assert get_totals(report) == (COUNT - 1, 0, 1)
    (failure,) = report.listed_failures
    assert (failure.source, failure.record) == (str(news), 5)
    assert f"stopped {MAX_TRIES} times" in failure.reason
    library.close()


def test_index_sources_workers_that_never_work_raise(tmp_path: Path) -> None:
    news = write_news(tmp_path / "news.jsonl")
    news.write_text(news.read_text().replace("Peaceful", DEADLY))
    library = open_library(tmp_path / "data")
    with pytest.raises(ModelError, match="before they have finished anything"):
        index_all(library, news, pool=make_deadly_pool(library, tmp_path, 99))
    library.close()


def test_workers_end_with_a_killed_program(tmp_path: Path) -> None:
    news = write_news(tmp_path / "news.jsonl", 20_000)
    command = [sys.executable, "-m", "assistant", "library", "index", str(news), "--workers", "2"]
    program = psutil.Popen(
        [*command, "--data", str(tmp_path / "data")],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 120
    while len(workers := program.children()) < 3:  # two, and the tracker of their resources
        assert program.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    program.kill()
    program.wait()
    _, alive = psutil.wait_procs(workers, timeout=60)
    assert not alive, alive


def test_process_pool_close_stops_busy_workers(tmp_path: Path) -> None:
    library = open_library(tmp_path / "data")
    pids: list[int] = []

    def interrupt(report: IndexReport, result: BatchResult) -> None:
        pids.append(result.process)
        raise KeyboardInterrupt

    report = index_sources(
        select_names([str(write_news(tmp_path / "news.jsonl", 500))]),
        library,
        make_test_pool(library, "local", 2),
        FailureTable(library.folder),
        interrupt,
    )
    assert report.is_interrupted
    assert report.added
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)
    library.close()


@pytest.mark.unit
def test_make_batches_by_count_and_size() -> None:
    small = [Item("a", number, size=10) for number in range(20)]
    assert [len(batch) for batch in make_batches(small)] == [16, 4]
    large = [Item("a", number, size=400_000) for number in range(3)]
    assert [len(batch) for batch in make_batches(large)] == [2, 1]


@pytest.mark.unit
def test_failure_table_keeps_odd_names(tmp_path: Path) -> None:
    table = FailureTable(tmp_path)
    assert table.all() == []
    table.update([], [("/a", 0)])
    assert list(tmp_path.iterdir()) == []  # nothing is written without a failure
    failure = SourceFailure("/odd-\udcff.txt", 0, "has an odd name \udcff")
    table.update([failure])
    (stored,) = FailureTable(tmp_path).all()
    assert stored.source == failure.source
    table.update([], [(failure.source, 0)])
    assert table.all() == []
