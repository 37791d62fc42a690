"""Fail if names are vague or too long.

At most 1 % of the bound names may say nothing. The name of a module must not be a participle, and
the name of a test has at most 60 characters.

Run as `python -m tools.lint_names`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["MAX_SHARE", "MAX_TEST_NAME_LENGTH", "bound_names", "long_tests", "main", "participles"]

MAX_SHARE = 0.01
MAX_TEST_NAME_LENGTH = 60
PACKAGES = ("assistant", "index", "evaluation", "training", "tools")
VAGUE = frozenset(
    [
        "one",
        "told",
        "said",
        "asked",
        "known",
        "found",
        "kept",
        "named",
        "given",
        "made",
        "other",
        "others",
        "own",
        "rest",
        "begun",
        "wanted",
        "least",
        "most",
        "chosen",
        "shown",
        "left",
        "place",
    ]
)
# Nouns of the field that end like a participle.
NOUNS = frozenset({"bundled", "prompting", "reasoning", "streaming", "training"})


def bound_names(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each parameter and of each assigned variable."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id


def long_tests(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the name of each test function whose name is too long."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and node.name.startswith("test_")
            and len(node.name) > MAX_TEST_NAME_LENGTH
        ):
            yield node.lineno, node.name


def participles(paths: list[Path]) -> list[Path]:
    """Return the modules whose names end like participles and are no nouns of the field."""
    return [path for path in paths if path.stem.endswith(("ing", "ed")) and path.stem not in NOUNS]


def main(root: Path = Path()) -> int:
    """Print every vague name, every participle and every long test name; return the exit status."""
    paths = [path for package in PACKAGES for path in sorted((root / package).rglob("*.py"))]
    count, vague = 0, []
    for path in paths:
        for line, name in bound_names(path.read_text(encoding="utf-8")):
            count += 1
            if name in VAGUE:
                vague.append(f"{path}:{line}: {name}")
    share = len(vague) / max(count, 1)
    wrong = participles(paths)
    print(f"Vague names: {len(vague)} of {count} ({share:.2%}); at most {MAX_SHARE:.0%} pass.")
    if share > MAX_SHARE:
        print(*vague, sep="\n")
    for path in wrong:
        print(f"{path}: the name of a module is a noun.")
    too_long = [
        f"{path}:{line}: {name} has {len(name)} characters; at most {MAX_TEST_NAME_LENGTH} pass."
        for path in sorted((root / "tests").rglob("*.py"))
        for line, name in long_tests(path.read_text(encoding="utf-8"))
    ]
    print(*too_long, sep="\n", end="\n" if too_long else "")
    return int(share > MAX_SHARE or bool(wrong or too_long))


if __name__ == "__main__":
    sys.exit(main())
