"""Test query rewriting on real chats. Reading and searching them takes seconds."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from evaluation import followups
from tests.conftest import ROOT

EVAL = ROOT.parent / "shared" / "eval"


def test_joining_improves_recall_on_real_chats(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not EVAL.is_dir():
        pytest.skip(f"the question sets are not there ({EVAL})")
    out = tmp_path / "followups.json"
    monkeypatch.setattr(sys, "argv", ["followups", str(EVAL), "--out", str(out)])
    assert followups.main() == 0
    results = json.loads(out.read_text())["results"]
    for name in ("canard", "cast"):
        figures = results[f"{name} held out"]
        assert figures["precision"] > 0.98
        assert figures["left alone"] > 0.88
        assert figures["joined"] > figures["raw"] + 0.05
