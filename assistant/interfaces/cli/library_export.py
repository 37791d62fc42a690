"""Define `library export` and `library import`, which write and read articles as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant.interfaces.cli.console import (
    echo_json,
    print_results,
    print_text,
    report_errors,
    show_progress_bar,
)
from assistant.interfaces.cli.lookup import find_article, open_reembedded_library, open_store
from assistant.interfaces.cli.options import (
    DataOption,
    DebugOption,
    EmbeddingsOption,
    JsonOption,
)
from index.errors import InputError
from index.storage.bundle import Bundle, write_bundle

__all__ = ["export_library", "import_library"]

FileArgument = Annotated[Path, typer.Argument(metavar="FILE", help="Library file, a ZIP archive.")]


def export_library(
    file: FileArgument,
    articles: Annotated[
        list[str] | None,
        typer.Argument(metavar="ARTICLE…", help="Article IDs or titles. Default: all articles."),
    ] = None,
    private: Annotated[
        bool,
        typer.Option(
            "--private",
            help="Include the private articles of all users. The file does not say whose they "
            "are: who imports it makes them shared.",
        ),
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite an existing file.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Export articles as one file, which another library can import."""
    with report_errors(debug), open_store(data) as store:
        if file.exists() and not force:
            raise InputError(
                f"{file} already exists. Choose another file, or overwrite it with --force."
            )
        summaries = store.listed()
        article_ids = (
            [find_article(summaries, name).id for name in articles]
            if articles
            else [summary.id for summary in summaries if private or not summary.owner]
        )
        left_out = sum(bool(summary.owner) for summary in summaries)
        if left_out and not (private or articles):
            print_text(f"Private articles are left out: {left_out}. --private adds them.", err=True)
        count = write_bundle(store, dict.fromkeys(article_ids), file)
        if as_json:
            echo_json({"file": str(file), "articles": count, "bytes": file.stat().st_size})
        else:
            print_text(
                f"{file}: {count} {'article' if count == 1 else 'articles'}, "
                f"{file.stat().st_size / 1e6:.1f} MB"
            )


def import_library(
    file: FileArgument,
    paths: Annotated[
        bool,
        typer.Option(
            "--paths",
            help="Keep the full paths of source files, for `refresh`. Only for your own exports.",
        ),
    ] = False,
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Import the articles of a library export. Articles that exist already stay unchanged."""
    with report_errors(debug):
        bundle = Bundle(file, keep_paths=paths)
        library = open_reembedded_library(data, embeddings)
        results = []
        with show_progress_bar() as progress:
            progress("importing", 0.0)
            for number, (article, status) in enumerate(bundle.into(library), 1):
                results.append({"id": article.id, "title": article.title, "status": status})
                progress("importing", number / len(bundle))
        print_results(results, as_json)
