"""Share error reports, progress bars and output functions between commands."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import typer
from tqdm import tqdm

from index.errors import AssistantError

__all__ = [
    "echo_json",
    "print_results",
    "print_text",
    "report_errors",
    "show_progress_bar",
]


@contextmanager
def report_errors(debug: bool) -> Iterator[None]:
    """Report an exception as one line and exit; show its traceback only if `debug` is set.

    Raises:
        typer.Exit: with the status of the error.
    """
    logging.basicConfig(
        level=logging.INFO if debug else logging.ERROR, format="%(levelname)s %(name)s: %(message)s"
    )
    try:
        yield
    except AssistantError as error:
        if debug:
            raise
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(error.exit_status) from error
    except KeyboardInterrupt as error:
        raise typer.Exit(130) from error
    except Exception as error:  # click exits quietly after a BrokenPipeError
        if debug or isinstance(error, (typer.Exit, typer.Abort, BrokenPipeError)):
            raise
        message = " ".join(str(error).split())[:300]
        typer.echo(
            f"Error: {type(error).__name__}: {message} (run again with --debug for details)",
            err=True,
        )
        raise typer.Exit(1) from error


@contextmanager
def show_progress_bar() -> Iterator[Callable[[str, float], None]]:
    """Show a progress bar on standard error, if that is a terminal.

    Yields:
        A function that takes the name of the current step and its progress from 0 to 1.
    """
    with tqdm(
        total=1.0,
        bar_format="{desc}: {percentage:3.0f}% {bar}",
        leave=False,
        disable=not sys.stderr.isatty(),
    ) as progress_bar:

        def progress(step: str, share: float) -> None:
            progress_bar.set_description(step, refresh=False)
            progress_bar.n = share
            progress_bar.refresh()

        yield progress


def print_text(line: str, *, err: bool = False) -> None:
    """Print a line without control characters.

    Titles and texts come from other people, so they must not contain terminal escape sequences.
    """
    printable = "".join(
        character if character.isprintable() or character in "\n\t" else " " for character in line
    )
    typer.echo(printable, err=err)


def echo_json(value: object) -> None:
    """Print a value as JSON.

    Letters are not escaped. Lone surrogates, which UTF-8 cannot encode, become JSON escapes.
    """
    text = json.dumps(value, ensure_ascii=False, indent=2)
    typer.echo(text.encode("utf-8", "backslashreplace").decode("utf-8"))


def print_results(results: Sequence[dict[str, str]], as_json: bool) -> None:
    """Print the status, the ID and the title of articles that were changed, one per line."""
    if as_json:
        echo_json(results)
        return
    for result in results:
        print_text(f"{result['status']}  {result['id']}  {result['title']}")
