"""Format result files of each kind as Markdown tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.table_cells import (
    FIGURES,
    format_count,
    format_figure,
    format_header,
    format_share,
)

__all__ = [
    "format_ablations",
    "format_cluster",
    "format_comparison",
    "format_kinds",
    "format_library_speed",
    "format_load",
    "format_quality",
    "format_scale",
    "format_soak",
    "format_speed",
    "format_stress",
    "format_verification",
]

BENCHMARKS = {
    "squad2": "SQuAD 2.0",
    "acl_verbatim": "ACL-Verbatim",
    "wice_dev": "WiCE",
}
# Figures of each kind of question: label, and whether it is a share of yes/no outcomes.
_KIND_FIGURES = {"cases passed": True, "answered": True, "token F1": False}

# The systems of a load test, and those that ask the mock model.
LOADED_SYSTEMS = {
    "none": "quotes only",
    "mock": "this program",
    "embedded": "bundled model",
    "gradio": "bare Gradio chat",
}
MOCKED = ("mock", "gradio")


def format_quality(result: Mapping[str, Any]) -> str:
    """Return a row for each figure and a column for each set and system, then the kinds.

    A heading has the numbers of answerable and unanswerable questions.
    """
    columns = result["results"]
    headings = [""]
    for column in columns:
        answerable = column["figures"]["of them answerable"]
        unanswerable = column["figures"]["questions"] - answerable
        counts = f"({answerable:.0f} / {unanswerable:.0f})"
        headings.append(f"{column['set']}, `{column['system']}` {counts}")
    lines = format_header(headings)
    for name, (label, _) in FIGURES.items():
        if any(column["figures"].get(name) is not None for column in columns):
            cells = (format_figure(column, name) for column in columns)
            lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n\n".join(["\n".join(lines), *format_kinds(columns)])


def format_kinds(columns: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a table for each set that has several kinds of questions.

    Args:
        columns: the results of a file, each of a set and a system.
    """
    sets: dict[str, list[Mapping[str, Any]]] = {}
    for column in columns:
        if column.get("kinds"):
            sets.setdefault(column["set"], []).append(column)
    return [_format_kinds(name, group) for name, group in sets.items()]


def _format_kinds(name: str, columns: Sequence[Mapping[str, Any]]) -> str:
    """Return a row for each kind of question of a set."""
    kinds = columns[0]["kinds"]
    has_cases = columns[0]["figures"].get("cases passed") is not None
    figures = ["cases passed"] if has_cases else ["answered", "token F1"]
    shown = [(column, figure) for column in columns for figure in figures]
    lines = format_header(
        [name, "questions", *(f"{figure}, `{column['system']}`" for column, figure in shown)]
    )
    for kind in kinds:
        cells = (_format_kind(column["kinds"].get(kind), figure) for column, figure in shown)
        count = kinds[kind]["figures"]["questions"]
        lines.append(f"| {kind} | {count:.0f} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _format_kind(kind: Mapping[str, Any] | None, figure: str) -> str:
    if kind is None or kind["figures"].get(figure) is None:
        return "–"
    value = kind["figures"][figure]
    if _KIND_FIGURES[figure]:
        return format_count(value, kind["figures"]["questions"])
    return format_share(value, kind.get("intervals", {}).get(figure))


def format_ablations(result: Mapping[str, Any]) -> str:
    """Return a row for each system with the failure cases that it passes.

    The last column has the kinds of which it passes more or fewer than the first system does.
    """
    columns = [column for column in result["results"] if "kinds" in column]
    first = columns[0]
    total = first["figures"]["questions"]
    lines = format_header(["system", f"passed of {total:.0f}", "difference", "kinds that change"])
    for column in columns:
        passed, before = _count_passed(column), _count_passed(first)
        interval = column["intervals"]["cases passed"]
        share = format_share(column["figures"]["cases passed"], interval)
        changes = [
            f"{kind} {_count_passed(first['kinds'][kind])} → {_count_passed(figures)}"
            for kind, figures in column["kinds"].items()
            if kind in first["kinds"]
            and _count_passed(figures) != _count_passed(first["kinds"][kind])
        ]
        difference = f"{passed - before:+d}" if passed != before else "0"
        lines.append(
            f"| `{column['system']}` | {passed}, {share} | {difference} "
            f"| {', '.join(changes) or '–'} |"
        )
    return "\n".join(lines)


def _count_passed(column: Mapping[str, Any]) -> int:
    figures: dict[str, float] = column["figures"]
    return round(figures["cases passed"] * figures["questions"])


def format_comparison(results: Sequence[Mapping[str, Any]]) -> str:
    """Return the published figures of each benchmark with those of the assistant, best first."""
    lines = format_header(["benchmark, figure", "system", "value", "measured on"])
    for result in results:
        published = result["published"]
        for name, figure in dict.fromkeys((row["set"], row["figure"]) for row in published):
            rows = [
                (row["value"], f"{100 * row['value']:.1f} %", row["system"], row["source"])
                for row in published
                if (row["set"], row["figure"]) == (name, figure)
            ]
            rows += _list_own_figures(result, name, figure)
            lines += [
                f"| {BENCHMARKS[name]}, {FIGURES.get(figure, (figure,))[0]} | {system} | {value} "
                f"| {source} |"
                for _, value, system, source in sorted(rows, key=lambda row: -row[0])
            ]
    return "\n".join(lines)


def _list_own_figures(
    result: Mapping[str, Any], name: str, figure: str
) -> list[tuple[float, str, str, str]]:
    """Return the value, its text, the system and the data of each own figure."""
    if result["kind"] == "verification":
        wice = result["wice"]
        value = format_share(wice[figure], wice.get("intervals", {}).get(figure))
        return [(wice[figure], f"**{value}**", "**the verifier**", f"{wice['statements']} claims")]
    return [
        (
            column["figures"][figure],
            f"**{format_share(column['figures'][figure], column['intervals'][figure])}**",
            f"**the assistant, `{column['system']}`**",
            f"{column['figures']['questions']:.0f} questions",
        )
        for column in result["results"]
        if column["set"] == name
    ]


def format_verification(result: Mapping[str, Any]) -> str:
    """Return the shares of statements that are stopped by kind, then the verifier's figures by set.

    The second table has the forms of statements, the sets, and WiCE.
    """
    results = result["results"]
    sets = {"all": results["all"], **results.get("forms", {}), **results.get("sets", {})}
    if "wice" in result:
        sets["WiCE dev"] = result["wice"]
    return f"{_format_stopped(results)}\n\n{_format_sets(sets)}"


def _format_sets(sets: Mapping[str, Mapping[str, Any]]) -> str:
    headings = ["form or set", "statements", "balanced accuracy", "AUROC"]
    lines = format_header([*headings, "false stopped", "true stopped"])
    for name, figures in sets.items():
        count, supported = figures["statements"], figures["supported"]
        accuracy, area = figures["balanced accuracy"], figures["AUROC"]
        interval = figures.get("intervals", {}).get("balanced accuracy")
        lines.append(
            f"| {name} | {count:,} "
            f"| {'–' if accuracy is None else format_share(accuracy, interval)} "
            f"| {'–' if area is None else f'{area:.3f}'} "
            f"| {format_count(figures['false stopped'], count - supported)} "
            f"| {format_count(figures['true stopped'], supported)} |"
        )
    return "\n".join(lines)


def _format_stopped(results: Mapping[str, Any]) -> str:
    suffixes = ("", ", other checks", ", all checks")
    checks = [suffix for suffix in suffixes if _is_measured(results, suffix)]
    names = {"": "the verifier", ", other checks": "the other checks", ", all checks": "either"}
    headings = ["kind of statement", "altered or false"]
    headings += [f"stopped by {names[suffix]}" for suffix in checks]
    headings += ["true", *(f"stopped by {names[suffix]}" for suffix in checks)]
    lines = format_header(headings)
    for kind, figures in {"all": results["all"], **results["kinds"]}.items():
        cells = [kind]
        supported = figures["supported"]
        for label, count in (("false", figures["statements"] - supported), ("true", supported)):
            cells.append(f"{count:,}" if count else "–")
            cells += [format_count(figures[f"{label} stopped{suffix}"], count) for suffix in checks]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _is_measured(results: Mapping[str, Any], suffix: str) -> bool:
    return f"false stopped{suffix}" in results["all"]


def format_speed(result: Mapping[str, Any]) -> str:
    """Return the seconds of each measured step."""
    lines = format_header(["", "median seconds", "from", "to", "runs"])
    lines += [
        f"| {row['name']} | {row['median']:.2f} | {row['min']:.2f} | {row['max']:.2f} "
        f"| {row['runs']} |"
        for row in result["results"]
    ]
    return "\n".join(lines)


def format_library_speed(result: Mapping[str, Any]) -> str:
    """Return a row for each figure of a whole library, and the ratio of the two ways."""
    loaded, present = result["results"]["loaded"], result["results"]["SQLite"]
    adding = result["results"]["adding"]
    lines = format_header(["", "all articles loaded", "SQLite", "ratio"])
    lines += [
        f"| {name} | {value:.2f} | {present[name]:.2f} | {present[name] / value:.2f} |"
        for name, value in loaded.items()
    ]
    caption = "; ".join(f"{name}: {value:.0f}" for name, value in adding.items())
    return "\n".join(lines) + f"\n\nAdding: {caption}."


def format_load(result: Mapping[str, Any]) -> str:
    """Return a row for each system under load: what became of the questions, and the seconds."""
    headings = ["system", "users", "answers", "a minute", "p50", "p95", "p99", "503", "errors"]
    lines = format_header([*headings, "wrong", "users served", "health p95", "page p95"])
    for row in result["results"]:
        mock = f", mock model of {result['delay']} ms"
        system = LOADED_SYSTEMS[row["system"]] + (mock if row["system"] in MOCKED else "")
        cells = (
            row["users"],
            row["answered"],
            f"{row['per_minute']:.0f}",
            *(_format_seconds(row[name]) for name in ("p50", "p95", "p99")),
            row["refused"],
            row["error"],
            row["wrong"],
            f"{row['addresses_served']} of {row['users']}",
            *(_format_seconds(row[name]) for name in ("health_p95", "page_p95")),
        )
        lines.append(f"| {system} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _format_seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.2f} s"


def format_cluster(result: Mapping[str, Any]) -> str:
    """Return a row for each part that was killed: requests by outcome, then seconds."""
    outcomes = ("answered", "refused", "error", "broken", "unclear", "wrong")
    actions = ("ask", "ask the library", "add")
    lines = format_header(
        ["killed", *outcomes, "slowest failure, s", *(f"no “{action}”, s" for action in actions)]
    )
    for row in result["results"]:
        seconds = [row["longest_failure"], *(row["gaps"][action] for action in actions)]
        cells = [*(row[outcome] for outcome in outcomes), *(f"{value:.1f}" for value in seconds)]
        lines.append(f"| {row['part']} | {' | '.join(map(str, cells))} |")
    lines += ["", f"Acknowledged articles that were lost: {result['lost']}."]
    return "\n".join(lines)


def format_scale(result: Mapping[str, Any]) -> str:
    """Return a row for each run of bulk indexing, and how the libraries differ."""
    lines = format_header(
        [
            *("engine", "workers", "killed", "articles", "passages", "seconds", "passages/s"),
            *("processor ms per passage", "writer MB, half", "writer MB, end", "worker MB"),
        ]
    )
    for row in result["results"]:
        cells = [row["engine"], row["workers"], row["killed"], f"{row['added']:,}"]
        cells += [f"{row['passages']:,}", f"{row['seconds']:.0f}"]
        cells += [f"{row['passages_per_second']:.0f}", f"{row['processor_ms_per_passage']:.1f}"]
        cells += [f"{row[name]:,}" for name in ("writer_mb_half", "writer_mb_end", "worker_mb")]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    names = ("other articles", "other texts or metadata", "other vectors")
    totals = [sum(row[name] for row in result["differences"]) for name in names]
    listed = ", ".join(f"{name} {total:,}" for name, total in zip(names, totals, strict=True))
    largest = max(row["largest difference"] for row in result["differences"])
    difference = f"Differences of the other libraries from the first: {listed}"
    return "\n".join([*lines, "", f"{difference}; largest of two numbers {largest:.0e}."])


def format_soak(result: Mapping[str, Any]) -> str:
    """Return the state of the server at five moments, and how often each outcome happened."""
    samples = result["samples"][1:]  # the first one is taken before any answer
    lines = format_header(
        ["minutes", "memory, MB", "open files", "threads", "median seconds of an answer"]
    )
    for number in range(5):
        sample = samples[number * (len(samples) - 1) // 4]
        lines.append(
            f"| {sample['minutes']:.0f} | {sample['memory_mb']:.0f} | {sample['handles']} "
            f"| {sample['threads']} | {sample['seconds']} |"
        )
    outcomes = ", ".join(f"{name} {count:,}" for name, count in result["outcomes"].items())
    return "\n".join([*lines, "", f"Outcomes: {outcomes}."])


def format_stress(result: Mapping[str, Any]) -> str:
    """Return a row for each fault: tries, outcomes, and the longest time to heal."""
    lines = format_header(["fault", "tries", "survived", "refused", "lost or crashed", "seconds"])
    for row in result["results"]:
        lost = row["lost"] + row["crashed"]
        cells = (row["tries"], row["survived"], row["refused"], lost, f"{row['seconds']:.1f}")
        lines.append(f"| {row['fault']} | {' | '.join(map(str, cells))} |")
    return "\n".join(lines)
