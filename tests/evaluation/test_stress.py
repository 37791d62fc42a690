"""Test the stress test: that it notices losses, and that two kills lose nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from evaluation.stress.__main__ import run_stress, summarize
from evaluation.stress.damage import DAMAGES, make_library
from evaluation.stress.kills import Fault, apply_change, judge
from evaluation.stress.worker import WordVectors, age_database, describe_library
from index.storage.library import Library

STATE = {"a": ["One", "hash 1"], "b": ["Two", "hash 2"]}


def found(**changes: Any) -> dict[str, Any]:
    base = {"error": "", "articles": STATE, "inexact": 0, "lost": 0, "passages": [4, 4]}
    return {**base, "seconds": 0.5, **changes}


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, "survived"),
        ({"articles": {"a": STATE["a"]}}, "lost"),
        ({"articles": {**STATE, "b": ["Two", "another hash"]}}, "lost"),
        ({"articles": {**STATE, "b": ["Other title", "hash 2"]}}, "lost"),
        ({"lost": 1}, "lost"),
        ({"inexact": 1}, "lost"),
        ({"passages": [3, 4]}, "lost"),
        ({"error": "The database is gone.", "articles": {}}, "refused"),
        ({"crash": "TypeError"}, "crashed"),
    ],
)
def test_judge_fault_has_outcome(changes: dict[str, Any], outcome: str) -> None:
    assert judge("fault", found(**changes), [STATE]).outcome == outcome


def test_judge_change_under_way_may_have_happened_or_not() -> None:
    later = apply_change(STATE, {"a": None, "c": ["Three", "hash 3"]})
    assert sorted(later) == ["b", "c"]
    for articles in (STATE, later):
        assert judge("kill", found(articles=articles), [STATE, later]).outcome == "survived"
    half = {"b": STATE["b"]}
    assert judge("kill", found(articles=half), [STATE, later]).outcome == "lost"


def test_summarize_counts_outcomes_of_each_fault() -> None:
    faults = [Fault("kill", "survived", 1.0), Fault("kill", "lost", 2.0, "an article")]
    (row,) = summarize(faults)
    assert (row["tries"], row["survived"], row["lost"], row["seconds"]) == (2, 1, 1, 2.0)
    assert row["detail"] == "an article"


def test_describe_library_finds_what_was_stored(tmp_path: Path) -> None:
    state = make_library(tmp_path / "data", Random(0))
    described = describe_library(tmp_path / "data", WordVectors())
    assert judge("none", described, [state]).outcome == "survived"
    assert (described["feedback"], described["exported"]) == (1, len(state))
    library = Library(tmp_path / "data", WordVectors())
    library.remove(next(iter(state)))
    library.close()
    described = describe_library(tmp_path / "data", WordVectors())
    assert judge("none", described, [state]).outcome == "lost"


def test_damages_change_a_file() -> None:
    data = b"before. House 7 of village 1 was counted that year. after"
    assert all(damage(data) != data for damage in DAMAGES.values() if damage)


def test_aged_database_is_migrated(tmp_path: Path) -> None:
    state = make_library(tmp_path / "data", Random(0))
    age_database(tmp_path / "data" / "articles.sqlite")
    with closing(sqlite3.connect(tmp_path / "data" / "articles.sqlite")) as db:
        assert db.execute("SELECT value FROM meta WHERE key = 'version'").fetchone() == ("3",)
    described = describe_library(tmp_path / "data", WordVectors())
    assert judge("none", described, [state]).outcome == "survived"


@pytest.mark.timeout(900)  # the machine may be busy
def test_kills_and_a_full_disk_lose_nothing() -> None:
    faults = run_stress(3, 1, ["add", "migrate", "disk full"], is_damaging=False)
    assert [fault.outcome for fault in faults] == 3 * ["survived"], faults
