"""Tables of the documentation, generated from result files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.tables import RESULTS, TableError, format_results, main, update_page

MACHINE = {"cpu": "AMD EPYC", "cores": 2, "memory_gb": 25.3}
ORIGIN = {"commit": "abc", "date": "2026-11-28", "machine": MACHINE}
FIGURES = {"questions": 5.0, "of them answerable": 3.0, "right quote": 0.6667, "AUROC": None}
QUALITY: dict[str, Any] = {
    "kind": "quality",
    **ORIGIN,
    "count": 60,
    "quick": False,
    "held_out": True,
    "results": [
        {"set": "squad2", "system": "embedded", "figures": {**FIGURES, "AUROC": 0.95}},
        {"set": "squad2", "system": "bm25", "figures": FIGURES},
    ],
}
SPEED: dict[str, Any] = {
    "kind": "speed",
    **ORIGIN,
    "rounds": 3,
    "results": [{"name": "import assistant", "median": 1.25, "min": 1.0, "max": 2.0, "runs": 3}],
}
PAGE = "# Title\n\n<!-- table: a -->\nold\n<!-- end -->\n\nText.\n"


def write_result(folder: Path, result: dict[str, Any]) -> None:
    (folder / "a.json").write_text(json.dumps(result))


def test_format_results_quality() -> None:
    assert format_results([QUALITY], "table").splitlines() == [
        "| | squad2, `embedded` (3 / 2) | squad2, `bm25` (3 / 2) |",
        "|---|---|---|",
        "| right quote | 67 % (21–94) | 67 % (21–94) |",
        "| AUROC of the confidence | 0.95 | – |",
        "",
        "Commit abc, 2026-11-28; AMD EPYC, 2 cores, 25 GB.",
        "",
        '    make quality ARGS="--held-out --systems embedded bm25 --sets squad2 --count 60"',
    ]


KINDS = {
    "table": {"figures": {"questions": 5.0, "cases passed": 0.8}},
    "pdf": {"figures": {"questions": 1.0, "cases passed": 1.0}},
}
CASES: dict[str, Any] = {
    **QUALITY,
    "results": [
        {
            "set": "cases",
            "system": system,
            "figures": {"questions": 6.0, "of them answerable": 6.0, "cases passed": share},
            "intervals": {"cases passed": [0.1, 0.9]},
            "kinds": {**KINDS, "table": {"figures": {"questions": 5.0, "cases passed": tables}}},
        }
        for system, share, tables in [("embedded", 5 / 6, 0.8), ("without-table", 0.5, 0.4)]
    ],
}
VERIFICATION: dict[str, Any] = {
    "kind": "verification",
    **ORIGIN,
    "count": 150,
    "results": {
        "all": {"statements": 1200, "supported": 200, "false stopped": 0.5, "true stopped": 0.01}
        | {"balanced accuracy": 0.8, "AUROC": 0.9},
        "kinds": {
            "copy": {"statements": 200, "supported": 200, "false stopped": None}
            | {"true stopped": 0.01},
            "number": {"statements": 4, "supported": 0, "false stopped": 0.5}
            | {"true stopped": None},
        },
    },
    "wice": {"statements": 349, "supported": 115, "false stopped": 0.5, "true stopped": 0.3}
    | {"balanced accuracy": 0.6, "AUROC": 0.72}
    | {"intervals": {"balanced accuracy": [0.55, 0.65]}},
    "published": [
        {"set": "wice_dev", "figure": "balanced accuracy", "system": "AlignScore"}
        | {"value": 0.66, "source": "its paper"},
    ],
}


def test_format_results_stored_interval_is_used() -> None:
    column = {**CASES["results"][0], "figures": {**FIGURES, "token F1": 0.4}}
    column |= {"kinds": {}, "intervals": {"token F1": [0.3, 0.52]}}
    table = format_results([{**CASES, "results": [column]}], "table")
    assert "| token F1 | 40 % (30–52) |" in table


def test_format_results_kinds_as_counts() -> None:
    lines = format_results([CASES], "table").splitlines()
    assert "| table | 5 | 4 of 5 | 2 of 5 |" in lines
    assert "| pdf | 1 | 1 of 1 | 1 of 1 |" in lines


def test_format_results_kinds_of_conversations() -> None:
    kind = {"figures": {"questions": 45.0, "answered": 0.6, "token F1": None}}
    figures = {"questions": 45.0, "of them answerable": 0.0, "cases passed": None}
    column = {"set": "mtrag_un_dev", "system": "none", "figures": figures, "intervals": {}}
    result = {**QUALITY, "results": [{**column, "kinds": {"underspecified": kind}}]}
    lines = format_results([result], "table").splitlines()
    assert "| mtrag_un_dev | questions | answered, `none` | token F1, `none` |" in lines
    assert "| underspecified | 45 | 60 % (45–73) | – |" in lines


def test_format_results_ablations_name_changed_kinds() -> None:
    lines = format_results([CASES], "ablations").splitlines()
    assert lines[2] == "| `embedded` | 5, 83 % (10–90) | 0 | – |"
    assert lines[3] == "| `without-table` | 3, 50 % (10–90) | -2 | table 4 → 2 |"


def test_format_results_comparison_sorts_by_value() -> None:
    lines = format_results([VERIFICATION], "comparison").splitlines()
    assert lines[2] == "| WiCE, balanced accuracy | AlignScore | 66.0 % | its paper |"
    assert lines[3].startswith("| WiCE, balanced accuracy | **the verifier** | **60 % (55–65)** |")


def test_format_results_verification_by_kind() -> None:
    lines = format_results([VERIFICATION], "table").splitlines()
    assert "| all | 1,000 | 50 % (47–53) | 200 | 1 % (0–4) |" in lines
    assert "| number | 4 | 2 of 4 | – | – |" in lines
    assert "| copy | – | – | 200 | 1 % (0–4) |" in lines
    assert "| all | 1,200 | 80 % | 0.900 | 50 % (47–53) | 1 % (0–4) |" in lines
    wice = "| WiCE dev | 349 | 60 % (55–65) | 0.720 | 50 % (44–56) | 30 % (22–39) |"
    assert wice in lines


def test_format_results_verification_of_rules_and_both() -> None:
    suffixes = {"": 0.5, ", other checks": 0.25, ", all checks": 0.75}
    figures: dict[str, Any] = {
        "statements": 4,
        "supported": 0,
        "balanced accuracy": None,
        "AUROC": None,
    }
    figures |= {f"false stopped{suffix}": share for suffix, share in suffixes.items()}
    figures |= {f"true stopped{suffix}": None for suffix in suffixes}
    result = {**VERIFICATION, "results": {"all": figures, "kinds": {"name": figures}}}
    lines = format_results([result], "table").splitlines()
    assert "| name | 4 | 2 of 4 | 1 of 4 | 3 of 4 | – | – | – | – |" in lines


def test_format_results_two_files_in_one_table_raises() -> None:
    with pytest.raises(TableError, match="one file"):
        format_results([CASES, CASES], "table")


def test_format_results_speed() -> None:
    lines = format_results([SPEED], "table").splitlines()
    assert lines[2] == "| import assistant | 1.25 | 1.00 | 2.00 | 3 |"
    assert lines[-1] == '    make speed ARGS="--rounds 3"'


def test_format_results_library_speed() -> None:
    ways = {"loaded": {"open, s": 0.5}, "SQLite": {"open, s": 0.1}}
    result = SPEED | {
        "kind": "library speed",
        "passages": 100,
        "dimensions": 8,
        "results": {"adding": {"early, ms per article": 7.0}, **ways},
    }
    lines = format_results([result], "table").splitlines()
    assert "| open, s | 0.50 | 0.10 | 0.20 |" in lines
    assert lines[-1] == "    python -m evaluation.speed.library --passages 100 --dimensions 8"


def test_format_results_stress() -> None:
    row = {"fault": "killed during add", "tries": 2, "survived": 1, "refused": 0, "lost": 1}
    rows = [{**row, "crashed": 0, "seconds": 1.26, "detail": ""}]
    result = {"kind": "stress", **ORIGIN, "kills": 2, "seed": 0, "results": rows}
    lines = format_results([result], "table").splitlines()
    assert lines[2] == "| killed during add | 2 | 1 | 0 | 1 | 1.3 |"
    assert lines[-1] == '    make stress ARGS="--kills 2 --seed 0"'


def test_format_results_scale() -> None:
    row = {"engine": "ray", "workers": 2, "killed": 1, "added": 2000, "failed": 0}
    row |= {"passages": 40_000, "seconds": 100.4, "passages_per_second": 412.3}
    row |= {"processor_ms_per_passage": 4.56, "writer_mb_half": 1200, "writer_mb_end": 1300}
    difference = {"run": 1, "other articles": 0, "other texts or metadata": 0, "other vectors": 3}
    result = {"kind": "scale", **ORIGIN, "articles": 2000, "passages": 20, "embedder": "minilm"}
    result |= {"results": [{**row, "worker_mb": 700}]}
    result |= {"differences": [{**difference, "largest difference": 1.2e-7}]}
    lines = format_results([result], "table").splitlines()
    assert lines[2] == "| ray | 2 | 1 | 2,000 | 40,000 | 100 | 412 | 4.6 | 1,200 | 1,300 | 700 |"
    assert lines[4].endswith("other vectors 3; largest of two numbers 1e-07.")
    assert lines[-1].endswith('--articles 2000 --passages 20 --embedder minilm"')


@pytest.mark.parametrize("result", [{}, {"kind": "search"}, {"kind": "quality"}, {"kind": "speed"}])
def test_format_results_incomplete_raises(result: dict[str, Any]) -> None:
    with pytest.raises(TableError):
        format_results([result], "table")


def test_update_page_replaces_only_the_table(tmp_path: Path) -> None:
    write_result(tmp_path, QUALITY)
    updated = update_page(PAGE, tmp_path)
    assert "old" not in updated
    assert updated.startswith("# Title\n\n<!-- table: a -->\n\n| | squad2")
    assert updated.endswith("\n\n<!-- end -->\n\nText.\n")
    assert update_page(updated, tmp_path) == updated


def test_update_page_several_tables(tmp_path: Path) -> None:
    write_result(tmp_path, SPEED)
    updated = update_page(PAGE + PAGE, tmp_path)
    assert updated.count("import assistant") == updated.count("Text.") == 2


@pytest.mark.parametrize(
    "page",
    ["<!-- table: a -->\nold\n", "old\n<!-- end -->\n", "<!-- table: a -->\n" + PAGE],
)
def test_update_page_incomplete_marker_raises(tmp_path: Path, page: str) -> None:
    write_result(tmp_path, QUALITY)
    with pytest.raises(TableError, match="needs"):
        update_page(page, tmp_path)


def test_update_page_missing_result_raises(tmp_path: Path) -> None:
    with pytest.raises(TableError, match=r"a\.json"):
        update_page(PAGE, tmp_path)


def test_main_check_fails_until_written(tmp_path: Path) -> None:
    name = next(RESULTS.glob("*.json")).stem
    page = tmp_path / "page.md"
    page.write_text(f"<!-- table: {name} -->\n<!-- end -->\n")
    assert main(["--check", str(page)]) == 1
    assert main([str(page)]) == 0
    assert main(["--check", str(page)]) == 0


def test_documentation_tables_are_current() -> None:
    assert main(["--check"]) == 0


def test_format_results_load() -> None:
    row = {"system": "none", "users": 200, "answered": 9, "refused": 1, "wrong": 0, "error": 0}
    row |= {"per_minute": 9.4, "p50": 1.0, "p95": 2.0, "p99": 3.0, "health_p95": 0.051}
    row |= {"page_p95": None, "addresses": 200, "addresses_served": 9}
    options = {"seconds": 60.0, "delay": 500, "greedy": 0}
    rows = [row, {**row, "system": "gradio"}]
    lines = format_results([{"kind": "load", **ORIGIN, **options, "results": rows}], "table")
    first, second = [line for line in lines.splitlines() if "| 200 |" in line]
    assert first.startswith("| quotes only | 200 | 9 | 9 | 1.00 s | 2.00 s | 3.00 s | 1 |")
    assert first.endswith("| 9 of 200 | 0.05 s | – |")
    assert second.startswith("| bare Gradio chat, mock model of 500 ms |")
    command = '    make load ARGS="--models none --peer gradio --seconds 60 --delay 500"'
    assert lines.splitlines()[-1] == command
