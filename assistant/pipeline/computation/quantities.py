"""Find the quantities of a sentence: values with their unit, what they measure and their bounds.

English, with digits as other languages group them where that is unambiguous. All patterns are
bounded, so the time is linear in the length of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from assistant.text.tokens import FUNCTION_WORDS, stem_words

__all__ = [
    "DIMENSIONS",
    "IMPERIAL",
    "INFINITY",
    "Interval",
    "Quantity",
    "UNITS",
    "find_bound",
    "find_quantities",
    "format_quantity",
    "format_value",
    "make_interval",
]

INFINITY = float("inf")
Bound = str  # one of ">", ">=", "<", "<=", "~", "~<" (nearly), or empty for an exact value
# An approximate value may be wrong by this share; half of it is the common rounding to one digit.
APPROXIMATION = Fraction(1, 10)

# Units by name: the kind of quantity, the factor to the unit of the kind, and the forms.
_UNIT_FORMS: dict[str, tuple[str, Fraction, str]] = {
    "millimetre": ("length", Fraction(1, 1000), "mm millimetres? millimeters?"),
    "centimetre": ("length", Fraction(1, 100), "cm centimetres? centimeters?"),
    "metre": ("length", Fraction(1), "m met(?:re|er)s?"),
    "kilometre": ("length", Fraction(1000), "kms? kilomet(?:re|er)s?"),
    "inch": ("length", Fraction(254, 10000), "inch(?:es)?"),
    "foot": ("length", Fraction(3048, 10000), "ft foot feet"),
    "yard": ("length", Fraction(9144, 10000), "yards?"),
    "mile": ("length", Fraction(1609344, 1000), "miles?"),
    "gram": ("mass", Fraction(1, 1000), "g grams? grammes?"),
    "kilogram": ("mass", Fraction(1), "kgs? kilos? kilograms? kilogrammes?"),
    "tonne": ("mass", Fraction(1000), "tonnes?"),
    "lb": ("mass", Fraction(45359237, 100000000), "lbs?"),
    "second": ("time", Fraction(1, 3600), "seconds? secs?"),
    "minute": ("time", Fraction(1, 60), "minutes? mins?"),
    "hour": ("time", Fraction(1), "hours? hrs?"),
    "day": ("time", Fraction(24), "days?"),
    "week": ("time", Fraction(168), "weeks?"),
    "month": ("calendar", Fraction(1, 12), "months?"),
    "year": ("calendar", Fraction(1), "years? yrs?"),
    "decade": ("calendar", Fraction(10), "decades?"),
    "century": ("calendar", Fraction(100), "centur(?:y|ies)"),
    "percent": ("share", Fraction(1, 100), r"% per_?cent percentage_points? pct"),
    "$": ("money $", Fraction(1), "dollars? usd"),
    "€": ("money €", Fraction(1), "euros? eur"),
    "£": ("money £", Fraction(1), "gbp pounds_sterling"),
    "square metre": ("area", Fraction(1), "m² sq_?m square_met(?:re|er)s?"),
    "hectare": ("area", Fraction(10_000), "ha hectares?"),
    "square kilometre": (
        "area",
        Fraction(1_000_000),
        "km² km2 sq_?km square_kilomet(?:re|er)s?",
    ),
    "acre": ("area", Fraction(40468564224, 10000000), "acres?"),
    "square mile": ("area", Fraction(2589988110336, 1000000), "sq_mi square_miles?"),
    "millilitre": ("volume", Fraction(1, 1000), "ml millilit(?:re|er)s?"),
    "litre": ("volume", Fraction(1), "lit(?:re|er)s?"),
    "cubic metre": ("volume", Fraction(1000), "m³ cubic_met(?:re|er)s?"),
    "km/h": ("speed", Fraction(1), "km/h kph kmh kilomet(?:re|er)s?_(?:per|an)_hour"),
    "mph": ("speed", Fraction(1609344, 1000000), "mph miles?_(?:per|an)_hour"),
    "°C": ("temperature", Fraction(1), "°_?c degrees?_(?:celsius|centigrade)"),
    "°F": ("temperature F", Fraction(1), "°_?f degrees?_fahrenheit"),
}
UNITS = {name: (kind, factor) for name, (kind, factor, _) in _UNIT_FORMS.items()}
IMPERIAL = frozenset(["inch", "foot", "yard", "mile", "lb", "acre", "mph", "square mile"])
_FORMS = [
    (form.replace("_", r"\s"), name)
    for name, (_, _, forms) in _UNIT_FORMS.items()
    for form in forms.split(" ")
]
# Longer forms first: "square metres" before "m".
_UNIT = "|".join(form for form, _ in sorted(_FORMS, key=lambda pair: -len(pair[0])))
_UNIT_PATTERNS = [(re.compile(form, re.IGNORECASE), name) for form, name in _FORMS]
_CURRENCIES = {"us$": "$", "$": "$", "usd": "$", "€": "€", "eur": "€", "£": "£", "gbp": "£"}

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
    rf"(?:[\s-]?(?P<unit>{_UNIT})(?![\w²³]))?",
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
_AGE_AFTER_NAME = re.compile(r"[A-Z][\w'’-]+,\s$")  # Eva Brock, 58, is …
_AFTER_AGE = re.compile(r"[;,.](?!\d)|\s(?:and|when)\b")
_AGE_AFTER_VERB = re.compile(r"(?:[A-Z][\w'’-]+,?|\b[Hh]e|\b[Ss]he)\s(?:is|was)\s$")

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
_RANGE_BETWEEN = re.compile(r"\s?(?:[-–—]|to|and|or)\s?", re.IGNORECASE)
_FOLLOWING = re.compile(r"(?:[\s-]([^\W\d_]+(?:['’-][^\W\d_]+)*))")
MAX_NOUN_WORDS = 4
MAX_AGE = 110  # of a person, in years, if no unit is stated
_PLURAL = re.compile(r"\w+[^\Wsui]s|people|children|men|women|sheep|cattle|police", re.IGNORECASE)
_VERB_ENDING = re.compile(r"\w{2,}(?:ed|ing)")


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
        return _CURRENCIES[match["currency"].strip().lower()]
    if match["unit"]:
        return next(name for form, name in _UNIT_PATTERNS if form.fullmatch(match["unit"]))
    return "metre" if (match["tight"] or "").lower() == "m" else ""


def find_bound(text: str, start: int, end: int) -> Bound:
    """Return the bound that the words around a quantity or date give it; empty if it is exact."""
    before = text[max(0, start - MAX_BOUND_CHARACTERS) : start]
    for bound, pattern in _BOUND_BEFORE:
        if pattern.search(before):
            return bound
    return next((bound for bound, pattern in _BOUND_AFTER.items() if pattern.match(text, end)), "")


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


def format_value(value: Fraction) -> str:
    """Return a value in digits, with thousands separators and at most two decimal places."""
    rounded = round(value, 2)
    text = f"{float(rounded):,.2f}".rstrip("0").rstrip(".")
    return text.replace("-", "−")


def format_quantity(value: Fraction, unit: str, noun: str = "") -> str:
    """Return a value with its unit or its counted noun, such as "22 metres" or "$3.5"."""
    number = format_value(value)
    if unit in ("$", "€", "£"):
        return f"{unit}{number}"
    if unit == "percent":
        return f"{number} percentage points"
    if unit in ("°C", "°F"):
        return f"{number} {unit}"
    if not unit:
        return f"{number} {noun}".strip()
    return f"{number} {_pluralize(unit) if value != 1 else unit}"


def _pluralize(unit: str) -> str:
    irregular = {"foot": "feet", "inch": "inches", "century": "centuries"}
    if unit in ("km/h", "mph"):
        return unit
    return irregular.get(unit, f"{unit}s")
