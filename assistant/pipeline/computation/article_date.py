"""Find the date of an article: in its metadata, or at its head."""

from __future__ import annotations

import calendar
import re
from datetime import date

from assistant.pipeline.computation.dates import find_dates, parse_article_date
from index.text.article import Article

__all__ = ["find_article_date"]

MAX_HEAD_LINES = 6  # title, subtitle, author, date, place
MAX_LINE_CHARACTERS = 100
MAX_OTHER_WORDS = 8  # beside the date: "By Ana Ruiz, Harbour Gazette"
MAX_DATELINE_CHARACTERS = 70
_WEEKDAY = "|".join(map(str.lower, calendar.day_name))
# Words of a line with a date that say nothing else.
_DATE_LABEL = re.compile(
    rf"\b(?:{_WEEKDAY}|on|of|from|date|dated|published|posted|updated|issued|filed|edition|"
    r"\d{1,2}[:.]\d{2}(?:\s?[ap]m)?)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?][\"'”’)]*$")
# "TOLM, 4 October 2024 — The ferry …" and "Tolm (4 October 2024): The ferry …"
_DATELINE = re.compile(rf"(.{{6,{MAX_DATELINE_CHARACTERS}}}?)(?:\s[—–-]+\s|\s?[—–]\s?|:\s)")


def find_article_date(article: Article) -> date | None:
    """Return the day on which an article appeared, or None if neither place states it.

    At its head, the date is in a line without a sentence ("By Ana Ruiz, 4 October 2024"), or it
    opens the first paragraph, with a dash or a colon after it.
    """
    if article.date:
        return parse_article_date(article.date)
    lines = [line.strip() for line in article.text[:2_000].splitlines() if line.strip()]
    for line in lines[:MAX_HEAD_LINES]:
        if len(line) <= MAX_LINE_CHARACTERS and (day := _parse_head_line(line)):
            return day
        if len(line) > MAX_LINE_CHARACTERS or _SENTENCE_END.search(line):
            dateline = _DATELINE.match(line)  # the text begins here
            return _parse_head_line(dateline[1]) if dateline else None
    return None


def _parse_head_line(line: str) -> date | None:
    """Return the only day in a line that is no sentence, or None."""
    remainder = line
    for stated in reversed(find_dates(line)):
        remainder = remainder[: stated.start] + remainder[stated.end :]
    others = re.findall(r"[^\W_]+", _DATE_LABEL.sub("", remainder))
    is_sentence = bool(others) and bool(_SENTENCE_END.search(line))
    return None if is_sentence or len(others) > MAX_OTHER_WORDS else parse_article_date(line)
