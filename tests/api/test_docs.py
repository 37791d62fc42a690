"""What docs/http.md says is so."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ..conftest import ROOT

DOCS = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)


@pytest.mark.parametrize("program", PROGRAMS, ids=["httpx", "openai"])
def test_the_programs_run(program: str, address: str) -> None:
    assert len(program.splitlines()) <= 10
    code = program.replace("http://127.0.0.1:7860", address)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    assert "[1]" in done.stdout
    assert re.search(r"^\[?1\]? The \w", done.stdout, re.MULTILINE)


def test_every_endpoint_is_told(client: TestClient) -> None:
    document: Any = client.get("/api/openapi.json").json()
    told = re.sub(r"\{\w+\}", "{}", DOCS)
    for path, methods in document["paths"].items():
        for method in methods:
            assert f"`{method.upper()} {re.sub(r'{[^}]+}', '{}', path)}`" in told
