"""`article-assistant library …`: the articles that are kept, listed, shown, renamed, removed and brought back."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from index.duplicates import MOSTLY, duplicates
from index.library import PATIENCE
from index.store import Listed

from . import adding, packing
from .finding import find, library_of, reading
from .telling import DataOption, DebugOption, JsonOption, echo, echo_json, told

__all__ = ["app"]

app = typer.Typer(
    help="The library: articles that are kept, to be asked with `ask --in` or `ask --all`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command("add")(adding.add)
app.command("refresh")(adding.refresh)
app.command("export")(packing.export_library)
app.command("import")(packing.import_library)

Names = Annotated[list[str], typer.Argument(metavar="ARTICLE…", help="Its id, the beginning of its id, or its title.")]
Name = Annotated[str, typer.Argument(metavar="ARTICLE", help="Its id, the beginning of its id, or its title.")]


@app.command("list")
def list_articles(
    removed: Annotated[bool, typer.Option("--removed", help="Those that were removed and can be restored.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """List the articles, oldest first: id, day it was added, words, title."""
    with told(debug), reading(data) as store:
        listed = store.listed(removed=removed)
        if as_json:
            echo_json([asdict(one) for one in listed])
            return
        for one in listed:
            echo(_line(one))
        if not listed:
            echo("No articles. `article-assistant library add` adds files, folders and addresses.", err=True)


@app.command()
def show(article: Name, data: DataOption = None, as_json: JsonOption = False, debug: DebugOption = False) -> None:
    """Show what is known of an article, then its text."""
    with told(debug), reading(data) as store:
        listed = find(store.listed(), article)
        text = store.get(listed.id).text
        if as_json:
            echo_json({**asdict(listed), "text": text})
            return
        for name, value in asdict(listed).items():
            if value not in ("", None):
                echo(f"{name}: {value}")
        echo(f"\n{text}")


@app.command()
def rename(
    article: Name,
    title: Annotated[str, typer.Argument(help="The title that it is shown under from now on.")],
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Give an article another title. Its id stays, and its quotes hold."""
    with told(debug):
        library = library_of(data)
        renamed = library.rename(find(library.listed(), article).id, title)
        _report([{"id": renamed.id, "title": renamed.title, "status": "renamed"}], as_json)


@app.command()
def remove(
    articles: Names,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    forever: Annotated[bool, typer.Option("--forever", help="At once and for good.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Remove articles; `restore` brings them back within 30 days, unless removed forever."""
    with told(debug):
        library = library_of(data)
        listed = library.listed() + (library.listed(removed=True) if forever else [])
        found = list({one.id: one for one in (find(listed, name) for name in articles)}.values())
        if not yes:
            for one in found:
                echo(_line(one), err=True)
            typer.confirm("Remove for good?" if forever else "Remove?", abort=True, err=True)
        for one in found:
            library.remove(one.id, forever=forever)
        _report([{"id": one.id, "title": one.title, "status": "removed"} for one in found], as_json)
        if not forever:
            echo(f"`article-assistant library restore` brings back what was removed, for {PATIENCE.days} days.", err=True)


@app.command()
def restore(articles: Names, data: DataOption = None, as_json: JsonOption = False, debug: DebugOption = False) -> None:
    """Bring back articles that were removed."""
    with told(debug):
        library = library_of(data)
        removed = library.listed(removed=True)
        found = [find(removed, name) for name in articles]
        for one in found:
            library.restore(one.id)
        _report([{"id": one.id, "title": one.title, "status": "restored"} for one in found], as_json)


@app.command("duplicates")
def list_duplicates(
    share: Annotated[
        float, typer.Option(help="Of the shorter one's sentences, how many the other has.", min=0.1, max=1.0)
    ] = MOSTLY,
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Find articles that say the same, or nearly: pairs, and the share of the shorter one that the other has."""
    with told(debug), reading(data) as store:
        listed = {one.id: one for one in store.listed()}
        found = duplicates((store.get(article_id) for article_id in listed), share)
        if as_json:
            echo_json(
                [{"share": one.share, "articles": [asdict(listed[key]) for key in (one.first, one.second)]} for one in found]
            )
            return
        for one in found:
            echo(f"{one.share:4.0%}  {_line(listed[one.first])}\n      {_line(listed[one.second])}")
        if not found:
            echo("No two articles say the same.", err=True)


def _line(one: Listed) -> str:
    return f"{one.id}  {one.added[:10]}  {one.words:>8,}  {' '.join(one.title.split())}"


def _report(results: list[dict[str, str]], as_json: bool) -> None:
    if as_json:
        echo_json(results)
        return
    for one in results:
        echo(f"{one['status']}  {one['id']}  {one['title']}")
