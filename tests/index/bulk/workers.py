"""Embedders and a fetcher for workers, which import this module by its name."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from index.bulk.failures import FailureTable
from index.bulk.pools import WorkerPool
from index.bulk.run import EngineName, index_sources, make_pool, select_names
from index.bulk.writer import IndexReport
from index.embedders.base import Vectors
from index.errors import ModelError
from index.storage.library import Library
from index.web import Fetcher
from tests.index.hashing import Hashing

DIMENSIONS = 8
DEADLY = "deadly"


class CountingEmbedder(Hashing):
    """Write a line to a file for each text that is embedded."""

    def __init__(self, log: Path) -> None:
        super().__init__(dimensions=DIMENSIONS)
        self._log = log

    def embed(self, texts: Sequence[str]) -> Vectors:
        with self._log.open("a", encoding="utf-8") as file:
            file.write("".join(f"{text}\n" for text in texts))
        return super().embed(texts)


class DeadlyEmbedder(Hashing):
    """Kill the process at a text with the word `DEADLY`, as often as files of a folder allow."""

    def __init__(self, folder: Path, times: int) -> None:
        super().__init__(dimensions=DIMENSIONS)
        self._folder = folder
        self._times = times

    def embed(self, texts: Sequence[str]) -> Vectors:
        deaths = len(list(self._folder.glob("death-*")))
        if any(DEADLY in text for text in texts) and deaths < self._times:
            (self._folder / f"death-{deaths}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().embed(texts)


class MissingEmbedder(Hashing):
    """Fail to load, as an embedder without its weights."""

    def load(self) -> None:
        raise ModelError("The weights are gone. Install them again.")


def make_hashing() -> Hashing:
    return Hashing(dimensions=DIMENSIONS)


def make_missing() -> MissingEmbedder:
    return MissingEmbedder(dimensions=DIMENSIONS)


def make_counting(log: Path) -> CountingEmbedder:
    return CountingEmbedder(log)


def make_deadly(folder: Path, times: int) -> DeadlyEmbedder:
    return DeadlyEmbedder(folder, times)


def make_allowing_fetcher() -> Fetcher:
    return Fetcher(allow_private=True)


def open_library(folder: Path, database: str = "") -> Library:
    return Library(folder, make_hashing(), database=database)


def make_test_pool(library: Library, engine: EngineName = "local", workers: int = 1) -> WorkerPool:
    return make_pool(library, make_hashing, Fetcher, engine, workers)


def make_counting_pool(library: Library, log: Path) -> WorkerPool:
    return make_pool(library, partial(make_counting, log), Fetcher)


def index_all(library: Library, *names: object, pool: WorkerPool | None = None) -> IndexReport:
    """Index sources in this process, or with the workers of a pool."""
    failures = FailureTable(library.folder)
    return index_sources(
        select_names(map(str, names)), library, pool or make_test_pool(library), failures
    )
