"""The command line: `ask`, `chat`, `serve`, `feedback` and `prepare`.

Exit status: 0 answered, 3 the article does not say, 2 bad input, 1 failure.
"""

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

from index.article import Article
from index.errors import AssistantError, InputError
from index.loaders import BUNDLED, load, load_bytes

from .answer import Answer, Stage, Words
from .assistant import Assistant
from .export import exported, format_of
from .feedback import Feedback
from .followup import History
from .settings import get_settings

__all__ = ["app", "main"]

NOT_STATED = 3

app = typer.Typer(
    name="article-assistant",
    help="Ask an article; get a short answer with exact quotes, or be told that it does not say.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)

ArticleOption = Annotated[str, typer.Option("--article", "-a", metavar="FILE", help="The article; - reads standard input.")]
ModelOption = Annotated[str, typer.Option("--model", "-m", help="`embedded`, `none` (quotes alone), or `provider:name`.")]
DataOption = Annotated[Path | None, typer.Option("--data", help="Folder that articles are kept in.")]
DebugOption = Annotated[bool, typer.Option("--debug", help="Show tracebacks and logs.")]


def main() -> None:
    """The console script."""
    app()


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know; - reads it from standard input.")],
    article: ArticleOption = "",
    model: ModelOption = "",
    data: DataOption = None,
    history: Annotated[Path | None, typer.Option("--history", metavar="FILE", help='JSON: [["question", "answer"], …]')] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole answer as JSON.")] = False,
    debug: DebugOption = False,
) -> None:
    """Answer one question, with its quotes and their positions."""
    with _told(debug):
        if question == "-" and article == "-":
            raise InputError("Only one of the question and the article can come from standard input.")
        question = sys.stdin.read() if question == "-" else question
        before = _history(history) if history else ()
        assistant = _open(article, model, data, read_ahead=False)
        with _bar() as progress:
            assistant.load(progress)
        answer = assistant.ask(question, before)
        _warn_of_trouble(assistant)
        typer.echo(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2) if as_json else _printed(answer))
        raise typer.Exit(0 if answer.answered else NOT_STATED)


@app.command()
def chat(
    article: ArticleOption = "",
    model: ModelOption = "",
    data: DataOption = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write the talk to a .md, .html or .json.")
    ] = None,
    debug: DebugOption = False,
) -> None:
    """Talk about an article in the terminal; an empty line or Ctrl-D ends it."""
    with _told(debug):
        form = format_of(export) if export else None
        assistant = _open(article, model, data)
        with _bar() as progress:
            assistant.load(progress)
        _warn_of_trouble(assistant)
        typer.echo(f"{assistant.article.title}. Ask; an empty line ends.")
        history: list[tuple[str, Answer]] = []
        while question := _asked():
            try:
                history.append((question, _talk(assistant, question, history)))
            except InputError as error:
                typer.echo(str(error), err=True)
            except KeyboardInterrupt:
                typer.echo("\n(stopped)", err=True)
        if export and form:
            _write(export, exported(history, assistant.articles, form))


@app.command()
def serve(
    article: ArticleOption = "",
    model: ModelOption = "",
    data: DataOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=-1, max=65535)] = -1,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = False,
    debug: DebugOption = False,
) -> None:
    """Open the page."""
    with _told(debug):
        from app import serve as serve_page

        settings = get_settings()
        opened = _article(article)
        serve_page(
            opened,
            model=model or settings.model,
            data=data or settings.data,
            host=host or settings.host,
            port=settings.port if port < 0 else port,
            open_browser=open_browser,
        )


@app.command()
def feedback(
    data: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="All that is kept, as JSON.")] = False,
    debug: DebugOption = False,
) -> None:
    """List what readers of the page thought of its answers."""
    with _told(debug):
        given = Feedback(data or get_settings().data).all()
        if as_json:
            typer.echo(json.dumps([one.to_dict() for one in given], ensure_ascii=False, indent=2))
        for one in () if as_json else given:
            typer.echo(one)
        if not given:
            typer.echo("No one has judged an answer yet.", err=True)


@app.command()
def prepare(debug: DebugOption = False) -> None:
    """Convert the embedded language model into the cache now, rather than at the first question."""
    with _told(debug):
        from .models import weights

        with _bar() as progress:
            folder = weights.prepare(get_settings().cache, progress)
        typer.echo(f"{weights.NAME} is ready in {folder}", err=True)


@contextmanager
def _told(debug: bool) -> Iterator[None]:
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
    except Exception as error:
        if debug or isinstance(error, (typer.Exit, typer.Abort)):
            raise
        words = " ".join(str(error).split())[:300]
        typer.echo(f"Error: {type(error).__name__}: {words} (run again with --debug for details)", err=True)
        raise typer.Exit(1) from error


def _open(article: str, model: str, data: Path | None, read_ahead: bool = True) -> Assistant:
    with _bar() as progress:
        return Assistant.open(_article(article), model=model or None, data=data, read_ahead=read_ahead, progress=progress)


def _article(name: str) -> Article:
    if name == "-":
        return load_bytes(sys.stdin.buffer.read(), "standard input")
    return load(name or BUNDLED)


@contextmanager
def _bar() -> Iterator[Callable[[str, float], None]]:
    """A progress bar on standard error while a long step lasts, only where a person looks on."""
    with tqdm(total=1.0, bar_format="{desc}: {percentage:3.0f}% {bar}", leave=False, disable=not sys.stderr.isatty()) as bar:

        def progress(step: str, share: float) -> None:
            bar.set_description(step, refresh=False)
            bar.n = share
            bar.refresh()

        yield progress


def _warn_of_trouble(assistant: Assistant) -> None:
    if assistant.trouble:
        typer.echo(f"{assistant.trouble} Answering with quotes alone.", err=True)


def _history(path: Path) -> History:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        if not (isinstance(rows, list) and all(isinstance(row, list) for row in rows)):
            raise ValueError("not a list of pairs")
        return [(str(question), str(answer)) for question, answer in rows]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f'The history {path} cannot be read ({error}). It is JSON: [["question", "answer"], …].') from error


def _printed(answer: Answer) -> str:
    lines = [*([] if answer.quotes_alone else [answer.text]), *(f"({note})" for note in answer.notes)]
    for quote in answer.quotes:
        lines.append(f"  [{quote.number}] “{' '.join(quote.text.split())}” ({quote.start}–{quote.end})")
    if answer.nearest:
        near = answer.nearest
        lines.append(
            f"  The nearest passage, which does not answer it: “{' '.join(near.text.split())}” ({near.start}–{near.end})"
        )
    return "\n".join(lines)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"The talk cannot be written to {path} ({error.strerror}). Name another file.") from error


def _asked() -> str:
    try:
        return input("\n> ").strip()
    except EOFError:
        return ""


def _talk(assistant: Assistant, question: str, history: History) -> Answer:
    """Print words as they come, then what the answer adds to them."""
    shown = ""
    for event in assistant.stream(question, history):
        if isinstance(event, Words):
            shown += event.text
            print(event.text, end="", flush=True)
        elif isinstance(event, Answer):
            whole = _printed(event)
            print(whole[len(shown) :] if whole.startswith(shown) else f"\n{whole}")
            return event
        elif isinstance(event, Stage) and sys.stderr.isatty() and not shown:
            print(f"{event.name} …", end="\r", file=sys.stderr, flush=True)
    raise AssertionError("a stream ends with an answer")
