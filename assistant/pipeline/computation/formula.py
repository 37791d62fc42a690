"""Evaluate the formula of a plan with the quantities or dates that the article states."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.date_difference import describe_age, describe_elapsed
from assistant.pipeline.computation.dates import StatedDate
from assistant.pipeline.computation.interface import Computed
from assistant.pipeline.computation.plan import CalculationPlan
from assistant.pipeline.computation.quantities import Quantity
from assistant.pipeline.computation.units import (
    CURRENCIES,
    UNITS,
    find_common_unit,
    format_quantity,
    format_value,
)

__all__ = ["StatedValue", "evaluate_plan"]

_DIFFERENCE = (1, -1)
_AGE_QUESTION = re.compile(r"\bhow old\b|\bwhat age\b", re.IGNORECASE)
_TIME_UNIT = re.compile(r"\bhow many (days|years)\b", re.IGNORECASE)
_COUNTED_NOUN = re.compile(
    r"\bhow many (?:more |fewer |less |extra )?([a-z]{3,20})\b", re.IGNORECASE
)


@dataclass(frozen=True)
class StatedValue:
    """A quantity or a date that the article states.

    Attributes:
        value: the quantity or the date.
        evidence: the sentences, table rows or list items that state it.
    """

    value: Quantity | StatedDate
    evidence: tuple[Candidate, ...]


def evaluate_plan(
    plan: CalculationPlan, operands: Sequence[StatedValue], question: str
) -> Computed | None:
    """Return the value of the formula; None if the operands do not fit together.

    Args:
        plan: the formula.
        operands: the answer to each question of the plan, in order.
        question: the whole question, which names the unit or what is counted.
    """
    values = [operand.value for operand in operands]
    quantities = [value for value in values if isinstance(value, Quantity)]
    dates = [value for value in values if isinstance(value, StatedDate)]
    if len(quantities) == len(values):
        result = _add_quantities(plan, quantities, question)
    elif len(dates) == len(values):
        result = _subtract_dates(plan, dates, question)
    else:
        result = None
    sentences = {  # each once, although it was found for two questions
        (item.article.id, item.position): item for operand in operands for item in operand.evidence
    }
    return Computed(result[0], tuple(sentences.values()), result[1]) if result else None


def _subtract_dates(
    plan: CalculationPlan, dates: Sequence[StatedDate], question: str
) -> tuple[str, str] | None:
    """Return the time between two dates, or between a date and the year that is the constant."""
    if plan.factors == _DIFFERENCE and not plan.constant:
        earlier, later = sorted(dates, key=lambda stated: stated.first)
    elif plan.factors == (-1,) and plan.constant:
        first, last = date(plan.constant, 1, 1), date(plan.constant, 12, 31)
        (earlier,) = dates
        later = StatedDate(0, 0, first.toordinal(), last.toordinal())
    else:
        return None
    if _AGE_QUESTION.search(question):
        return describe_age(earlier, later)
    unit = _TIME_UNIT.search(question)
    return describe_elapsed(earlier, later, unit[1].lower() if unit else "")


def _add_quantities(
    plan: CalculationPlan, quantities: Sequence[Quantity], question: str
) -> tuple[str, str] | None:
    bounds = {quantity.bound for quantity in quantities} - {""}
    if plan.constant or bounds - {"~"} or any(item.upper is not None for item in quantities):
        return None
    if len({quantity.kind for quantity in quantities}) > 1:
        return None
    unit = find_common_unit(quantity.unit for quantity in quantities)
    divisor = UNITS[unit][1] if unit else Fraction(1)
    values = [quantity.base_value / divisor for quantity in quantities]
    total = sum(
        (factor * value for factor, value in zip(plan.factors, values, strict=True)), Fraction(0)
    )
    if total <= 0:
        return None
    noun = _COUNTED_NOUN.search(question) if not unit else None
    text = f"{'about ' if bounds else ''}{format_quantity(total, unit, noun[1] if noun else '')}."
    return text[:1].upper() + text[1:], _format_calculation(plan.factors, values, total, unit)


def _format_calculation(
    factors: Sequence[int], values: Sequence[Fraction], total: Fraction, unit: str
) -> str:
    def show(value: Fraction) -> str:
        return format_quantity(value, unit) if unit in CURRENCIES.values() else format_value(value)

    terms = ""
    for factor, value in zip(factors, values, strict=True):
        sign = " − " if factor < 0 else " + "
        times = "" if abs(factor) == 1 else f"{abs(factor)} × "
        terms += (sign if terms else "") + times + show(value)
    return f"{terms} = {show(total)}"
