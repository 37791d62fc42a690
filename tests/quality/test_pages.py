from __future__ import annotations

from pathlib import Path

import pytest

from .pages import READERS, files_table, gold_of, pages_table


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
