"""Test JSON output, plain text output, shell completion, and the help in docs/cli.md."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.interfaces.cli.main import app
from assistant.models import conversion as weights
from tests.assistant.conftest import BRIDGE
from tests.assistant.interfaces.cli.test_main import OPENED, QUESTION, UNANSWERED, run_cli
from tests.conftest import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli-programs")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.txt"
    path.write_text(BRIDGE, encoding="utf-8")
    return path


def test_chat_as_json_prints_one_line_per_answer(data: Path, file: Path) -> None:
    questions = f"{QUESTION}\n?!\n{UNANSWERED}\n"
    result = run_cli(
        "chat", "--article", file, "--model", "none", "--data", data, "--json", stdin=questions
    )
    assert result.exit_code == 0
    first, second = map(json.loads, result.stdout.splitlines())
    assert first["quotes"][0]["text"] == OPENED
    assert second["answered"] is False
    assert "The question is empty" in result.stderr


def test_prepare_as_json_prints_model_and_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "prepare_model", lambda cache, progress: tmp_path)
    result = run_cli("prepare", "--json")
    assert json.loads(result.stdout) == {"model": weights.MODEL_NAME, "folder": str(tmp_path)}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_show_completion_prints_script(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    result = CliRunner().invoke(app, ["--show-completion", shell], prog_name="article-assistant")
    assert result.exit_code == 0
    assert "_ARTICLE_ASSISTANT_COMPLETE" in result.stdout


def test_no_color_prints_no_color_codes(data: Path, file: Path) -> None:
    environment = {"NO_COLOR": "1", "FORCE_COLOR": "", "TERM": "xterm-256color"}
    for words in (
        ["--help"],
        ["ask", "--help"],
        ["ask", QUESTION, "-a", str(file), "-m", "none", "--data", str(data)],
    ):
        result = CliRunner().invoke(app, words, env=environment, color=True)
        assert "\x1b[3" not in result.output
        assert "\x1b[9" not in result.output


def test_cli_docs_equal_generated_help() -> None:
    line = re.search(
        r"^docs:.*\n\t\$\(BIN\)/python (-m typer .*) --output docs/cli.md$", MAKEFILE, re.MULTILINE
    )
    assert line
    command = [sys.executable, *shlex.split(line[1])]
    result = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    documentation = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert documentation.strip() == result.stdout.strip(), "run `make docs`"
    assert all(
        f"`article-assistant {command}`" in documentation
        for command in ("ask", "chat", "serve", "prepare", "doctor", "mcp")
    )
