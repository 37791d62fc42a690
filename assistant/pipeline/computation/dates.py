"""Find dates, years, decades and centuries in a text as ranges of days."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from assistant.pipeline.computation.intervals import INFINITY, Interval

__all__ = [
    "CalendarDay",
    "StatedDate",
    "find_calendar_days",
    "find_dates",
    "format_date",
    "parse_article_date",
]

MONTHS = {
    form: number
    for number, forms in enumerate(
        [
            "january jan januar enero janvier",
            "february feb februar febrero février fevrier",
            "march mar märz marzo mars",
            "april apr abril avril",
            "may mai mayo",
            "june jun juni junio juin",
            "july jul juli julio juillet",
            "august aug agosto août aout",
            "september sept sep septiembre septembre",
            "october oct oktober octubre octobre",
            "november nov noviembre novembre",
            "december dec dezember diciembre décembre decembre",
        ],
        1,
    )
    for form in forms.split()
}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_YEAR = r"(?:1\d|20)\d\d"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_CENTURY_WORDS = {
    word: number
    for number, word in enumerate(
        """first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth
        thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth
        twenty-first""".split(),  # noqa: SIM905
        1,
    )
}
_DATE = re.compile(
    rf"(?<![\w,/$€£-])(?<!\d\.)(?:"
    rf"(?P<iso>{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(?![\d-])"
    rf"|(?P<numeric>{_DAY}\.(?:1[0-2]|0?[1-9])\.{_YEAR})(?!\.*\d)"
    rf"|(?P<day1>{_DAY})(?:st|nd|rd|th|\.)?\s(?:of\s|de\s)?(?P<month1>{_MONTH})\b\.?,?"
    rf"(?:\s(?:de\s)?(?P<year1>{_YEAR})(?!\d))?"
    rf"|(?P<month2>{_MONTH})\b\.?\s(?P<day2>{_DAY})(?:st|nd|rd|th)?(?![\d.:])(?:,?\s(?P<year2>{_YEAR})(?!\d))?"
    rf"|(?P<month3>{_MONTH})\b\.?,?\s(?:of\s|de\s)?(?P<year3>{_YEAR})(?!\d)"
    rf"|(?:(?P<part>early|mid|late)[\s-])?(?:the\s)?(?P<decade>(?:1\d|20)\d0)[’']?s\b"
    rf"|(?:(?P<part2>early|mid|late)[\s-])?(?:the\s)?(?P<century>\d\d?(?:st|nd|rd|th)|{'|'.join(_CENTURY_WORDS)})"
    rf"[\s-]century\b"
    rf"|(?P<year>{_YEAR})(?![\d’']|[.,:]\d|s\b)"
    rf")(?P<era>\s(?:BCE?|B\.C\.|AH))?",
    re.IGNORECASE,
)
# Words before a number of four digits that make it a year.
_YEAR_BEFORE = re.compile(
    r"(?:\b(?:in|since|by|of|from|until|till|to|before|after|around|about|circa|c\.|ca\.|during|"
    r"early|late|mid|year|between|and|or|through|spring|summer|autumn|fall|winter|into|than|"
    r"season|im|en|seit|born|died|built|founded|opened|completed|published|released)\s"
    r"|\bca?\.|[(\[,;–—/-]\s?|^)$",
    re.IGNORECASE,
)
_COUNTED_WORD = re.compile(
    r"\s?(?:[%$€£°]|(?:[a-z]+(?<!s)\s)?(?!was\b|is\b|has\b|its\b|as\b|census\b)[a-z]+s\b"
    r"|(?:people|men|women|km|m|kg|metres?|feet|miles?)\b)"
)
_PRECISE_YEAR_BEFORE = re.compile(
    r"\b(?:in|since|by|until|till|before|during|early|late|mid|year|im|en|seit)\s$", re.IGNORECASE
)
_APPROXIMATE_BEFORE = re.compile(
    r"\b(?:about|around|approximately|roughly|circa|c\.|ca\.|probably|perhaps|possibly|maybe|"
    r"some\stime\sin|estimated)\s(?:the\s|in\s)?$|\bca?\.$",
    re.IGNORECASE,
)
_RELATION_BEFORE = re.compile(
    r"\b(?P<relation>(?:no\s|not\s)?(?:before|until|till|after|since|by|earlier\sthan|later\sthan|"
    r"prior\sto|following|from|between|as\searly\sas|as\slate\sas|to|through)|vor|nach|seit|bis)"
    r"\s(?:(?:the\s)?(?:year|end\sof|early|mid|late|beginning\sof|start\sof)\s)?$",
    re.IGNORECASE,
)
_WEEKDAYS = {name.lower()[:3]: number for number, name in enumerate(calendar.day_name)}
_WEEKDAY_BEFORE = re.compile(
    r"\b((?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?)\b\.?,?\s(?:the\s)?$",
    re.IGNORECASE,
)
APPROXIMATE_YEARS = 10
MAX_CHARACTERS_BEFORE = 40


class StatedDate(NamedTuple):
    """A date as a text states it: the first and the last day that it may mean.

    Attributes:
        start: offset of its first character.
        end: offset after its last character.
        first: the first day; `date.toordinal`.
        last: the last day.
        relation: the word before it that bounds it, such as "before", in lower case; or empty.
        approximate: whether the text says "about" or the like.
    """

    start: int
    end: int
    first: int
    last: int
    relation: str = ""
    approximate: bool = False

    @property
    def interval(self) -> Interval:
        """Return the days on which the event may have been."""
        margin = 365 * APPROXIMATE_YEARS if self.approximate else 0
        first, last = Fraction(self.first - margin), Fraction(self.last + margin)
        match self.relation:
            case "before" | "prior to" | "earlier than" | "vor":
                return Interval(-INFINITY, first, high_open=True)
            case "after" | "later than" | "following" | "nach":
                return Interval(last, INFINITY, low_open=True)
            case "by" | "bis":
                return Interval(-INFINITY, last)
            case _:
                return Interval(first, last)

    @property
    def is_year(self) -> bool:
        """Return whether it is a whole year, without month and day."""
        return (self.first, self.last) == _year_span(self.year)

    @property
    def is_day(self) -> bool:
        """Return whether it is one day."""
        return self.first == self.last

    @property
    def year(self) -> int:
        """Return the year of its first day."""
        return date.fromordinal(self.first).year


class CalendarDay(NamedTuple):
    """A day as a text states it, perhaps without its year: "Friday, 4 October".

    Attributes:
        start: offset of its first character.
        end: offset after its last character.
        day: the date; of a day without a year, one of the years in which its weekday is right.
        has_year: whether the text states the year.
        has_weekday: whether the weekday of `day` is known.
    """

    start: int
    end: int
    day: date
    has_year: bool = True
    has_weekday: bool = True

    def shift(self, days: int) -> CalendarDay:
        """Return the day that is some days later, or earlier if negative."""
        return self._replace(day=self.day + timedelta(days=days))

    def __str__(self) -> str:
        return format_date(self.day) if self.has_year else _format_day_and_month(self.day)


def find_calendar_days(text: str) -> list[CalendarDay]:
    """Return the days that a text states, with or without their year, in order."""
    days = [
        CalendarDay(stated.start, stated.end, date.fromordinal(stated.first))
        for stated in find_dates(text)
        if stated.is_day
    ]
    for match in _DATE.finditer(text):
        month = match["month1"] or match["month2"]
        if month and not (match["year1"] or match["year2"]):
            number = int(match["day1"] or match["day2"])
            before = _WEEKDAY_BEFORE.search(text[max(0, match.start() - 20) : match.start()])
            weekday = _WEEKDAYS[before[1].lower()[:3]] if before else None
            if day := _find_year(MONTHS[month.lower()], number, weekday):
                days.append(CalendarDay(*match.span(), day, False, weekday is not None))
    return sorted(days)


def _find_year(month: int, number: int, weekday: int | None) -> date | None:
    """Return the day in the first year from 2001 on in which it is of the weekday, if any."""
    for year in range(2001, 2029):
        try:
            day = date(year, month, number)
        except ValueError:  # 29 February, or 31 June
            continue
        if weekday in (None, day.weekday()):
            return day
    return None


def find_dates(text: str) -> list[StatedDate]:
    """Return the dates of a text, in order. Days without a year and dates B.C. are left out."""
    dates = []
    for match in _DATE.finditer(text):
        span = _parse_days(match)
        if span and not match["era"]:
            before = text[max(0, match.start() - MAX_CHARACTERS_BEFORE) : match.start()]
            relation = _RELATION_BEFORE.search(before)
            dates.append(
                StatedDate(
                    *match.span(),
                    *span,
                    " ".join(relation["relation"].lower().split()) if relation else "",
                    bool(_APPROXIMATE_BEFORE.search(before)),
                )
            )
    return dates


def _parse_days(match: re.Match[str]) -> tuple[int, int] | None:
    """Return the first and the last day of a date; None if it is none or has no year."""
    try:
        if match["iso"]:
            day = date.fromisoformat(match["iso"]).toordinal()
            return day, day
        if match["numeric"]:
            number, month, year = map(int, match["numeric"].split("."))
            return (date(year, month, number).toordinal(),) * 2
        for day_name, month_name, year_name in (
            ("day1", "month1", "year1"),
            ("day2", "month2", "year2"),
        ):
            if match[month_name]:
                if not match[year_name]:
                    return None
                month = MONTHS[match[month_name].lower()]
                day = date(int(match[year_name]), month, int(match[day_name])).toordinal()
                return day, day
        if match["month3"]:
            return _month_span(int(match["year3"]), MONTHS[match["month3"].lower()])
    except ValueError:  # 31 February
        return None
    if match["decade"]:
        return _part_span(int(match["decade"]), 10, match["part"])
    if match["century"]:
        word = match["century"].lower()
        number = _CENTURY_WORDS.get(word) or int(word[:-2])
        return _part_span(100 * number - 99, 100, match["part2"]) if 1 <= number <= 21 else None
    return _year_span(int(match["year"])) if _is_year(match) else None


def _is_year(match: re.Match[str]) -> bool:
    """Return whether a number of four digits is a year and not a count."""
    before = match.string[max(0, match.start() - MAX_CHARACTERS_BEFORE) : match.start()]
    if _PRECISE_YEAR_BEFORE.search(before):
        return not re.match(
            r"\s?(?:[%°]|(?:metres?|feet|miles?|km|kg|people)\b)",
            match.string[match.end() : match.end() + 10],
        )
    counted = _COUNTED_WORD.match(match.string[match.end() : match.end() + 30])
    return bool(_YEAR_BEFORE.search(before)) and not counted


def _part_span(first_year: int, years: int, part: str | None) -> tuple[int, int]:
    """Return the days of a decade or century, or of its early, middle or late part."""
    last_year = first_year + years - 1
    third = years // 3 + 1  # parts are vague, so they overlap
    match (part or "").lower():
        case "early":
            last_year = first_year + third
        case "late":
            first_year = last_year - third
        case "mid":
            first_year, last_year = first_year + years // 4, last_year - years // 4
    return _year_span(first_year)[0], _year_span(last_year)[1]


def _year_span(year: int) -> tuple[int, int]:
    return date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal()


def _month_span(year: int, month: int) -> tuple[int, int]:
    days = calendar.monthrange(year, month)[1]
    return date(year, month, 1).toordinal(), date(year, month, days).toordinal()


def parse_article_date(text: str) -> date | None:
    """Return the day of an article's date, in any of several formats; None if it names no day.

    A time after the date is ignored. "3/4/2024" may be of March or April, so it is no date.
    """
    opening = re.match(r"\s*(\d{4}-\d\d-\d\d)(?=$|[T\s])", text)
    if opening:
        try:
            return date.fromisoformat(opening[1])
        except ValueError:
            return None
    if slashed := re.match(r"\s*(\d{4})/(\d\d)/(\d\d)\b", text):
        try:
            return date(*map(int, slashed.groups()))
        except ValueError:
            return None
    days = [stated.first for stated in find_dates(text[:200]) if stated.is_day]
    return date.fromordinal(days[0]) if len(set(days)) == 1 else None


def format_date(day: date) -> str:
    """Return a date such as "3 October 2024"."""
    return f"{_format_day_and_month(day)} {day.year}"


def _format_day_and_month(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]}"
