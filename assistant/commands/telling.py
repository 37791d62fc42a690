"""What all commands share: their options, how failures are told, progress, JSON, and text that a terminal may show."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from tqdm import tqdm

from index.errors import AssistantError

__all__ = ["DataOption", "DebugOption", "EmbeddingsOption", "JsonOption", "bar", "echo", "echo_json", "told"]

DataOption = Annotated[Path | None, typer.Option("--data", help="Folder that articles are kept in.")]
EmbeddingsOption = Annotated[
    str,
    typer.Option(
        "--embeddings",
        help="`embedded`, a folder of sentence-transformers, `provider:name`, or a server's address. A change embeds all anew.",
    ),
]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks and logs.")]
JsonOption = Annotated[bool, typer.Option("--json", help="The result as JSON.")]


@contextmanager
def told(debug: bool) -> Iterator[None]:
    """Failures become one line and an exit status; a traceback only with --debug."""
    logging.basicConfig(level=logging.INFO if debug else logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    try:
        yield
    except AssistantError as error:
        if debug:
            raise
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(error.exit_status) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(130) from error
    except Exception as error:  # whoever reads a pipe may stop reading: click ends quietly then
        if debug or isinstance(error, (typer.Exit, typer.Abort, BrokenPipeError)):
            raise
        words = " ".join(str(error).split())[:300]
        typer.echo(f"Error: {type(error).__name__}: {words} (run again with --debug for details)", err=True)
        raise typer.Exit(1) from error


@contextmanager
def bar() -> Iterator[Callable[[str, float], None]]:
    """A progress bar on standard error while a long step lasts, only where a person looks on."""
    with tqdm(total=1.0, bar_format="{desc}: {percentage:3.0f}% {bar}", leave=False, disable=not sys.stderr.isatty()) as shown:

        def progress(step: str, share: float) -> None:
            shown.set_description(step, refresh=False)
            shown.n = share
            shown.refresh()

        yield progress


def echo(line: str, *, err: bool = False) -> None:
    """A line without what would steer the terminal: titles and texts are other people's."""
    seen = "".join(character if character.isprintable() or character in "\n\t" else " " for character in line)
    typer.echo(seen, err=err)


def echo_json(value: object) -> None:
    """Letters as they are; halves of characters, which no encoding takes, as JSON's own escapes."""
    written = json.dumps(value, ensure_ascii=False, indent=2)
    typer.echo(written.encode("utf-8", "backslashreplace").decode("utf-8"))
