"""Generate the Markdown tables of the documentation from published result files.

    python -m evaluation.tables            # write the tables
    python -m evaluation.tables --check    # fail if a table is out of date

A page names a file of `evaluation/results/`, without its suffix, in a comment. The text between the
two comments is generated:

    <!-- table: 2026-11-28-54375d2-quality -->
    <!-- end -->

Instead of `table`, `ablations` compares the systems of a file on the failure cases, and
`comparison` puts the figures of several files beside those that others published.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evaluation.table_formats import (
    format_ablations,
    format_cluster,
    format_comparison,
    format_library_speed,
    format_load,
    format_quality,
    format_scale,
    format_soak,
    format_speed,
    format_stress,
    format_verification,
)

__all__ = ["TableError", "format_results", "main", "update_page"]

ROOT = Path(__file__).parents[1]
RESULTS = Path(__file__).with_name("results")
FORMATS = {
    "quality": format_quality,
    "speed": format_speed,
    "library speed": format_library_speed,
    "load": format_load,
    "stress": format_stress,
    "cluster": format_cluster,
    "scale": format_scale,
    "soak": format_soak,
    "verification": format_verification,
}
_TABLE = re.compile(
    r"^<!-- (?P<format>table|ablations|comparison): (?P<names>\S+(?: \S+)*) -->\n"
    r"(?P<body>(?:(?!<!-- ).*\n)*?)<!-- end -->$",
    re.MULTILINE,
)
_MARKER = re.compile(r"^<!-- (?:(?:table|ablations|comparison):.*|end) -->$", re.MULTILINE)


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
        files = [_read_result(results / f"{name}.json") for name in match["names"].split()]
        table = format_results(files, match["format"])
        return f"<!-- {match['format']}: {match['names']} -->\n\n{table}\n\n<!-- end -->"

    return _TABLE.sub(replace, text)


def _read_result(path: Path) -> dict[str, Any]:
    try:
        result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TableError(f"{path} is no result file that can be read ({error}).") from error
    return result


def format_results(results: Sequence[dict[str, Any]], table: str) -> str:
    """Return a table of result files, followed by where and how each was measured.

    Args:
        results: the contents of the files; one of them unless the table is a comparison.
        table: `table`, `ablations` or `comparison`.

    Raises:
        TableError: a file has no such table, or lacks a field.
    """
    if table != "comparison" and len(results) != 1:
        raise TableError(f"A marker of the kind {table!r} names one file.")
    kinds = ", ".join(str(result.get("kind")) for result in results)
    try:
        if table == "comparison":
            text = format_comparison(results)
        elif table == "ablations":
            text = format_ablations(results[0])
        else:
            text = FORMATS[results[0]["kind"]](results[0])
        return "\n\n".join([text, *map(_format_origin, results)])
    except (KeyError, IndexError, TypeError) as error:
        raise TableError(f"A result of the kind {kinds} lacks a field ({error}).") from error


def _format_origin(result: dict[str, Any]) -> str:
    """Return the commit, the date, the machine and the command of a result."""
    machine = result["machine"]
    rescored = f" (scored again by {result['rescored']})" if "rescored" in result else ""
    return (
        f"Commit {result['commit']}{rescored}, {result['date']}; {machine['cpu']}, "
        f"{machine['cores']} cores, {machine['memory_gb']:.0f} GB.\n\n    {_format_command(result)}"
    )


def _format_command(result: dict[str, Any]) -> str:
    if result["kind"] == "speed":
        return f'make speed ARGS="--rounds {result["rounds"]}"'
    if result["kind"] == "library speed":
        sizes = f"--passages {result['passages']} --dimensions {result['dimensions']}"
        return f"python -m evaluation.speed.library {sizes}"
    if result["kind"] == "load":
        loaded = [row["system"] for row in result["results"]]
        models = " ".join(system for system in loaded if system != "gradio")
        peer = " --peer gradio" if "gradio" in loaded else ""
        greedy = f" --greedy {result['greedy']}" if result["greedy"] else ""
        time = f"--seconds {result['seconds']:.0f} --delay {result['delay']}"
        return f'make load ARGS="--models {models}{peer} {time}{greedy}"'
    if result["kind"] == "stress":
        return f'make stress ARGS="--kills {result["kills"]} --seed {result["seed"]}"'
    if result["kind"] == "scale":
        sizes = f"--articles {result['articles']} --passages {result['passages']}"
        return f'make scale ARGS="{sizes} --embedder {result["embedder"]}"'
    if result["kind"] == "soak":
        return f"make soak MINUTES={result['minutes']:.0f}"
    if result["kind"] == "cluster":
        sizes = f"--seconds {result['seconds']:.0f} --passages {result['passages']}"
        return f'make cluster ARGS="{sizes}"'
    if result["kind"] == "verification":
        only = "" if "results" in result else " --only wice"
        return f"python -m evaluation.verification --count {result['count']}{only} ../shared/train"
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
