"""README and CONTRIBUTING say what is so."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.cli import NOT_STATED, app
from assistant.settings import Settings, get_settings

from .index.serving import PAGE, page, serving

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


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with what the examples name, no language model, and a server in the place of example.org."""
    (tmp_path / "papers").mkdir()
    for name in ("report.md", "report.txt", "papers/one.txt"):
        (tmp_path / name).write_text("# Report\n\nAna Ruiz opened the bridge, and the villagers paid for it.\n")
    monkeypatch.chdir(tmp_path)
    for name, value in {"DATA": str(tmp_path / "data"), "MODEL": "none", "ALLOW_PRIVATE_URLS": "true"}.items():
        monkeypatch.setenv(f"ARTICLE_ASSISTANT_{name}", value)
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def test_the_commands_run_in_their_order(place: Path) -> None:
    lines = re.findall(r"^    python -m assistant ((?!serve).*)$", README, re.MULTILINE)
    with serving() as site:
        site.replies |= {"/a-page": page(), "/another": page(PAGE.replace("bridge", "tunnel"))}
        for line in lines:
            words = shlex.split(line.replace("https://example.org", site.url))
            done = CliRunner().invoke(app, words, input="Who paid for it?\n\n")
            assert done.exit_code in (0, NOT_STATED), f"{line}\n{done.output}"
    assert "Ana Ruiz" in done.stdout, "the last of them asks all that was added"


def test_the_served_page_answers_the_request_that_the_readme_makes(place: Path) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    (serve,) = re.findall(r"^    python -m assistant (serve .*)$", README, re.MULTILINE)
    (curl,) = re.findall(r"^    (curl .*)$", README, re.MULTILINE)
    words = [sys.executable, "-m", "assistant", *shlex.split(serve.replace("8000", "0"))]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            address = server.stdout.readline().split()[1]
            asked = shlex.split(curl.replace("http://127.0.0.1:7860", address))
            # While the article opens the server says when to ask again.
            asked += ["--silent", "--retry", "60", "--output", "answer.json"]
            subprocess.run(asked, check=True, timeout=120)
        finally:
            server.terminate()
    assert json.loads((place / "answer.json").read_text())["question"] == "How many people are trapped?"


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
