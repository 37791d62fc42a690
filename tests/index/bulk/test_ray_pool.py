"""Test a run on a real Ray cluster on this machine. All of it takes one start of Ray."""

from __future__ import annotations

import json
import os
import signal
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import psutil
import pytest

from index.bulk.failures import FailureTable
from index.bulk.items import BatchResult
from index.bulk.run import index_sources, make_pool, select_names
from index.bulk.writer import IndexReport
from index.web import Fetcher
from tests.index.bulk.workers import index_all, make_hashing, open_library

COUNT = 60


def write_news(path: Path) -> Path:
    lines = (
        {
            "text": f"House {number} was counted that year. It has {number} rooms.",
            "title": f"{number}",
        }
        for number in range(COUNT)
    )
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def list_listening_addresses() -> set[str]:
    """Return the addresses on which the processes that this one has started listen."""
    addresses: set[str] = set()
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            addresses |= {
                connection.laddr.ip.removeprefix("::ffff:")
                for connection in process.net_connections("inet")
                if connection.status == psutil.CONN_LISTEN
            }
    return addresses


@pytest.mark.skipif(not find_spec("ray"), reason="Ray is not installed: it is in the extra bulk")
@pytest.mark.timeout(120)
def test_ray_run_with_killed_worker_equals_local_run(tmp_path: Path) -> None:
    news = write_news(tmp_path / "news.jsonl")
    local, library = open_library(tmp_path / "local"), open_library(tmp_path / "ray")
    index_all(local, news)
    killed: list[int] = []
    addresses: set[str] = set()

    def kill_worker(report: IndexReport, result: BatchResult) -> None:
        if not killed:
            addresses.update(list_listening_addresses())
            killed.append(result.process)
            os.kill(result.process, signal.SIGKILL)

    pool = make_pool(library, make_hashing, Fetcher, "ray", 2)
    report = index_sources(
        select_names([str(news)]), library, pool, FailureTable(library.folder), kill_worker
    )
    assert (report.added, report.present, report.failed) == (COUNT, 0, 0)
    assert killed
    assert addresses
    assert addresses <= {"127.0.0.1", "::1"}
    assert not {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN"} & os.environ.keys()
    assert sorted(library.store.ids()) == sorted(local.store.ids())
    for article_id in local.store.ids():
        assert library.store.get(article_id) == local.store.get(article_id)
        vectors = library.store.vectors(article_id)
        assert np.array_equal(vectors, local.store.vectors(article_id))
    local.close()
    library.close()
