"""Find the date that an article states for an event."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.computation.dates import StatedDate, find_dates
from assistant.pipeline.computation.subject import content, is_about, is_plain_statement

__all__ = ["find_event_date"]

_POINTS = ("", "in", "on", "following", "from")


def find_event_date(
    event: Iterable[str], candidates: Sequence[Candidate], question: str
) -> tuple[StatedDate, Candidate] | None:
    """Return the only date that sentences give an event, with the first sentence that gives it.

    Args:
        event: the stems of the event; all have to be in the sentence, or in its context.
        candidates: the sentences to search.
        question: the question, which may be about a plan as well.
    """
    stems = frozenset(event)
    if not stems:
        return None
    dated = [
        (day, candidate)
        for candidate in candidates
        if is_plain_statement(candidate.text, question) and is_about(candidate, stems)
        for day in _dates_near(candidate.text, stems)
    ]
    if not dated or len({day[2:4] for day, _ in dated}) != 1:
        return None
    return dated[0]


def _dates_near(text: str, stems: frozenset[str]) -> list[StatedDate]:
    """Return the dates of the event in a sentence.

    If there are several, it is the only one that a word of the event precedes after any other date.
    """
    days = find_dates(text)
    if any(day.relation not in _POINTS for day in days):
        return days if len(days) > 1 else []
    if len(days) < 2:
        return days
    near, start = [], 0
    for day in days:
        if stems & set(content(text[start : day.start])):
            near.append(day)
        start = day.end
    return near if len(near) == 1 else days
