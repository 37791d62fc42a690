"""Measure the structure of the source: folders, imports, names, docstrings and length.

Run as `python -m tools.measure_structure [ROOT]`; prints JSON. ROOT may be a checkout of another
commit.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from tools.lint_names import VAGUE, bound_names

__all__ = ["measure"]

PACKAGES = ("assistant", "index")
# Verbs that docstrings of Python projects open with.
VERBS = frozenset(
    """
    add allow answer apply ask assert build cache calculate call cancel check choose clean
    clear close collect combine compare compute convert copy count create cut decide
    decode decompose delete describe detect download draw drop embed encode end enter
    estimate exclude explain export extract fail fetch fill filter find fit follow format
    forward generate get give go group guess handle hash hide hold identify import index
    infer insert interrupt invoke iterate join keep label let limit list load lock log
    look loop make map mark match measure merge move name normalize open order own pack
    parse pass permit pick pool predict prepare print produce provide put raise rank read
    rebuild recompute record refuse register reject release remember remove rename render
    replace report request require resolve respond restore retrieve return rewrite round
    run save say score search select send serve set show skip sort split start stop store
    stream strip submit tell test time tokenize train translate truncate try turn update
    upload use validate verify wait walk warn wrap write yield
    """.split()  # noqa: SIM905
)


def _modules(root: Path) -> dict[str, Path]:
    """Return the path of each module of the packages, and of `app.py`, by dotted name."""
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    paths += [root / "app.py"]
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__"): path
        for path in paths
    }


def _imports(name: str, path: Path, modules: dict[str, Path]) -> Iterator[str]:
    """Yield the modules of the project that a module imports, in any place."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            above = parts[: len(parts) + 1 - node.level] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            for alias in node.names:
                target = f"{base}.{alias.name}"
                if target in modules or base in modules:
                    yield target if target in modules else base


def _cycles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other, by Tarjan's algorithm."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = low[node] = len(order)
        stack.append(node)
        for target in graph[node]:
            if target not in order:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], order[target])
        if low[node] == order[node]:
            place = stack.index(node)
            groups.append(sorted(stack[place:]))
            del stack[place:]

    for node in graph:
        if node not in order:
            visit(node)
    return [group for group in groups if len(group) > 1]


def _levels(graph: dict[str, set[str]]) -> int:
    """Return the length of the longest chain of imports; modules of a cycle count once."""
    group_of = {node: index for index, group in enumerate(_cycles(graph)) for node in group}
    depth: dict[str, int] = {}

    def level(node: str, path: frozenset[str]) -> int:
        if node not in depth:
            below = [
                level(target, path | {node})
                for target in graph[node]
                if target not in path and group_of.get(target, -1) != group_of.get(node, -2)
            ]
            depth[node] = 1 + max(below, default=0)
        return depth[node]

    return max(level(node, frozenset()) for node in graph)


def measure(root: Path) -> dict[str, Any]:
    """Return the figures of a checkout."""
    modules = _modules(root)
    graph = {
        name: {target for target in _imports(name, path, modules) if target != name}
        for name, path in modules.items()
    }
    entries: dict[Path, int] = defaultdict(int)
    for path in (path for package in PACKAGES for path in (root / package).rglob("*")):
        if "__pycache__" not in path.parts:
            entries[path.parent] += 1
    docstrings, imperative, names, vague, lines = 0, 0, 0, 0, 0
    for path in modules.values():
        source = path.read_text(encoding="utf-8")
        lines += len(source.splitlines())
        bound = [name for _, name in bound_names(source)]
        names, vague = names + len(bound), vague + sum(name in VAGUE for name in bound)
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node):
                docstrings += 1
                first = (ast.get_docstring(node) or "").split()[0].strip(".,:`").lower()
                imperative += first in VERBS
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
    )
    return {
        "commit": commit.stdout.strip(),
        "modules": len(modules),
        "most_entries_in_a_folder": max(entries.values()),
        "median_entries_of_a_folder": median(entries.values()),
        "import_levels": _levels(graph),
        "imports_between_modules": sum(map(len, graph.values())),
        "import_cycles": len(_cycles(graph)),
        "vague_names_percent": round(100 * vague / names, 1),
        "imperative_docstrings_percent": round(100 * imperative / docstrings),
        "readme_lines": len((root / "README.md").read_text(encoding="utf-8").splitlines()),
        "lines_of_code": lines,
    }


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1] if len(sys.argv) > 1 else ".").resolve()), indent=1))
