"""Test the scripts as the page gets them."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.interfaces.web.head import SCRIPTS
from assistant.interfaces.web.scripts import PANE_SCRIPTS, STATIC, read_scripts

MAX_SCRIPT_BYTES = 120_000  # of all together; Gradio's own are not counted


def test_read_scripts_drops_comments_and_indentation_only() -> None:
    script = read_scripts("article-pane.js")
    assert script.startswith("const drawn = () =>")
    original = (STATIC / "article-pane.js").read_text(encoding="utf-8")
    lines = [line.strip() for line in original.splitlines()]
    code = [line for line in lines if line and not line.startswith("//")]
    assert [line.partition(" // ")[0] for line in code] == script.splitlines()


def test_read_scripts_keeps_strings_with_slashes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lines = [
        'const a = "https://example.org"; // an address',
        "const b = 'one // two';",
        "const c = `${a} // ${b}`; // don't",
        "/[^/]+//*/.test(a); // a pattern",
    ]
    (tmp_path / "example.js").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr("assistant.interfaces.web.scripts.STATIC", tmp_path)
    assert read_scripts("example.js").splitlines() == [
        'const a = "https://example.org";',
        "const b = 'one // two';",
        "const c = `${a} // ${b}`; // don't",
        "/[^/]+//*/.test(a);",
    ]


def test_every_script_is_listed_once() -> None:
    names = [*SCRIPTS, *PANE_SCRIPTS, "library-drawer.js"]
    assert sorted(names) == sorted(path.name for path in STATIC.glob("*.js"))


def test_scripts_without_comments_are_within_budget() -> None:
    names = [path.name for path in STATIC.glob("*.js")]
    assert len(read_scripts(*names).encode()) < MAX_SCRIPT_BYTES


def test_scripts_have_no_template_of_several_lines() -> None:
    for path in STATIC.glob("*.js"):  # `read_scripts` would change its text
        for line in path.read_text(encoding="utf-8").splitlines():
            assert line.count("`") % 2 == 0, (path.name, line)
