"""What docs/library.md says is so."""

from __future__ import annotations

import re

import pytest
import typer

from assistant.cli import app
from assistant.commands.library import app as library
from index import bundle
from index.library import PATIENCE
from index.web import Limits
from index.web.robots import AGENT

from ..conftest import ROOT

DOCS = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(library).commands  # type: ignore[attr-defined]


def test_every_command_is_told_and_no_other() -> None:
    assert sorted(re.findall(r"^\| `library (\w+)` \|", DOCS, re.MULTILINE)) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_options_of_a_command_are_told_and_no_others(command: str) -> None:
    (row,) = re.findall(rf"^\| `library {command}` \| (.*) \|$", DOCS, re.MULTILINE)
    there = {option for one in COMMANDS[command].params for option in one.opts if option.startswith("--")}
    assert set(re.findall(r"--[a-z]+", row)) == there - {"--json", "--data", "--embeddings", "--debug"}


def test_the_examples_have_options_that_are_there() -> None:
    asking = {option for one in typer.main.get_command(app).commands["ask"].params for option in one.opts}  # type: ignore[attr-defined]
    for line in re.findall(r"^    python -m assistant ask (.*)$", DOCS, re.MULTILINE):
        assert set(re.findall(r"--[a-z]+", line)) <= asking


def test_the_limits_are_the_programs() -> None:
    limits = Limits()
    assert (
        f"{limits.connect:g} seconds to connect, {limits.read:g} from one piece to the next, {limits.total:g} for all" in DOCS
    )
    assert (limits.redirects, limits.largest, AGENT) == (5, 10_000_000, "ArticleAssistant")
    assert f"for {PATIENCE.days} days" in DOCS
    assert f"over {bundle.LARGEST_TEXT / 1e6:.0f} MB" in DOCS
    assert set(bundle._Entry.model_fields) <= set(re.findall(r"`(\w+)`", DOCS))
