"""A run goes on where it was cut short, and never under another header."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from assistant import Answer, Article
from index.library import Library

from .__main__ import _measure
from .examples import judged, refused
from .report import failures, markdown, save
from .runs import Run, RunError, header, read_run
from .sets import Case

HEADER = {"commit": "abc", "settings": {"quotes": 3}}


def test_what_was_added_is_read_again(tmp_path: Path) -> None:
    run = Run(tmp_path / "a.jsonl", HEADER)
    run.add("squad2", "none", judged("1", confidence=0.5))
    run.add("squad2", "bm25", judged("1"))
    run.close()
    assert Run(tmp_path / "a.jsonl", HEADER).rows == run.rows
    assert read_run(tmp_path / "a.json") == (HEADER, run.rows)


def test_a_line_that_was_cut_off_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    run = Run(path, HEADER)
    run.add("squad2", "none", judged("1"))
    run.add("squad2", "none", judged("2"))
    run.close()
    path.write_bytes(path.read_bytes()[:-20])
    again = Run(path, HEADER)
    assert list(again.rows["squad2", "none"]) == ["1"]
    again.add("squad2", "none", judged("2"))
    again.close()
    assert Run(path, HEADER).rows == run.rows


def test_a_header_that_was_cut_off_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"comm')
    Run(tmp_path / "a.jsonl", HEADER).close()
    assert read_run(tmp_path / "a.jsonl")[0] == HEADER


def test_another_header_is_refused_and_told(tmp_path: Path) -> None:
    Run(tmp_path / "a.jsonl", HEADER).close()
    with pytest.raises(RunError, match=r"commit was abc, is def.*--run"):
        Run(tmp_path / "a.jsonl", {**HEADER, "commit": "def"})


def test_a_file_that_is_no_run_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("hello\n")
    with pytest.raises(RunError, match="no run"):
        read_run(tmp_path / "a.json")


def test_only_questions_that_are_left_are_asked(tmp_path: Path, library: Library, volcano: Article) -> None:
    cases = [Case(str(number), "When did it erupt?", volcano, True, ("2024",), ("4 July 2024",)) for number in range(4)]
    asked: list[str] = []

    def system(case: Case) -> Answer:
        asked.append(case.id)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return Answer(case.question, "In 2024.", seconds={"total": 0.1})

    run = Run(tmp_path / "a.jsonl", HEADER)
    with pytest.raises(KeyboardInterrupt):
        _measure(run, library, "etna", cases, "fake", lambda name: system)
    run.close()
    run = Run(tmp_path / "a.jsonl", HEADER)
    _measure(run, library, "etna", cases, "fake", lambda name: system)
    run.close()
    assert asked == ["0", "1", "2", "2", "3"]
    assert list(run.rows["etna", "fake"]) == ["0", "1", "2", "3"]


def test_figures_and_a_plot_are_kept(tmp_path: Path) -> None:
    run = Run(tmp_path / "a.jsonl", HEADER)
    run.add("squad2", "openai:gpt", judged("1", confidence=0.9))
    run.add("squad2", "openai:gpt", refused("2", answerable=False, confidence=0.2))
    run.close()
    save(run)
    kept = json.loads((tmp_path / "a.json").read_text())
    assert kept["commit"] == "abc"
    assert kept["results"][0]["figures"]["AUROC"] == 1.0
    assert (tmp_path / "a-squad2-openai-gpt.svg").exists()


def test_systems_stand_side_by_side(tmp_path: Path) -> None:
    rows = {("s", "none"): {"1": judged("1")}, ("s", "bm25"): {"1": judged("1", quote_right=False)}, ("t", "none"): {}}
    told = markdown(rows)
    assert "| s | none | bm25 |" in told
    assert "| right quote | 100.0 % | 0.0 % |" in told
    assert "planted" not in told


def test_failures_are_what_was_wrong() -> None:
    rows = [judged("1"), refused("2"), refused("3", answerable=False), judged("4", planted_quoted=True)]
    told = failures([*rows, replace(rows[0], id="5", answerable=False)])
    assert [line.split()[0] for line in told.splitlines()] == ["2", "4", "5"]


def test_the_header_says_what_answers_depend_on() -> None:
    found = header(quick=True)
    assert set(found) == {"commit", "model", "weights", "settings", "quick"}
    assert "data" not in found["settings"]
