"""The examples run as they are."""

from __future__ import annotations

import json
import runpy
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
SCRIPTS = sorted(EXAMPLES.glob("*.py"))
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
EXPECTED = {
    "ask_article": ["The article does not say.", "[1] characters"],
    "compare_articles": ["City news: ", "12 million", "The auditor's report: ", "19 million"],
    "search_passages": ["characters"],
}


@pytest.fixture(autouse=True)
def quotes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer with quotes only: the language model has tests of its own."""
    monkeypatch.setenv("ARTICLE_ASSISTANT_MODEL", "none")
    monkeypatch.setattr(sys, "argv", ["example"])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_script_prints_exact_quotes(script: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(script), run_name="__main__")
    output = capsys.readouterr().out
    assert [text for text in EXPECTED[script.stem] if text not in output] == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_cells_run(notebook: Path) -> None:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    names: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            assert not cell["outputs"]
            exec(compile("".join(cell["source"]), str(notebook), "exec"), names)
    assert len(cells) > 4


def test_every_example_is_tested() -> None:
    assert {path.stem for path in SCRIPTS} == set(EXPECTED)
    assert NOTEBOOKS
