"""Generate the Markdown tables of the documentation from published result files.

    python -m evaluation.tables            # write the tables
    python -m evaluation.tables --check    # fail if a table is out of date

A page names a file of `evaluation/results/`, without its suffix, in a comment. The text between the
two comments is generated:

    <!-- table: 2026-11-28-ee084c9-quality -->
    <!-- end -->
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["TableError", "format_result", "main", "update_page"]

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("results")
# Label in a table: the figure of a result file, and its format.
ROWS = {
    "right quote": ("right quote", "share"),
    "quote precision": ("quote precision", "share"),
    "right answer": ("right answer", "share"),
    "token F1": ("token F1", "share"),
    "refused": ("refusal recall", "share"),
    "falsely refused": ("false refusals", "share"),
    "exact": ("exact quotes", "share"),
    "AUROC of the confidence": ("AUROC", "number"),
    "ECE": ("calibration error", "number"),
    "median seconds": ("seconds, total, median", "number"),
}
_TABLE = re.compile(
    r"^<!-- table: (?P<name>\S+) -->\n(?P<body>(?:(?!<!-- ).*\n)*?)<!-- end -->$", re.MULTILINE
)
_MARKER = re.compile(r"^<!-- (?:table:.*|end) -->$", re.MULTILINE)


class TableError(Exception):
    """A marker is incomplete, or its result file is missing or not readable."""


def main(argv: Sequence[str] | None = None) -> int:
    arguments = argparse.ArgumentParser(
        prog="python -m evaluation.tables",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_argument("--check", action="store_true", help="write nothing; fail on a change")
    arguments.add_argument("pages", nargs="*", type=Path, help="by default README.md and docs")
    options = arguments.parse_args(argv)
    outdated = []
    try:
        for page in options.pages or [ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]:
            text = page.read_text(encoding="utf-8")
            updated = update_page(text, RESULTS)
            if updated != text:
                outdated.append(page)
                if not options.check:
                    page.write_text(updated, encoding="utf-8")
    except (TableError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    for page in outdated:
        print(f"{page}: {'out of date, run `make tables`' if options.check else 'updated'}")
    return 1 if options.check and outdated else 0


def update_page(text: str, results: Path) -> str:
    """Return the text of a page with every table generated again.

    Args:
        results: folder of the result files.

    Raises:
        TableError: a marker is incomplete, or a result file is missing or not readable.
    """
    if len(_MARKER.findall(text)) != 2 * len(_TABLE.findall(text)):
        raise TableError("A table needs `<!-- table: NAME -->` and `<!-- end -->` on own lines.")

    def replace(match: re.Match[str]) -> str:
        table = format_result(_read_result(results / f"{match['name']}.json"))
        return f"<!-- table: {match['name']} -->\n\n{table}\n\n<!-- end -->"

    return _TABLE.sub(replace, text)


def _read_result(path: Path) -> dict[str, Any]:
    try:
        result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"{path} is no result file that can be read ({error}).") from error
    return result


def format_result(result: dict[str, Any]) -> str:
    """Return a table of a result file, followed by where and how it was measured.

    Raises:
        TableError: the file has no table, or lacks a field.
    """
    formats = {"quality": _format_quality, "speed": _format_speed}
    kind = result.get("kind")
    if kind not in formats:
        raise TableError(f"A result of the kind {kind!r} has no table.")
    try:
        return f"{formats[kind](result)}\n\n{_format_origin(result)}"
    except (KeyError, TypeError) as error:
        raise TableError(f"A result of the kind {kind!r} lacks a field ({error}).") from error


def _format_quality(result: dict[str, Any]) -> str:
    """Return a row for each figure and a column for each set and system.

    A heading has the numbers of answerable and unanswerable questions.
    """
    columns = [column["figures"] for column in result["results"]]
    headings = []
    for column in result["results"]:
        answerable = column["figures"]["of them answerable"]
        unanswerable = column["figures"]["questions"] - answerable
        counts = f"({answerable:.0f} / {unanswerable:.0f})"
        headings.append(f"{column['set']}, `{column['system']}` {counts}")
    lines = [f"| | {' | '.join(headings)} |", f"|---|{'---|' * len(columns)}"]
    for label, (figure, style) in ROWS.items():
        values = [column.get(figure) for column in columns]
        if any(value is not None for value in values):
            cells = (_format_figure(value, style) for value in values)
            lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _format_figure(value: float | None, style: str) -> str:
    if value is None:
        return "–"
    return f"{100 * value:.0f} %" if style == "share" else f"{value:.2f}"


def _format_speed(result: dict[str, Any]) -> str:
    lines = ["| | median seconds | from | to | runs |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['name']} | {row['median']:.2f} | {row['min']:.2f} | {row['max']:.2f} "
        f"| {row['runs']} |"
        for row in result["results"]
    ]
    return "\n".join(lines)


def _format_origin(result: dict[str, Any]) -> str:
    """Return the commit, the date, the machine and the command of a result."""
    machine = result["machine"]
    return (
        f"Commit {result['commit']}, {result['date']}; {machine['cpu']}, {machine['cores']} cores, "
        f"{machine['memory_gb']:.0f} GB.\n\n    {_format_command(result)}"
    )


def _format_command(result: dict[str, Any]) -> str:
    if result["kind"] == "speed":
        return f'make speed ARGS="--rounds {result["rounds"]}"'
    systems = dict.fromkeys(column["system"] for column in result["results"])
    sets = dict.fromkeys(column["set"] for column in result["results"])
    options = [
        *(["--held-out"] if result["held_out"] else []),
        *(["--quick"] if result["quick"] else []),
        f"--systems {' '.join(systems)} --sets {' '.join(sets)}",
        *([f"--count {result['count']}"] if result["count"] else []),
    ]
    return f'make quality ARGS="{" ".join(options)}"'


if __name__ == "__main__":
    sys.exit(main())
