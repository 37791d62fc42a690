"""Compute durations and ages from dates: "How long did the war last?", "How old was she?"."""

from __future__ import annotations

import re
from typing import NamedTuple

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.date_difference import describe_age
from assistant.pipeline.computation.dates import StatedDate, find_dates
from assistant.pipeline.computation.events import find_event_date
from assistant.pipeline.computation.interface import ComputationInput, Computed
from assistant.pipeline.computation.quantities import find_quantities
from assistant.pipeline.computation.subject import (
    content,
    is_about,
    is_plain_statement,
    relevant_candidates,
)
from assistant.text.pronouns import ENGLISH_PERSONS

__all__ = ["compute_age", "compute_duration"]

_DURATION = re.compile(
    r"\W*(?:for\s)?how\s(?:long|many\s(?P<unit>years|days|hours))\s(?:was|were|did|is|are|does|do|has|"
    r"had)\s(?P<rest>.{3,300})",
    re.IGNORECASE,
)
_NOT_A_DURATION = re.compile(
    r"\b(?:after|before|since|ago|until|between|than|old|take|takes|there|metres?|feet|away|be)\b",
    re.IGNORECASE,
)
_TO = re.compile(r"\s?(?:[-–—]|to|until|till|and|through)\s(?:about\s)?|\s?[-–—]\s?", re.IGNORECASE)
_PARTICIPLE = re.compile(
    r"\b(?:\w{2,20}ed|built|begun|held|taken|written|made|lost|shut|torn|kept|under|being)\b",
    re.IGNORECASE,
)
_VAGUE_BEFORE = re.compile(
    r"\b(?:about|around|approximately|roughly|circa|some\stime|sometime)\s(?:from\s|between\s)?$",
    re.IGNORECASE,
)
_CLOCK = (
    r"(?:(?P<hour{0}>\d{{1,2}})(?:[:.](?P<minute{0}>[0-5]\d))?\s?(?P<half{0}>[ap]\.?m\b\.?)?"
    r"|(?P<word{0}>noon|midnight))"
)
_CLOCK_RANGE = re.compile(
    rf"\b(?:from|between)\s{_CLOCK.format(1)}\s?(?:to|until|till|and|-|–)\s?{_CLOCK.format(2)}"
    r"(?![\d:])",
    re.IGNORECASE,
)
_AGE = re.compile(
    r"\W*(?:(?:at\s(?:what|which)\sage|how\sold)\s(?:was|were|did)|what\sage\swas)\s"
    r"(?P<person>.{2,80}?)\s"
    r"(?:(?:when|as|at\sthe\stime)\s(?:of\s)?(?P<event>.{3,200})"
    r"|(?P<verb>die|marry|retire|graduate|become\s.{2,80}|join\s.{2,80}|win\s.{2,80}))",
    re.IGNORECASE,
)
_LIFE = re.compile(
    r"\(\s?(?:born\s)?(?P<birth>[^()–—-]{0,20}?(?:1\d|20)\d\d)\s?[–—-]\s?(?P<death>[^()–—-]{0,20}?(?:1\d|20)\d\d)\s?\)"
)
_DEATH = re.compile(r"\b(?:died?|death|killed)\b", re.IGNORECASE)
_PERSON_PRONOUN = re.compile(rf"\b(?:{'|'.join(ENGLISH_PERSONS)})\b", re.IGNORECASE)
_NAME = re.compile(r"[A-Z][\w'’-]+")


class Period(NamedTuple):
    """The first and the last date of something."""

    start: StatedDate
    end: StatedDate


def compute_duration(request: ComputationInput) -> Computed | None:
    """Return how long something lasted, from "from 1951 to 1974" or from opening hours.

    None if a sentence about it states a duration.
    """
    question = request.question.rstrip("?! .")
    match = _DURATION.match(question)
    if not match or _NOT_A_DURATION.search(match["rest"]) or find_dates(match["rest"]):
        return None
    required = frozenset(content(match["rest"])) - set(content("last duration"))
    if not required:
        return None
    is_event = bool(re.match(r".*\b(?:did|has|had)\s", question[: match.start("rest")], re.I))
    about = [
        candidate
        for candidate in request.choice.ranked
        if is_about(candidate, required) and is_plain_statement(candidate.text, question)
    ]
    if any(_has_duration(candidate.text) for candidate in about):
        return None
    results = [
        (candidate, result)
        for candidate in about
        if (result := _measure(candidate.text, (match["unit"] or "").lower(), required))
        and (is_event or not _has_other_verb(candidate.text, required))
    ]
    relevant = relevant_candidates(request.choice)
    if not results or len({result for _, result in results}) != 1:
        return None
    candidate, (text, calculation) = results[0]
    return Computed(text, (candidate,), calculation) if candidate in relevant else None


def _has_other_verb(text: str, required: frozenset[str]) -> bool:
    """Return whether a participle before the dates is not of the question.

    "How long was the bridge?" is not answered by "the bridge was closed from 1951 to 1974".
    """
    days = find_dates(text)
    before = text[: days[0].start] if days else ""
    return any(not set(content(word[0])) <= required for word in _PARTICIPLE.finditer(before))


def _has_duration(text: str) -> bool:
    return any(quantity.kind in ("time", "calendar") for quantity in find_quantities(text))


def _measure(text: str, unit: str, required: frozenset[str]) -> tuple[str, str] | None:
    """Return the duration that a sentence gives by its ends, and the calculation."""
    if unit in ("", "years") and (period := _find_period(text)):
        start, end = period
        if start.is_year and end.is_year:
            years = end.year - start.year
            return _format_count(years, "year"), f"{end.year} − {start.year} = {years}"
        if start.is_day and end.is_day and not unit:
            return _format_days(start, end)
        return None
    if unit == "days" and (period := _find_period(text)):
        return _format_days(*period) if period.start.is_day and period.end.is_day else None
    if unit in ("", "hours") and content("open")[0] in required:
        return _measure_hours(text)
    return None


def _format_days(start: StatedDate, end: StatedDate) -> tuple[str, str] | None:
    days = end.first - start.first
    return (_format_count(days, "day"), "") if days <= 60 else None


def _find_period(text: str) -> Period | None:
    """Return the only pair of dates that a sentence joins by "to", "–" or "and"."""
    days = find_dates(text)
    if len(days) != 2 or any(day.approximate for day in days):
        return None
    start, end = days
    if _VAGUE_BEFORE.search(text[max(0, start.start - 40) : start.start]):
        return None
    between = text[start.end : end.start]
    opened = start.relation in ("from", "between") or re.fullmatch(r"\s?[–—-]\s?", between)
    joined = _TO.fullmatch(between)
    if between.strip().lower() == "and" and start.relation != "between":
        return None
    return Period(start, end) if opened and joined and start.last < end.first else None


def _measure_hours(text: str) -> tuple[str, str] | None:
    """Return the hours between two times of one day."""
    matches = list(_CLOCK_RANGE.finditer(text))
    if len(matches) != 1:
        return None
    match = matches[0]
    half = {number: _read_half(match, number) for number in (1, 2)}
    if match["word2"] is None and half[2] is None and _has_no_minutes(match):
        return None  # "from 3 to 5" is of anything
    start = _read_clock(match, 1, half[1])
    end = _read_clock(match, 2, half[2])
    if start is None or end is None or end <= start:
        return None
    hours, minutes = divmod(end - start, 60)
    parts = [_format_count(hours, "hour").rstrip(".")] if hours else []
    parts += [_format_count(minutes, "minute").rstrip(".")] if minutes else []
    return f"{' '.join(parts)}.", f"{_format_clock(end)} − {_format_clock(start)}"


def _has_no_minutes(match: re.Match[str]) -> bool:
    return match["minute1"] is None or match["minute2"] is None


def _read_half(match: re.Match[str], number: int) -> str | None:
    return match[f"half{number}"][0].lower() if match[f"half{number}"] else None


def _read_clock(match: re.Match[str], number: int, half: str | None) -> int | None:
    """Return the minutes after midnight; None if it is no time of day or has no a.m. or p.m."""
    if word := match[f"word{number}"]:
        return 12 * 60 if word.lower() == "noon" else (24 * 60 if number == 2 else 0)
    hour, minute = int(match[f"hour{number}"]), int(match[f"minute{number}"] or 0)
    if half:
        return (hour % 12 + (12 if half == "p" else 0)) * 60 + minute if 1 <= hour <= 12 else None
    if match["half2"] or match["half1"]:
        return None  # "from 9 to 5 p.m."
    return hour * 60 + minute if hour <= 24 else None


def _format_clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _format_count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}."


def compute_age(request: ComputationInput) -> Computed | None:
    """Return the age of a person at an event, from the dates of the birth and of the event."""
    question = request.question.rstrip("?! .")
    match = _AGE.match(question)
    if not match:
        return None
    person = frozenset(content(match["person"]))
    if not person or not _NAME.search(match["person"]):
        return None
    event = match["event"] or match["verb"]
    candidates = request.choice.ranked
    if any(_states_age(candidate, person, event) for candidate in candidates):
        return None
    is_death = bool(_DEATH.search(event)) and not content(_DEATH.sub(" ", event))
    if is_death and (life := _find_life(candidates, person)):
        birth, death, candidate = life
        return _format_age(birth, death, (candidate,))
    born = find_event_date([*person, *content("born")], candidates, question)
    stems = set(content(_PERSON_PRONOUN.sub(" ", event)))
    happened = find_event_date([*person, *stems], candidates, question) if stems else None
    if not born or not happened:
        return None
    evidence = tuple(dict.fromkeys((born[1], happened[1])))
    return _format_age(born[0], happened[0], evidence)


def _states_age(candidate: Candidate, person: frozenset[str], event: str) -> bool:
    """Return whether a sentence about the person has an age, so that none is computed."""
    quantities = find_quantities(candidate.text)
    return any(quantity.kind == "age" for quantity in quantities) and is_about(candidate, person)


def _find_life(
    candidates: tuple[Candidate, ...], person: frozenset[str]
) -> tuple[StatedDate, StatedDate, Candidate] | None:
    """Return birth and death from "Name (1867–1934)"."""
    found: list[tuple[StatedDate, StatedDate, Candidate]] = []
    for candidate in candidates:
        match = _LIFE.search(candidate.text)
        if match and person <= set(content(candidate.text[: match.start()][-80:])):
            days = find_dates(match[0])
            if len(days) == 2:
                found.append((days[0], days[1], candidate))
    return found[0] if len({(item[0].first, item[1].first) for item in found}) == 1 else None


def _format_age(
    birth: StatedDate, event: StatedDate, evidence: tuple[Candidate, ...]
) -> Computed | None:
    age = describe_age(birth, event)
    return Computed(age[0], evidence, age[1]) if age else None
