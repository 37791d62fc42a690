"""The tables of pages and files."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from evaluation.pages import READERS, Cost, print_files_table, print_pages_table, read_gold
from tests.conftest import ROOT

DOCUMENTED = (ROOT / "docs" / "loaders.md").read_text(encoding="utf-8")
MEASURE = """
import json, re, sys
from pathlib import Path
from evaluation.pages import measure_costs, measure_peak_memory

costs = list(measure_costs(Path(sys.argv[1])))
# Not getrusage: its figure starts with the memory of the parent process.
memory = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([costs, memory, measure_peak_memory()]))
"""


def test_print_tables_of_pages_and_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (
        '<meta property="og:title" content="A title"><h1>A heading</h1>'
        '<time datetime="2024-05-06T07:08">May</time><p>Words.'
    )
    for folder in ("pages", "files"):
        (tmp_path / folder).mkdir()
    (tmp_path / "pages" / "page.html").write_text(page)
    (tmp_path / "pages" / "gold.jsonl").write_text('{"file": "page.html", "text": "Words."}\n')
    (tmp_path / "files" / "a.txt").write_text("Some words.")
    (tmp_path / "files" / "b.txt").write_text("")
    assert read_gold(tmp_path / "pages")[0][1:] == ("Words.", {"title", "heading"}, {"2024-05-06"})
    print_pages_table(tmp_path / "pages")
    print_files_table(tmp_path / "files")
    output = capsys.readouterr().out
    assert all(f"| {name} |" in output for name in READERS)
    assert "| our loader | " in output
    assert "| 2 words, 1 blocks |" in output
    assert "| refused: is empty. Give a text to ask about. |" in output


def test_files_table_matches_docs_within_limits(shared: Path) -> None:
    folder = shared / "eval" / "files"
    if not folder.is_dir():
        pytest.skip(
            f"{folder} is absent: it lies beside the repository where this project is developed"
        )
    # In a new process: earlier children of this process would count as well.
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    rows, memory, child_memory = json.loads(done.stdout)
    costs = [Cost(*row) for row in rows]
    assert [(cost.name, cost.outcome) for cost in costs] == re.findall(
        r"^\| (\d\d_\S+) \| [\d.]+ \| (.+) \|$", DOCUMENTED, re.MULTILINE
    )
    assert len(costs) == 60
    # Processor seconds: on a busy machine, the clock shows several times as many.
    assert max(costs, key=lambda cost: cost.processor).processor < 20
    assert max(memory, child_memory) < 1_000  # MB


def test_pages_table_matches_docs(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = shared / "eval" / "pages"
    if not folder.is_dir():
        pytest.skip(
            f"{folder} is absent: it lies beside the repository where this project is developed"
        )
    print_pages_table(folder, ["our loader"])
    row = r"^\| our loader \| ([\d.]+) \| ([\d.]+) \| (\d+) \| (\d+) \|"
    (figures,) = re.findall(row, capsys.readouterr().out, re.MULTILINE)
    assert [figures] == re.findall(row, DOCUMENTED, re.MULTILINE)
