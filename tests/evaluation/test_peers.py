"""Figures that others published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluation.figures import SHARES
from evaluation.peers import read_published

pytestmark = pytest.mark.unit


def test_read_published_of_squad_are_our_figures() -> None:
    rows = read_published("squad2")
    assert {row.figure for row in rows} <= set(SHARES)
    assert all(0 < row.value < 1 and row.source for row in rows)
    assert read_published("clapnq") == []


def test_read_published_of_acl_verbatim_from_file(tmp_path: Path) -> None:
    path = tmp_path / "peers.json"
    path.write_text(
        json.dumps({"source": "a paper@abc file.csv", "rows": [{"model": "M", "word_f1": 0.5}]})
    )
    (row,) = read_published("acl_verbatim", path)
    assert (row.figure, row.system, row.value) == ("word F1", "M", 0.5)
    assert row.source.startswith("a paper;")


def test_read_published_of_shared_acl_verbatim(shared: Path) -> None:
    assert len(read_published("acl_verbatim")) == 10
