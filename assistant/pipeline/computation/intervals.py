"""Read bounds such as "more than" and "about", and compare the intervals that they give."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

__all__ = ["Bound", "INFINITY", "Interval", "MAX_BOUND_CHARACTERS", "find_bound", "make_interval"]

INFINITY = float("inf")
Bound = str  # one of ">", ">=", "<", "<=", "~", "~<" (nearly), or empty for an exact value
# An approximate value may be wrong by this share; half of it is the common rounding to one digit.
APPROXIMATION = Fraction(1, 10)

_LARGER = (
    "taller|higher|longer|older|larger|bigger|heavier|wider|broader|deeper|thicker|faster|greater|"
    "warmer|hotter|farther|further|later"
)
_SMALLER = (
    "shorter|lower|younger|smaller|lighter|narrower|shallower|thinner|cheaper|slower|fewer|less|"
    "colder|cooler|nearer|closer|earlier|newer"
)
_ANY_WORDS = r"(?:\s(?:the|an?|about|only|just|some)){0,2}"
_BOUNDS_BEFORE = {
    ">=": r"(?:no|not)\s(?:fewer|less|smaller|lower|younger)\sthan|at\sleast|a?\s?minimum\sof",
    "<=": r"(?:no|not)\s(?:more|greater|larger|higher|older)\sthan|at\s(?:the\s)?most|up\sto|"
    r"a?\s?maximum\sof|as\s(?:many|much)\sas",
    ">": rf"(?:more|{_LARGER}|more\s\w{{1,20}})\sthan|over|above|exceed(?:s|ed|ing)?|"
    r"in\sexcess\sof|upwards\sof|well\sover",
    "~<": r"nearly|almost|close\sto|just\s(?:under|below|short\sof)",
    "<": rf"(?:less\s\w{{1,20}}|{_SMALLER})\sthan|under|below",
    "~": r"about|around|approximately|roughly|some|(?:an\s)?estimated|circa|ca?\.|perhaps|probably|"
    r"maybe|possibly",
}
_BOUND_BEFORE = [
    (bound, re.compile(rf"\b(?:{words}){_ANY_WORDS}\s$", re.IGNORECASE))
    for bound, words in _BOUNDS_BEFORE.items()
]
_BOUND_AFTER = {
    ">=": re.compile(r"\+|\s(?:\w{1,20}\s)?or\s(?:more|over|above|longer|older|higher)\b", re.I),
    "<=": re.compile(r"\s(?:\w{1,20}\s)?or\s(?:less|fewer|under|below|younger)\b", re.I),
    "~": re.compile(r"\s(?:\w{1,20}\s)?or\sso\b|[\s-]odd\b", re.I),
}
MAX_BOUND_CHARACTERS = 48  # the longest words of a bound, with room


class Interval(NamedTuple):
    """A range of values. `low` and `high` may be infinite; open ends are excluded."""

    low: Fraction | float
    high: Fraction | float
    low_open: bool = False
    high_open: bool = False

    def is_within(self, other: Interval) -> bool:
        """Return whether all its values are in another interval."""
        above = self.low > other.low or (
            self.low == other.low and (self.low_open or not other.low_open)
        )
        below = self.high < other.high or (
            self.high == other.high and (self.high_open or not other.high_open)
        )
        return above and below

    def is_disjoint(self, other: Interval) -> bool:
        """Return whether no value is in both intervals."""
        return self._is_below(other) or other._is_below(self)

    def _is_below(self, other: Interval) -> bool:
        return self.high < other.low or (
            self.high == other.low and (self.high_open or other.low_open)
        )

    def scale(self, factor: Fraction) -> Interval:
        """Return the interval in another unit."""
        return self._replace(low=self.low * factor, high=self.high * factor)


def make_interval(value: Fraction, bound: Bound) -> Interval:
    """Return the values that "more than 60", "about 60" or "60" may mean."""
    margin = abs(value) * APPROXIMATION
    match bound:
        case ">":
            return Interval(value, INFINITY, low_open=True)
        case ">=":
            return Interval(value, INFINITY)
        case "<":
            return Interval(-INFINITY, value, high_open=True)
        case "<=":
            return Interval(-INFINITY, value)
        case "~":
            return Interval(value - margin, value + margin)
        case "~<":
            return Interval(value - margin, value, high_open=True)
        case _:
            return Interval(value, value)


def find_bound(text: str, start: int, end: int) -> Bound:
    """Return the bound that the words around a quantity or date give it; empty if it is exact."""
    before = text[max(0, start - MAX_BOUND_CHARACTERS) : start]
    for bound, pattern in _BOUND_BEFORE:
        if pattern.search(before):
            return bound
    return next((bound for bound, pattern in _BOUND_AFTER.items() if pattern.match(text, end)), "")
