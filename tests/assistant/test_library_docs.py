"""Test that docs/library.md matches the program."""

from __future__ import annotations

import re

import pytest
import typer
from typer.core import TyperGroup

from assistant.interfaces.cli.library import app as library
from assistant.interfaces.cli.main import app
from index.storage import bundle
from index.storage.library import RESTORE_PERIOD
from index.web import Limits
from index.web.robots import USER_AGENT
from tests.conftest import ROOT

pytestmark = pytest.mark.unit

DOCS = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
COMMANDS = typer.main.get_command(library).commands  # type: ignore[attr-defined]


def test_docs_list_every_command() -> None:
    assert sorted(re.findall(r"^\| `library (\w+)` \|", DOCS, re.MULTILINE)) == sorted(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_docs_list_options_of_each_command(command: str) -> None:
    (row,) = re.findall(rf"^\| `library {command}` \| (.*) \|$", DOCS, re.MULTILINE)
    there = {
        option
        for parameter in COMMANDS[command].params
        for option in parameter.opts
        if option.startswith("--")
    }
    assert set(re.findall(r"--[a-z-]+", row)) == there - {
        "--json",
        "--data",
        "--embeddings",
        "--debug",
    }


def test_docs_examples_use_existing_options() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    options = {option for parameter in group.commands["ask"].params for option in parameter.opts}
    for line in re.findall(r"^    python -m assistant ask (.*)$", DOCS, re.MULTILINE):
        assert set(re.findall(r"--[a-z]+", line)) <= options


def test_docs_limits_match_program() -> None:
    limits = Limits()
    assert (
        f"{limits.connect:g} seconds to connect, {limits.read:g} from one piece to the next, "
        f"{limits.total:g} for all" in DOCS
    )
    assert (limits.redirects, limits.max_bytes, USER_AGENT) == (5, 10_000_000, "ArticleAssistant")
    assert f"for {RESTORE_PERIOD.days} days" in DOCS
    assert f"over {bundle.MAX_TEXT_BYTES / 1e6:.0f} MB" in DOCS
    assert set(bundle._Entry.model_fields) <= set(re.findall(r"`(\w+)`", DOCS))
