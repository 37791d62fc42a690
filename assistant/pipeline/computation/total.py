"""Add up stated quantities: "How many sheep and cows does the farm have in total?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from assistant.pipeline.computation.interface import ComputationInput, Computed
from assistant.pipeline.computation.operands import Operand, find_operands
from assistant.pipeline.computation.quantities import Quantity, find_quantities
from assistant.pipeline.computation.subject import content, is_about
from assistant.pipeline.computation.units import UNITS, format_quantity, format_value

__all__ = ["compute_total"]

_TOTAL = re.compile(
    r"\b(?:in\s(?:all|total)|altogether|combined|together|total|sum|overall)\b", re.IGNORECASE
)
_QUESTION = re.compile(
    r"\W*(?:how\s(?P<how>many|much|long|heavy|tall|high)\b|what\s(?:is|was|are|were)\s(?:the\s)?)"
    r"(?P<rest>.{3,300})",
    re.IGNORECASE,
)
_COUNTED_LIST = re.compile(
    r"(?P<list>[^\W\d]{2,30}(?:,\s[^\W\d]{2,30}){0,4},?\s(?:and|or)\s[^\W\d]{2,30})\b",
    re.IGNORECASE,
)
_SUBJECT_LIST = re.compile(
    r"\b(?P<list>(?:the|an?|[A-Z]\w*)\b[^,?]{0,60}?(?:,\s[^,?]{2,60}){0,3},?\sand\s(?:the\s|an?\s)?"
    r"[^,?]{2,60}?)(?=\s(?:in\s(?:all|total)|altogether|combined|together|cost|weigh|have|has|sell|"
    r"employ|hold|measure)\b|$)"
)
_MONEY = re.compile(r"\b(?:cost|costs|price|paid|pay|worth)\b", re.IGNORECASE)
_MASS = re.compile(r"\b(?:weigh|weighs|weight|heavy)\b", re.IGNORECASE)
_LENGTH = re.compile(r"\b(?:long|length|tall|high|height)\b", re.IGNORECASE)
_SEPARATOR = re.compile(r",\s(?:and\s)?|\s(?:and|or)\s")


def compute_total(request: ComputationInput) -> Computed | None:
    """Return the sum of the quantities of the subjects that a question lists.

    None if a sentence states a total itself.
    """
    question = request.question.rstrip("?! .")
    match = _QUESTION.match(question)
    if not match or not _TOTAL.search(question) or find_quantities(question):
        return None
    rest = " ".join(_TOTAL.sub(" ", match["rest"]).split())
    if (match["how"] or "").lower() == "many":
        return _add_counts(rest, request)
    kind = next(
        (
            kind
            for kind, pattern in (("money", _MONEY), ("mass", _MASS), ("length", _LENGTH))
            if pattern.search(question)
        ),
        "",
    )
    return _add_measures(rest, kind, request) if kind else None


def _add_counts(rest: str, request: ComputationInput) -> Computed | None:
    """Add the counts of "sheep and cows does the farm have"."""
    match = _COUNTED_LIST.match(rest)
    if not match:
        return None
    parts = _SEPARATOR.split(match["list"])
    subjects = [frozenset(content(part)) for part in parts]
    common = frozenset(content(rest[match.end() :]))
    if not _are_distinct(subjects):
        return None

    def accepts(quantity: Quantity) -> bool:
        return bool(quantity.nouns)

    if _states_total(request, frozenset().union(*subjects), accepts):
        return None
    operands = find_operands(
        subjects, accepts, request.choice.ranked, _TOTAL.sub(" ", request.question), common
    )
    if not operands or any(
        operand.quantity.nouns[-1] not in subject
        for operand, subject in zip(operands, subjects, strict=True)
    ):
        return None
    nouns = ", ".join(parts[:-1]) + f" and {parts[-1]}"
    return _add(operands, nouns)


def _add_measures(rest: str, kind: str, request: ComputationInput) -> Computed | None:
    """Add the prices, weights or lengths of "the tent and the stove"."""
    match = _SUBJECT_LIST.search(rest)
    if not match:
        return None
    measure = {"money": "cost", "mass": "weigh", "length": "long"}[kind]
    ignored = set(content(f"{measure} price weight length do does"))
    subjects = [
        frozenset(content(part)) - ignored for part in _SEPARATOR.split(match["list"]) if part
    ]
    if not _are_distinct(subjects):
        return None

    def accepts(quantity: Quantity) -> bool:
        return quantity.kind.split()[0] == kind

    if _states_total(request, frozenset().union(*subjects), accepts):
        return None
    operands = find_operands(
        subjects, accepts, request.choice.ranked, _TOTAL.sub(" ", request.question)
    )
    return _add(operands, "") if operands else None


def _are_distinct(subjects: Sequence[frozenset[str]]) -> bool:
    return (
        len(subjects) > 1
        and all(subjects)
        and not any(
            first & second
            for position, first in enumerate(subjects)
            for second in subjects[position + 1 :]
        )
    )


def _states_total(request: ComputationInput, stems: frozenset[str], accepts: object) -> bool:
    """Return whether a sentence about one of the subjects has a total."""
    assert callable(accepts)
    return any(
        _TOTAL.search(candidate.text)
        and any(is_about(candidate, [stem]) for stem in stems)
        and any(map(accepts, find_quantities(candidate.text)))
        for candidate in request.choice.ranked
    )


def _add(operands: Sequence[Operand], nouns: str) -> Computed | None:
    quantities = [operand.quantity for operand in operands]
    units = {quantity.unit for quantity in quantities}
    if any(item.bound not in ("", "~") or item.upper is not None for item in quantities):
        return None
    if len(units) > 1 and ("" in units or len({UNITS[unit][0] for unit in units}) > 1):
        return None
    unit = min(units, key=lambda name: UNITS[name][1] if name else Fraction(1))
    factor = UNITS[unit][1] if unit else Fraction(1)
    values = [quantity.base_value / factor for quantity in quantities]
    total = sum(values, Fraction(0))
    about = "About " if any(item.bound for item in quantities) else ""
    calculation = f"{' + '.join(map(format_value, values))} = {format_value(total)}"
    evidence = tuple(dict.fromkeys(operand.candidate for operand in operands))
    return Computed(f"{about}{format_quantity(total, unit, nouns)}.", evidence, calculation)
