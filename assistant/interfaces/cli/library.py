"""Define `article-assistant library …`, the commands that manage the stored articles."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from assistant.interfaces.cli import library_add, library_export, library_index, library_move
from assistant.interfaces.cli.console import (
    echo_json,
    print_results,
    print_text,
    report_errors,
)
from assistant.interfaces.cli.lookup import find_article, open_library, open_store
from assistant.interfaces.cli.options import (
    ArticleArgument,
    ArticlesArgument,
    DataOption,
    DebugOption,
    JsonOption,
)
from index.storage.duplicates import MIN_SHARED_SHARE, duplicates
from index.storage.library import RESTORE_PERIOD
from index.storage.store import ArticleSummary
from index.storage.text_search import search_texts

__all__ = ["app"]

MAX_HITS = 50  # of a search

app = typer.Typer(
    help="Manage the library. Use `ask --in` or `ask --all` to ask about its articles.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("add")(library_add.add)
app.command("refresh")(library_add.refresh)
app.command("index")(library_index.index)
app.command("export")(library_export.export_library)
app.command("import")(library_export.import_library)
app.command("move")(library_move.move_library)


@app.command("list")
def list_articles(
    removed: Annotated[
        bool, typer.Option("--removed", help="List removed articles that can be restored.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List the articles, oldest first: ID, date added, number of words, title, owner if private."""
    with report_errors(debug), open_store(data) as store:
        summaries = store.listed(removed=removed)
        if as_json:
            echo_json([asdict(summary) for summary in summaries])
            return
        for summary in summaries:
            print_text(_format_line(summary))
        if not summaries:
            print_text(
                "No articles. `article-assistant library add` adds files, folders and URLs.",
                err=True,
            )


@app.command()
def show(
    article: ArticleArgument,
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show the metadata of an article, then its text."""
    with report_errors(debug), open_store(data) as store:
        summary = find_article(store.listed(), article)
        text = store.get(summary.id).text
        if as_json:
            echo_json({**asdict(summary), "text": text})
            return
        for name, value in asdict(summary).items():
            shown = ", ".join(value) if name == "tags" else value
            if shown not in ("", None):
                print_text(f"{name}: {shown}")
        print_text(f"\n{text}")


@app.command()
def rename(
    article: ArticleArgument,
    title: Annotated[str, typer.Argument(help="The new title.")],
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Change the title of an article. Its ID and its quotes stay valid."""
    with report_errors(debug):
        library = open_library(data)
        renamed = library.rename(find_article(library.listed(), article).id, title)
        print_results([{"id": renamed.id, "title": renamed.title, "status": "renamed"}], as_json)


@app.command()
def tag(
    article: ArticleArgument,
    add: Annotated[
        list[str] | None,
        typer.Option("--add", metavar="TAG", help="Add a tag. Repeat for several."),
    ] = None,
    remove: Annotated[
        list[str] | None,
        typer.Option("--remove", metavar="TAG", help="Remove a tag. Repeat for several."),
    ] = None,
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Show the tags of an article, or change them."""
    with report_errors(debug):
        library = open_library(data)
        summary = find_article(library.listed(), article)
        removed = {name.casefold() for name in remove or ()}
        tags = [name for name in summary.tags if name.casefold() not in removed]
        tags = library.set_tags(summary.id, [*tags, *(add or ())])
        if as_json:
            echo_json(tags)
        for name in () if as_json else tags:
            print_text(name)


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help="The words to look for, in any form.")],
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Search the texts for words. Show one sentence of each article that has all of them."""
    with report_errors(debug), open_store(data) as store:
        hits = search_texts(store, " ".join(words), MAX_HITS)
        if as_json:
            echo_json([asdict(hit) for hit in hits])
            return
        titles = {summary.id: summary.title for summary in store.listed()}
        for hit in hits:
            print_text(f"{hit.article_id}  {titles[hit.article_id]}\n    {hit.text}")
        if not hits:
            print_text("No article has all of these words.", err=True)


@app.command()
def remove(
    articles: ArticlesArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")] = False,
    forever: Annotated[
        bool, typer.Option("--forever", help="Delete permanently, without a way to restore.")
    ] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Remove articles. `restore` brings them back within 30 days, unless --forever is set."""
    with report_errors(debug):
        library = open_library(data)
        candidates = library.listed() + (library.listed(removed=True) if forever else [])
        matches = [find_article(candidates, name) for name in articles]
        summaries = list({summary.id: summary for summary in matches}.values())
        if not yes:
            for summary in summaries:
                print_text(_format_line(summary), err=True)
            typer.confirm("Remove for good?" if forever else "Remove?", abort=True, err=True)
        for summary in summaries:
            library.remove(summary.id, forever=forever)
        print_results(_make_results(summaries, "removed"), as_json)
        if not forever:
            print_text(
                "`article-assistant library restore` brings back what was removed, "
                f"for {RESTORE_PERIOD.days} days.",
                err=True,
            )


@app.command()
def restore(
    articles: ArticlesArgument,
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Restore removed articles."""
    with report_errors(debug):
        library = open_library(data)
        removed = library.listed(removed=True)
        summaries = [find_article(removed, name) for name in articles]
        for summary in summaries:
            library.restore(summary.id)
        print_results(_make_results(summaries, "restored"), as_json)


@app.command("duplicates")
def list_duplicates(
    share: Annotated[
        float,
        typer.Option(
            help="Minimum share of the shorter article's sentences that the other one contains.",
            min=0.1,
            max=1.0,
        ),
    ] = MIN_SHARED_SHARE,
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Find pairs of articles with the same or nearly the same text.

    The share is that of the shorter article's sentences that the other one contains.
    """
    with report_errors(debug), open_store(data) as store:
        summaries = {summary.id: summary for summary in store.listed()}
        pairs = duplicates((store.get(article_id) for article_id in summaries), share)
        if as_json:
            echo_json(
                [
                    {
                        "share": pair.share,
                        "articles": [
                            asdict(summaries[article_id])
                            for article_id in (pair.first, pair.second)
                        ],
                    }
                    for pair in pairs
                ]
            )
            return
        for pair in pairs:
            print_text(
                f"{pair.share:4.0%}  {_format_line(summaries[pair.first])}\n"
                f"      {_format_line(summaries[pair.second])}"
            )
        if not pairs:
            print_text("No two articles say the same.", err=True)


def _format_line(summary: ArticleSummary) -> str:
    """Return the line of an article in a list."""
    title = " ".join(summary.title.split())
    owner = f"  (private: {summary.owner})" if summary.owner else ""
    return f"{summary.id}  {summary.added[:10]}  {summary.words:>8,}  {title}{owner}"


def _make_results(summaries: list[ArticleSummary], status: str) -> list[dict[str, str]]:
    """Return results for `print_results` with the same status for all articles."""
    return [{"id": summary.id, "title": summary.title, "status": status} for summary in summaries]
