"""Resolve relative dates: "When did the ship leave?" where a dated report says "yesterday".

The span reader finds the words that answer. This module says which day they mean, counted from the
day of the article ("last Friday") or from a day that the text states before ("two days later").
"""

from __future__ import annotations

import calendar
import re
from dataclasses import replace
from datetime import MAXYEAR
from typing import NamedTuple

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.article_date import find_date_at
from assistant.pipeline.computation.dates import (
    CalendarDay,
    StatedDate,
    find_calendar_days,
    find_dates,
)
from assistant.pipeline.computation.interface import Computed
from assistant.pipeline.computation.intervals import find_bound
from assistant.pipeline.computation.relative_expressions import (
    DAYS_OF_UNIT,
    EXPRESSION,
    ORDINALS,
    WEEKDAYS,
    asks_for_date,
    count_days,
    count_months,
    has_time,
    is_from_stated_day,
    read_count,
)
from index.text.spans import Span

__all__ = ["resolve_answer_words", "resolve_day"]

# The first of these says whether a question is about the past. "May" with a capital is the month.
_AUXILIARY = re.compile(
    r"\b(?:(?P<past>did|was|were|had|has|have)"
    r"|will|shall|should|can|may|must|is|are|does|do|would)\b"
)
_DAYS = {"before_yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "after_tomorrow": 2}
# A weekday of a story ("that Sunday"), of every week, or that is a name ("Good Friday").
_UNFIT_BEFORE = re.compile(
    r"\b(?:every|each|that|the|following|previous|another|one|a|until|till|since|by|from|before|"
    r"after|between|and|or|than|usually|always|mostly)\s$"
)
_NAME_BEFORE = re.compile(r"(?<!^)(?<![.!?“\"]\s)\b[A-Z][\w'’-]{0,60}\s$")
_QUOTATION = re.compile(r"[“\"„«][^”\"“»]{0,2000}[”\"“»]?")
MAX_SENTENCES_BEFORE = 3  # "On 3 May … Nobody saw him. The next morning …"
MAX_COUNT = 100  # more years ago is a round number
MAX_SURE_DAYS = 15  # "five weeks ago" is no exact day
# "Last Wednesday" may mean either of two days on the Thursday after it.
MIN_DAYS_AGO = 2


class Resolved(NamedTuple):
    """A relative expression, the date, month or year that it means, and what it is counted from."""

    expression: str
    text: str
    counted_from: str
    day: CalendarDay | None = None  # None if it means a week, a month or a year
    evidence: tuple[Candidate, ...] = ()


def resolve_answer_words(candidate: Candidate, words: Span, question: str) -> Computed | None:
    """Return the date that the words mean which answer a question for a time: "last Friday".

    None if the day that they are counted from is unknown, or if the words are not one relative
    expression.

    Args:
        candidate: the sentence that answers.
        words: where the words are in the sentence, as the span reader found them.
        question: the standalone question.
    """
    if not asks_for_date(question):
        return None
    resolved = _resolve_words(candidate, words, _is_about_past(question))
    if not resolved:
        return None
    expression = resolved.expression[:1].upper() + resolved.expression[1:]
    text = f"{expression}, that is {resolved.text}"
    return Computed(text, resolved.evidence, resolved.counted_from)


def _is_about_past(question: str) -> bool:
    auxiliary = _AUXILIARY.search(question)
    return auxiliary is None or auxiliary["past"] is not None


def resolve_day(
    candidate: Candidate, words: Span
) -> tuple[StatedDate, tuple[Candidate, ...]] | None:
    """Return the past day that words of a sentence mean, with the sentences that state it.

    None if the day that they are counted from or its year is unknown, or if the words are not one
    relative expression for a day.

    Args:
        candidate: the sentence.
        words: where the words are in it.
    """
    resolved = _resolve_words(candidate, words, is_past=True)
    if not resolved or not resolved.day or not resolved.day.has_year:
        return None
    number = resolved.day.day.toordinal()
    return StatedDate(words.start, words.end, number, number), resolved.evidence


def _resolve_words(candidate: Candidate, words: Span, is_past: bool) -> Resolved | None:
    text = candidate.text
    matches = [
        match
        for match in EXPRESSION.finditer(text)
        if match.start() < words.end and words.start < match.end()
    ]
    quoted = [match.span() for match in _QUOTATION.finditer(text)]
    if len(matches) != 1:
        return None
    is_spoken = any(start < matches[0].start() < end for start, end in quoted)
    if is_spoken and not is_from_stated_day(matches[0]):
        return None
    return _resolve(matches[0], candidate, is_past)


def _resolve(match: re.Match[str], candidate: Candidate, is_past: bool) -> Resolved | None:
    """Return what an expression means, counted from the day that it refers to."""
    if find_bound(match.string, match.start(), match.end()):  # about three days ago
        return None
    if is_from_stated_day(match):
        return _resolve_from_stated_day(match, candidate, is_past)
    if find_calendar_days(match.string) or find_dates(match.string):
        return None
    today = find_date_at(candidate.article, candidate.span.start)
    resolved = _resolve_from_today(match, today, is_past) if today else None
    return resolved._replace(evidence=(candidate,)) if resolved else None


def _resolve_from_stated_day(
    match: re.Match[str], candidate: Candidate, is_past: bool
) -> Resolved | None:
    """Resolve "two days later" and "the following morning", and "a year later" after a year."""
    months = count_months(match)
    if months is not None and months % 12 == 0:
        return _resolve_from_stated_year(match, candidate, months // 12)
    stated = _find_stated_day(match, candidate, is_past)
    if not stated:
        return None
    day, evidence = stated
    if months is not None:
        month = _month(match[0], day, months)
        return month._replace(counted_from=f"counted from {day}", evidence=evidence)
    days = count_days(match, day)
    if days is None:
        return None
    shifted = day.shift(days)
    return Resolved(match[0], str(shifted), f"counted from {day}", shifted, evidence)


def _resolve_from_stated_year(
    match: re.Match[str], candidate: Candidate, years: int
) -> Resolved | None:
    """Resolve "three years later" by the last year stated in the sentence, or in the one before."""
    for text, evidence in _list_texts_before(match, candidate):
        if stated := {date.year for date in find_dates(text)}:
            if len(stated) > 1:
                return None
            (year,) = stated
            counted_from = f"counted from {year}"
            return Resolved(match[0], f"in {year + years}", counted_from, None, evidence)
        if has_time(text):
            return None
    return None


def _list_texts_before(
    match: re.Match[str], candidate: Candidate
) -> list[tuple[str, tuple[Candidate, ...]]]:
    """Return what comes before an expression: of its sentence, and the sentences before it."""
    texts: list[tuple[str, tuple[Candidate, ...]]] = [(match.string[: match.start()], (candidate,))]
    for distance in range(1, min(MAX_SENTENCES_BEFORE, candidate.position) + 1):
        before = replace(candidate, position=candidate.position - distance)
        if before.section != candidate.section:
            break
        texts.append((before.text, (before, candidate)))
    return texts


def _find_stated_day(
    match: re.Match[str], candidate: Candidate, is_past: bool
) -> tuple[CalendarDay, tuple[Candidate, ...]] | None:
    """Return the last day stated before an expression, with the sentences that state it.

    It is a date or an expression like "last Friday". None if there are two.
    """
    for text, evidence in _list_texts_before(match, candidate):
        if days := find_calendar_days(text):
            return (days[0], evidence) if len(days) == 1 else None
        if day := _resolve_only(text, evidence[0], is_past):
            return day, evidence
        if has_time(text):
            return None
    return None


def _resolve_only(text: str, candidate: Candidate, is_past: bool) -> CalendarDay | None:
    """Return the day of the only relative expression in a text, or None."""
    matches = [match for match in EXPRESSION.finditer(text) if not is_from_stated_day(match)]
    today = find_date_at(candidate.article, candidate.span.start)
    if len(matches) != 1 or not today:
        return None
    resolved = _resolve_from_today(matches[0], today, is_past)
    return resolved.day if resolved else None


def _resolve_from_today(match: re.Match[str], today: CalendarDay, is_past: bool) -> Resolved | None:
    expression = match[0]
    for name, offset in _DAYS.items():
        if match[name]:
            consistent = offset <= 0 if is_past else offset >= 0
            opens = name == "today" and match.start() == 0  # often "nowadays"
            return _day(expression, today, offset) if consistent and not opens else None
    if match["ago"]:
        return _shift(expression, today, match["ago"], match["ago_unit"], -1) if is_past else None
    if match["ahead"]:
        if is_past:
            return None
        return _shift(expression, today, match["ahead"], match["ahead_unit"], 1)
    if match["span"]:
        return _resolve_span(match, today, is_past)
    if match["ordinal_weekday"]:
        return _resolve_ordinal_weekday(match, today)
    return _resolve_weekday(match, today, is_past) if today.has_weekday else None


def _day(expression: str, today: CalendarDay, offset: int) -> Resolved:
    day = today.shift(offset)
    return Resolved(expression, str(day), _describe_today(today), day)


def _describe_today(today: CalendarDay) -> str:
    return f"the text is of {today}"


def _shift(
    expression: str, today: CalendarDay, words: str, unit: str, sign: int
) -> Resolved | None:
    """Resolve "three days ago": to a day for days and weeks, to a month or year for the others."""
    count = read_count(words)
    if count is None or count > MAX_COUNT:
        return None
    count *= sign
    if days := count * DAYS_OF_UNIT.get(unit.lower(), 0):
        is_sure = unit.lower() in ("day", "night") or abs(days) <= MAX_SURE_DAYS
        return _day(expression, today, days) if is_sure else None
    months = unit.lower() == "month"
    return _month(expression, today, count) if months else _year(expression, today, count)


def _month(expression: str, today: CalendarDay, months: int) -> Resolved:
    year, month = divmod(12 * today.day.year + today.day.month - 1 + months, 12)
    stated_year = f" {year}" if today.has_year else ""
    text = f"in {calendar.month_name[month + 1]}{stated_year}"
    return Resolved(expression, text, _describe_today(today))


def _year(expression: str, today: CalendarDay, years: int) -> Resolved | None:
    if not today.has_year:
        return None
    return Resolved(expression, f"in {today.day.year + years}", _describe_today(today))


def _resolve_span(match: re.Match[str], today: CalendarDay, is_past: bool) -> Resolved | None:
    """Resolve "last week", "next month" and "this year"."""
    offset = {"last": -1, "this": 0, "next": 1}[match["which"].lower()]
    if offset > 0 if is_past else offset < 0:
        return None
    match match["span_unit"].lower():
        case "week" if today.has_weekday:
            monday = today.shift(7 * offset - today.day.weekday())
            return Resolved(match[0], f"in the week of Monday, {monday}", _describe_today(today))
        case "month":
            return _month(match[0], today, offset)
        case "year":
            return _year(match[0], today, offset)
        case _:
            return None


def _resolve_ordinal_weekday(match: re.Match[str], today: CalendarDay) -> Resolved | None:
    """Resolve "the first Monday of next month"."""
    if not today.has_year:
        return None
    offset = {"last": -1, "this": 0, "next": 1}[match["ordinal_month"].lower()]
    year, month = divmod(12 * today.day.year + today.day.month - 1 + offset, 12)
    if not 1 <= year < MAXYEAR:
        return None
    weekday = WEEKDAYS[match["ordinal_day"].lower()]
    weeks = calendar.Calendar().monthdatescalendar(year, month + 1)
    days = [week[weekday] for week in weeks if week[weekday].month == month + 1]
    day = today._replace(day=days[ORDINALS[match["ordinal"].lower()]])
    return Resolved(match[0], str(day), _describe_today(today), day)


def _resolve_weekday(match: re.Match[str], today: CalendarDay, is_past: bool) -> Resolved | None:
    """Resolve "on Sunday": the last one up to today, or the next one after today.

    "Last Friday" on a Saturday and "next Friday" on a Monday may mean either of two days.
    """
    before = match.string[max(0, match.start() - 70) : match.start()]
    if _UNFIT_BEFORE.search(before):
        return None
    if match["weekday"] == match["day"] and _NAME_BEFORE.search(before):
        return None
    distance = WEEKDAYS[match["day"].lower()] - today.day.weekday()
    side = (match["side"] or "").lower()
    if side == "this":
        offset = distance
        if distance > 0 if is_past else distance < 0:
            return None
    elif is_past:
        offset = distance - 7 if distance > 0 or (side == "last" and distance == 0) else distance
        if side == "next" or (side == "last" and -MIN_DAYS_AGO < offset < 0):
            return None
    else:
        offset = distance + 7 if distance <= 0 else distance
        if side == "last" or distance == 0 or (side == "next" and distance > 0):
            return None
    return _day(match[0], today, offset)
