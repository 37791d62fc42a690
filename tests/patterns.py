"""Collect the regular expressions of a package, and make text that is hard for each of them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from re import _constants as codes
from re import _parser as parser
from types import ModuleType
from typing import Any

__all__ = ["PatternUse", "collect_patterns", "make_hard_texts"]

SEARCHING = frozenset({"search", "sub", "subn", "split", "findall", "finditer"})
ANCHORED = frozenset({"match", "fullmatch"})
MAX_REPETITIONS = 3  # of an element in a sample


@dataclass(frozen=True)
class PatternUse:
    """A regular expression, a method that it is used with, and the module that uses it."""

    pattern: re.Pattern[str]
    method: str
    module: str

    @property
    def name(self) -> str:
        """Return a name for messages."""
        return f"{self.module}: {self.method} {self.pattern.pattern[:100]!r}"

    def apply(self, text: str) -> None:
        """Apply the expression to a text as the program does."""
        if self.method == "fullmatch":
            self.pattern.fullmatch(text)
        elif self.method == "match":
            self.pattern.match(text)
        else:
            for _ in self.pattern.finditer(text):
                pass


def collect_patterns(package: ModuleType) -> list[PatternUse]:
    """Return the expressions of all modules of a package.

    These are the compiled expressions at module level, alone or in a collection, and those that a
    function passes to `re` as text that is known before it runs.
    """
    uses: dict[tuple[str, int, str], PatternUse] = {}
    for module in _walk_modules(package):
        tree = ast.parse(Path(module.__file__ or "").read_text("utf-8"))
        for pattern, method in (*_list_compiled(module, tree), *_list_inline(module, tree)):
            use = PatternUse(pattern, method, module.__name__)
            uses.setdefault((pattern.pattern, pattern.flags, method), use)
    return list(uses.values())


def _walk_modules(package: ModuleType) -> Iterator[ModuleType]:
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not info.name.endswith("__main__"):
            yield importlib.import_module(info.name)


def _list_compiled(module: ModuleType, tree: ast.Module) -> Iterator[tuple[re.Pattern[str], str]]:
    calls = [
        (node.value.id if isinstance(node.value, ast.Name) else node.value.attr, node.attr)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute)
    ]
    for name, value in _list_constants(module):
        methods = {method for owner, method in calls if owner == name}
        known = methods & (SEARCHING | ANCHORED)
        for pattern in _list_patterns(value):
            if known <= ANCHORED and known:
                yield from ((pattern, method) for method in known)
            else:
                yield pattern, "search"


def _list_constants(module: ModuleType) -> Iterator[tuple[str, object]]:
    """Yield the names and values of a module and of its classes."""
    for name, value in vars(module).items():
        yield name, value
        if isinstance(value, type) and value.__module__ == module.__name__:
            yield from vars(value).items()


def _list_patterns(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif isinstance(value, dict):
        yield from (pattern for part in value.values() for pattern in _list_patterns(part))
        yield from (pattern for part in value for pattern in _list_patterns(part))
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from (pattern for part in value for pattern in _list_patterns(part))


def _list_inline(module: ModuleType, tree: ast.Module) -> Iterator[tuple[re.Pattern[str], str]]:
    for node in ast.walk(tree):
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id == "re"
            and node.func.attr in SEARCHING | ANCHORED
        ):
            continue
        flags = next((word.value for word in node.keywords if word.arg == "flags"), None)
        position = {"search": 2, "match": 2, "fullmatch": 2, "findall": 2, "finditer": 2}
        index = position.get(node.func.attr, 99)
        flags = flags or (node.args[index] if len(node.args) > index else None)
        with suppress(NameError):  # it has a part that is known only when the function runs
            pattern = re.compile(_evaluate(node.args[0], module), _evaluate(flags, module) or 0)
            yield pattern, "search" if node.func.attr in SEARCHING else node.func.attr


def _evaluate(node: ast.expr | None, module: ModuleType) -> Any:
    if node is None:
        return None
    code = compile(ast.Expression(node), "<pattern>", "eval")
    return eval(code, {**vars(module)})


def make_hard_texts(pattern: re.Pattern[str]) -> list[str]:
    """Return pieces of text for a pattern: it is hard if a piece is repeated many times.

    For each element that repeats, a piece is what the element repeats, after and without what
    comes before the element. The start of a match is repeated as well.
    """
    tree = parser.parse(pattern.pattern, pattern.flags)
    pieces: dict[str, None] = {}
    for before, body in _list_repeats(list(tree)):
        pieces.setdefault(body)
        pieces.setdefault(before + body)
    whole = _sample(list(tree))
    for end in {len(whole) // 3, len(whole) // 2, len(whole) - 1, len(whole)}:
        pieces.setdefault(whole[:end])
    return [piece for piece in pieces if piece]


def _list_repeats(items: list[Any], before: str = "") -> Iterator[tuple[str, str]]:
    for code, value in items:
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT):
            _, most, body = value
            if most > MAX_REPETITIONS:
                for sample in _sample_all(list(body)):
                    yield before, sample
            yield from _list_repeats(list(body), before)
        elif code is codes.SUBPATTERN:
            yield from _list_repeats(list(value[3]), before)
        elif code is codes.ATOMIC_GROUP:
            yield from _list_repeats(list(value), before)
        elif code is codes.BRANCH:
            for branch in value[1]:
                yield from _list_repeats(list(branch), before)
        elif code in (codes.ASSERT, codes.ASSERT_NOT):
            yield from _list_repeats(list(value[1]), before)
        before += _sample([(code, value)])


def _sample_all(items: list[Any]) -> list[str]:
    """Return a sample for each alternative that a body is, or one sample."""
    match items:
        case [(codes.SUBPATTERN, (_, _, _, body))]:
            return _sample_all(list(body))
        case [(codes.BRANCH, (_, branches))]:
            return [_sample(list(branch)) for branch in branches][:8]
        case [(codes.IN, members)]:
            return list(_members(members))[:4] or ["a"]
        case _:
            return [_sample(items)]


def _sample(items: list[Any]) -> str:
    """Return a text that items match, as far as the lookarounds allow it."""
    parts = []
    for code, value in items:
        match code:
            case codes.LITERAL:
                parts.append(chr(value))
            case codes.NOT_LITERAL:
                parts.append("b" if value == ord("a") else "a")
            case codes.ANY:
                parts.append("a")
            case codes.IN:
                parts.append(next(_members(value), "a"))
            case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
                least, most, body = value
                parts.append(_sample(list(body)) * max(least, min(1, int(most))))
            case codes.SUBPATTERN:
                parts.append(_sample(list(value[3])))
            case codes.ATOMIC_GROUP:
                parts.append(_sample(list(value)))
            case codes.BRANCH:
                parts.append(_sample(list(value[1][0])))
            case _:
                pass
    return "".join(parts)


CATEGORIES = {
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_DIGIT: "1",
    codes.CATEGORY_WORD: "a",
    codes.CATEGORY_NOT_SPACE: "a",
    codes.CATEGORY_NOT_DIGIT: "a",
    codes.CATEGORY_NOT_WORD: ",",
}


def _members(members: list[Any]) -> Iterator[str]:
    """Yield characters of a set."""
    if members[0][0] is codes.NEGATE:
        excluded = re.compile(f"[{''.join(map(_class_text, members[1:]))}]")
        yield from (character for character in "a 1,.\n“é" if not excluded.match(character))
        return
    for code, value in members:
        match code:
            case codes.LITERAL:
                yield chr(value)
            case codes.RANGE:
                yield chr(value[0])
            case codes.CATEGORY:
                yield CATEGORIES[value]


def _class_text(member: Any) -> str:
    code, value = member
    if code is codes.LITERAL:
        return re.escape(chr(value))
    if code is codes.RANGE:
        return f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
    return {
        codes.CATEGORY_SPACE: r"\s",
        codes.CATEGORY_DIGIT: r"\d",
        codes.CATEGORY_WORD: r"\w",
        codes.CATEGORY_NOT_SPACE: r"\S",
        codes.CATEGORY_NOT_DIGIT: r"\D",
        codes.CATEGORY_NOT_WORD: r"\W",
    }[value]
