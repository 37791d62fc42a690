"""Measure bulk indexing with each engine, kill a worker, and compare the libraries: `make scale`.

    python -m evaluation.scale --articles 400
    python -m evaluation.scale --articles 100000 --embedder words

The articles are generated. `--embedder words` takes almost no time, so it measures everything but
the model. Each run is a process of its own; the last one uses Ray, and one of its workers is killed
when half of the articles are done.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from evaluation.machine import describe_environment
from evaluation.runs import code_version
from evaluation.scale.corpus import compare_stores, write_corpus
from evaluation.scale.embedder import HashEmbedder
from index.bulk.failures import FailureTable
from index.bulk.items import BatchResult
from index.bulk.run import EngineName, index_sources, make_pool, select_names
from index.bulk.writer import IndexReport
from index.embedders.base import Embedder
from index.embedders.minilm import MiniLM
from index.storage.library import Library
from index.web import Fetcher

__all__ = ["Meter", "main", "measure_run"]

RESULTS = Path(__file__).parents[1] / "results"
RUNS: tuple[tuple[EngineName, int, bool], ...] = (
    ("local", 1, False),
    ("local", 2, False),
    ("ray", 2, True),
)
MAX_DIFFERENCE = 1e-5  # of two numbers of vectors: another number of threads rounds differently
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


EMBEDDERS: dict[str, Callable[[], Embedder]] = {"minilm": MiniLM, "words": HashEmbedder}


class Meter:
    """Measure a run at each batch, and kill a worker once if it is to be killed.

    Args:
        articles: the number of all articles.
        is_killing: whether to kill a worker when half of them are done.
    """

    def __init__(self, articles: int, is_killing: bool) -> None:
        self._articles = articles
        self._is_killing = is_killing
        self._first: tuple[float, int] | None = None  # the time, and the passages by then
        self._processor_seconds: dict[int, float] = {}
        self._worker_megabytes = 0.0
        self._half_megabytes = 0.0
        self.killed = 0

    def measure(self, report: IndexReport, result: BatchResult) -> None:
        """Measure the worker that has finished a batch, and this process."""
        passages = report.passages + report.waiting_passages
        self._first = self._first or (monotonic(), passages)
        with suppress(OSError, IndexError):  # the process may just have ended
            self._processor_seconds[result.process] = _read_processor_seconds(result.process)
            peak = _read_megabytes(result.process, "VmHWM")
            self._worker_megabytes = max(self._worker_megabytes, peak)
        if report.added + report.waiting < self._articles / 2:
            return
        self._half_megabytes = self._half_megabytes or _read_megabytes(os.getpid(), "VmRSS")
        if self._is_killing and not self.killed:
            os.kill(result.process, signal.SIGKILL)
            self.killed = 1

    def summarize(self, report: IndexReport) -> dict[str, Any]:
        """Return the figures of a finished run."""
        started, before = self._first or (report.started, 0)
        seconds = monotonic() - started
        processor = sum(self._processor_seconds.values())
        return {
            "added": report.added,
            "failed": report.failed,
            "passages": report.passages,
            "killed": self.killed,
            "seconds": round(report.seconds, 1),
            "passages_per_second": round((report.passages - before) / seconds, 1),
            "processor_ms_per_passage": round(1000 * processor / max(1, report.passages), 2),
            "writer_mb_half": round(self._half_megabytes),
            "writer_mb_end": round(_read_megabytes(os.getpid(), "VmRSS")),
            "worker_mb": round(self._worker_megabytes),
        }


def _read_processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def _read_megabytes(process: int, field: str) -> float:
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) / 1024


def main(argv: list[str] | None = None) -> int:
    """Measure all runs. The exit status is 1 if the libraries differ or something was lost."""
    parser = argparse.ArgumentParser(prog="python -m evaluation.scale", description=__doc__)
    parser.add_argument("--articles", type=int, default=2_000)
    parser.add_argument("--passages", type=int, default=20, help="of each article")
    parser.add_argument("--embedder", choices=EMBEDDERS, default="minilm")
    parser.add_argument("--out", type=Path, help="result file; by default in evaluation/results")
    parser.add_argument("--run", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.run is not None:
        print(json.dumps(measure_run(options.folder, options.run, options)))
        return 0
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_corpus(folder / "corpus", options.articles, options.passages)
        rows = [_run_alone(folder, number, options) for number in range(len(RUNS))]
        differences = _compare(folder, EMBEDDERS[options.embedder])
    environment = describe_environment()
    result: dict[str, Any] = {
        "kind": "scale",
        "commit": code_version(),
        **environment,
        "articles": options.articles,
        "passages": options.passages,
        "embedder": options.embedder,
        "results": rows,
        "differences": differences,
    }
    suffix = "" if options.embedder == "minilm" else f"-{options.embedder}"
    path = options.out or RESULTS / f"{environment['date']}-{result['commit']}-scale{suffix}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(path)
    is_complete = all(row["added"] == options.articles and not row["failed"] for row in rows)
    are_equal = all(
        row["largest difference"] <= MAX_DIFFERENCE
        and not (row["other articles"] or row["other texts or metadata"])
        for row in differences
    )
    return int(not (is_complete and are_equal and rows[-1]["killed"]))


def _run_alone(folder: Path, number: int, options: argparse.Namespace) -> dict[str, Any]:
    """Measure a run in a new process."""
    command = [sys.executable, "-m", "evaluation.scale", "--run", str(number)]
    command += ["--folder", str(folder), "--embedder", options.embedder]
    command += ["--articles", str(options.articles), "--passages", str(options.passages)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    row: dict[str, Any] = json.loads(output.splitlines()[-1])
    print(json.dumps(row), flush=True)
    return row


def measure_run(folder: Path, number: int, options: argparse.Namespace) -> dict[str, Any]:
    """Index the corpus with one of `RUNS`, and return its figures."""
    engine, workers, is_killing = RUNS[number]
    make_embedder = EMBEDDERS[options.embedder]
    meter = Meter(options.articles, is_killing)
    with closing(Library(folder / str(number), make_embedder())) as library:
        pool = make_pool(library, make_embedder, Fetcher, engine, workers)
        report = index_sources(
            select_names([str(folder / "corpus")]),
            library,
            pool,
            FailureTable(library.folder),
            meter.measure,
        )
    return {"engine": engine, "workers": workers, **meter.summarize(report)}


def _compare(folder: Path, make_embedder: Callable[[], Embedder]) -> list[dict[str, Any]]:
    """Compare each library with that of the first run."""
    rows = []
    with closing(Library(folder / "0", make_embedder())) as first:
        for number in range(1, len(RUNS)):
            with closing(Library(folder / str(number), make_embedder())) as other:
                rows.append({"run": number, **compare_stores(first.store, other.store)})
    return rows


if __name__ == "__main__":
    sys.exit(main())
