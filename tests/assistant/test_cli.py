"""The command line as a user meets it: what it prints, where, and the status it ends with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from assistant import Article, ArticleError
from assistant.cli import app
from index.loaders import BUNDLED, load

from ..conftest import ROOT
from .conftest import BRIDGE

QUESTION = "Who opened the Old Bridge of Lund?"
OPENED = "The Old Bridge of Lund was opened by Mayor Ana Ruiz in May 1998."
UNANSWERED = "What is the boiling point of tungsten in degrees?"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for the module: a process keeps each folder that it opens."""
    return tmp_path_factory.mktemp("cli")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.txt"
    path.write_text(BRIDGE, encoding="utf-8")
    return path


def run(*words: object, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, list(map(str, words)), input=stdin)


def asked(data: Path, *words: object, stdin: str | bytes | None = None) -> Result:
    return run("ask", *words, "--model", "none", "--data", data, stdin=stdin)


def failed(result: Result, status: int = 2) -> str:
    """What a failure prints: one line, on standard error."""
    assert result.exit_code == status, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    return result.stderr


def test_an_answer_is_printed_with_its_quotes_and_their_positions(data: Path, file: Path) -> None:
    result = asked(data, QUESTION, "--article", file)
    assert result.exit_code == 0
    assert f"  [1] “{OPENED}” (0–{len(OPENED)})" in result.stdout.splitlines()
    assert result.stderr == ""


def test_what_the_article_does_not_say_ends_with_status_3(data: Path, file: Path) -> None:
    result = asked(data, UNANSWERED, "--article", file)
    assert result.exit_code == 3
    assert result.stdout.startswith("The article does not say.\n")
    assert "The nearest passage, which does not answer it: “" in result.stdout


def test_without_an_article_the_bundled_one_is_asked(data: Path) -> None:
    result = asked(data, "How many people have left front-line neighbourhoods?", "--json")
    assert result.exit_code == 0
    article = load(BUNDLED)
    for quote in json.loads(result.stdout)["quotes"]:
        assert quote["text"] == article.text[quote["start"] : quote["end"]]


def test_json_is_the_whole_answer_and_nothing_else(data: Path, file: Path) -> None:
    result = asked(data, QUESTION, "--article", file, "--json")
    answer: dict[str, Any] = json.loads(result.stdout)
    assert answer["answered"] is True
    assert answer["quotes"][0]["text"] == OPENED == BRIDGE[answer["quotes"][0]["start"] : answer["quotes"][0]["end"]]
    assert answer["question"] == QUESTION
    assert answer["model"] == "none"
    assert set(answer["seconds"]) >= {"searching", "reading", "total"}


def test_json_of_what_is_not_said_has_the_same_status(data: Path, file: Path) -> None:
    result = asked(data, UNANSWERED, "--article", file, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["answered"] is False


def test_an_article_may_come_from_standard_input(data: Path) -> None:
    result = asked(data, QUESTION, "--article", "-", stdin=BRIDGE)
    assert result.exit_code == 0
    assert OPENED in result.stdout


def test_a_question_may_come_from_standard_input(data: Path, file: Path) -> None:
    result = asked(data, "-", "--article", file, stdin=f"{QUESTION}\n")
    assert result.exit_code == 0
    assert OPENED in result.stdout


def test_not_both_come_from_standard_input(data: Path) -> None:
    assert "Only one of the question and the article" in failed(asked(data, "-", "--article", "-", stdin=BRIDGE))


def test_a_follow_up_is_asked_with_its_history(data: Path, file: Path, tmp_path: Path) -> None:
    history = tmp_path / "history.json"
    history.write_text(json.dumps([[QUESTION, f"{OPENED} [1]"]]), encoding="utf-8")
    result = asked(data, "And when?", "--article", file, "--history", history, "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["searched"] == f"{QUESTION} {OPENED} And when?"


@pytest.mark.parametrize(
    "content", [None, b"", b"not JSON", b"{}", b"7", b'["ab"]', b'[["one"]]', b'[["a", "b", "c"]]', b"[7]", b"\xff\xfe\x00"]
)
def test_a_history_that_cannot_be_read_is_told(data: Path, file: Path, tmp_path: Path, content: bytes | None) -> None:
    history = tmp_path / "history.json"
    if content is not None:
        history.write_bytes(content)
    told = failed(asked(data, "And when?", "--article", file, "--history", history))
    assert f"The history {history} cannot be read" in told
    assert '[["question", "answer"], …]' in told


def test_a_missing_article_is_told(data: Path, tmp_path: Path) -> None:
    assert f"There is no file {tmp_path / 'absent.txt'}" in failed(asked(data, QUESTION, "--article", tmp_path / "absent.txt"))


def test_a_folder_is_no_article(data: Path, tmp_path: Path) -> None:
    assert "is a folder" in failed(asked(data, QUESTION, "--article", tmp_path))


@pytest.mark.parametrize(
    "content", [b"", b" \n\t ", b"\x00\x01\x02" * 100, b"%PDF-1.7 text", b"\x89PNG\r\n\x1a\n\x00\x00", b"...\n---\n"]
)
def test_a_file_without_text_is_no_article(data: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "article.txt"
    path.write_bytes(content)
    assert "article.txt" in failed(asked(data, QUESTION, "--article", path))
    assert "standard input" in failed(asked(data, QUESTION, "--article", "-", stdin=content))


@pytest.mark.parametrize("question", ["", "   ", "?!"])
def test_an_empty_question_is_told(data: Path, file: Path, question: str) -> None:
    assert "The question is empty" in failed(asked(data, question, "--article", file))


def test_a_question_that_is_too_long_is_told(data: Path, file: Path) -> None:
    assert "100,000 characters" in failed(asked(data, "w" * 100_000, "--article", file))


def test_an_unknown_model_is_told(data: Path, file: Path) -> None:
    told = failed(run("ask", QUESTION, "--article", file, "--model", "gpt", "--data", data))
    assert "There is no model 'gpt'" in told


def test_an_unknown_option_is_told() -> None:
    result = run("ask", QUESTION, "--wings")
    assert result.exit_code == 2
    assert "No such option" in result.stderr


def test_a_data_folder_that_cannot_be_written_ends_with_status_1(file: Path, tmp_path: Path) -> None:
    assert "cannot be written" in failed(asked(file / "below a file", QUESTION, "--article", file), status=1)


def test_a_failure_that_nobody_foresaw_is_one_line_too(file: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.cli._printed", lambda *given: 1 / 0)
    told = failed(asked(data, QUESTION, "--article", file), status=1)
    assert told == "Error: ZeroDivisionError: division by zero (run again with --debug for details)\n"


def test_with_debug_the_failure_itself_comes_through(data: Path, tmp_path: Path) -> None:
    result = asked(data, QUESTION, "--article", tmp_path / "absent.txt", "--debug")
    assert isinstance(result.exception, ArticleError)


@pytest.mark.parametrize(("debug", "status"), [((), 2), (("--debug",), 1)])
def test_a_traceback_is_shown_with_debug_alone(tmp_path: Path, debug: tuple[str, ...], status: int) -> None:
    command = [sys.executable, "-m", "assistant", "ask", QUESTION, "--article", str(tmp_path / "absent.txt"), *debug]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == status
    assert ("Traceback" in ended.stderr) == bool(debug)
    assert "There is no file" in ended.stderr
    assert ended.stdout == ""


def test_a_talk_keeps_what_was_said_and_ends_with_an_empty_line(data: Path, file: Path) -> None:
    result = run("chat", "--article", file, "--model", "none", "--data", data, stdin=f"{QUESTION}\nAnd when?\n\nNot asked?\n")
    assert result.exit_code == 0
    assert result.stdout.startswith("bridge. Ask; an empty line ends.")
    assert result.stdout.count(f"[1] “{OPENED}” (0–{len(OPENED)})") == 2
    assert "Not asked?" not in result.stdout


def test_a_talk_goes_on_after_a_question_that_cannot_be_asked(data: Path, file: Path) -> None:
    result = run("chat", "--article", file, "--model", "none", "--data", data, stdin=f"?!\n{QUESTION}\n")
    assert result.exit_code == 0
    assert "The question is empty" in result.stderr
    assert OPENED in result.stdout


@pytest.mark.parametrize("end", ["md", "html", "json"])
def test_a_talk_is_exported_with_its_quotes_when_it_ends(data: Path, file: Path, tmp_path: Path, end: str) -> None:
    path = tmp_path / f"talk.{end}"
    result = run("chat", "--article", file, "--model", "none", "--data", data, "--export", path, stdin=f"{QUESTION}\n\n")
    assert result.exit_code == 0
    assert OPENED in path.read_text(encoding="utf-8").replace("\\", "")


def test_a_talk_that_cannot_be_exported_is_told_before_it_begins(data: Path, file: Path, tmp_path: Path) -> None:
    result = run("chat", "--article", file, "--model", "none", "--data", data, "--export", tmp_path / "talk.doc")
    assert result.exit_code == 2
    assert ".md, .html or .json" in result.stderr
    assert "Ask;" not in result.stdout


@pytest.mark.parametrize("command", [[], ["ask"], ["chat"], ["serve"], ["feedback"], ["prepare"]])
def test_every_command_says_what_it_does(command: list[str]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "--help" in result.stdout


def test_an_answer_of_a_titled_article_is_the_same_from_a_file_and_from_python(data: Path, tmp_path: Path) -> None:
    path = tmp_path / "titled.md"
    path.write_text(f"---\ntitle: The Old Bridge\n---\n\n{BRIDGE}\n", encoding="utf-8")
    article: Article = load(path)
    answer = json.loads(asked(data, QUESTION, "--article", path, "--json").stdout)
    assert answer["quotes"][0]["article_id"] == article.id
    assert answer["quotes"][0]["title"] == "The Old Bridge"
