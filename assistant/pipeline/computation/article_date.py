"""Find the date of an article, or of an entry in it: in its metadata, at its head, above a text."""

from __future__ import annotations

import calendar
import re
from functools import lru_cache

from assistant.pipeline.computation.dates import (
    CalendarDay,
    find_calendar_days,
    parse_article_date,
)
from index.text.article import Article

__all__ = ["find_article_date", "find_date_at"]

MAX_HEAD_LINES = 6  # title, subtitle, author, date, place
MAX_LINE_CHARACTERS = 100
MAX_OTHER_WORDS = 12  # beside the date: "Minutes of the meeting held on 4 October in the hall"
MAX_DATELINE_CHARACTERS = 70
MIN_ENTRIES = 2  # lines with nothing but a date that make an article one of dated entries
_WEEKDAY = "|".join(map(str.lower, (*calendar.day_name, *calendar.day_abbr)))
# Words of a line with a date that say nothing else.
_DATE_LABEL = re.compile(
    rf"\b(?:{_WEEKDAY}|on|of|from|date|dated|published|posted|updated|issued|filed|edition|"
    r"\d{1,2}[:.]\d{2}(?:\s?[ap]\.?m\b\.?)?)(?!\w)\.?",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]*$")
_SENTENCE_BREAK = re.compile(r"(?<=\w{3}[.!?])\s")  # not after "Oct." or "St."
# "TOLM, 4 October 2024 — The ferry …" and "Tolm (4 October 2024): The ferry …"
_DATELINE = re.compile(rf"(.{{6,{MAX_DATELINE_CHARACTERS}}}?)(?:\s[—–-]+\s|\s?[—–]\s?|:\s)")


def find_article_date(article: Article) -> CalendarDay | None:
    """Return the day on which an article appeared, or None if neither place states it.

    At its head, the date is in a line without a sentence ("By Ana Ruiz, 4 October 2024"), or it
    opens the first paragraph, with a dash or a colon after it. There its year may be missing.
    """
    if article.date:
        stated = parse_article_date(article.date)
        return CalendarDay(0, 0, stated) if stated else None
    lines = [line.strip() for line in article.text[:2_000].splitlines() if line.strip()]
    for line in lines[:MAX_HEAD_LINES]:
        if len(line) <= MAX_LINE_CHARACTERS:
            for part in _SENTENCE_BREAK.split(line):
                if day := _parse_head_line(part):
                    return day
        if len(line) > MAX_LINE_CHARACTERS or _SENTENCE_END.search(line):
            dateline = _DATELINE.match(line)  # the text begins here
            return _parse_head_line(dateline[1]) if dateline else None
    return None


def find_date_at(article: Article, position: int) -> CalendarDay | None:
    """Return the day of the text at an offset: of its entry in a diary, else of the article.

    An article of dated entries has several lines with nothing but a date.
    """
    entries = _find_entries(article.text)
    if len(entries) < MIN_ENTRIES:
        return find_article_date(article)
    return next((day for start, day in reversed(entries) if start <= position), None)


@lru_cache(maxsize=32)
def _find_entries(text: str) -> list[tuple[int, CalendarDay]]:
    """Return the lines with nothing but a date: where each starts, and its day."""
    entries, start = [], 0
    for line in text.splitlines(keepends=True):
        if len(line) <= MAX_LINE_CHARACTERS and (day := _parse_head_line(line.strip(), 0)):
            entries.append((start, day))
        start += len(line)
    return entries


def _parse_head_line(line: str, max_other_words: int = MAX_OTHER_WORDS) -> CalendarDay | None:
    """Return the only day in a line that is no sentence, or None."""
    days = find_calendar_days(line)
    if not days:
        return None
    remainder = line
    for stated in reversed(days):
        remainder = remainder[: stated.start] + remainder[stated.end :]
    others = re.findall(r"[^\W_]+", _DATE_LABEL.sub(" ", remainder))
    is_sentence = bool(others) and bool(_SENTENCE_END.search(line))
    if is_sentence or len(others) > max_other_words or len({day.day for day in days}) > 1:
        return None
    return days[0]
