"""Compute differences and ratios: "How much taller is the Glass Tower than the Brick Tower?"."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.date_difference import describe_elapsed
from assistant.pipeline.computation.dates import StatedDate, find_dates
from assistant.pipeline.computation.events import find_event_date
from assistant.pipeline.computation.interface import ComputationInput, Computed
from assistant.pipeline.computation.operands import Operand, find_operands
from assistant.pipeline.computation.quantities import Quantity, find_quantities
from assistant.pipeline.computation.subject import content
from assistant.pipeline.computation.units import (
    UNITS,
    find_common_unit,
    format_quantity,
    format_value,
)

__all__ = ["compute_difference"]

_COMPARATIVES = {
    form: (kind, dimension, sign)
    for forms, kind, dimension, sign in [
        ("taller higher", "length", "height", 1),
        ("lower", "length", "height", -1),
        ("wider broader", "length", "width", 1),
        ("narrower", "length", "width", -1),
        ("deeper", "length", "depth", 1),
        ("shallower", "length", "depth", -1),
        ("thicker", "length", "thickness", 1),
        ("farther further", "length", "distance", 1),
        ("closer nearer", "length", "distance", -1),
        ("heavier", "mass", "", 1),
        ("lighter", "mass", "", -1),
        ("cheaper", "money", "", -1),
        ("dearer costlier", "money", "", 1),
        ("warmer hotter", "temperature", "", 1),
        ("colder cooler", "temperature", "", -1),
        ("faster", "speed", "", 1),
        ("slower", "speed", "", -1),
        ("older", "age", "age", 1),
        ("younger", "age", "age", -1),
        ("longer", "length|time|calendar", "", 1),
        ("shorter", "length|time|calendar", "", -1),
        ("larger bigger", "area", "", 1),
        ("smaller", "area", "", -1),
    ]
    for form in forms.split()
}
_THAN = re.compile(
    rf"\W*(?:by\s)?how\s(?:many|much)\s(?:(?P<noun>\w{{1,20}})\s)?"
    rf"(?P<comparative>more\sexpensive|less\sexpensive|more|fewer|less|{'|'.join(_COMPARATIVES)})\b"
    rf"(?P<first>.{{1,200}}?)\sthan\b(?P<second>.{{1,200}})",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"\W*what\s(?:is|was|are|were)\sthe\sdifference\s(?:in\s(?P<noun>[\w\s]{2,40}?)\s)?between\s"
    r"(?P<first>.{1,200}?)\sand\s(?P<second>.{1,200})",
    re.IGNORECASE,
)
_TIMES = re.compile(
    rf"\W*how\smany\stimes\s(?:as\s)?(?P<comparative>more\sexpensive|more|many|much|"
    rf"{'|'.join(_COMPARATIVES)}|high|tall|long|wide|deep|heavy|fast|old|expensive|large|big)\b"
    rf"(?P<first>.{{1,200}}?)\s(?:than|as)\b(?P<second>.{{1,200}})",
    re.IGNORECASE,
)
_POSITIVES = {
    "high": "higher",
    "tall": "taller",
    "long": "longer",
    "wide": "wider",
    "deep": "deeper",
    "heavy": "heavier",
    "fast": "faster",
    "old": "older",
    "large": "larger",
    "big": "bigger",
    "expensive": "more expensive",
}
_AFTER = re.compile(
    r"\W*how\s(?:long|many\s(?P<unit>years|months|days|weeks))\s(?P<relation>after|before)\s"
    r"(?P<second>.{3,200}),?\s(?=(?:did|was|were|had)\b)(?P<first>.{3,200})",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"\W*how\s(?:long|many\s(?P<unit>years|months|days|weeks)|much\stime)\s(?:passed|elapsed|were|was|"
    r"are|is|lay|went\sby)\s(?:there\s|it\s)?between\s(?P<first>.{3,200}?)\sand\s(?P<second>.{3,200})",
    re.IGNORECASE,
)
_BEGINNINGS = ("built", "born", "founded", "opened")  # from which an age is counted
# Nouns of a difference, by the comparative that asks for the same.
_MEASURES = {
    "height": "taller",
    "length": "longer",
    "width": "wider",
    "depth": "deeper",
    "weight": "heavier",
    "price": "more expensive",
    "cost": "more expensive",
    "age": "older",
    "temperature": "warmer",
    "speed": "faster",
    "area": "larger",
    "size": "larger",
}


class Comparison(NamedTuple):
    """What a question compares.

    Attributes:
        subjects: the stems that name the first and the second subject.
        common: the stems of the question that name neither.
        accepts: whether a quantity is of the kind that is compared.
        dimension: what is measured, or empty.
        sign: 1 if the first value has to be larger, -1 if smaller, 0 if either may be.
        noun: what is counted, as the question words it; empty for units.
        is_ratio: whether it asks how many times.
    """

    subjects: tuple[frozenset[str], frozenset[str]]
    common: frozenset[str]
    accepts: Callable[[Quantity], bool]
    dimension: str
    sign: int
    noun: str = ""
    is_ratio: bool = False

    @property
    def word(self) -> str:
        """Return the word before the counted noun."""
        return "" if not self.noun else "more" if self.sign > 0 else "fewer"


def compute_difference(request: ComputationInput) -> Computed | None:
    """Return the difference or ratio of two quantities, or the time between two events."""
    question = request.question.rstrip("?! .")
    if match := _AFTER.match(question) or _BETWEEN.match(question):
        return _compute_interval(match, request)
    comparison = _parse_comparison(question)
    if not comparison or _has_quantity(question):
        return None
    operands = find_operands(
        comparison.subjects,
        comparison.accepts,
        request.choice.ranked,
        question,
        comparison.common,
        comparison.dimension,
    )
    if operands:
        return _divide(operands) if comparison.is_ratio else _subtract(operands, comparison)
    if comparison.dimension == "age" and not comparison.is_ratio:
        return _subtract_years(comparison, request)
    return None


def _has_quantity(question: str) -> bool:
    """Return whether a question has a number that is no date."""
    days = find_dates(question)
    return any(
        not any(quantity.start < day.end and day.start < quantity.end for day in days)
        for quantity in find_quantities(question)
    )


def _subtract_years(comparison: Comparison, request: ComputationInput) -> Computed | None:
    """Return the difference of two ages from the years in which two things began."""
    for verb in _BEGINNINGS:
        dates = [
            find_event_date([*subject, *content(verb)], request.choice.ranked, request.question)
            for subject in comparison.subjects
        ]
        first, second = dates
        if not first or not second or first[0].approximate or second[0].approximate:
            continue
        if not (_names_year(first[0]) and _names_year(second[0])):
            continue
        years = (second[0].year - first[0].year) * comparison.sign
        if years <= 0:
            return None
        later, earlier = sorted((first[0].year, second[0].year), reverse=True)
        about = "" if first[0].is_year and second[0].is_year else "About "
        text = f"{about}{years} {'year' if years == 1 else 'years'}."
        evidence = tuple(dict.fromkeys((first[1], second[1])))
        return Computed(text, evidence, f"{later} − {earlier} = {years}")
    return None


def _parse_comparison(question: str) -> Comparison | None:
    if match := _TIMES.match(question):
        comparative = match["comparative"].lower()
        comparative = _POSITIVES.get(comparative, comparative)
        return _make_comparison(match, comparative, "", is_ratio=True)
    if match := _DIFFERENCE.match(question):
        noun = (match["noun"] or "").lower()
        return _make_comparison(match, _MEASURES[noun], "", False) if noun in _MEASURES else None
    if match := _THAN.match(question):
        return _make_comparison(match, match["comparative"].lower(), match["noun"] or "", False)
    return None


def _make_comparison(
    match: re.Match[str], comparative: str, unit: str, is_ratio: bool
) -> Comparison | None:
    """Return what is compared; None if the subjects cannot be told apart."""
    comparative = " ".join(comparative.split())
    first, second = content(match["first"]), content(match["second"])
    own = (frozenset(first) - frozenset(second), frozenset(second) - frozenset(first))
    if comparative in ("more", "fewer", "less", "many", "much"):
        return _compare_counts(match, comparative, is_ratio)
    if comparative in ("more expensive", "less expensive"):
        kind, dimension, sign = "money", "", -1 if comparative[0] == "l" else 1
    else:
        kind, dimension, sign = _COMPARATIVES[comparative]
    if not all(own):
        return None
    if match.re is _DIFFERENCE:
        sign = 0

    def accepts(quantity: Quantity) -> bool:
        kinds = kind.split("|")
        return any(quantity.kind == name or quantity.kind.startswith(f"{name} ") for name in kinds)

    # "Tower" of "Glass Tower" and "Brick Tower" belongs to both names.
    return Comparison(own, frozenset(), accepts, dimension, sign, is_ratio=is_ratio)


def _compare_counts(match: re.Match[str], comparative: str, is_ratio: bool) -> Comparison | None:
    """Return the comparison of "How many more sheep than cows does the farm have?".

    Also of "How many more visitors came in 2019 than in 2018?" and "How much more does the tent
    cost than the stove?".
    """
    first, second = match["first"].strip(), match["second"].strip()
    sign = -1 if comparative in ("fewer", "less") else 1
    if money := re.match(r"(?:does|did|do|is|was)\s(?P<rest>.+?)\s(?:cost|worth)\b", first, re.I):
        own = frozenset(content(money["rest"])), frozenset(content(second))
        common = own[0] & own[1]
        subjects = own[0] - common, own[1] - common
        if not all(subjects):
            return None
        return Comparison(
            subjects,
            frozenset(),
            lambda item: item.kind.startswith("money"),
            "",
            sign,
            "",
            is_ratio,
        )
    counted = match.groupdict().get("noun") or ""
    if counted:
        return None  # "How many people more": rare, and the noun may be a unit
    first_stems, second_stems = content(first), content(second)
    if not first_stems or not second_stems:
        return None
    noun = _first_noun(first)
    if not noun:
        return None
    other = _first_noun(second) if not re.match(r"(?:in|at|on|during|from|for)\b", second) else ""
    if other and len(content(first)) == 1:  # sheep than cows
        head = content(other)[:1]
        subjects = frozenset(first_stems), frozenset(head)
        common = frozenset(second_stems) - frozenset(head)
        if subjects[0] & subjects[1]:
            return None
        return Comparison(subjects, common, lambda item: bool(item.nouns), "", sign, noun, is_ratio)
    own = (
        frozenset(first_stems) - frozenset(second_stems) - frozenset(content(noun)),
        frozenset(second_stems) - frozenset(first_stems),
    )
    # In "visitors came in 2019 than in 2018" the last words of the first part are its subject.
    tail = re.search(r"\b(?:in|at|on|during|from|for)\s(?P<tail>[^?]{1,100})$", first, re.I)
    if tail and not other:
        own = frozenset(content(tail["tail"])) - frozenset(second_stems), own[1]
    if not all(own):
        return None
    noun_stems = frozenset(content(noun))
    common = frozenset(first_stems) - own[0] - noun_stems
    return Comparison(
        own,
        common,
        lambda item: bool(noun_stems & set(item.nouns[-1:])),
        "",
        sign,
        noun,
        is_ratio,
    )


def _first_noun(words: str) -> str:
    """Return the first word in lower case that has content, or an empty string."""
    for word in words.split()[:3]:
        if content(word) and word.isalpha() and word.islower():
            return word
    return ""


def _subtract(operands: list[Operand], comparison: Comparison) -> Computed | None:
    first, second = (operand.quantity for operand in operands)
    if first.kind != second.kind or first.upper or second.upper:
        return None
    bounds = {first.bound, second.bound} - {""}
    if bounds - {"~"}:
        return None
    unit = find_common_unit((first.unit, second.unit))
    factor = UNITS[unit][1] if unit else 1
    values = [quantity.base_value / factor for quantity in (first, second)]
    if comparison.sign == 0:
        values.sort(reverse=True)
    larger, smaller = values if comparison.sign >= 0 else reversed(values)
    difference = larger - smaller
    if difference <= 0:
        return None
    noun = f"{comparison.word} {comparison.noun}".strip()
    text = f"{'about ' if bounds else ''}{format_quantity(difference, unit, noun)}"
    calculation = f"{format_value(larger)} − {format_value(smaller)} = {format_value(difference)}"
    return Computed(_as_sentence(text), _evidence(operands), calculation)


def _divide(operands: list[Operand]) -> Computed | None:
    first, second = (operand.quantity for operand in operands)
    if first.kind != second.kind or first.bound or second.bound or first.upper or second.upper:
        return None
    unit = find_common_unit((first.unit, second.unit))
    factor = UNITS[unit][1] if unit else 1
    values = [quantity.base_value / factor for quantity in (first, second)]
    if not values[1] or values[0] <= values[1] or first.kind.startswith("temperature"):
        return None
    ratio = values[0] / values[1]
    exact = ratio == round(ratio, 1)
    shown = format_value(round(ratio, 1))
    calculation = f"{format_value(values[0])} ÷ {format_value(values[1])} {'=' if exact else '≈'} "
    text = f"{'' if exact else 'About '}{shown} times."
    return Computed(text, _evidence(operands), calculation + shown)


def _compute_interval(match: re.Match[str], request: ComputationInput) -> Computed | None:
    """Return the time between two events whose dates the article states."""
    dates: list[tuple[StatedDate, Candidate]] = []
    for event in ("second", "first"):
        found = find_event_date(content(match[event]), request.choice.ranked, request.question)
        if not found:
            return None
        dates.append(found)
    (earlier, _), (later, _) = dates
    relation = match.groupdict().get("relation") or ""
    if relation.lower() == "before" or (not relation and earlier.first > later.first):
        dates.reverse()
        (earlier, _), (later, _) = dates
    elapsed = describe_elapsed(earlier, later, (match.groupdict().get("unit") or "").lower())
    if not elapsed:
        return None
    text, calculation = elapsed
    evidence = tuple(dict.fromkeys(candidate for _, candidate in dates))
    return Computed(text, evidence, calculation)


def _names_year(day: StatedDate) -> bool:
    """Return whether a date is within one year, so not a decade."""
    return day.last - day.first <= 365


def _evidence(operands: list[Operand]) -> tuple[Candidate, ...]:
    return tuple(dict.fromkeys(operand.candidate for operand in operands))


def _as_sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."
