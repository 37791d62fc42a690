"""Test that the version is written in `pyproject.toml` only."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

import assistant
from assistant import Article, Library
from assistant.interfaces.cli.main import app as command_line
from assistant.interfaces.http import create_api
from assistant.interfaces.mcp import create_server
from assistant.service.service import AssistantService
from assistant.settings import Settings
from tests.conftest import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
FILES = sorted(path for folder in ("assistant", "index") for path in (ROOT / folder).rglob("*.py"))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


@pytest.mark.unit
def test_package_has_version_of_project() -> None:
    assert assistant.__version__ == VERSION


@pytest.mark.unit
def test_version_option_prints_version() -> None:
    result = CliRunner().invoke(command_line, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"article-assistant {VERSION}\n")


def test_openapi_document_has_version(library: Library) -> None:
    article = Article.from_text("The bridge is long.", "The bridge")
    api = create_api(AssistantService(article, library, None, Settings()))
    assert TestClient(api).get("/api/openapi.json").json()["info"]["version"] == VERSION
    library.close()


def test_mcp_server_has_version(library: Library) -> None:
    assert create_server(library, None).version == VERSION
    library.close()


@pytest.mark.unit
def test_no_module_repeats_the_version() -> None:
    literal = re.compile(rf"""["']{re.escape(VERSION)}["']""")
    assert [path for path in FILES if literal.search(path.read_text(encoding="utf-8"))] == []
