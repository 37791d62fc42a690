"""Resolve relative dates: "When did the ship leave?" where a dated report says "yesterday"."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from typing import NamedTuple

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.article_date import find_article_date
from assistant.pipeline.computation.dates import MONTHS, find_dates, format_date
from assistant.pipeline.computation.interface import ComputationInput, Computed
from assistant.pipeline.computation.intervals import find_bound
from assistant.pipeline.computation.quantities import find_quantities
from assistant.pipeline.computation.subject import content, is_about, is_plain_statement
from assistant.pipeline.verification.negation import has_negation
from index.text.spans import Span

__all__ = ["asks_for_date", "resolve_answer_words", "resolve_relative_date"]

_QUESTION = re.compile(
    r"\W*(?:when|(?:on\s)?(?:what|which)\s(?:exact\s)?(?:date|day)(?:\sof\sthe\s(?:week|month|year))?)\s"
    r"(?P<tense>did|was|were|has|had|have|will|is|are|does|do|shall|would)\b(?P<event>.{3,300})",
    re.IGNORECASE,
)
_ASKS_FOR_TIME = re.compile(
    r"\b(?:when|(?:what|which)\b.{0,20}\b(?:date|day|month|year))\b", re.IGNORECASE
)
_ASKS_FOR_FUTURE = re.compile(r"\b(?:will|shall|is|are|does|do|would)\b", re.IGNORECASE)
_PAST = frozenset(["did", "was", "were", "has", "had", "have"])
_WEEKDAYS = {name: number for number, name in enumerate(map(str.lower, calendar.day_name))}
_WEEKDAY = "|".join(_WEEKDAYS)
_COUNT = r"(?:an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d{1,3})"
_EXPRESSION = re.compile(
    rf"(?<![\d.,-])\b(?:(?P<before_yesterday>(?:the\s)?day\sbefore\syesterday)"
    rf"|(?P<after_tomorrow>(?:the\s)?day\safter\stomorrow)"
    rf"|(?P<yesterday>yesterday|last\snight)"
    rf"|(?P<today>today|tonight|this\s(?:morning|afternoon|evening))"
    rf"|(?P<tomorrow>tomorrow)"
    rf"|(?P<ago>{_COUNT}\s(?P<ago_unit>day|week|month|year)s?\sago)"
    rf"|(?P<ahead>in\s{_COUNT}\s(?P<ahead_unit>day|week|month|year)s?(?:['’]\stime)?)"
    rf"|(?P<span>(?P<which>last|next|this)\s(?P<span_unit>week|month|year))(?!['’]?s|end)"
    rf"|(?P<weekday>(?:on\s)?(?:(?P<side>last|next|this)\s)?(?:early\s|late\s)?(?P<day>{_WEEKDAY}))"
    rf"(?!['’]?s\b))\b",
    re.IGNORECASE,
)
_ANY_WEEKDAY = re.compile(rf"\b(?:{_WEEKDAY})s?\b|\b(?:yesterday|tomorrow)\b", re.IGNORECASE)
# A weekday that is a name ("Good Friday"), of a story ("that Sunday"), or of every week.
_UNFIT_BEFORE = re.compile(
    r"(?:\b(?:every|each|that|the|following|previous|another|one|a|until|till|since|by|from|before|"
    r"after|between|and|or|than|usually|always|mostly)|(?<!^)(?<![.!?“\"]\s)\b[A-Z][\w'’-]{0,60})\s$"
)
_FUTURE = re.compile(
    r"\b(?:will|shall|going\sto|is\sto|are\sto|due|expected|scheduled|set\sto|plans?|planned|"
    r"(?:is|are)\s\w{2,20}ing)\b",
    re.IGNORECASE,
)
_SAYING = re.compile(
    r"\b(?:said|says|told|announced|added|confirmed|reported|stated|warned|tweeted|wrote|according)\b"
    r"[^,;]{0,40}$",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?\s(?:{'|'.join(MONTHS)})|(?:{'|'.join(MONTHS)})\s\d{{1,2}})\b",
    re.IGNORECASE,
)
_QUOTATION = re.compile(r"[“\"„«][^”\"“»]{0,2000}[”\"“»]?")
_CLAUSE_BOUNDARY = re.compile(r"[,;:()—–]|\b(?:while|whereas|although|though|but)\b", re.IGNORECASE)
MAX_COUNT = 100  # more years ago is a round number


class Resolved(NamedTuple):
    """A relative expression and the date, or month or year, that it means."""

    expression: str
    text: str


def resolve_relative_date(request: ComputationInput) -> Computed | None:
    """Return the date that the best sentence's "yesterday" or "last Friday" means.

    None if the article has no date, or if the sentence states a date itself.
    """
    match = _QUESTION.match(request.question.rstrip("?! ."))
    if not match or not request.choice.selected:
        return None
    candidate = request.choice.selected[0]
    today = find_article_date(candidate.article)
    is_past = match["tense"].lower() in _PAST
    if not today or not _is_usable(candidate, match["event"], request.question, is_past):
        return None
    resolved = _resolve(candidate.text, today, is_past, frozenset(content(match["event"])))
    return _describe(resolved, today, candidate) if resolved else None


def asks_for_date(question: str) -> bool:
    """Return whether a question asks when, or for a date, day, month or year."""
    return bool(_ASKS_FOR_TIME.search(question))


def resolve_answer_words(candidate: Candidate, words: Span, question: str) -> Computed | None:
    """Return the date that the words mean which answer a question for a time: "last Friday".

    None if the article has no date, or if the words are not one relative expression.

    Args:
        candidate: the sentence that answers.
        words: where the words are in the sentence, as the span reader found them.
        question: the standalone question.
    """
    text, today = candidate.text, find_article_date(candidate.article)
    if not today or not asks_for_date(question) or find_dates(text):
        return None
    matches = [
        match
        for match in _EXPRESSION.finditer(text)
        if match.start() < words.end and words.start < match.end()
    ]
    quoted = [match.span() for match in _QUOTATION.finditer(text)]
    if len(matches) != 1 or any(start < matches[0].start() < end for start, end in quoted):
        return None
    (match,) = matches
    if find_bound(text, match.start(), match.end()) or _MONTH_DAY.search(text):
        return None
    is_past = not _ASKS_FOR_FUTURE.search(question)
    resolved = _resolve_match(match, today, is_past)
    return _describe(resolved, today, candidate) if resolved else None


def _describe(resolved: Resolved, today: date, candidate: Candidate) -> Computed:
    expression = resolved.expression[:1].upper() + resolved.expression[1:]
    text = f"{expression}, that is {resolved.text} (the article is of {format_date(today)})."
    return Computed(text, (candidate,))


def _is_usable(candidate: Candidate, event: str, question: str, is_past: bool) -> bool:
    text = candidate.text
    if find_dates(text) or _MONTH_DAY.search(text) or has_negation(text):
        return False
    if is_past and not is_plain_statement(text, question):
        return False
    required = content(event)
    return bool(required) and is_about(candidate, required)


def _resolve(text: str, today: date, is_past: bool, event: frozenset[str]) -> Resolved | None:
    quoted = [match.span() for match in _QUOTATION.finditer(text)]
    matches = list(_EXPRESSION.finditer(text))
    if len(matches) != 1 or len(_ANY_WEEKDAY.findall(text)) > 1:
        return None
    match = matches[0]
    before = text[: match.start()]
    if find_bound(text, match.start(), match.end()):  # about three days ago
        return None
    if not _is_in_clause(match, event):
        return None
    if any(start < match.start() < end for start, end in quoted):
        return None
    is_saying = _SAYING.search(before[-80:])
    if is_saying and not event & set(content(is_saying[0])):
        return None
    if not is_past and not (_FUTURE.search(text) or match["side"] == "next"):
        return None
    if is_past and _FUTURE.search(text):
        return None
    return _resolve_match(match, today, is_past)


def _is_in_clause(match: re.Match[str], event: frozenset[str]) -> bool:
    """Return whether an expression is in the clause of the event, or opens the sentence alone."""
    text, start, end = match.string, 0, len(match.string)
    for boundary in _CLAUSE_BOUNDARY.finditer(text):
        if boundary.end() <= match.start():
            start = boundary.end()
        elif boundary.start() >= match.end():
            end = boundary.start()
            break
    stems = set(content(text[start : match.start()] + " " + text[match.end() : end]))
    return not stems or 2 * len(stems & event) >= len(event)


def _resolve_match(match: re.Match[str], today: date, is_past: bool) -> Resolved | None:
    expression = match[0]
    days = {"before_yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1, "after_tomorrow": 2}
    for name, offset in days.items():
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
    return _resolve_weekday(match, today, is_past)


def _day(expression: str, today: date, offset: int) -> Resolved:
    return Resolved(expression, format_date(today + timedelta(days=offset)))


def _shift(expression: str, today: date, words: str, unit: str, sign: int) -> Resolved | None:
    """Resolve "three days ago": to a day for days and weeks, to a month or year for the others."""
    words = re.sub(r"\b(?:an?|one)\b", "1", words, flags=re.IGNORECASE)
    quantities = find_quantities(words)
    if len(quantities) != 1:
        return None
    count = sign * int(quantities[0].value)
    if abs(count) > MAX_COUNT:
        return None
    match unit.lower():
        case "day":
            return _day(expression, today, count)
        case "week":
            return _day(expression, today, 7 * count) if abs(count) <= 2 else None
        case "month":
            return Resolved(expression, _format_month(today, count))
        case _:
            return Resolved(expression, f"in {today.year + count}")


def _format_month(today: date, months: int) -> str:
    year, month = divmod(12 * today.year + today.month - 1 + months, 12)
    return f"in {calendar.month_name[month + 1]} {year}"


def _resolve_span(match: re.Match[str], today: date, is_past: bool) -> Resolved | None:
    """Resolve "last week", "next month" and "this year"."""
    offset = {"last": -1, "this": 0, "next": 1}[match["which"].lower()]
    if offset > 0 if is_past else offset < 0:
        return None
    match match["span_unit"].lower():
        case "week":
            monday = today - timedelta(days=today.weekday()) + timedelta(weeks=offset)
            return Resolved(match[0], f"in the week of Monday, {format_date(monday)}")
        case "month":
            return Resolved(match[0], _format_month(today, offset))
        case _:
            return Resolved(match[0], f"in {today.year + offset}")


def _resolve_weekday(match: re.Match[str], today: date, is_past: bool) -> Resolved | None:
    """Resolve "on Sunday": the last one up to today, or the next one after today.

    "Last Friday" on a Sunday and "next Friday" on a Monday may mean either of two days.
    """
    if _UNFIT_BEFORE.search(match.string[max(0, match.start() - 30) : match.start()]):
        return None
    distance = _WEEKDAYS[match["day"].lower()] - today.weekday()
    side = (match["side"] or "").lower()
    if is_past:
        offset = distance - 7 if distance > 0 or (side == "last" and distance == 0) else distance
        if side == "next" or (side == "last" and distance < 0):
            return None
    else:
        offset = distance + 7 if distance <= 0 else distance
        if side == "last" or distance == 0 or (side == "next" and distance > 0):
            return None
    return _day(match[0], today, offset)
