"""Stored runs get the figures that were added since they ran."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.examples import CASE, make_judged
from evaluation.report import make_results
from evaluation.rescore import rescore
from evaluation.runs import Run, read_run

pytestmark = pytest.mark.unit

NEW_FIELDS = ("kind", "has_evidence", "has_short_answer", "has_gold_text", "outcome", "word_counts")
SCORES = ("answer_words", "short_answer", "squad_exact", "squad_f1")


def test_read_run_of_rows_without_new_fields(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    run = Run(path, {"commit": "abc"})
    run.add("squad2", "none", make_judged("1"))
    run.close()
    header, line = path.read_text(encoding="utf-8").splitlines()
    row = {key: value for key, value in json.loads(line).items() if key not in NEW_FIELDS + SCORES}
    path.write_text(f"{header}\n{json.dumps(row)}\n", encoding="utf-8")
    restored = read_run(path)[1]["squad2", "none"]["1"]
    assert (restored.has_evidence, restored.word_counts, restored.squad_f1) == (True, None, None)


def test_rescore_only_sets_with_cases() -> None:
    case = replace(CASE, answers=("3 million euros",), has_span_answers=True)
    row = make_judged("1", answer_words="3 million euros")
    rows = {("squad2", "none"): {"1": row}, ("clapnq", "none"): {"1": row}, ("x", "y"): {}}
    scored = rescore(rows, {"squad2": {"1": case}})
    assert scored["squad2", "none"][0].squad_exact == 1.0
    assert scored["clapnq", "none"] == [row]
    assert ("x", "y") not in scored


def test_make_results_has_kinds_intervals_and_peers() -> None:
    rows = [make_judged("1", kind="a"), make_judged("2", kind="b", quote_right=False)]
    results = make_results({("squad2", "none"): rows, ("clapnq", "none"): [make_judged("1")]})
    column, plain = results["results"]
    assert column["kinds"]["b"]["figures"]["right quote"] == 0.0
    assert column["intervals"]["right quote"] == pytest.approx([0.0945, 0.9055], abs=1e-4)
    assert "kinds" not in plain
    assert {row["set"] for row in results["published"]} == {"squad2"}
