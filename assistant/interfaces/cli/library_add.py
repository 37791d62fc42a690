"""Define `library add` and `library refresh`, which load articles from their sources."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from tqdm import tqdm

from assistant.interfaces.cli.console import echo_json, print_text, report_errors
from assistant.interfaces.cli.lookup import find_article, open_reembedded_library
from assistant.interfaces.cli.options import (
    DataOption,
    DebugOption,
    EmbeddingsOption,
    JsonOption,
    ListingOption,
    OptionalArticlesArgument,
)
from assistant.interfaces.cli.source_list import read_listing
from assistant.sources import expand_sources, make_fetcher, source_location
from index.errors import ArticleError, InputError
from index.loaders import is_address, load, load_bytes
from index.storage.library import Library
from index.storage.store import ArticleSummary
from index.storage.visibility import SHARED
from index.text.article import Article
from index.web import Fetcher

__all__ = ["add", "refresh"]

Status = Literal["added", "there", "changed", "unchanged", "failed"]
EXIT_STATUS_FAILED = 1


@dataclass(frozen=True)
class Outcome:
    """The result of loading one source."""

    source: str
    status: Status
    id: str = ""
    title: str = ""
    error: str = ""


def add(
    sources: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SOURCE…",
            help="Files, folders or URLs. - reads one article from standard input.",
        ),
    ] = None,
    listing: ListingOption = None,
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Add articles to the library.

    Articles that were added before are skipped, so an interrupted run can be repeated. Failures
    are listed at the end.
    """
    with report_errors(debug):
        names = [*(sources or []), *(read_listing(listing) if listing else [])]
        if not names:
            raise InputError(
                "Nothing to add was given. "
                "Name files, folders or URLs, or a list of them with --from."
            )
        library, fetcher = open_reembedded_library(data, embeddings), make_fetcher()
        by_location = {
            location: summary
            for summary in library.listed()
            if summary.owner == SHARED and (location := source_location(summary.source))
        }
        _process_sources(
            expand_sources(names),
            lambda source: _add_source(source, library, fetcher, by_location),
            as_json,
        )


def refresh(
    articles: OptionalArticlesArgument = None,
    every: Annotated[
        bool, typer.Option("--all", help="All articles that come from a file or a URL.")
    ] = False,
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Load articles from their sources again.

    If a text has changed, a new version replaces the article. Quotes of the old version stay valid.
    """
    with report_errors(debug):
        if bool(articles) == every:
            raise InputError("No article was given. Name the articles to refresh, or use --all.")
        library, fetcher = open_reembedded_library(data, embeddings), make_fetcher()
        summaries = library.listed()
        selection = [find_article(summaries, name) for name in articles or []] or [
            summary for summary in summaries if source_location(summary.source)
        ]
        by_id = {summary.id: summary for summary in selection}
        _process_sources(
            list(by_id),
            lambda article_id: _refresh_article(by_id[article_id], library, fetcher),
            as_json,
        )


def _add_source(
    source: str, library: Library, fetcher: Fetcher, by_location: dict[str, ArticleSummary]
) -> Outcome:
    """Add an article, or replace it if it is in the library and its text has changed.

    Args:
        source: a file, a URL, or - for standard input.
        library: the library to add to.
        fetcher: loads URLs.
        by_location: the articles of the library by file or URL. Updated with the result.
    """
    previous = by_location.get(source)
    if previous and not _has_changed(source, previous):
        return Outcome(source, "there", previous.id, previous.title)
    article = (
        load_bytes(sys.stdin.buffer.read(), "standard input")
        if source == "-"
        else load(source, fetcher)
    )
    previous = previous or by_location.get(article.source)  # after a redirect
    status: Status = (
        "there" if library.store.has(article.id) else "changed" if previous else "added"
    )
    current = (
        library.replace(previous.id, article)
        if status == "changed" and previous
        else library.add(article)
    )
    if location := source_location(current.source):
        by_location[location] = next(
            summary for summary in library.listed() if summary.id == current.id
        )
    return Outcome(source, status, current.id, current.title)


def _has_changed(source: str, previous: ArticleSummary) -> bool:
    """Return whether a file was written after it was added.

    Always false for a URL: only `refresh` loads URLs again.
    """
    try:
        loaded = max(previous.added, previous.retrieved)
        return (
            not is_address(source)
            and Path(source).stat().st_mtime >= datetime.fromisoformat(loaded).timestamp()
        )
    except OSError:
        return True  # loading the file will report the error


def _refresh_article(summary: ArticleSummary, library: Library, fetcher: Fetcher) -> Outcome:
    """Load an article again and replace it if its text has changed.

    Raises:
        ArticleError: the article has no source, or the source cannot be loaded.
    """
    location = source_location(summary.source)
    if not location:
        raise ArticleError(
            f"{summary.title or summary.id} was not loaded from a file or "
            "URL, so it cannot be refreshed. Add its new text instead."
        )
    article: Article = load(location, fetcher)
    current = library.replace(summary.id, article)
    status: Status = "unchanged" if current.id == summary.id else "changed"
    return Outcome(location, status, current.id, current.title)


def _process_sources(sources: list[str], process: Callable[[str], Outcome], as_json: bool) -> None:
    """Process each source and print the outcomes; continue after failures and list them last.

    Raises:
        typer.Exit: at least one source failed.
    """
    outcomes = []
    for source in _show_progress(sources):
        try:
            outcome = process(source)
        except ArticleError as error:
            outcome = Outcome(source, "failed", error=str(error))
        outcomes.append(outcome)
        if not as_json and outcome.status != "failed":
            with tqdm.external_write_mode():
                print_text(f"{outcome.status}  {outcome.id}  {outcome.title}")
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if as_json:
        echo_json([asdict(outcome) for outcome in outcomes])
    if failed:
        print_text(
            "\n".join(
                [
                    f"{len(failed)} of {len(outcomes)} failed:",
                    *(f"  {outcome.error}" for outcome in failed),
                ]
            ),
            err=True,
        )
        raise typer.Exit(EXIT_STATUS_FAILED)


def _show_progress(sources: Iterable[str]) -> Iterator[str]:
    """Yield the sources with a progress bar on standard error, if that is a terminal."""
    with tqdm(
        list(sources), leave=False, disable=not sys.stderr.isatty(), unit="article"
    ) as progress_bar:
        for source in progress_bar:
            progress_bar.set_description(source[-40:])
            yield source
