"""Answer yes/no questions that compare with a number: "Is the wall more than 50 metres high?"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.dates import StatedDate, find_dates
from assistant.pipeline.computation.interface import ComputationInput, Computed
from assistant.pipeline.computation.intervals import INFINITY, Interval, make_interval
from assistant.pipeline.computation.quantities import DIMENSIONS, Quantity, find_quantities
from assistant.pipeline.computation.subject import (
    content,
    is_about,
    is_plain_statement,
    relevant_candidates,
    remove_spans,
)
from assistant.pipeline.computation.units import IMPERIAL, format_quantity
from assistant.pipeline.verification.negation import has_negation
from assistant.text.tokens import WORD

__all__ = ["Asked", "Verdict", "compare_value", "compare_with_number", "parse_comparison"]

# Events that happen once to a thing, so another date than the stated one is wrong.
_SINGLE_EVENTS = frozenset(
    content(
        """build construct erect founded establish open close born birth die death complete
        finish create invent discover publish release launch begin start end demolish destroy
        adopt abolish become inaugurate marry retire graduate ratify sink"""
    )
)
_PERMISSION = re.compile(r"\W*(?:can|could|may|might|must|should|shall|would)\b", re.IGNORECASE)
_COMPARATIVE_BEFORE = re.compile(r"\bas\s\w{2,20}\sas\s(?:an?\s)?$", re.IGNORECASE)
_EXACT_BEFORE = re.compile(r"\b(?:exactly|precisely|just|only)\s$", re.IGNORECASE)
_BOUND_WORDS = re.compile(
    r"\b(?:more|less|fewer|greater|older|younger|taller|higher|longer|shorter|larger|bigger|smaller|"
    r"heavier|lighter|wider|deeper|cheaper|expensive|faster|slower|lower|earlier|later|least|most|"
    r"over|under|above|below|exceed(?:s|ed)?|excess|before|after|between|prior|minimum|maximum|"
    r"nearly|almost|up|in|since|by|than|warmer|colder|hotter|or|thicker|broader)\b",
    re.IGNORECASE,
)
# "Over an hour" compares with one hour.
_ONE_UNIT = re.compile(
    r"\b(?P<bound>over|under|than|least|most|nearly|almost)\san?"
    r"(?=\s(?:second|minute|hour|day|week|fortnight|month|year|century|decade|metre|meter|mile"
    r"|kilometre|kilometer|kilo|yard|foot|inch|pound|tonne|ton|litre|liter)"
    r"(?:[?.,]|$|\s(?:to|for|in|of|long|high|deep|wide|tall|away|old|from|on|at|ago|before|after)\b))",
    re.IGNORECASE,
)
_AGE_QUESTION = re.compile(r"\W*(?:is|was|are|were)\b.{3,200}\b(?:over|under|above|below)\s\S+$")
_BOUND_NAMES = {
    ">": "more than ",
    ">=": "at least ",
    "<": "less than ",
    "<=": "at most ",
    "~": "about ",
    "~<": "nearly ",
}
# Converted values of one measurement differ by rounding: 62 metres (203 feet).
CONVERSION_TOLERANCE = Fraction(2, 100)
_UNDECIDED_RELATIONS = frozenset(
    ["since", "until", "till", "from", "to", "between", "through", "seit", "not before"]
)


class Asked(NamedTuple):
    """The number or date that a question compares with.

    Attributes:
        interval: the values for which the answer is yes.
        is_equality: whether the question asks for that value itself.
        required: the stems that a sentence must have to be about the question.
        text: the number as displayed.
        quantity: the number; None for a date.
        dimension: what the question measures, a value of `DIMENSIONS`, or empty.
    """

    interval: Interval
    is_equality: bool
    required: frozenset[str]
    text: str
    quantity: Quantity | None
    dimension: str


class Verdict(NamedTuple):
    """Whether the answer is yes, and the calculation."""

    is_yes: bool
    calculation: str


def compare_with_number(request: ComputationInput) -> Computed | None:
    """Answer whether a stated number or date is above, below or within what the question asks.

    None if the sentence states the number that is asked for, if it leaves the answer open, or if
    two sentences answer differently.
    """
    comparison = parse_comparison(request.question) if request.intent == "yes-no" else None
    if not comparison:
        return None
    verdicts = [
        (candidate, verdict)
        for candidate in request.choice.ranked
        if (verdict := _judge(candidate, comparison, request.question))
    ]
    relevant = relevant_candidates(request.choice)
    chosen = next((pair for pair in verdicts if pair[0] in relevant), None)
    if not chosen or len({verdict.is_yes for _, verdict in verdicts}) > 1:
        return None
    candidate, verdict = chosen
    return Computed("Yes." if verdict.is_yes else "No.", (candidate,), verdict.calculation)


def parse_comparison(question: str) -> Asked | None:
    """Return the number or date that a yes/no question compares with; None if there is none."""
    if has_negation(question) or _PERMISSION.match(question):
        return None
    question = _ONE_UNIT.sub(r"\g<bound> 1", question)
    dates = find_dates(question)
    quantities = [
        quantity
        for quantity in find_quantities(question)
        if not any(quantity.start < day.end and day.start < quantity.end for day in dates)
    ]
    bounded = [quantity for quantity in quantities if _has_bound(question, quantity)]
    if len(bounded) == 1 and not any(day.relation for day in dates):
        return _ask_for_quantity(question, bounded[0])
    if bounded:
        return None
    if dates and not quantities:
        return _ask_for_date(question, dates)
    if len(quantities) == 1 and not dates:
        return _ask_for_quantity(question, quantities[0])
    return None


def _has_bound(question: str, quantity: Quantity) -> bool:
    before = question[: quantity.start]
    between = re.search(r"\b(?:between|from)\s$", before, re.IGNORECASE)
    return bool(
        quantity.bound
        or (quantity.upper is not None and between)
        or _COMPARATIVE_BEFORE.search(before)
        or _EXACT_BEFORE.search(before)
    )


def _ask_for_quantity(question: str, quantity: Quantity) -> Asked | None:
    before = question[: quantity.start]
    is_exact = not quantity.bound and quantity.upper is None
    if quantity.bound in ("~", "~<") or (
        is_exact and quantity.kind == "count" and not _EXACT_BEFORE.search(before)
    ):
        return None  # "the 7 wonders" asks for no comparison
    if _COMPARATIVE_BEFORE.search(before):
        quantity = quantity._replace(bound=">=")
    if not quantity.unit and not quantity.nouns:
        compared_age = re.search(r"\b(?:older|younger)\sthan\s$", before, re.IGNORECASE)
        if not compared_age and not _AGE_QUESTION.match(question.rstrip("?! ")):
            return None
        quantity = quantity._replace(unit="year", dimension="age")
    elif quantity.unit == "year" and re.search(r"\b(?:older|younger)\sthan\s$", before, re.I):
        quantity = quantity._replace(dimension="age")
    factor = quantity.base_value / quantity.value if quantity.value else Fraction(1)
    interval = (
        make_interval(quantity.value, quantity.bound)
        if quantity.upper is None
        else Interval(quantity.value, quantity.upper)
    ).scale(factor)
    dimension = quantity.dimension
    if quantity.kind == "length":
        words = [word.lower() for word in WORD.findall(question)]
        dimensions = {DIMENSIONS[word] for word in words if word in DIMENSIONS} - {"age"}
        if len(dimensions) > 1:
            return None
        dimension = next(iter(dimensions), "")
    required = _find_required(question, [(quantity.start, quantity.end)])
    if quantity.kind == "length":
        required -= {stem for stem in required if stem in _dimension_stems()}
    is_equality = not quantity.bound and quantity.upper is None
    text = _format(quantity._replace(bound=""))
    return Asked(interval, is_equality, required, text, quantity, dimension) if required else None


def _dimension_stems() -> set[str]:
    return set(content(" ".join(DIMENSIONS)))


def _ask_for_date(question: str, dates: Sequence[StatedDate]) -> Asked | None:
    first, *others = dates
    if any(day.approximate for day in dates):
        return None
    if first.relation == "between" and len(others) == 1:
        interval = Interval(Fraction(first.first), Fraction(others[0].last))
    elif others or first.relation in _UNDECIDED_RELATIONS:
        return None
    else:
        interval = first.interval
    required = _find_required(question, [(day.start, day.end) for day in dates])
    text = "–".join(question[day.start : day.end] for day in dates)
    return Asked(interval, not first.relation, required, text, None, "") if required else None


def _find_required(question: str, spans: Sequence[tuple[int, int]]) -> frozenset[str]:
    return frozenset(content(_BOUND_WORDS.sub(" ", remove_spans(question, spans))))


def _judge(candidate: Candidate, comparison: Asked, question: str) -> Verdict | None:
    """Return what a sentence answers, or None if it does not decide the question."""
    text = candidate.text
    if not is_plain_statement(text, question) or not is_about(candidate, comparison.required):
        return None
    if comparison.quantity:
        return _judge_quantity(text, comparison, comparison.quantity)
    return _judge_date(text, comparison)


def _judge_quantity(text: str, comparison: Asked, quantity: Quantity) -> Verdict | None:
    stated = _find_stated(text, comparison, quantity)
    return compare_value(stated, comparison, quantity) if stated else None


def compare_value(stated: Quantity, comparison: Asked, quantity: Quantity) -> Verdict | None:
    """Return what a stated value answers; None if it does not decide the question.

    Args:
        stated: the value that the article states.
        comparison: what the question asks.
        quantity: the number that the question compares with.
    """
    if stated.kind != quantity.kind:
        return None
    interval = stated.interval
    if stated.unit != quantity.unit and stated.kind in ("length", "mass", "area"):
        margin = abs(stated.base_value) * CONVERSION_TOLERANCE
        if interval.low == interval.high:
            interval = Interval(interval.low - margin, interval.high + margin)
    is_yes = interval.is_within(comparison.interval)
    if not is_yes and not interval.is_disjoint(comparison.interval):
        return None
    if is_yes and comparison.is_equality:
        return None
    # 45 stone houses are at least 45 houses: enough for "more than 40", too many for "under 40".
    # 45 house boats are no houses.
    is_same = bool(stated.nouns) and stated.nouns[-1] in quantity.nouns
    is_enough = (
        comparison.interval.high == INFINITY
        if is_yes
        else is_same and _exceeds(interval, comparison)
    )
    if set(stated.nouns) - set(quantity.nouns) and not is_enough:
        return None
    sign = _relate(interval, comparison)
    return Verdict(is_yes, f"{_format(stated)} {sign} {comparison.text}")


def _exceeds(stated: Interval, comparison: Asked) -> bool:
    return comparison.interval.high != INFINITY and stated.low >= comparison.interval.high


def _find_stated(text: str, comparison: Asked, quantity: Quantity) -> Quantity | None:
    """Return the only quantity of a sentence that can be compared with that of the question."""
    days = find_dates(text)
    comparable = []
    for stated in find_quantities(text):
        if any(stated.start < day.end and day.start < stated.end for day in days):
            continue
        if stated.kind == quantity.kind == "count":
            if not stated.nouns:
                return None  # "12 of the sheep", "from 310 to 85"
            if _counts_same(quantity.nouns, stated.nouns):
                comparable.append(stated)
        elif stated.kind == quantity.kind:
            comparable.append(stated)
    if comparison.dimension and quantity.kind == "length":
        measured = [stated for stated in comparable if stated.dimension == comparison.dimension]
        words = {DIMENSIONS.get(word.lower()) for word in WORD.findall(text)}
        if not measured and comparison.dimension not in words:
            return None
        comparable = measured or [stated for stated in comparable if not stated.dimension]
    if not comparable or not _are_same(comparable):
        return None
    return min(
        comparable,
        key=lambda stated: (
            stated.unit != quantity.unit,
            (stated.unit in IMPERIAL) != (quantity.unit in IMPERIAL),
        ),
    )


def _are_same(quantities: Sequence[Quantity]) -> bool:
    """Return whether all are one measurement, perhaps in different units."""
    values = [quantity.base_value for quantity in quantities]
    tolerance = CONVERSION_TOLERANCE if len({item.unit for item in quantities}) > 1 else 0
    return max(values) - min(values) <= tolerance * abs(max(values))


def _counts_same(nouns: Sequence[str], stated: Sequence[str]) -> bool:
    """Return whether the noun that a sentence counts is the noun that the question counts."""
    return bool(nouns) and bool(stated) and stated[-1] in nouns


def _judge_date(text: str, comparison: Asked) -> Verdict | None:
    days = find_dates(text)
    if len(days) > 1:
        days = _dates_of_event(text, days, comparison.required)
    if len(days) != 1 or days[0].relation in _UNDECIDED_RELATIONS:
        return None
    stated = days[0]
    is_yes = stated.interval.is_within(comparison.interval)
    if is_yes and comparison.is_equality:
        return None
    is_single = bool(comparison.required & _SINGLE_EVENTS)
    if not is_yes and not (is_single and stated.interval.is_disjoint(comparison.interval)):
        return None
    label = f"{'about ' if stated.approximate else ''}{text[stated.start : stated.end]}"
    return Verdict(is_yes, f"{label} {_relate(stated.interval, comparison)} {comparison.text}")


def _dates_of_event(
    text: str, days: Sequence[StatedDate], required: frozenset[str]
) -> list[StatedDate]:
    """Return the dates before which, after any other date, a verb of the question is."""
    verbs, start, result = required & _SINGLE_EVENTS, 0, []
    for day in days:
        if verbs & set(content(text[start : day.start])):
            result.append(day)
        start = day.end
    return result


def _format(quantity: Quantity) -> str:
    value = format_quantity(quantity.value, quantity.unit)
    if quantity.unit == "percent":
        value = value.replace(" percentage points", "%")
    if quantity.upper is not None:
        return f"{value}–{format_quantity(quantity.upper, quantity.unit)}"
    return f"{_BOUND_NAMES.get(quantity.bound, '')}{value}"


def _relate(stated: Interval, comparison: Asked) -> str:
    """Return the sign between the stated value and the one asked for."""
    low, high = comparison.interval.low, comparison.interval.high
    if low == -INFINITY:
        pivot_low, pivot_high = high, high
    elif high == INFINITY:
        pivot_low, pivot_high = low, low
    else:
        pivot_low, pivot_high = low, high
    if stated.low > pivot_high or (stated.low_open and stated.low == pivot_high):
        return ">"
    if stated.high < pivot_low or (stated.high_open and stated.high == pivot_low):
        return "<"
    return "=" if stated.low == stated.high else "≥" if high == INFINITY else "≤"
