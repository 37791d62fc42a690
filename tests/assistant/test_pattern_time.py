"""Test that every regular expression takes linear time on text that is made to be hard for it."""

from __future__ import annotations

import re
import time
from functools import cache

import pytest

import assistant
import index
from tests.patterns import PatternUse, collect_patterns, make_hard_texts

pytestmark = pytest.mark.alone

COMMON_PIECES = [
    *("a", "7", " ", ",", ".", "-", "'", "\n", '"', "“", "(", "[", "{", "<", "*", "?"),
    *("a ", "1,", "1 ", "1.", "A ", "Ab ", "a-", "É’", "a, ", "a.\n", "“”", "()", "[]", "the "),
]
SIZES = (500, 2_000, 8_000)
# What takes less than this is not looked at more closely: quadratic time is more at 8,000.
FLOOR_SECONDS = 0.012
# Linear time is 4 times as much for 4 times the text, quadratic time is 16 times as much.
MAX_RATIO = 9
TRIES = 3  # before a pattern is said to be slow; a busy machine disturbs some of them


@cache
def list_uses() -> list[PatternUse]:
    return [*collect_patterns(assistant), *collect_patterns(index)]


def measure(use: PatternUse, piece: str, size: int) -> float:
    text = (piece * (size // len(piece) + 1))[:size] + "\0"
    started = time.process_time()
    use.apply(text)
    return max(time.process_time() - started, 1e-6)


def is_slow(use: PatternUse, piece: str) -> bool:
    """Return whether a pattern takes more than linear time on a repeated piece of text."""
    if measure(use, piece, SIZES[0]) > FLOOR_SECONDS * 4:  # cubic or exponential time
        return min(measure(use, piece, SIZES[0]) for _ in range(TRIES)) > FLOOR_SECONDS * 4
    if measure(use, piece, SIZES[2]) < FLOOR_SECONDS:
        return False
    times = [min(measure(use, piece, size) for _ in range(TRIES)) for size in (SIZES[1], SIZES[2])]
    return times[1] > FLOOR_SECONDS and times[1] > MAX_RATIO * times[0]


def test_all_patterns_are_collected() -> None:
    names = {use.module for use in list_uses()}
    assert len(list_uses()) > 400
    assert {"assistant.answer.quotations", "index.text.boundaries", "index.loaders.eml"} <= names


def test_every_pattern_takes_linear_time() -> None:
    slow = [
        f"{use.name} on {piece!r}"
        for use in list_uses()
        for piece in dict.fromkeys([*COMMON_PIECES, *make_hard_texts(use.pattern)])
        if is_slow(use, piece)
    ]
    assert not slow, "\n".join(slow)


@pytest.mark.parametrize(
    ("pattern", "is_bad"),
    [
        (r"\s+$", True),
        (r"(?<!\s)\s+$", False),
        (r"(?:\s*\[\d{1,3}\])+[\s.,]*$", True),
        (r"[A-Z][\w'’-]+,\s$", True),
        (r"[A-Z][\w'’-]{1,60},\s$", False),
        (r"a.*like", True),
    ],
)
def test_slow_patterns_are_noticed(pattern: str, is_bad: bool) -> None:
    use = PatternUse(re.compile(pattern), "search", __name__)
    pieces = dict.fromkeys([*COMMON_PIECES, *make_hard_texts(use.pattern)])
    assert any(is_slow(use, piece) for piece in pieces) == is_bad
