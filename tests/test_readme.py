"""Check the claims and run the commands of the README and other documents."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.interfaces.cli.main import EXIT_STATUS_NOT_STATED, app
from assistant.settings import Settings
from tests.index.serving import PAGE, page, serving

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_settings_table_matches_fields() -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `ARTICLE_ASSISTANT_(\w+)` \| (.*?) \| (.*?) \|$", page, re.MULTILINE)
    fields = Settings.model_fields
    assert [name.lower() for name, _, _ in rows] == list(fields)
    for name, default, description in rows:
        field = fields[name.lower()]
        assert description == field.description
        if field.default_factory is None:
            assert default == (f"`{str(field.default).lower()}`" if field.default != "" else "none")


def test_readme_python_example_runs(tmp_path: Path) -> None:
    (tmp_path / "report.md").write_text("# Report\n\nThe bridge cost 3 million euros.\n")
    code = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    environment = os.environ | {
        "ARTICLE_ASSISTANT_DATA": str(tmp_path / "data"),
        "PYTHONPATH": str(ROOT),
    }
    completed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    assert "Answer(" in completed.stdout


@pytest.fixture
def example_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Enter a folder with the files of the examples; without a language model."""
    (tmp_path / "papers").mkdir()
    for name in ("report.md", "report.txt", "papers/one.txt"):
        (tmp_path / name).write_text(
            "# Report\n\nAna Ruiz opened the bridge, and the villagers paid for it.\n"
        )
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DATA": str(tmp_path / "data"),
        "MODEL": "none",
        "ALLOW_PRIVATE_URLS": "true",
    }.items():
        monkeypatch.setenv(f"ARTICLE_ASSISTANT_{name}", value)
    return tmp_path


def test_readme_commands_run_in_order(example_folder: Path) -> None:
    lines = re.findall(r"^    python -m assistant ((?!serve).*)$", README, re.MULTILINE)
    with serving() as site:
        site.replies |= {"/a-page": page(), "/another": page(PAGE.replace("bridge", "tunnel"))}
        for line in lines:
            words = shlex.split(line.replace("https://example.org", site.url))
            result = CliRunner().invoke(app, words, input="Who paid for it?\n\n")
            assert result.exit_code in (0, EXIT_STATUS_NOT_STATED), f"{line}\n{result.output}"
    assert "Ana Ruiz" in result.stdout, "the last command asks all articles"


def test_readme_curl_request_is_answered(example_folder: Path) -> None:
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
            arguments = shlex.split(curl.replace("http://127.0.0.1:7860", address))
            # While the article opens, the server answers 503 with Retry-After.
            arguments += ["--silent", "--retry", "60", "--output", "answer.json"]
            subprocess.run(arguments, check=True, timeout=120)
        finally:
            server.terminate()
    assert (
        json.loads((example_folder / "answer.json").read_text())["question"]
        == "How many people are trapped?"
    )


def test_architecture_names_existing_modules() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = page.split("## Packages\n")[1].split("\n## ")[0]
    folder, paths = ROOT, []
    for line in tree.splitlines():
        if match := re.match(r"    ([\w/]+)/ ", line):
            folder = ROOT / match[1]
            paths.append(folder)
        elif line.startswith("      "):
            paths += [folder / name for name in re.findall(r"\b\w+\.py\b", line)]
    paths += [ROOT / name for name in re.findall(r"^    (\w+\.py)", tree, re.MULTILINE)]
    assert len(paths) > 100
    assert [path for path in paths if not path.exists()] == []


def test_markdown_links_lead_to_existing_files() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_no_file_names_a_registry_host() -> None:
    hosts = re.compile(r"pypi\.org|pythonhosted\.org|npmjs\.org|debian\.org|huggingface\.co")
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    for name in listed:
        path = ROOT / name
        if (
            path.suffix in {".py", ".md", ".toml", ".css", ".js", ""}
            and path.is_file()
            and path != Path(__file__)
        ):
            assert not hosts.search(path.read_text(encoding="utf-8", errors="replace")), name
