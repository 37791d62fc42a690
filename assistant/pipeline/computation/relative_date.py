"""Resolve relative dates: "When did the ship leave?" where a dated report says "yesterday".

The span reader finds the words that answer. This module says which day they mean, counted from the
day of the article ("last Friday") or from a day that the text states before ("two days later").
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
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
from assistant.pipeline.computation.quantities import find_quantities
from assistant.text.tokens import content_stems
from index.text.spans import Span

__all__ = ["asks_for_date", "find_expression", "resolve_answer_words", "resolve_day"]

_ASKS_FOR_TIME = re.compile(
    r"\b(?:when|(?:what|which)\b.{0,20}\b(?:date|day|month|year))\b", re.IGNORECASE
)
# The first of these says whether a question is about the past. "May" with a capital is the month.
_AUXILIARY = re.compile(
    r"\b(?:(?P<past>did|was|were|had|has|have)"
    r"|will|shall|should|can|may|must|is|are|does|do|would)\b"
)
_WEEKDAYS = {name: number for number, name in enumerate(map(str.lower, calendar.day_name))}
_WEEKDAY = "|".join(_WEEKDAYS)
_SMALL = "one|two|three|four|five|six|seven|eight|nine"
_COUNT = (
    rf"(?:an?|{_SMALL}|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    rf"|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-(?:{_SMALL}))?|\d{{1,3}})"
)
_PART_OF_DAY = r"(?:day|morning|afternoon|evening|night)"
_CLAUSE_END = r"(?=\s*(?:[.,;:!?)—–]|$|(?:and|but)\b))"  # not "the day after the storm"
_UNIT = r"(?:day|night|week|fortnight|month|year)"
_EXPRESSION = re.compile(
    rf"(?<![\d.,-])\b(?:(?P<before_yesterday>(?:the\s)?day\sbefore\syesterday)"
    rf"|(?P<after_tomorrow>(?:the\s)?day\safter\stomorrow)"
    rf"|(?P<yesterday>yesterday|last\snight)"
    rf"|(?P<today>today|tonight|this\s(?:morning|afternoon|evening))"
    rf"|(?P<tomorrow>tomorrow)"
    rf"|(?P<ago>{_COUNT}\s(?P<ago_unit>{_UNIT})s?\sago)"
    rf"|(?P<ahead>in\s{_COUNT}\s(?P<ahead_unit>{_UNIT})s?(?:['’]\stime)?)"
    rf"|(?P<later>{_COUNT}\s(?P<later_unit>{_UNIT})s?\s"
    rf"(?:later|afterwards?|after{_CLAUSE_END}|after\s(?:that|this|it|then){_CLAUSE_END}))"
    rf"|(?P<earlier>{_COUNT}\s(?P<earlier_unit>{_UNIT})s?\s(?:earlier|before{_CLAUSE_END}))"
    rf"|(?P<ordinal_weekday>(?:on\s)?the\s(?P<ordinal>first|second|third|fourth|last)\s"
    rf"(?P<ordinal_day>{_WEEKDAY})\s(?:of|in)\s(?:the\s)?(?P<ordinal_month>last|next|this)\smonth)"
    rf"|(?P<same_day>(?:that|(?:on\s)?the\ssame)\s{_PART_OF_DAY})"
    rf"|(?P<next_day>(?:on\s)?the\s(?:(?:next|following)\s{_PART_OF_DAY}"
    rf"|{_PART_OF_DAY}\safter{_CLAUSE_END}))"
    rf"|(?P<day_before>(?:on\s)?the\s(?:previous\s{_PART_OF_DAY}"
    rf"|{_PART_OF_DAY}\sbefore{_CLAUSE_END}))"
    rf"|(?P<next_unit>(?:in\s)?the\s(?:next|following)\s(?P<next_name>month|year))"
    rf"|(?P<unit_before>(?:in\s)?the\s(?:previous\s(?P<previous_name>month|year)"
    rf"|(?P<name_before>month|year)\sbefore{_CLAUSE_END}))"
    rf"|(?P<next_weekday>(?:on\s)?the\s(?:next|following)\s(?P<next_weekday_name>{_WEEKDAY}))"
    rf"|(?P<span>(?P<which>last|next|this)\s(?P<span_unit>week|month|year))(?!['’]?s|end)"
    rf"|(?P<weekday>(?:on\s)?(?:(?P<side>last|next|this)\s)?(?:early\s|late\s)?(?P<day>{_WEEKDAY}))"
    rf"(?!['’]?s\b))\b",
    re.IGNORECASE,
)
_FROM_STATED_DAY = (
    *("later", "earlier", "same_day", "next_day", "day_before"),
    *("next_unit", "unit_before", "next_weekday"),
)
_ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
_DAYS_OF_UNIT = {"day": 1, "night": 1, "week": 7, "fortnight": 14}
_DAYS = {"before_yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "after_tomorrow": 2}
# A weekday of a story ("that Sunday"), of every week, or that is a name ("Good Friday").
_UNFIT_BEFORE = re.compile(
    r"\b(?:every|each|that|the|following|previous|another|one|a|until|till|since|by|from|before|"
    r"after|between|and|or|than|usually|always|mostly)\s$"
)
_NAME_BEFORE = re.compile(r"(?<!^)(?<![.!?“\"]\s)\b[A-Z][\w'’-]{0,60}\s$")
_VAGUE_TIME = re.compile(
    r"\b(?:later|after|afterwards|before|earlier|since|until|spring|summer|autumn|winter|easter"
    r"|christmas|(?:jan|febr)uary|march|april|may|june|july|august"
    r"|(?:septem|octo|novem|decem)ber)\b",
    re.IGNORECASE,
)
_CLAUSE_BREAK = re.compile(r"[,;:()—–]\s?|\s(?:and|but|while)\s")
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


def asks_for_date(question: str) -> bool:
    """Return whether a question asks when, or for a date, day, month or year."""
    return bool(_ASKS_FOR_TIME.search(question))


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


def find_expression(
    question: str, candidates: Sequence[Candidate], located: tuple[int, Span] | None
) -> tuple[int, Span] | None:
    """Return the relative expression that a question is about: the number of its sentence, and it.

    The words that answer may be those of a clause about something else: "The concert is on Saturday
    14 December, with the rehearsal two days before." An expression whose clause has more words of
    the question goes before them; one in another sentence needs two more. Without such words, the
    only expression of the first sentence is returned.

    Args:
        question: the standalone question.
        candidates: the sentences, the best one first.
        located: the number of a sentence and the span of the words in it that answer, if any.
    """
    asked = set(content_stems(_ASKS_FOR_TIME.sub(" ", question)))
    found = [
        (len(asked & set(content_stems(_clause_at(candidate.text, match.start())))), number, match)
        for number, candidate in enumerate(candidates)
        for match in _EXPRESSION.finditer(candidate.text)
    ]
    if located is None:
        text = candidates[0].text
        only = [(count, match) for count, number, match in found if number == 0]
        if len(only) != 1 or find_calendar_days(text):
            return None
        ((count, match),) = only
        others = (len(asked & set(content_stems(part))) for part in _CLAUSE_BREAK.split(text))
        return (0, Span(*match.span())) if count and count >= max(others) else None
    number, words = located
    shared = len(asked & set(content_stems(_clause_at(candidates[number].text, words.start))))
    better = [
        (count - shared - (other != number), -other, match)
        for count, other, match in found
        if count > shared + (other != number)
    ]
    if not better:
        return located
    _, other, match = max(better, key=lambda row: row[:2])
    return -other, Span(*match.span())


def _clause_at(text: str, position: int) -> str:
    """Return the clause of a text that an offset is in."""
    ends = [match.span() for match in _CLAUSE_BREAK.finditer(text)]
    start = max((end for _, end in ends if end <= position), default=0)
    stop = min((begin for begin, _ in ends if begin > position), default=len(text))
    return text[start:stop]


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
        for match in _EXPRESSION.finditer(text)
        if match.start() < words.end and words.start < match.end()
    ]
    quoted = [match.span() for match in _QUOTATION.finditer(text)]
    if len(matches) != 1:
        return None
    is_spoken = any(start < matches[0].start() < end for start, end in quoted)
    if is_spoken and not any(matches[0][name] for name in _FROM_STATED_DAY):
        return None
    return _resolve(matches[0], candidate, is_past)


def _resolve(match: re.Match[str], candidate: Candidate, is_past: bool) -> Resolved | None:
    """Return what an expression means, counted from the day that it refers to."""
    if find_bound(match.string, match.start(), match.end()):  # about three days ago
        return None
    if any(match[name] for name in _FROM_STATED_DAY):
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
    months = _count_months(match)
    if months is not None and months % 12 == 0:
        return _resolve_from_stated_year(match, candidate, months // 12)
    stated = _find_stated_day(match, candidate, is_past)
    if not stated:
        return None
    day, evidence = stated
    if months is not None:
        month = _month(match[0], day, months)
        return month._replace(counted_from=f"counted from {day}", evidence=evidence)
    days = _count_days(match, day)
    if days is None:
        return None
    shifted = day.shift(days)
    return Resolved(match[0], str(shifted), f"counted from {day}", shifted, evidence)


def _count_months(match: re.Match[str]) -> int | None:
    """Return how many months an expression counts; None if it counts days, or cannot be read."""
    if match["next_unit"] or match["unit_before"]:
        name = match["next_name"] or match["previous_name"] or match["name_before"]
        return (1 if match["next_unit"] else -1) * (12 if name.lower() == "year" else 1)
    for name, sign in (("later", 1), ("earlier", -1)):
        unit = (match[f"{name}_unit"] or "").lower()
        if unit in ("month", "year") and (count := _read_count(match[name])):
            return sign * count * (12 if unit == "year" else 1)
    return None


def _count_days(match: re.Match[str], day: CalendarDay) -> int | None:
    """Return how many days an expression is after a day; None if that is unknown."""
    if match["same_day"] or match["next_day"] or match["day_before"]:
        return 0 if match["same_day"] else 1 if match["next_day"] else -1
    if match["next_weekday"]:
        weekday = _WEEKDAYS[match["next_weekday_name"].lower()]
        return ((weekday - day.day.weekday() - 1) % 7 + 1) if day.has_weekday else None
    for name, sign in (("later", 1), ("earlier", -1)):
        unit = (match[f"{name}_unit"] or "").lower()
        if unit in _DAYS_OF_UNIT and (count := _read_count(match[name])):
            return sign * count * _DAYS_OF_UNIT[unit]
    return None


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
        if _has_time(text):
            return None
    return None


def _has_time(text: str) -> bool:
    """Return whether a text has a time, even one that cannot be resolved: "a week later"."""
    return bool(_EXPRESSION.search(text) or find_dates(text) or _VAGUE_TIME.search(text))


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
        if _has_time(text):
            return None
    return None


def _resolve_only(text: str, candidate: Candidate, is_past: bool) -> CalendarDay | None:
    """Return the day of the only relative expression in a text, or None."""
    matches = [
        match
        for match in _EXPRESSION.finditer(text)
        if not any(match[name] for name in _FROM_STATED_DAY)
    ]
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


def _read_count(words: str) -> int | None:
    words = re.sub(r"\b(?:an?|one)\b", "1", words, flags=re.IGNORECASE)
    quantities = find_quantities(words)
    return int(quantities[0].value) if len(quantities) == 1 else None


def _shift(
    expression: str, today: CalendarDay, words: str, unit: str, sign: int
) -> Resolved | None:
    """Resolve "three days ago": to a day for days and weeks, to a month or year for the others."""
    count = _read_count(words)
    if count is None or count > MAX_COUNT:
        return None
    count *= sign
    if days := count * _DAYS_OF_UNIT.get(unit.lower(), 0):
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
    weekday = _WEEKDAYS[match["ordinal_day"].lower()]
    weeks = calendar.Calendar().monthdatescalendar(year, month + 1)
    days = [week[weekday] for week in weeks if week[weekday].month == month + 1]
    day = today._replace(day=days[_ORDINALS[match["ordinal"].lower()]])
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
    distance = _WEEKDAYS[match["day"].lower()] - today.day.weekday()
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
