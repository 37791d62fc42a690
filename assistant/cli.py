"""The command line: `ask`, `chat`, `serve`, `prepare`, `library …`, `feedback`, `doctor` and `mcp`.

Exit status: 0 answered, 3 the article does not say, 2 bad input, 1 failure.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from index.article import Article
from index.errors import InputError
from index.loaders import BUNDLED, load_bytes

from .answer import Answer, Quote, Stage, Words
from .assistant import Assistant
from .commands import library
from .commands.finding import find, library_of
from .commands.programs import ModelOption, add_to
from .commands.telling import DataOption, DebugOption, EmbeddingsOption, bar, echo_json, told
from .export import exported, format_of
from .feedback import Feedback
from .followup import History
from .settings import get_settings
from .sources import open_source

__all__ = ["app", "main"]

NOT_STATED = 3

app = typer.Typer(
    name="article-assistant",
    help="Ask an article; get a short answer with exact quotes, or be told that it does not say.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)

app.add_typer(library.app, name="library")
add_to(app)

ArticleOption = Annotated[
    str, typer.Option("--article", "-a", metavar="FILE", help="The article, a file or an address; - reads standard input.")
]
InOption = Annotated[
    list[str] | None, typer.Option("--in", metavar="ARTICLE", help="Of the library, by id or title; several times for several.")
]
AllOption = Annotated[bool, typer.Option("--all", help="Every article of the library.")]


def main() -> None:
    """The console script."""
    app()


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know; - reads it from standard input.")],
    article: ArticleOption = "",
    within: InOption = None,
    every: AllOption = False,
    model: ModelOption = "",
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    history: Annotated[Path | None, typer.Option("--history", metavar="FILE", help='JSON: [["question", "answer"], …]')] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole answer as JSON.")] = False,
    debug: DebugOption = False,
) -> None:
    """Answer one question, with its quotes and their positions."""
    with told(debug):
        if question == "-" and article == "-":
            raise InputError("Only one of the question and the article can come from standard input.")
        question = sys.stdin.read() if question == "-" else question
        before = _history(history) if history else ()
        sources = _sources(article, within, every, data, embeddings)
        assistant = _open(sources, model, embeddings, data, read_ahead=False)
        with bar() as progress:
            assistant.load(progress)
        answer = assistant.ask(question, before)
        _warn_of_trouble(assistant)
        echo_json(answer.to_dict()) if as_json else typer.echo(_printed(answer, len(assistant.articles) > 1))
        raise typer.Exit(0 if answer.answered else NOT_STATED)


@app.command()
def chat(
    article: ArticleOption = "",
    within: InOption = None,
    every: AllOption = False,
    model: ModelOption = "",
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write the talk to a .md, .html or .json.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Each answer whole, as one line of JSON.")] = False,
    debug: DebugOption = False,
) -> None:
    """Talk about an article in the terminal; an empty line or Ctrl-D ends it."""
    with told(debug):
        form = format_of(export) if export else None
        assistant = _open(_sources(article, within, every, data, embeddings), model, embeddings, data)
        with bar() as progress:
            assistant.load(progress)
        _warn_of_trouble(assistant)
        count = len(assistant.articles)
        name = assistant.article.title if count == 1 else f"{count} articles"
        typer.echo(f"{name}. Ask; an empty line ends.", err=as_json)
        history: list[tuple[str, Answer]] = []
        while question := _asked(as_json):
            try:
                talked = _in_json if as_json else _talk
                history.append((question, talked(assistant, question, history)))
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
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.", min=-1, max=65535)] = -1,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = False,
    debug: DebugOption = False,
) -> None:
    """Open the page."""
    with told(debug):
        from app import serve as serve_page

        settings = get_settings()
        opened = _article(article)
        serve_page(
            opened,
            model=model or settings.model,
            embeddings=embeddings or settings.embeddings,
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
    with told(debug):
        given = Feedback(data or get_settings().data).all()
        if as_json:
            echo_json([one.to_dict() for one in given])
        for one in () if as_json else given:
            typer.echo(one)
        if not given:
            typer.echo("No one has judged an answer yet.", err=True)


@app.command()
def prepare(
    as_json: Annotated[bool, typer.Option("--json", help="The model and its folder as JSON.")] = False,
    debug: DebugOption = False,
) -> None:
    """Convert the embedded language model into the cache now, rather than at the first question."""
    with told(debug):
        from .models import weights

        with bar() as progress:
            folder = weights.prepare(get_settings().cache, progress)
        if as_json:
            typer.echo(json.dumps({"model": weights.NAME, "folder": str(folder)}))
        else:
            typer.echo(f"{weights.NAME} is ready in {folder}", err=True)


def _open(sources: Sequence[Article], model: str, embeddings: str, data: Path | None, read_ahead: bool = True) -> Assistant:
    with bar() as progress:
        return Assistant.open(
            sources, model=model or None, embeddings=embeddings or None, data=data, read_ahead=read_ahead, progress=progress
        )


def _sources(article: str, within: list[str] | None, every: bool, data: Path | None, embeddings: str) -> list[Article]:
    """The articles that are asked: one that is opened, or some or all of the library."""
    if sum(map(bool, (article, within, every))) > 1:
        raise InputError("Give one of --article, --in and --all.")
    if not (within or every):
        return [_article(article)]
    library = library_of(data, embeddings)
    listed = library.listed()
    chosen = [find(listed, name) for name in within or []] or listed
    if not chosen:
        raise InputError("The library is empty. `article-assistant library add` adds files, folders and addresses.")
    return [library.get(one.id) for one in chosen]


def _article(name: str) -> Article:
    if name == "-":
        return load_bytes(sys.stdin.buffer.read(), "standard input")
    return open_source(name or BUNDLED)


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


def _printed(answer: Answer, several: bool = False) -> str:
    """The answer as a terminal shows it. Of several articles, each quote says which it is of."""
    lines = [*([answer.words] if answer.words else []), *(f"({note})" for note in answer.notes)]
    lines += [f"  [{quote.number}] {_quoted(quote, several)}" for quote in answer.quotes]
    if answer.nearest:
        lines.append(f"  The nearest passage, which does not answer it: {_quoted(answer.nearest, several)}")
    return "\n".join(lines)


def _quoted(quote: Quote, several: bool) -> str:
    where = f"{quote.title}, {quote.article_id}, " if several else ""
    return f"“{' '.join(quote.text.split())}” ({where}{quote.start}–{quote.end})"


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"The talk cannot be written to {path} ({error.strerror}). Name another file.") from error


def _asked(as_json: bool = False) -> str:
    try:
        return input("" if as_json else "\n> ").strip()
    except EOFError:
        return ""


def _in_json(assistant: Assistant, question: str, history: History) -> Answer:
    answer = assistant.ask(question, history)
    typer.echo(json.dumps(answer.to_dict()))
    return answer


def _talk(assistant: Assistant, question: str, history: History) -> Answer:
    """Print words as they come, then what the answer adds to them."""
    shown = ""
    for event in assistant.stream(question, history):
        if isinstance(event, Words):
            shown += event.text
            print(event.text, end="", flush=True)
        elif isinstance(event, Answer):
            whole = _printed(event, len(assistant.articles) > 1)
            print(whole[len(shown) :] if whole.startswith(shown) else f"\n{whole}")
            return event
        elif isinstance(event, Stage) and sys.stderr.isatty() and not shown:
            print(f"{event.name} …", end="\r", file=sys.stderr, flush=True)
    raise AssertionError("a stream ends with an answer")
