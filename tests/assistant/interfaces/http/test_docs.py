"""Test the examples and the list of endpoints in docs/http.md."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.conftest import ROOT

DOCS = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)


@pytest.mark.parametrize("program", PROGRAMS, ids=["httpx", "openai"])
def test_programs_in_docs_run(program: str, address: str) -> None:
    assert len(program.splitlines()) <= 10
    code = program.replace("http://127.0.0.1:7860", address)
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=240
    )
    assert result.returncode == 0, result.stderr
    assert "[1]" in result.stdout
    assert re.search(r"^\[?1\]? The \w", result.stdout, re.MULTILINE)


def test_docs_name_every_endpoint(client: TestClient) -> None:
    document: Any = client.get("/api/openapi.json").json()
    documented = re.sub(r"\{\w+\}", "{}", DOCS)
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"`{method.upper()} {re.sub(r'{[^}]+}', '{}', path)}`" in documented
