"""Define `library index`, which adds many articles with several workers."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stdout
from functools import partial
from typing import Annotated

import typer
from pydantic import SecretStr

from assistant.interfaces.cli.console import (
    echo_json,
    print_text,
    report_errors,
    show_progress_bar,
)
from assistant.interfaces.cli.lookup import open_reembedded_library
from assistant.interfaces.cli.options import (
    DataOption,
    DebugOption,
    EmbeddingsOption,
    JsonOption,
    ListingOption,
)
from assistant.interfaces.cli.source_list import read_listing
from assistant.models.embeddings import make_embedder
from assistant.settings import get_settings
from assistant.sources import make_fetcher
from index.bulk.estimate import WorkEstimate
from index.bulk.failures import FailureTable
from index.bulk.run import (
    EngineName,
    Selection,
    index_sources,
    make_pool,
    select_failed,
    select_names,
)
from index.bulk.writer import IndexReport
from index.errors import InputError

__all__ = ["index"]

MAX_DEFAULT_WORKERS = 8  # each takes about 700 MB
MAX_PRINTED_FAILURES = 20
EXIT_STATUS_FAILED = 1
EXIT_STATUS_INTERRUPTED = 130

# Workers may run on other machines. They get the key of the embeddings, and no other secret.
_WITHHELD_SETTINGS = {"database": SecretStr(""), "model_key": SecretStr(""), "chroma_headers": {}}

Progress = Callable[[IndexReport, object], None]


def index(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE…",
            help="Files, folders, patterns, JSONL or Parquet files, URLs, or addresses such as "
            "s3://bucket/folder.",
        ),
    ] = None,
    listing: ListingOption = None,
    engine: Annotated[
        EngineName,
        typer.Option(help="`local`: processes of this machine. `ray`: Ray, from the extra `bulk`."),
    ] = "local",
    workers: Annotated[
        int,
        typer.Option(
            min=0,
            help="How many workers load and embed. 0: one for each processor, at most "
            f"{MAX_DEFAULT_WORKERS}.",
        ),
    ] = 0,
    ray_address: Annotated[
        str,
        typer.Option(
            metavar="ADDRESS", help="Address of an existing Ray cluster. Without it, Ray runs here."
        ),
    ] = "",
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try only the sources that failed before.")
    ] = False,
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Add many articles to the library with several workers.

    Articles that are in the library are not embedded again, so an interrupted run can be repeated.
    A file with a changed text becomes another article. Sources that fail are remembered for
    --retry-failed.
    """
    with report_errors(debug):
        names = [*(sources or []), *(read_listing(listing) if listing else [])]
        if bool(names) == retry_failed:
            raise InputError(
                "Name files, folders, patterns or addresses to index, or use --retry-failed alone."
            )
        if ray_address and engine != "ray":
            raise InputError("--ray-address needs --engine ray.")
        settings = get_settings()
        worker_settings = settings.model_copy(update=_WITHHELD_SETTINGS)
        library = open_reembedded_library(data, embeddings)
        failures = FailureTable(library.folder)
        selections = select_failed(failures) if retry_failed else select_names(names)
        pool = make_pool(
            library,
            partial(make_embedder, embeddings or settings.embeddings, worker_settings),
            partial(make_fetcher, worker_settings),
            engine,
            workers or min(MAX_DEFAULT_WORKERS, os.cpu_count() or 1),
            ray_address,
        )
        # Closed here, because the search index cannot be written while the interpreter ends. Ray
        # prints that a worker was lost; standard output is for the result.
        with (
            closing(library),
            redirect_stdout(sys.stderr),
            _show_progress(selections) as progress,
        ):
            report = index_sources(selections, library, pool, failures, progress)
        _print_report(report, as_json)


@contextmanager
def _show_progress(selections: list[Selection]) -> Iterator[Progress]:
    """Show counts, speeds and the time left on standard error, if that is a terminal."""
    # The size of some records of a file is not known.
    has_records = any(records for _, records in selections)
    estimate = WorkEstimate([] if has_records else [name for name, _ in selections])
    try:
        with show_progress_bar() as show:

            def progress(report: IndexReport, _: object) -> None:
                share = estimate.get_share(report.size)
                show(_describe_progress(report, share), share or 0.0)

            yield progress
    finally:
        estimate.stop()


def _describe_progress(report: IndexReport, share: float | None) -> str:
    """Return the counts, the speeds, and the time left if the share that is done is known."""
    articles, passages = report.added + report.waiting, report.passages + report.waiting_passages
    parts = [
        f"{articles:,} articles added",
        f"{articles / report.seconds:.1f}/s",
        f"{passages / report.seconds:.0f} passages/s",
    ]
    if report.present:
        parts.append(f"{report.present:,} there")
    if report.failed:
        parts.append(f"{report.failed:,} failed")
    if share:
        parts.append(f"{_format_seconds(report.seconds * (1 - share) / share)} left")
    return ", ".join(parts)


def _format_seconds(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def _print_report(report: IndexReport, as_json: bool) -> None:
    """Print what was done. Raises typer.Exit if something failed or the user ended the run."""
    seconds = report.seconds
    speeds = report.added / seconds, report.passages / seconds
    if as_json:
        echo_json(
            {
                "added": report.added,
                "there": report.present,
                "failed": report.failed,
                "passages": report.passages,
                "seconds": round(seconds, 2),
                "articles_per_second": round(speeds[0], 2),
                "passages_per_second": round(speeds[1], 2),
                "interrupted": report.is_interrupted,
                "failures": [
                    {"source": failure.source, "record": failure.record, "error": failure.reason}
                    for failure in report.listed_failures
                ],
            }
        )
    else:
        print_text(
            f"{report.added:,} added, {report.present:,} there, {report.failed:,} failed. "
            f"{_format_seconds(seconds)}, {speeds[0]:.1f} articles/s, "
            f"{speeds[1]:.0f} passages/s."
        )
    if report.failed:
        printed = report.listed_failures[:MAX_PRINTED_FAILURES]
        lines = [f"{report.failed:,} failed:", *(f"  {failure.reason}" for failure in printed)]
        if report.failed > len(printed):
            lines.append(f"  and {report.failed - len(printed):,} more")
        lines.append("`article-assistant library index --retry-failed` tries these again.")
        print_text("\n".join(lines), err=True)
    if report.is_interrupted:
        print_text("Interrupted. The same command continues.", err=True)
        raise typer.Exit(EXIT_STATUS_INTERRUPTED)
    if report.failed:
        raise typer.Exit(EXIT_STATUS_FAILED)
