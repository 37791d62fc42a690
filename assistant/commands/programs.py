"""Commands for other programs, and about this one: `mcp` and `doctor`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from index.errors import InputError

from ..settings import get_settings
from .finding import embedding_library_of
from .telling import DataOption, DebugOption, EmbeddingsOption, JsonOption, echo_json, told

__all__ = ["ModelOption", "add_to"]

ModelOption = Annotated[
    str,
    typer.Option(
        "--model",
        "-m",
        help="`embedded`, `none` (quotes alone), `provider:name`, a server's address, or a GGUF file or OpenVINO folder.",
    ),
]
SIGNS = {"good": "ok   ", "note": "note ", "wrong": "WRONG"}


def add_to(app: typer.Typer) -> None:
    """Make them commands of the program."""
    app.command()(doctor)
    app.command()(mcp)


def mcp(
    http: Annotated[bool, typer.Option("--http", help="Streamable HTTP rather than standard input and output.")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on, with --http.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port, with --http; 0 takes a free one.", min=0, max=65535)] = 8765,
    folder: Annotated[list[Path] | None, typer.Option("--folder", help="Files below it may be added; may be repeated.")] = None,
    addresses: Annotated[bool, typer.Option("--addresses", help="Web addresses may be added.")] = False,
    model: ModelOption = "",
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    debug: DebugOption = False,
) -> None:
    """Offer the library to other programs' models over the Model Context Protocol."""
    with told(debug):
        try:
            from .. import protocol
        except ImportError as error:
            raise InputError("MCP needs a package: run `pip install 'article-assistant[mcp]'`.") from error
        from ..models import make_model

        settings = get_settings()
        made = make_model(model or settings.model, settings.cache, settings)
        library = embedding_library_of(data, embeddings)
        server = protocol.create(library, made, settings=settings, folders=folder or (), addresses=addresses)
        protocol.serve_http(server, host, port) if http else server.run("stdio")


def doctor(
    model: ModelOption = "",
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Check this installation, and say what to do where something is missing. Status 1: something needed is wrong."""
    with told(debug):
        from ..doctor import examine

        given = {"model": model or None, "embeddings": embeddings or None, "data": data}
        settings = get_settings().model_copy(update={name: value for name, value in given.items() if value is not None})
        checks = []
        for check in examine(settings):
            checks.append(check)
            if not as_json:
                typer.echo(
                    f"{SIGNS[check.state]}  {check.name}: {check.found}" + (f"\n       {check.todo}" if check.todo else "")
                )
        if as_json:
            echo_json([asdict(check) for check in checks])
        raise typer.Exit(int(any(check.state == "wrong" for check in checks)))
