"""Test the scripts as the page gets them."""

from __future__ import annotations

from assistant.interfaces.web.head import SCRIPTS
from assistant.interfaces.web.scripts import PANE_SCRIPTS, STATIC, read_scripts

MAX_SCRIPT_BYTES = 120_000  # of all together; Gradio's own are not counted


def test_read_scripts_drops_comments_and_indentation_only() -> None:
    script = read_scripts("article-pane.js")
    assert script.startswith("const drawn = () =>")
    original = (STATIC / "article-pane.js").read_text(encoding="utf-8")
    lines = [line.strip() for line in original.splitlines()]
    assert script.splitlines() == [line for line in lines if line and not line.startswith("//")]


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
