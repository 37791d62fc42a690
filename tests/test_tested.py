"""docs/tested.md names everything there is, and tests that are there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import typer
from fastapi import FastAPI

from assistant.api import articles, ask, chat, health, library
from assistant.cli import app
from assistant.models import embeddings, provider
from assistant.protocol import Tools
from index.loaders import LOADERS

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "tested.md").read_text(encoding="utf-8")
# As people name LangChain's providers.
SHORT = {"google_genai": "google", "mistralai": "mistral"}


def names(heading: str) -> list[str]:
    """The first column of the table under a heading."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [row.strip("`") for row in re.findall(r"^\| (.+?) \|", section, re.MULTILINE)[1:]]


def test_every_loader_is_there() -> None:
    assert names("Loaders") == [*(type(loader).__name__ for loader in LOADERS), "load_url"]


def test_every_command_is_there() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    library = [f"library {name}" for name in commands.pop("library").commands]
    assert sorted(names("Commands")) == sorted([*commands, *library])


def test_every_endpoint_is_there() -> None:
    served = FastAPI()
    for module in (ask, articles, library, chat, health):
        served.include_router(module.router)
    there = [f"{method.upper()} {path}" for path, methods in served.openapi()["paths"].items() for method in methods]
    assert sorted(names("Endpoints")) == sorted(there)


def test_every_tool_is_there() -> None:
    tools = [name for name, _ in inspect.getmembers(Tools, inspect.isfunction) if not name.startswith("_")]
    assert sorted(names("MCP's tools")) == sorted(tools)


def test_every_model_and_every_kind_of_embeddings_is_there() -> None:
    extras = {f"{SHORT.get(name, name)}:…" for name in provider.EXTRAS}
    assert extras | {"embedded", "none", "a server by its address"} <= set(names("Language models"))
    assert extras - {"anthropic:…"} | {embeddings.DEFAULT, "a server by its address"} <= set(names("Embeddings"))


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(tests/[\w/.]+)`", PAGE))))
def test_what_it_names_is_there(name: str) -> None:
    assert (ROOT / name).exists()


def test_every_row_says_how_it_was_tested_or_that_it_was_not() -> None:
    for row in re.findall(r"^\| .*\|$", PAGE, re.MULTILINE):
        if not row.startswith("| loader |") and "| tested |" not in row:
            assert re.search(r"`tests/|`make quality`|not tried", row), row


def test_it_is_linked_from_where_people_look() -> None:
    assert "docs/tested.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("loaders.md", "models.md", "http.md"):
        assert "](tested.md)" in (ROOT / "docs" / name).read_text(encoding="utf-8"), name
