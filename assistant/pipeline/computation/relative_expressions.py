"""Find relative times in a text, such as "yesterday", "last Friday" and "two days later"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.dates import CalendarDay, find_calendar_days, find_dates
from assistant.pipeline.computation.quantities import find_quantities
from assistant.text.calendar_names import MONTH, WEEKDAY, WEEKDAY_NAMES
from assistant.text.tokens import content_stems
from index.text.spans import Span

__all__ = [
    "DAYS_OF_UNIT",
    "EXPRESSION",
    "ORDINALS",
    "WEEKDAYS",
    "asks_for_date",
    "count_days",
    "count_months",
    "find_expression",
    "has_time",
    "is_from_stated_day",
    "read_count",
]

_ASKS_FOR_TIME = re.compile(
    r"\b(?:when|(?:what|which)\b.{0,20}\b(?:date|day|month|year))\b", re.IGNORECASE
)
WEEKDAYS = {name: number for number, name in enumerate(WEEKDAY_NAMES)}
_SMALL = "one|two|three|four|five|six|seven|eight|nine"
_COUNT = (
    rf"(?:an?|{_SMALL}|ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen"
    rf"|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-(?:{_SMALL}))?|\d{{1,3}})"
)
_PART_OF_DAY = r"(?:day|morning|afternoon|evening|night)"
_CLAUSE_END = r"(?=\s*(?:[.,;:!?)—–]|$|(?:and|but)\b))"  # not "the day after the storm"
_UNIT = r"(?:day|night|week|fortnight|month|year)"
# A group for each kind of expression, and groups for its parts.
EXPRESSION = re.compile(
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
    rf"(?P<ordinal_day>{WEEKDAY})\s(?:of|in)\s(?:the\s)?(?P<ordinal_month>last|next|this)\smonth)"
    rf"|(?P<same_day>(?:that|(?:on\s)?the\ssame)\s{_PART_OF_DAY})"
    rf"|(?P<next_day>(?:on\s)?the\s(?:(?:next|following)\s{_PART_OF_DAY}"
    rf"|{_PART_OF_DAY}\safter{_CLAUSE_END}))"
    rf"|(?P<day_before>(?:on\s)?the\s(?:previous\s{_PART_OF_DAY}"
    rf"|{_PART_OF_DAY}\sbefore{_CLAUSE_END}))"
    rf"|(?P<next_unit>(?:in\s)?the\s(?:next|following)\s(?P<next_name>month|year))"
    rf"|(?P<unit_before>(?:in\s)?the\s(?:previous\s(?P<previous_name>month|year)"
    rf"|(?P<name_before>month|year)\sbefore{_CLAUSE_END}))"
    rf"|(?P<next_weekday>(?:on\s)?the\s(?:next|following)\s(?P<next_weekday_name>{WEEKDAY}))"
    rf"|(?P<span>(?P<which>last|next|this)\s(?P<span_unit>week|month|year))(?!['’]?s|end)"
    rf"|(?P<weekday>(?:on\s)?(?:(?P<side>last|next|this)\s)?(?:early\s|late\s)?(?P<day>{WEEKDAY}))"
    rf"(?!['’]?s\b))\b",
    re.IGNORECASE,
)
_FROM_STATED_DAY = (
    *("later", "earlier", "same_day", "next_day", "day_before"),
    *("next_unit", "unit_before", "next_weekday"),
)
ORDINALS = {"first": 0, "second": 1, "third": 2, "fourth": 3, "last": -1}
DAYS_OF_UNIT = {"day": 1, "night": 1, "week": 7, "fortnight": 14}
_VAGUE_TIME = re.compile(
    r"\b(?:later|after|afterwards|before|earlier|since|until|spring|summer|autumn|winter|easter"
    rf"|christmas|{MONTH})\b",
    re.IGNORECASE,
)
_CLAUSE_BREAK = re.compile(r"[,;:()—–]\s?|\s(?:and|but|while)\s")


def asks_for_date(question: str) -> bool:
    """Return whether a question asks when, or for a date, day, month or year."""
    return bool(_ASKS_FOR_TIME.search(question))


def is_from_stated_day(match: re.Match[str]) -> bool:
    """Return whether an expression is counted from a day that the text states before it."""
    return any(match[name] for name in _FROM_STATED_DAY)


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
        for match in EXPRESSION.finditer(candidate.text)
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


def has_time(text: str) -> bool:
    """Return whether a text has a time, even one that cannot be resolved: "a week later"."""
    return bool(EXPRESSION.search(text) or find_dates(text) or _VAGUE_TIME.search(text))


def count_months(match: re.Match[str]) -> int | None:
    """Return how many months an expression counts; None if it counts days, or cannot be read."""
    if match["next_unit"] or match["unit_before"]:
        name = match["next_name"] or match["previous_name"] or match["name_before"]
        return (1 if match["next_unit"] else -1) * (12 if name.lower() == "year" else 1)
    for name, sign in (("later", 1), ("earlier", -1)):
        unit = (match[f"{name}_unit"] or "").lower()
        if unit in ("month", "year") and (count := read_count(match[name])):
            return sign * count * (12 if unit == "year" else 1)
    return None


def count_days(match: re.Match[str], day: CalendarDay) -> int | None:
    """Return how many days an expression is after a day; None if that is unknown."""
    if match["same_day"] or match["next_day"] or match["day_before"]:
        return 0 if match["same_day"] else 1 if match["next_day"] else -1
    if match["next_weekday"]:
        weekday = WEEKDAYS[match["next_weekday_name"].lower()]
        return ((weekday - day.day.weekday() - 1) % 7 + 1) if day.has_weekday else None
    for name, sign in (("later", 1), ("earlier", -1)):
        unit = (match[f"{name}_unit"] or "").lower()
        if unit in DAYS_OF_UNIT and (count := read_count(match[name])):
            return sign * count * DAYS_OF_UNIT[unit]
    return None


def read_count(words: str) -> int | None:
    words = re.sub(r"\b(?:an?|one)\b", "1", words, flags=re.IGNORECASE)
    quantities = find_quantities(words)
    return int(quantities[0].value) if len(quantities) == 1 else None
