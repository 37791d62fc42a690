"""Define the command line interface.

The exit status is 0 after an answer, 1 after a failure, 2 after bad input, and 3 if the article
does not contain the answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from assistant.answer.answer import Answer, Stage, TextDelta
from assistant.answer.quote import Quote
from assistant.answer.render.transcript import export_file, format_from_suffix
from assistant.answer.rows import open_row, select_row_quotes
from assistant.answer.statement import Statement, join_statements
from assistant.assistant import Assistant
from assistant.interfaces.cli import library, users
from assistant.interfaces.cli.console import echo_json, report_errors, show_progress_bar
from assistant.interfaces.cli.lookup import find_article, open_library
from assistant.interfaces.cli.options import (
    AllOption,
    ArticleOption,
    DataOption,
    DebugOption,
    EmbeddingsOption,
    ExportOption,
    InOption,
    ModelOption,
    VersionOption,
)
from assistant.interfaces.cli.tools import add_commands
from assistant.pipeline.query.rewrite import History
from assistant.service.feedback import Feedback
from assistant.settings import get_settings
from assistant.sources import open_source
from index.errors import InputError
from index.loaders import BUNDLED_ARTICLE, load_bytes
from index.text.article import Article

__all__ = ["app", "main"]

EXIT_STATUS_NOT_STATED = 3

app = typer.Typer(
    name="article-assistant",
    help="Ask questions about articles. Answers are short, with exact quotes as evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
)

app.add_typer(library.app, name="library")
app.add_typer(users.app, name="users")
add_commands(app)


def main() -> None:
    """Run the console script."""
    app()


@app.callback()
def apply_global_options(version: VersionOption = False) -> None:
    """Apply the options that stand before a command. Their callbacks do the work."""


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question. - reads it from standard input.")],
    article: ArticleOption = "",
    within: InOption = None,
    every: AllOption = False,
    model: ModelOption = "",
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    history: Annotated[
        Path | None,
        typer.Option(
            "--history",
            metavar="FILE",
            help='JSON file with earlier turns: [["question", "answer"], …]',
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the complete answer as JSON.")
    ] = False,
    export: ExportOption = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Print what each stage of the pipeline returned, after the answer or in its JSON.",
        ),
    ] = False,
    debug: DebugOption = False,
) -> None:
    """Answer one question. Print the answer with its quotes and their positions."""
    with report_errors(debug):
        if question == "-" and article == "-":
            raise InputError(
                "Only one of the question and the article can come from standard input."
            )
        form = format_from_suffix(export) if export else None
        question = sys.stdin.read() if question == "-" else question
        turns = _read_history(history) if history else ()
        sources = _select_articles(article, within, every, data, embeddings)
        assistant = _open_assistant(sources, model, embeddings, data, read_ahead=False)
        with show_progress_bar() as progress:
            assistant.load(progress)
        answer = assistant.ask(question, turns)
        _warn_of_model_error(assistant)
        if as_json:
            echo_json(answer.to_dict(trace=explain))
        else:
            typer.echo(_format_answer(answer, len(assistant.articles) > 1))
            if explain and answer.trace:
                lines = [answer.trace.to_text(), *map(_describe_statement, answer.statements)]
                typer.echo("\n" + "\n".join(lines))
        if export and form:
            _write_file(export, export_file([(question, answer)], assistant.articles, form))
        raise typer.Exit(0 if answer.answered else EXIT_STATUS_NOT_STATED)


@app.command()
def chat(
    article: ArticleOption = "",
    within: InOption = None,
    every: AllOption = False,
    model: ModelOption = "",
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    export: ExportOption = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each answer as one line of JSON.")
    ] = False,
    debug: DebugOption = False,
) -> None:
    """Ask several questions in the terminal. An empty line or Ctrl-D ends the chat."""
    with report_errors(debug):
        form = format_from_suffix(export) if export else None
        assistant = _open_assistant(
            _select_articles(article, within, every, data, embeddings), model, embeddings, data
        )
        with show_progress_bar() as progress:
            assistant.load(progress)
        _warn_of_model_error(assistant)
        count = len(assistant.articles)
        name = assistant.article.title if count == 1 else f"{count} articles"
        typer.echo(f"{name}. Ask a question. An empty line ends the chat.", err=as_json)
        history: list[tuple[str, Answer]] = []
        while question := _read_question(as_json):
            try:
                answer_question = _answer_in_json if as_json else _answer_in_pieces
                history.append((question, answer_question(assistant, question, history)))
            except InputError as error:
                typer.echo(str(error), err=True)
            except KeyboardInterrupt:
                typer.echo("\n(stopped)", err=True)
        if export and form:
            _write_file(export, export_file(history, assistant.articles, form))


@app.command()
def serve(
    article: ArticleOption = "",
    model: ModelOption = "",
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "",
    port: Annotated[int, typer.Option(help="Port. 0 selects a free port.", min=-1, max=65535)] = -1,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in the browser.")
    ] = False,
    debug: DebugOption = False,
) -> None:
    """Serve the web page and the HTTP API."""
    with report_errors(debug):
        from assistant.interfaces.server import serve as serve_page

        settings = get_settings()
        serve_page(
            _load_article(article),
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
    as_json: Annotated[bool, typer.Option("--json", help="Print all fields as JSON.")] = False,
    debug: DebugOption = False,
) -> None:
    """List the feedback of the page's users on answers."""
    with report_errors(debug):
        settings = get_settings()
        with closing(
            Feedback(data or settings.data, settings.database.get_secret_value())
        ) as stored:
            ratings = stored.all()
        if as_json:
            echo_json([rating.to_dict() for rating in ratings])
        for rating in () if as_json else ratings:
            typer.echo(rating)
        if not ratings:
            typer.echo("There is no feedback on answers yet.", err=True)


@app.command()
def prepare(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the model and its folder as JSON.")
    ] = False,
    debug: DebugOption = False,
) -> None:
    """Convert the bundled language model into the cache now, instead of at the first question."""
    with report_errors(debug):
        from assistant.models import conversion as weights

        with show_progress_bar() as progress:
            folder = weights.prepare_model(get_settings().cache, progress)
        if as_json:
            typer.echo(json.dumps({"model": weights.MODEL_NAME, "folder": str(folder)}))
        else:
            typer.echo(f"{weights.MODEL_NAME} is ready in {folder}", err=True)


def _open_assistant(
    sources: Sequence[Article],
    model: str,
    embeddings: str,
    data: Path | None,
    read_ahead: bool = True,
) -> Assistant:
    """Open an assistant for articles, with a progress bar."""
    with show_progress_bar() as progress:
        return Assistant.open(
            sources,
            model=model or None,
            embeddings=embeddings or None,
            data=data,
            read_ahead=read_ahead,
            progress=progress,
        )


def _select_articles(
    article: str, within: list[str] | None, every: bool, data: Path | None, embeddings: str
) -> Sequence[Article]:
    """Return the articles to ask about: a loaded one, or some or all of the library.

    Raises:
        InputError: the options contradict each other, an article does not exist, or the library is
            empty.
    """
    if sum(map(bool, (article, within, every))) > 1:
        raise InputError("--article, --in and --all exclude each other. Use one of them.")
    if not (within or every):
        return [_load_article(article)]
    library = open_library(data, embeddings)
    summaries = library.listed()
    if within:
        return [library.get(find_article(summaries, name).id) for name in within]
    if not summaries:
        raise InputError(
            "The library is empty. `article-assistant library add` adds files, folders and URLs."
        )
    return library.select_all()


def _load_article(name: str) -> Article:
    """Load an article from a file, a URL or standard input; the bundled article if no name."""
    if name == "-":
        return load_bytes(sys.stdin.buffer.read(), "standard input")
    return open_source(name or BUNDLED_ARTICLE)


def _warn_of_model_error(assistant: Assistant) -> None:
    """Print why the language model cannot be used, if it cannot."""
    if assistant.trouble:
        typer.echo(f"{assistant.trouble} Answering with quotes only.", err=True)


def _read_history(path: Path) -> History:
    """Return the earlier turns in a JSON file.

    Raises:
        InputError: the file cannot be read or does not contain a list of pairs.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        if not (isinstance(rows, list) and all(isinstance(row, list) for row in rows)):
            raise ValueError("not a list of pairs")
        return [(str(question), str(answer)) for question, answer in rows]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(
            f"The history {path} cannot be read ({error}). "
            'It must be JSON: [["question", "answer"], …].'
        ) from error


def _format_answer(answer: Answer, several: bool = False) -> str:
    """Return an answer as text for a terminal.

    Args:
        answer: the answer.
        several: whether several articles were searched. Quotes then name their article.
    """
    lines = [*([answer.words] if answer.words else []), *(f"({note})" for note in answer.notes)]
    for row in answer.rows:
        lines.append(join_statements(open_row(row)))
        lines += _format_quotes(select_row_quotes(row, answer.quotes), several)
    lines += [] if answer.rows else _format_quotes(answer.quotes, several)
    if answer.nearest:
        nearest = _format_quote(answer.nearest, several)
        lines.append(f"  Related passage: {nearest}")
    return "\n".join(lines)


def _describe_statement(statement: Statement) -> str:
    """Return a line that says what verified a statement."""
    confidence = "" if statement.confidence is None else f" {statement.confidence:.2f}"
    verified_by = f", {statement.verified_by}{confidence}" if statement.verified_by else ""
    return f"statement ({statement.kind}{verified_by}): {statement.marked_text}"


def _format_quotes(quotes: Sequence[Quote], several: bool) -> list[str]:
    return [f"  [{quote.number}] {_format_quote(quote, several)}" for quote in quotes]


def _format_quote(quote: Quote, several: bool) -> str:
    """Return a quote with its position."""
    article = f"{quote.title}, {quote.article_id}, " if several else ""
    return f"“{' '.join(quote.text.split())}” ({article}{quote.start}–{quote.end})"


def _write_file(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise InputError(
            f"The chat cannot be written to {path} ({error.strerror}). Name another file."
        ) from error


def _read_question(as_json: bool = False) -> str:
    """Return the next line of standard input; empty at its end."""
    try:
        return input("" if as_json else "\n> ").strip()
    except EOFError:
        return ""


def _answer_in_json(assistant: Assistant, question: str, history: History) -> Answer:
    """Print an answer as one line of JSON."""
    answer = assistant.ask(question, history)
    typer.echo(json.dumps(answer.to_dict()))
    return answer


def _answer_in_pieces(assistant: Assistant, question: str, history: History) -> Answer:
    """Print the text of an answer while it is written, then its quotes.

    If the final text differs from the streamed text, the answer is printed again.
    """
    printed = ""
    for event in assistant.stream(question, history):
        if isinstance(event, TextDelta):
            printed += event.text
            print(event.text, end="", flush=True)
        elif isinstance(event, Answer):
            text = _format_answer(event, len(assistant.articles) > 1)
            print(text[len(printed) :] if text.startswith(printed) else f"\n{text}")
            return event
        elif isinstance(event, Stage) and sys.stderr.isatty() and not printed:
            print(f"{event.name} …", end="\r", file=sys.stderr, flush=True)
    raise AssertionError("a stream ends with an answer")
