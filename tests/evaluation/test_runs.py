"""Runs on disk: they resume after an interruption, and only with the same header."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import Answer, Article
from evaluation.__main__ import _measure_system
from evaluation.examples import make_judged, make_refusal
from evaluation.report import format_failures, format_tables, save_results
from evaluation.runs import Run, RunError, make_header, read_run
from evaluation.sets import Case
from index.storage.library import Library

HEADER = {"commit": "abc", "settings": {"quotes": 3}}


def test_run_reads_added_rows_again(tmp_path: Path) -> None:
    run = Run(tmp_path / "a.jsonl", HEADER)
    run.add("squad2", "none", make_judged("1", confidence=0.5))
    run.add("squad2", "bm25", make_judged("1"))
    run.close()
    assert Run(tmp_path / "a.jsonl", HEADER).rows == run.rows
    assert read_run(tmp_path / "a.json") == (HEADER, run.rows)


def test_run_incomplete_last_line_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    run = Run(path, HEADER)
    run.add("squad2", "none", make_judged("1"))
    run.add("squad2", "none", make_judged("2"))
    run.close()
    path.write_bytes(path.read_bytes()[:-20])
    again = Run(path, HEADER)
    assert list(again.rows["squad2", "none"]) == ["1"]
    again.add("squad2", "none", make_judged("2"))
    again.close()
    assert Run(path, HEADER).rows == run.rows


def test_run_incomplete_header_is_rewritten(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"comm')
    Run(tmp_path / "a.jsonl", HEADER).close()
    assert read_run(tmp_path / "a.jsonl")[0] == HEADER


def test_run_with_other_header_raises(tmp_path: Path) -> None:
    Run(tmp_path / "a.jsonl", HEADER).close()
    with pytest.raises(RunError, match=r"commit was abc, is def.*--run"):
        Run(tmp_path / "a.jsonl", {**HEADER, "commit": "def"})


def test_read_run_invalid_file_raises(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("hello\n")
    with pytest.raises(RunError, match="no run"):
        read_run(tmp_path / "a.json")


def test_measure_system_asks_only_pending_questions(
    tmp_path: Path, library: Library, volcano: Article
) -> None:
    cases = [
        Case(str(number), "When did it erupt?", volcano, True, ("2024",), ("4 July 2024",))
        for number in range(4)
    ]
    asked_ids: list[str] = []

    def system(case: Case) -> Answer:
        asked_ids.append(case.id)
        if len(asked_ids) == 3:
            raise KeyboardInterrupt
        return Answer.from_text(case.question, "In 2024.", seconds={"total": 0.1})

    run = Run(tmp_path / "a.jsonl", HEADER)
    with pytest.raises(KeyboardInterrupt):
        _measure_system(run, library, "etna", cases, "fake", lambda name: system)
    run.close()
    run = Run(tmp_path / "a.jsonl", HEADER)
    _measure_system(run, library, "etna", cases, "fake", lambda name: system)
    run.close()
    assert asked_ids == ["0", "1", "2", "2", "3"]
    assert list(run.rows["etna", "fake"]) == ["0", "1", "2", "3"]


def test_save_results_writes_figures_and_plot(tmp_path: Path) -> None:
    run = Run(tmp_path / "a.jsonl", HEADER)
    run.add("squad2", "openai:gpt", make_judged("1", confidence=0.9))
    run.add("squad2", "openai:gpt", make_refusal("2", answerable=False, confidence=0.2))
    run.close()
    save_results(run)
    result = json.loads((tmp_path / "a.json").read_text())
    assert result["kind"] == "quality"
    assert result["commit"] == "abc"
    assert set(result["machine"]) == {"cpu", "cores", "memory_gb"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", result["date"])
    assert result["results"][0]["figures"]["AUROC"] == 1.0
    assert (tmp_path / "a-squad2-openai-gpt.svg").exists()


def test_format_tables_has_column_for_each_system(tmp_path: Path) -> None:
    rows = {
        ("s", "none"): {"1": make_judged("1")},
        ("s", "bm25"): {"1": make_judged("1", quote_right=False)},
        ("t", "none"): {},
    }
    tables = format_tables(rows)
    assert "| s | none | bm25 |" in tables
    assert "| right quote | 100.0 % | 0.0 % |" in tables
    assert "planted" not in tables


def test_format_failures_lists_wrong_answers() -> None:
    rows = [
        make_judged("1"),
        make_refusal("2"),
        make_refusal("3", answerable=False),
        make_judged("4", planted_quoted=True),
    ]
    lines = format_failures([*rows, replace(rows[0], id="5", answerable=False)])
    assert [line.split()[0] for line in lines.splitlines()] == ["2", "4", "5"]


def test_make_header_names_what_answers_depend_on() -> None:
    header = make_header(quick=True)
    assert set(header) == {"commit", "model", "weights", "settings", "quick"}
    assert "data" not in header["settings"]
