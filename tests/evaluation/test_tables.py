"""Tables of the documentation, generated from result files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from evaluation.tables import RESULTS, TableError, format_result, main, update_page

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


def test_format_result_quality() -> None:
    assert format_result(QUALITY).splitlines() == [
        "| | squad2, `embedded` (3 / 2) | squad2, `bm25` (3 / 2) |",
        "|---|---|---|",
        "| right quote | 67 % | 67 % |",
        "| AUROC of the confidence | 0.95 | – |",
        "",
        "Commit abc, 2026-11-28; AMD EPYC, 2 cores, 25 GB.",
        "",
        '    make quality ARGS="--held-out --systems embedded bm25 --sets squad2 --count 60"',
    ]


def test_format_result_speed() -> None:
    lines = format_result(SPEED).splitlines()
    assert lines[2] == "| import assistant | 1.25 | 1.00 | 2.00 | 3 |"
    assert lines[-1] == '    make speed ARGS="--rounds 3"'


@pytest.mark.parametrize("result", [{}, {"kind": "search"}, {"kind": "quality"}, {"kind": "speed"}])
def test_format_result_incomplete_raises(result: dict[str, Any]) -> None:
    with pytest.raises(TableError):
        format_result(result)


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
