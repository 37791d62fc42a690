"""README and CONTRIBUTING say what is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import app
from assistant.settings import Settings

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_settings_table_is_the_programs() -> None:
    rows = re.findall(r"^\| `ARTICLE_ASSISTANT_(\w+)` \| (.*?) \| (.*?) \|$", README, re.MULTILINE)
    fields = Settings.model_fields
    assert [name.lower() for name, _, _ in rows] == list(fields)
    for name, default, told in rows:
        field = fields[name.lower()]
        assert told == field.description
        if field.default_factory is None:
            assert default == f"`{str(field.default).lower()}`"


def test_the_python_example_runs(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("# Report\n\nThe bridge cost 3 million euros.\n")
    code = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    environment = os.environ | {"ARTICLE_ASSISTANT_DATA": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Answer(" in done.stdout


@pytest.mark.parametrize("line", re.findall(r"^    python -m assistant (\w+ .*)$", README, re.MULTILINE))
def test_every_command_in_the_readme_has_the_options_it_shows(line: str) -> None:
    command, options = line.split()[0], re.findall(r"--[a-z-]+", line)
    told = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
    assert told.exit_code == 0
    for option in options:
        assert option in told.output


def test_the_map_names_files_that_are_there() -> None:
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## The map")[1].split("##")[0]
    folder = ""
    for line in told.splitlines():
        if match := re.match(r"    (\w+)/ ", line):
            folder = match[1]
        for name in re.findall(r"\b[a-z_]+\.py\b", line):
            assert [*(ROOT / folder).rglob(name)] or (ROOT / name).exists(), name


def test_no_file_names_a_registrys_host() -> None:
    hosts = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.org|debian\.org|huggingface\.co")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    for name in listed:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".toml", ".css", ".js", ""} and path.is_file() and path != Path(__file__):
            assert not hosts.search(path.read_text(encoding="utf-8", errors="replace")), name
