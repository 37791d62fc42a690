from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..conftest import ROOT
from .pages import READERS, Cost, files_table, gold_of, pages_table

TOLD = (ROOT / "docs" / "loaders.md").read_text(encoding="utf-8")
READ = """
import json, re, sys
from pathlib import Path
from tests.quality.pages import costs, most_memory

read = list(costs(Path(sys.argv[1])))
# Not getrusage: what that tells begins with the memory of the process that this one was forked from.
own = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([read, own, most_memory()]))
"""


def test_the_tables_are_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = '<meta property="og:title" content="A title"><h1>A heading</h1><time datetime="2024-05-06T07:08">May</time><p>Words.'
    for folder in ("pages", "files"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pages" / "page.html").write_text(page)
    (tmp_path / "pages" / "gold.jsonl").write_text('{"file": "page.html", "text": "Words."}\n')
    (tmp_path / "files" / "a.txt").write_text("Some words.")
    (tmp_path / "files" / "b.txt").write_text("")
    assert gold_of(tmp_path / "pages")[0][1:] == ("Words.", {"title", "heading"}, {"2024-05-06"})
    pages_table(tmp_path / "pages")
    files_table(tmp_path / "files")
    told = capsys.readouterr().out
    assert all(f"| {name} |" in told for name in READERS)
    assert "| our loader | " in told
    assert "| 2 words, 1 blocks |" in told
    assert "| refused: is empty. Give a text to ask about. |" in told


def test_other_peoples_files_open_as_is_told_within_time_and_memory(shared: Path) -> None:
    folder = shared / "eval" / "files"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent: it lies beside the repository where this project is developed")
    # In a process of its own: what a process started before counts as its own children.
    done = subprocess.run([sys.executable, "-c", READ, folder], cwd=ROOT, capture_output=True, text=True, check=True)
    read, own, most = json.loads(done.stdout)
    found = [Cost(*one) for one in read]
    assert [(one.name, one.told) for one in found] == re.findall(r"^\| (\d\d_\S+) \| [\d.]+ \| (.+) \|$", TOLD, re.MULTILINE)
    assert len(found) == 60
    # Of the processor: the clock of a busy machine shows several times as many.
    assert max(found, key=lambda one: one.processor).processor < 20
    assert max(own, most) < 1_000  # MB


def test_other_peoples_pages_are_read_as_well_as_is_told(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared / "eval" / "pages"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent: it lies beside the repository where this project is developed")
    pages_table(folder, ["our loader"])
    row = r"^\| our loader \| ([\d.]+) \| ([\d.]+) \| (\d+) \| (\d+) \|"
    (found,) = re.findall(row, capsys.readouterr().out, re.MULTILINE)
    assert [found] == re.findall(row, TOLD, re.MULTILINE)
