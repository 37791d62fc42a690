"""Find the quantities of a sentence: values with their unit, what they measure and their bounds.

English, with digits as other languages group them where that is unambiguous. All patterns are
bounded, so the time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from assistant.pipeline.computation.intervals import (
    MAX_BOUND_CHARACTERS,
    Bound,
    Interval,
    find_bound,
    make_interval,
)
from assistant.pipeline.computation.units import CURRENCIES, UNIT_FORM, UNIT_PATTERNS, UNITS
from assistant.text.tokens import FUNCTION_WORDS, stem_words

__all__ = ["DIMENSIONS", "Quantity", "find_quantities"]

_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "k": 1_000,
    "million": 10**6,
    "mn": 10**6,
    "m": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
    "dozen": 12,
}
_ONES = {
    word: value
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen
        fifteen sixteen seventeen eighteen nineteen""".split()  # noqa: SIM905
    )
}
_TENS = {
    word: 10 * value
    for value, word in enumerate(
        "twenty thirty forty fifty sixty seventy eighty ninety".split(),  # noqa: SIM905
        2,
    )
}
_SMALL = _ONES | _TENS
_BIG = {word: scale for word, scale in _SCALES.items() if len(word) > 2}
_FRACTIONS = {
    "half": Fraction(1, 2),
    "third": Fraction(1, 3),
    "quarter": Fraction(1, 4),
    "fifth": Fraction(1, 5),
    "sixth": Fraction(1, 6),
    "seventh": Fraction(1, 7),
    "eighth": Fraction(1, 8),
    "ninth": Fraction(1, 9),
    "tenth": Fraction(1, 10),
}
_WORDS = "|".join(sorted([*_SMALL, *(f"{word}s?" for word in _BIG)], key=len, reverse=True))
_SPELLED = (
    rf"\b(?:an?\s)?(?:{_WORDS})\b(?:(?:\s|-|\sand\s)(?:{_WORDS})\b){{0,9}}(?:\sand\sa\shalf\b)?"
)
_DIGITS = (
    r"(?<![\w.,:/])(?P<sign>[-−](?=\d))?"
    r"(?:\d{1,3}(?:[,\u00a0\u202f]\d{3}){1,5}(?:\.\d{1,6})?|\d{1,15}(?:[.,]\d{1,6})?)(?P<half>½)?"
    r"(?![\d:/]|[.,]\d)"
)
_SHARE_NOUN = rf"(?:{'|'.join(_FRACTIONS)})"
_SHARE = (
    rf"\b(?:half(?=\s(?:of\b|the\b|its\b|their\b|his\b|her\b|all\b))"
    rf"|(?:an?|one|two|three|four|five|seven|nine)[\s-]{_SHARE_NOUN}s?(?=\sof\b))"
)
_QUANTITY = re.compile(
    rf"(?P<currency>us\$|[$€£]|\b(?:usd|eur|gbp)\s)?\s?"
    rf"(?:(?P<share>{_SHARE})|(?P<halves>\bhalf\san?)\b|(?P<digits>{_DIGITS})|(?P<words>{_SPELLED}))"
    rf"(?:(?<=\d)(?P<tight>bn|mn|m|k)\b(?!²|³)"
    rf"|[\s-]?(?P<scale>hundred|thousand|million|billion|trillion|bn|dozen)s?\b)?"
    rf"(?:[\s-]?(?P<unit>{UNIT_FORM})(?![\w²³]))?",
    re.IGNORECASE,
)

# Words that a comparative or an adjective of a dimension share.
DIMENSIONS = {
    form: dimension
    for dimension, forms in {
        "height": "high higher height tall taller rise rises stands",
        "length": "long longer length",
        "width": "wide wider width broad broader breadth",
        "depth": "deep deeper depth",
        "thickness": "thick thicker thickness",
        "diameter": "diameter across",
        "distance": "away apart distance far farther further",
        "age": "old older aged age young younger",
    }.items()
    for form in forms.split()
}
_DIMENSION_AFTER = re.compile(  # also after a conversion: 62 metres (203 feet) high
    r"(?:\)|\s\([^()]{1,40}\))?[\s-](?:(?P<after>high|tall|long|wide|broad|deep|thick|across|old|away|apart)\b"
    r"|in\s(?P<noun>height|length|width|breadth|depth|diameter|thickness)\b)",
    re.IGNORECASE,
)
_DIMENSION_BEFORE = re.compile(
    r"\b(?P<word>height|length|width|breadth|depth|diameter|thickness|distance|aged?|rises|stands)"
    r"(?:\s(?:of|is|was|at|to|reaches|about|around|just|over|approximately|nearly|some|more|less|"
    r"than)){0,4}\s$",
    re.IGNORECASE,
)
_AGE_AFTER_NAME = re.compile(r"[A-Z][\w'’-]{1,60},\s$")  # Eva Brock, 58, is …
_AFTER_AGE = re.compile(r"[;,.](?!\d)|\s(?:and|when)\b")
_AGE_AFTER_VERB = re.compile(r"(?:[A-Z][\w'’-]{1,60},?|\b[Hh]e|\b[Ss]he)\s(?:is|was)\s$")
_RANGE_BETWEEN = re.compile(r"\s?(?:[-–—]|to|and|or)\s?", re.IGNORECASE)
_FOLLOWING = re.compile(r"(?:[\s-]([^\W\d_]+(?:['’-][^\W\d_]+)*))")
MAX_NOUN_WORDS = 4
MAX_AGE = 110  # of a person, in years, if no unit is stated
_PLURAL = re.compile(r"\w+[^\Wsui]s|people|children|men|women|sheep|cattle|police", re.IGNORECASE)
_VERB_ENDING = re.compile(r"\w{2,}(?:ed|ing)")


class Quantity(NamedTuple):
    """A value with its unit, as a text states it.

    Attributes:
        start: offset of its first character.
        end: offset after its unit, or after its number if it has no unit.
        value: the value in its own unit.
        unit: a key of `UNITS`, or empty.
        bound: the bound that hedges it, see `make_interval`.
        dimension: what it measures, a value of `DIMENSIONS`, or empty.
        nouns: for a number without a unit, the stems of the words after it, up to the counted noun.
        upper: the end of a range such as "10 to 20", in the same unit; None if it is no range.
    """

    start: int
    end: int
    value: Fraction
    unit: str = ""
    bound: Bound = ""
    dimension: str = ""
    nouns: tuple[str, ...] = ()
    upper: Fraction | None = None

    @property
    def kind(self) -> str:
        """Return what its unit measures: quantities of one kind can be compared."""
        if self.dimension == "age":
            return "age"
        return UNITS[self.unit][0] if self.unit else "count"

    @property
    def base_value(self) -> Fraction:
        """Return the value in the unit of its kind."""
        return self.value * self._factor

    @property
    def interval(self) -> Interval:
        """Return the values that it may have, in the unit of its kind."""
        interval = (
            make_interval(self.value, self.bound)
            if self.upper is None
            else Interval(self.value, self.upper)
        )
        return interval.scale(self._factor)

    @property
    def _factor(self) -> Fraction:
        return UNITS[self.unit][1] if self.unit else Fraction(1)


def find_quantities(text: str) -> list[Quantity]:
    """Return the quantities of a text, in order. Years and dates are among them, as bare numbers.

    A range such as "10 to 20 metres" is one quantity.
    """
    quantities: list[Quantity] = []
    for match in _QUANTITY.finditer(text):
        if (quantity := _parse_quantity(match)) is None:
            continue
        last = quantities[-1] if quantities else None
        if last and _is_range(text, last, quantity):
            unit, upper = quantity.unit, quantity.value
            quantities[-1] = quantity._replace(
                start=last.start, value=last.value, unit=unit, bound="", upper=upper
            )
        else:
            quantities.append(quantity)
    return quantities


def _is_range(text: str, first: Quantity, second: Quantity) -> bool:
    between = text[first.end : second.start]
    joined = bool(_RANGE_BETWEEN.fullmatch(between))
    if between.strip().lower() == "and":
        joined = joined and text[: first.start].rstrip().lower().endswith("between")
    same_unit = first.unit in ("", second.unit)
    return joined and same_unit and first.value < second.value and first.upper is None


def _parse_quantity(match: re.Match[str]) -> Quantity | None:
    value = _parse_value(match)
    if value is None:
        return None
    text, unit = match.string, _find_unit(match)
    lone_one = (match["words"] or "").lower() == "one" and not match["scale"]
    if (lone_one or match["halves"]) and not (unit or match["scale"]):
        return None
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    end = match.end()
    if unit not in ("°C", "°F") and match["sign"]:
        value, start = abs(value), start + 1
    bound = find_bound(text, start, end)
    dimension, end = _find_dimension(text, start, end, unit)
    if dimension == "age" and not unit:
        unit = "year"
    nouns = () if unit else _find_nouns(text, end)
    return Quantity(start, end, value, unit, bound, dimension, nouns)


def _parse_value(match: re.Match[str]) -> Fraction | None:
    if match["share"]:
        return _parse_share(match["share"].lower()) * 100
    if match["halves"]:
        value = Fraction(1, 2)
    elif match["digits"]:
        number = _parse_digits(match["digits"])
        if number is None:
            return None
        value = number
    else:
        value = _parse_words(match["words"].lower())
    scale = (match["scale"] or match["tight"] or "").lower()
    if scale == "m" and not match["currency"]:
        return value  # metres
    return value * _SCALES[scale] if scale else value


def _parse_share(words: str) -> Fraction:
    first, *rest = re.split(r"[\s-]", words)
    if not rest:
        return Fraction(1, 2)
    count = 1 if first in ("a", "an") else _ONES[first]
    return count * _FRACTIONS[rest[0] if rest[0] in _FRACTIONS else rest[0].removesuffix("s")]


def _parse_digits(digits: str) -> Fraction | None:
    """Return the value of a number in digits; None if the separator may be of either kind."""
    half = Fraction(1, 2) if digits.endswith("½") else Fraction(0)
    digits = digits.removesuffix("½").replace("−", "-").replace("\u00a0", ",")
    digits = digits.replace("\u202f", ",")
    if re.fullmatch(r"-?[1-9]\d{0,2}\.\d{3}", digits):
        return None  # 4.000 is four, or four thousand in German
    if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        digits = digits.replace(",", "")
    return Fraction(digits.replace(",", ".")) + half


def _parse_words(words: str) -> Fraction:
    total, current = Fraction(0), Fraction(0)
    words, half = re.subn(r"\sand\sa\shalf$", "", words)
    for word in re.split(r"[\s-]+", words):
        if word in _SMALL:
            current += _SMALL[word]
        elif scale := _BIG.get(word) or _BIG.get(word.removesuffix("s")):
            if scale >= 1000:
                total += (current or 1) * scale
                current = Fraction(0)
            else:
                current = (current or Fraction(1)) * scale
    return total + current + Fraction(half, 2)


def _find_unit(match: re.Match[str]) -> str:
    if match["share"]:
        return "percent"
    if match["currency"]:
        return CURRENCIES[match["currency"].strip().lower()]
    if match["unit"]:
        return next(name for form, name in UNIT_PATTERNS if form.fullmatch(match["unit"]))
    return "metre" if (match["tight"] or "").lower() == "m" else ""


def _find_dimension(text: str, start: int, end: int, unit: str) -> tuple[str, int]:
    """Return what a quantity measures and the offset after the word that says so."""
    kind = UNITS[unit][0] if unit else ""
    if kind not in ("length", "calendar", ""):
        return "", end
    before = text[max(0, start - MAX_BOUND_CHARACTERS) : start]
    if not unit:
        aged = re.search(r"\b(?:aged|age\sof)\s$", before)
        named = _AGE_AFTER_NAME.search(before) and text[end : end + 1] == ","
        stated = _AGE_AFTER_VERB.search(before) and _AFTER_AGE.match(text, end)
        is_age = text[start:end].isdigit() and int(text[start:end]) < MAX_AGE
        return ("age", end) if (aged or named or stated) and is_age else ("", end)
    if match := _DIMENSION_AFTER.match(text, end):
        dimension = DIMENSIONS[(match["after"] or match["noun"]).lower()]
        if (dimension == "age") == (kind == "calendar"):
            return dimension, match.end()
    if (match := _DIMENSION_BEFORE.search(before)) and kind == "length":
        dimension = DIMENSIONS[match["word"].lower()]
        return ("", end) if dimension == "age" else (dimension, end)
    return "", end


def _find_nouns(text: str, end: int) -> tuple[str, ...]:
    """Return the stems of the words after a number, up to the noun that it counts."""
    return tuple(stem_words([word.lower() for word in _iterate_nouns(text, end)]))


def _iterate_nouns(text: str, end: int) -> Iterator[str]:
    for number in range(MAX_NOUN_WORDS):
        match = _FOLLOWING.match(text, end)
        if not match or (match[1].lower() in FUNCTION_WORDS and match[1] != "people"):
            return
        if number and _VERB_ENDING.fullmatch(match[1]):
            return
        yield match[1]
        if _PLURAL.fullmatch(match[1]):  # the word after a plural is a verb or another phrase
            return
        end = match.end()
