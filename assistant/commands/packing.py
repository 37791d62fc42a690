"""`library export` and `library import`: the whole library, or some of it, as one file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from index.bundle import Bundle, write_bundle
from index.errors import InputError

from .finding import embedding_library_of, find, reading
from .telling import DataOption, DebugOption, EmbeddingsOption, JsonOption, bar, echo, echo_json, told

__all__ = ["export_library", "import_library"]

File = Annotated[Path, typer.Argument(metavar="FILE", help="One file, a ZIP archive.")]


def export_library(
    file: File,
    articles: Annotated[list[str] | None, typer.Argument(metavar="ARTICLE…", help="Ids or titles; by default all.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Write articles into one file, from which another library can import them."""
    with told(debug), reading(data) as store:
        if file.exists() and not force:
            raise InputError(f"{file} is there already. Choose another file, or write over it with --force.")
        listed = store.listed()
        chosen = [find(listed, name).id for name in articles] if articles else [one.id for one in listed]
        count = write_bundle(store, dict.fromkeys(chosen), file)
        if as_json:
            echo_json({"file": str(file), "articles": count, "bytes": file.stat().st_size})
        else:
            echo(f"{file}: {count} {'article' if count == 1 else 'articles'}, {file.stat().st_size / 1e6:.1f} MB")


def import_library(
    file: File,
    paths: Annotated[
        bool, typer.Option("--paths", help="The file is your own: keep whole paths of files, which `refresh` reads.")
    ] = False,
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Add the articles of an exported library. What is there already is left as it is."""
    with told(debug):
        bundle = Bundle(file, paths=paths)
        library = embedding_library_of(data, embeddings)
        results = []
        with bar() as progress:
            progress("importing", 0.0)
            for number, (kept, status) in enumerate(bundle.into(library), 1):
                results.append({"id": kept.id, "title": kept.title, "status": status})
                progress("importing", number / len(bundle))
        if as_json:
            echo_json(results)
        else:
            for one in results:
                echo(f"{one['status']}  {one['id']}  {one['title']}")
