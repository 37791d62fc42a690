"""The command line for other programs: JSON, plain text, completion, and help that docs/cli.md repeats."""

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

from assistant.cli import app
from assistant.models import weights

from ..conftest import ROOT
from .conftest import BRIDGE
from .test_cli import OPENED, QUESTION, UNANSWERED, run

MAKEFILE = (ROOT / "Makefile").read_text()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cli-programs")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bridge.txt"
    path.write_text(BRIDGE, encoding="utf-8")
    return path


def test_a_talk_in_json_is_a_line_an_answer(data: Path, file: Path) -> None:
    asked = f"{QUESTION}\n?!\n{UNANSWERED}\n"
    result = run("chat", "--article", file, "--model", "none", "--data", data, "--json", stdin=asked)
    assert result.exit_code == 0
    first, second = map(json.loads, result.stdout.splitlines())
    assert first["quotes"][0]["text"] == OPENED
    assert second["answered"] is False
    assert "The question is empty" in result.stderr


def test_a_prepared_model_is_told_in_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "prepare", lambda cache, progress: tmp_path)
    result = run("prepare", "--json")
    assert json.loads(result.stdout) == {"model": weights.NAME, "folder": str(tmp_path)}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete_commands(shell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION", "1")
    result = CliRunner().invoke(app, ["--show-completion", shell], prog_name="article-assistant")
    assert result.exit_code == 0
    assert "_ARTICLE_ASSISTANT_COMPLETE" in result.stdout


def test_without_colour_nothing_is_coloured(data: Path, file: Path) -> None:
    environment = {"NO_COLOR": "1", "FORCE_COLOR": "", "TERM": "xterm-256color"}
    for words in (["--help"], ["ask", "--help"], ["ask", QUESTION, "-a", str(file), "-m", "none", "--data", str(data)]):
        result = CliRunner().invoke(app, words, env=environment, color=True)
        assert "\x1b[3" not in result.output
        assert "\x1b[9" not in result.output


def test_the_documentation_has_the_programs_own_help() -> None:
    line = re.search(r"^docs:.*\n\t\$\(BIN\)/python (-m typer .*) --output docs/cli.md$", MAKEFILE, re.MULTILINE)
    assert line
    command = [sys.executable, *shlex.split(line[1])]
    made = subprocess.run(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    told = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    assert told.strip() == made.stdout.strip(), "run `make docs`"
    assert all(f"`article-assistant {command}`" in told for command in ("ask", "chat", "serve", "prepare", "doctor", "mcp"))
