"""Declare the options and arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from assistant import __version__

__all__ = [
    "AllOption",
    "ArticleArgument",
    "ArticleOption",
    "ArticlesArgument",
    "DataOption",
    "DebugOption",
    "EmbeddingsOption",
    "ExportOption",
    "InOption",
    "JsonOption",
    "ListingOption",
    "ModelOption",
    "OptionalArticlesArgument",
    "VersionOption",
]


def _print_version(is_requested: bool) -> None:
    """Print the version and exit, if it is requested."""
    if is_requested:
        typer.echo(f"article-assistant {__version__}")
        raise typer.Exit


_ARTICLES = typer.Argument(metavar="ARTICLE…", help="Article IDs, beginnings of IDs, or titles.")

AllOption = Annotated[bool, typer.Option("--all", help="Search all articles of the library.")]
ArticleArgument = Annotated[
    str, typer.Argument(metavar="ARTICLE", help="Article ID, the beginning of an ID, or a title.")
]
ArticleOption = Annotated[
    str,
    typer.Option(
        "--article",
        "-a",
        metavar="FILE",
        help="Article to use: a file or a URL. - reads standard input.",
    ),
]
ArticlesArgument = Annotated[list[str], _ARTICLES]
DataOption = Annotated[
    Path | None, typer.Option("--data", help="Data folder, where articles are stored.")
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks and logs.")]
EmbeddingsOption = Annotated[
    str,
    typer.Option(
        "--embeddings",
        help=(
            "Embeddings: `embedded`, a sentence-transformers folder, `provider:name`, or the URL "
            "of a server. If you change them, all articles are embedded again."
        ),
    ),
]
ExportOption = Annotated[
    Path | None,
    typer.Option(
        "--export",
        metavar="FILE",
        help="Write questions and answers to a .md, .html, .json or .docx file.",
    ),
]
InOption = Annotated[
    list[str] | None,
    typer.Option(
        "--in",
        metavar="ARTICLE",
        help="Article ID or title in the library. Repeat to search several articles.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
ListingOption = Annotated[
    Path | None,
    typer.Option("--from", metavar="FILE", help="Text file that lists sources, one per line."),
]
ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        help=(
            "Language model: `embedded`, `none` (quotes only), `provider:name`, the URL of a "
            "server, a GGUF file or an OpenVINO folder."
        ),
    ),
]
OptionalArticlesArgument = Annotated[list[str] | None, _ARTICLES]
VersionOption = Annotated[
    bool,
    typer.Option(
        "--version", callback=_print_version, is_eager=True, help="Show the version and exit."
    ),
]
