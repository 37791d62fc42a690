"""Test the output and the exit status of the commands `ask` and `chat`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from assistant import Article, ArticleError
from assistant.interfaces.cli.main import app
from index.loaders import BUNDLED_ARTICLE, load
from tests.assistant.conftest import BRIDGE
from tests.conftest import ROOT

QUESTION = "Who opened the Old Bridge of Lund?"
OPENED = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
UNANSWERED = "What is the boiling point of tungsten in degrees?"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return one folder for the module, because a process keeps each folder that it opens open."""
    return tmp_path_factory.mktemp("cli")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.txt"
    path.write_text(BRIDGE, encoding="utf-8")
    return path


def run_cli(*words: object, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(map(str, words)), input=stdin)


def run_ask(data: Path, *words: object, stdin: str | bytes | None = None) -> Result:
    return run_cli("ask", *words, "--model", "none", "--data", data, stdin=stdin)


def check_error(result: Result, status: int = 2) -> str:
    """Check that a command failed with one line on standard error, and return the line."""
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    return result.stderr


def test_ask_prints_quotes_with_positions(data: Path, file: Path) -> None:
    result = run_ask(data, QUESTION, "--article", file)
    assert result.exit_code == 0
    assert f"  [1] “{OPENED}” (0–{len(OPENED)})" in result.stdout.splitlines()
    assert result.stderr == ""


def test_ask_with_explain_prints_trace_after_answer(data: Path, file: Path) -> None:
    lines = run_ask(data, QUESTION, "--article", file, "--explain").stdout.splitlines()
    trace = lines[lines.index("") + 1 :]
    assert trace[:2] == [f"question: {QUESTION}", "intent: fact"]
    assert any(line.endswith(f"selected: {OPENED}") for line in trace)
    plain = run_ask(data, QUESTION, "--article", file).stdout.splitlines()
    assert lines[: len(plain)] == plain


def test_ask_with_explain_and_json_adds_trace(data: Path, file: Path) -> None:
    result = run_ask(data, QUESTION, "--article", file, "--explain", "--json")
    assert json.loads(result.stdout)["trace"]["question"]["intent"] == "fact"


def test_ask_not_stated_exits_with_3(data: Path, file: Path) -> None:
    result = run_ask(data, UNANSWERED, "--article", file)
    assert result.exit_code == 3
    assert result.stdout.startswith("The article does not say.\n")
    assert "Related passage: “" in result.stdout


def test_ask_without_article_uses_bundled_one(data: Path) -> None:
    result = run_ask(data, "How many people have left front-line neighbourhoods?", "--json")
    assert result.exit_code == 0
    article = load(BUNDLED_ARTICLE)
    for quote in json.loads(result.stdout)["quotes"]:
        assert quote["text"] == article.text[quote["start"] : quote["end"]]


def test_ask_as_json_prints_complete_answer(data: Path, file: Path) -> None:
    result = run_ask(data, QUESTION, "--article", file, "--json")
    answer: dict[str, Any] = json.loads(result.stdout)
    assert answer["answered"] is True
    assert (
        answer["quotes"][0]["text"]
        == OPENED
        == BRIDGE[answer["quotes"][0]["start"] : answer["quotes"][0]["end"]]
    )
    assert answer["question"] == QUESTION
    assert answer["model"] == "none"
    assert set(answer["seconds"]) >= {"searching", "reading", "total"}


def test_ask_as_json_not_stated_exits_with_3(data: Path, file: Path) -> None:
    result = run_ask(data, UNANSWERED, "--article", file, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["answered"] is False


def test_ask_reads_article_from_standard_input(data: Path) -> None:
    result = run_ask(data, QUESTION, "--article", "-", stdin=BRIDGE)
    assert result.exit_code == 0
    assert OPENED in result.stdout


def test_ask_reads_question_from_standard_input(data: Path, file: Path) -> None:
    result = run_ask(data, "-", "--article", file, stdin=f"{QUESTION}\n")
    assert result.exit_code == 0
    assert OPENED in result.stdout


def test_ask_with_both_from_standard_input_is_an_error(data: Path) -> None:
    assert "Only one of the question and the article" in check_error(
        run_ask(data, "-", "--article", "-", stdin=BRIDGE)
    )


def test_ask_followup_uses_history_file(data: Path, file: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.json"
    history.write_text(json.dumps([[QUESTION, f"{OPENED} [1]"]]), encoding="utf-8")
    result = run_ask(data, "And when?", "--article", file, "--history", history, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["searched"] == f"{QUESTION} {OPENED} And when?"


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"not JSON",
        b"{}",
        b"7",
        b'["ab"]',
        b'[["one"]]',
        b'[["a", "b", "c"]]',
        b"[7]",
        b"\xff\xfe\x00",
    ],
)
def test_ask_with_unreadable_history_is_an_error(
    data: Path, file: Path, tmp_path: Path, content: bytes | None
) -> None:
    history = tmp_path / "history.json"
    if content is not None:
        history.write_bytes(content)
    message = check_error(run_ask(data, "And when?", "--article", file, "--history", history))
    assert f"The history {history} cannot be read" in message
    assert '[["question", "answer"], …]' in message


def test_ask_missing_article_is_an_error(data: Path, tmp_path: Path) -> None:
    assert f"There is no file {tmp_path / 'absent.txt'}" in check_error(
        run_ask(data, QUESTION, "--article", tmp_path / "absent.txt")
    )


def test_ask_folder_as_article_is_an_error(data: Path, tmp_path: Path) -> None:
    assert "is a folder" in check_error(run_ask(data, QUESTION, "--article", tmp_path))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n\t ",
        b"\x00\x01\x02" * 100,
        b"%PDF-1.7 text",
        b"\x89PNG\r\n\x1a\n\x00\x00",
        b"...\n---\n",
    ],
)
def test_ask_file_without_text_is_an_error(data: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "article.txt"
    path.write_bytes(content)
    assert "article.txt" in check_error(run_ask(data, QUESTION, "--article", path))
    assert "standard input" in check_error(run_ask(data, QUESTION, "--article", "-", stdin=content))


@pytest.mark.parametrize("question", ["", "   ", "?!"])
def test_ask_empty_question_is_an_error(data: Path, file: Path, question: str) -> None:
    assert "The question is empty" in check_error(run_ask(data, question, "--article", file))


def test_ask_question_too_long_is_an_error(data: Path, file: Path) -> None:
    assert "100,000 characters" in check_error(run_ask(data, "w" * 100_000, "--article", file))


def test_ask_with_unknown_model_is_an_error(data: Path, file: Path) -> None:
    message = check_error(
        run_cli("ask", QUESTION, "--article", file, "--model", "gpt", "--data", data)
    )
    assert "There is no model 'gpt'" in message


def test_ask_with_unknown_option_is_an_error() -> None:
    result = run_cli("ask", QUESTION, "--wings")
    assert result.exit_code == 2
    assert "No such option" in result.stderr


def test_ask_with_unwritable_data_folder_exits_with_1(file: Path, tmp_path: Path) -> None:
    assert "cannot be written" in check_error(
        run_ask(file / "below a file", QUESTION, "--article", file), status=1
    )


def test_unexpected_failure_prints_one_line(
    file: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.interfaces.cli.main._format_answer", lambda *args: 1 / 0)
    message = check_error(run_ask(data, QUESTION, "--article", file), status=1)
    assert (
        message
        == "Error: ZeroDivisionError: division by zero (run again with --debug for details)\n"
    )


def test_debug_raises_the_exception(data: Path, tmp_path: Path) -> None:
    result = run_ask(data, QUESTION, "--article", tmp_path / "absent.txt", "--debug")
    assert isinstance(result.exception, ArticleError)


@pytest.mark.parametrize(("debug", "status"), [((), 2), (("--debug",), 1)])
def test_traceback_is_printed_only_with_debug(
    tmp_path: Path, debug: tuple[str, ...], status: int
) -> None:
    command = [
        sys.executable,
        "-m",
        "assistant",
        "ask",
        QUESTION,
        "--article",
        str(tmp_path / "absent.txt"),
        *debug,
    ]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == status
    assert ("Traceback" in result.stderr) == bool(debug)
    assert "There is no file" in result.stderr
    assert result.stdout == ""


def test_chat_uses_history_and_ends_with_empty_line(data: Path, file: Path) -> None:
    result = run_cli(
        "chat",
        "--article",
        file,
        "--model",
        "none",
        "--data",
        data,
        stdin=f"{QUESTION}\nAnd when?\n\nNot asked?\n",
    )
    assert result.exit_code == 0
    assert result.stdout.startswith("bridge. Ask a question. An empty line ends the chat.")
    assert result.stdout.count(f"[1] “{OPENED}” (0–{len(OPENED)})") == 2
    assert "Not asked?" not in result.stdout


def test_chat_continues_after_invalid_question(data: Path, file: Path) -> None:
    result = run_cli(
        "chat", "--article", file, "--model", "none", "--data", data, stdin=f"?!\n{QUESTION}\n"
    )
    assert result.exit_code == 0
    assert "The question is empty" in result.stderr
    assert OPENED in result.stdout


def test_ask_export_to_word_can_be_opened_and_asked(data: Path, file: Path, tmp_path: Path) -> None:
    path = tmp_path / "answer.docx"
    assert run_ask(data, QUESTION, "--article", file, "--export", path).exit_code == 0
    assert OPENED in load(path).text


@pytest.mark.parametrize("end", ["md", "html", "json"])
def test_chat_export_writes_quotes(data: Path, file: Path, tmp_path: Path, end: str) -> None:
    path = tmp_path / f"talk.{end}"
    result = run_cli(
        "chat",
        "--article",
        file,
        "--model",
        "none",
        "--data",
        data,
        "--export",
        path,
        stdin=f"{QUESTION}\n\n",
    )
    assert result.exit_code == 0
    assert OPENED in path.read_text(encoding="utf-8").replace("\\", "")


def test_chat_with_unknown_export_format_fails_first(
    data: Path, file: Path, tmp_path: Path
) -> None:
    result = run_cli(
        "chat",
        "--article",
        file,
        "--model",
        "none",
        "--data",
        data,
        "--export",
        tmp_path / "talk.doc",
    )
    assert result.exit_code == 2
    assert ".md, .html, .json or .docx" in result.stderr
    assert "Ask;" not in result.stdout


@pytest.mark.parametrize("command", [[], ["ask"], ["chat"], ["serve"], ["feedback"], ["prepare"]])
def test_help_of_every_command_is_printed(command: list[str]) -> None:
    result = run_cli(*command, "--help")
    assert result.exit_code == 0
    assert "--help" in result.stdout


def test_ask_titled_file_has_same_article_id_as_python(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "titled.md"
    path.write_text(f"---\ntitle: The Old Bridge\n---\n\n{BRIDGE}\n", encoding="utf-8")
    article: Article = load(path)
    answer = json.loads(run_ask(data, QUESTION, "--article", path, "--json").stdout)
    assert answer["quotes"][0]["article_id"] == article.id
    assert answer["quotes"][0]["title"] == "The Old Bridge"
