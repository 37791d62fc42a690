"""`library add` and `library refresh`: many sources, one after the other; what fails is told at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from tqdm import tqdm

from index.article import Article
from index.errors import ArticleError, InputError
from index.library import Library
from index.loaders import is_address, load, load_bytes
from index.store import Listed
from index.web import Fetcher

from ..sources import fetcher_of, place_of, sources_in
from .finding import embedding_library_of, find
from .telling import DataOption, DebugOption, EmbeddingsOption, JsonOption, echo, echo_json, told

__all__ = ["add", "refresh"]

Status = Literal["added", "there", "changed", "unchanged", "failed"]
FAILED = 1


@dataclass(frozen=True)
class Outcome:
    """What became of one source."""

    source: str
    status: Status
    id: str = ""
    title: str = ""
    error: str = ""


def add(
    sources: Annotated[
        list[str] | None, typer.Argument(metavar="SOURCE…", help="Files, folders, addresses; - reads one article.")
    ] = None,
    listing: Annotated[
        Path | None, typer.Option("--from", metavar="FILE", help="A text that lists sources, a line each.")
    ] = None,
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Add articles. What is there already is passed over, so that a run that was stopped goes on; what fails is told at the end."""
    with told(debug):
        named = [*(sources or []), *(_lines(listing) if listing else [])]
        if not named:
            raise InputError("Name what to add: files, folders or addresses, or a list of them with --from.")
        library, fetcher = embedding_library_of(data, embeddings), fetcher_of()
        known = {place: one for one in library.listed() if (place := place_of(one.source))}
        _each(sources_in(named), lambda source: _added(source, library, fetcher, known), as_json)


def refresh(
    articles: Annotated[list[str] | None, typer.Argument(metavar="ARTICLE…", help="Ids, beginnings of ids, or titles.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that come from a file or an address.")] = False,
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Load articles from their sources again. A changed text is a new version in the old one's place, whose quotes still hold."""
    with told(debug):
        if bool(articles) == every:
            raise InputError("Name the articles to refresh, or give --all.")
        library, fetcher = embedding_library_of(data, embeddings), fetcher_of()
        listed = library.listed()
        chosen = [find(listed, name) for name in articles or []] or [one for one in listed if place_of(one.source)]
        by_id = {one.id: one for one in chosen}
        _each(list(by_id), lambda article_id: _refreshed(by_id[article_id], library, fetcher), as_json)


def _added(source: str, library: Library, fetcher: Fetcher, known: dict[str, Listed]) -> Outcome:
    before = known.get(source)
    if before and not _changed_since(source, before):
        return Outcome(source, "there", before.id, before.title)
    article = load_bytes(sys.stdin.buffer.read(), "standard input") if source == "-" else load(source, fetcher)
    before = before or known.get(article.source)  # an address that leads to another
    status: Status = "there" if library.store.has(article.id) else "changed" if before else "added"
    kept = library.replace(before.id, article) if status == "changed" and before else library.add(article)
    if place := place_of(kept.source):
        known[place] = next(one for one in library.listed() if one.id == kept.id)
    return Outcome(source, status, kept.id, kept.title)


def _changed_since(source: str, before: Listed) -> bool:
    """Whether a file was written after it was added. What an address gives is looked at again by `refresh` alone."""
    try:
        seen = max(before.added, before.retrieved)
        return not is_address(source) and Path(source).stat().st_mtime >= datetime.fromisoformat(seen).timestamp()
    except OSError:
        return True  # loading it tells what is wrong


def _refreshed(one: Listed, library: Library, fetcher: Fetcher) -> Outcome:
    place = place_of(one.source)
    if not place:
        raise ArticleError(f"{one.title or one.id} comes from no file or address that could be loaded again.")
    article: Article = load(place, fetcher)
    kept = library.replace(one.id, article)
    return Outcome(place, "unchanged" if kept.id == one.id else "changed", kept.id, kept.title)


def _each(sources: list[str], act: Callable[[str], Outcome], as_json: bool) -> None:
    outcomes = []
    for source in _watched(sources):
        try:
            outcome = act(source)
        except ArticleError as error:
            outcome = Outcome(source, "failed", error=str(error))
        outcomes.append(outcome)
        if not as_json and outcome.status != "failed":
            with tqdm.external_write_mode():
                echo(f"{outcome.status}  {outcome.id}  {outcome.title}")
    failed = [outcome for outcome in outcomes if outcome.status == "failed"]
    if as_json:
        echo_json([asdict(outcome) for outcome in outcomes])
    if failed:
        echo("\n".join([f"{len(failed)} of {len(outcomes)} failed:", *(f"  {one.error}" for one in failed)]), err=True)
        raise typer.Exit(FAILED)


def _watched(sources: Iterable[str]) -> Iterator[str]:
    """With a bar on standard error, where a person looks on."""
    with tqdm(list(sources), leave=False, disable=not sys.stderr.isatty(), unit="article") as shown:
        for source in shown:
            shown.set_description(source[-40:])
            yield source


def _lines(listing: Path) -> list[str]:
    """The sources that a text lists; empty lines and those that begin with # are none."""
    try:
        text = sys.stdin.read() if str(listing) == "-" else listing.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"The list {listing} cannot be read ({error}). It is a text with a file or an address a line."
        ) from error
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
