"""Describe the time between two stated dates: in days, in years, or as an age."""

from __future__ import annotations

from datetime import date

from assistant.pipeline.computation.dates import StatedDate, format_date

__all__ = ["describe_age", "describe_elapsed"]

MAX_DAYS = 60  # a longer time is given in years unless the question asks for days


def describe_elapsed(earlier: StatedDate, later: StatedDate, unit: str) -> tuple[str, str] | None:
    """Return the time between two dates as a sentence, and the calculation.

    None if the dates are not exact enough for the unit, or if the first is not before the second.

    Args:
        unit: "days" or "years"; empty: either.
    """
    if earlier.approximate or later.approximate or earlier.last >= later.first:
        return None
    days = later.first - earlier.first
    if earlier.is_day and later.is_day and (unit == "days" or (days < MAX_DAYS and not unit)):
        return f"{days} {'day' if days == 1 else 'days'}.", ""
    if unit not in ("", "years") or not (_names_year(earlier) and _names_year(later)):
        return None
    years = later.year - earlier.year
    about = "" if earlier.is_year and later.is_year else "About "
    text = f"{about}{years} {'year' if years == 1 else 'years'}."
    return text, f"{later.year} − {earlier.year} = {years}"


def describe_age(birth: StatedDate, event: StatedDate) -> tuple[str, str] | None:
    """Return an age and the calculation: exact between two days, otherwise about."""
    if birth.approximate or event.approximate or event.first <= birth.last:
        return None
    if not (_names_year(birth) and _names_year(event)):
        return None
    years = event.year - birth.year
    if birth.is_day and event.is_day:
        first, second = date.fromordinal(birth.first), date.fromordinal(event.first)
        years -= (second.month, second.day) < (first.month, first.day)
        return f"{years} years.", f"{format_date(second)} − {format_date(first)}"
    return f"about {years} years", f"{event.year} − {birth.year} = {years}"


def _names_year(stated: StatedDate) -> bool:
    """Return whether a date is within one year, so not a decade."""
    return stated.last - stated.first <= 365
