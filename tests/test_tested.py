"""Check that docs/tested.md lists every part of the program, and tests that exist."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import typer
from fastapi import FastAPI

from assistant.interfaces.cli.main import app
from assistant.interfaces.http import (
    articles,
    ask,
    export,
    health,
    library,
    marks,
    pages,
    sheet,
    status,
)
from assistant.interfaces.http import openai_chat as chat
from assistant.interfaces.mcp import Tools
from assistant.models import embeddings
from assistant.models import langchain_provider as provider
from index.loaders import LOADERS

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "tested.md").read_text(encoding="utf-8")
# Names of LangChain's providers as users write them.
SHORT_NAMES = {"google_genai": "google", "mistralai": "mistral"}


def first_column(heading: str) -> list[str]:
    """Return the first column of the table under a heading."""
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [row.strip("`") for row in re.findall(r"^\| (.+?) \|", section, re.MULTILINE)[1:]]


def test_table_lists_every_loader() -> None:
    assert first_column("Loaders") == [*(type(loader).__name__ for loader in LOADERS), "load_url"]


def test_table_lists_every_command() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    groups = {name: list(commands.pop(name).commands) for name in ("library", "users")}
    grouped = [f"{group} {name}" for group, names in groups.items() for name in names]
    assert sorted(first_column("Commands")) == sorted([*commands, *grouped])


def test_table_lists_every_endpoint() -> None:
    served = FastAPI()
    for module in (ask, articles, pages, sheet, export, marks, library, chat, health, status):
        served.include_router(module.router)
    endpoints = [
        f"{method.upper()} {path}"
        for path, methods in served.openapi()["paths"].items()
        for method in methods
    ]
    assert sorted(first_column("Endpoints")) == sorted(endpoints)


def test_table_lists_every_mcp_tool() -> None:
    tools = [
        name
        for name, _ in inspect.getmembers(Tools, inspect.isfunction)
        if not name.startswith("_")
    ]
    assert sorted(first_column("MCP's tools")) == sorted(tools)


def test_tables_list_every_model_and_embedder() -> None:
    extras = {f"{SHORT_NAMES.get(name, name)}:…" for name in provider.PROVIDER_EXTRAS}
    assert extras | {"embedded", "none", "a server by its address"} <= set(
        first_column("Language models")
    )
    assert extras - {"anthropic:…"} | {
        embeddings.DEFAULT_EMBEDDER,
        "a server by its address",
    } <= set(first_column("Embeddings"))


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(tests/[\w/.]+)`", PAGE))))
def test_named_test_file_exists(name: str) -> None:
    assert (ROOT / name).exists()


def test_every_row_names_a_test_or_says_untested() -> None:
    for row in re.findall(r"^\| .*\|$", PAGE, re.MULTILINE):
        if not row.startswith("| loader |") and "| tested |" not in row:
            assert re.search(r"`tests/|`make quality`|not tried", row), row


def test_page_is_linked_from_other_pages() -> None:
    assert "docs/tested.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    for name in ("loaders.md", "models.md", "http.md"):
        assert "](tested.md)" in (ROOT / "docs" / name).read_text(encoding="utf-8"), name
