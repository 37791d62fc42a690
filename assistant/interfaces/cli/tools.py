"""Define the commands `mcp` and `doctor`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from assistant.accounts.accounts import open_accounts
from assistant.interfaces.cli.console import echo_json, report_errors
from assistant.interfaces.cli.lookup import open_reembedded_library
from assistant.interfaces.cli.options import (
    DataOption,
    DebugOption,
    EmbeddingsOption,
    JsonOption,
    ModelOption,
)
from assistant.interfaces.listener import check_host
from assistant.settings import get_settings
from index.errors import InputError

__all__ = ["add_commands"]

STATE_LABELS = {"good": "ok   ", "note": "note ", "wrong": "WRONG"}


def add_commands(app: typer.Typer) -> None:
    """Add the commands of this module to an application."""
    app.command()(doctor)
    app.command()(mcp)


def mcp(
    http: Annotated[
        bool,
        typer.Option("--http", help="Use streamable HTTP instead of standard input and output."),
    ] = False,
    host: Annotated[str, typer.Option(help="Address to listen on, with --http.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port, with --http. 0 selects a free port.", min=0, max=65535)
    ] = 8765,
    folder: Annotated[
        list[Path] | None,
        typer.Option("--folder", help="Allow files in this folder to be added. Can be repeated."),
    ] = None,
    addresses: Annotated[bool, typer.Option("--addresses", help="Allow URLs to be added.")] = False,
    model: ModelOption = "",
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    debug: DebugOption = False,
) -> None:
    """Serve the library over the Model Context Protocol."""
    with report_errors(debug):
        try:
            from assistant.interfaces import mcp as protocol
        except ImportError as error:
            raise InputError(
                "MCP needs a package: run `pip install 'article-assistant[mcp]'`."
            ) from error
        from assistant.models import make_model

        settings = get_settings()
        if http:  # before anything is loaded
            check_host(host, is_allowed=settings.allow_public, has_accounts=settings.accounts)
        language_model = make_model(model or settings.model, settings.cache, settings)
        accounts = open_accounts(data or settings.data, settings) if http else None
        library = open_reembedded_library(data, embeddings)
        server = protocol.create_server(
            library,
            language_model,
            settings=settings,
            folders=folder or (),
            addresses=addresses,
            sees_all=not http,
        )
        if http:
            protocol.serve_http(server, host, port, accounts, settings)
        else:
            server.run("stdio")


def doctor(
    model: ModelOption = "",
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Check this installation and suggest how to fix problems.

    The exit status is 1 if something required is missing.
    """
    with report_errors(debug):
        from assistant.interfaces.cli.doctor import run_checks

        options = {"model": model or None, "embeddings": embeddings or None, "data": data}
        settings = get_settings().model_copy(
            update={name: value for name, value in options.items() if value is not None}
        )
        checks = []
        for check in run_checks(settings):
            checks.append(check)
            if not as_json:
                typer.echo(
                    f"{STATE_LABELS[check.state]}  {check.name}: {check.found}"
                    + (f"\n       {check.todo}" if check.todo else "")
                )
        if as_json:
            echo_json([asdict(check) for check in checks])
        raise typer.Exit(int(any(check.state == "wrong" for check in checks)))
