"""Detect the dateline: a date at the start of a plain-text article, as in archived news texts.

A dateline is metadata of the article and not part of what the article says.
"""

from __future__ import annotations

import re
from datetime import date

from index.text.spans import Span

__all__ = ["find_dateline"]

_DATELINE = re.compile(
    r"\s*((?:(?:date|dated|published|posted|updated)(?: on)?:?\s+)?"
    r"(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?\.?)(?=\s+\S)",
    re.IGNORECASE,
)


def find_dateline(text: str) -> tuple[Span, str] | None:
    """Return the span of the dateline and its date as ISO 8601.

    Return None if the text does not start with a valid date, or contains nothing else.
    """
    if not (match := _DATELINE.match(text)):
        return None
    try:
        return Span(*match.span(1)), date.fromisoformat(match[2]).isoformat()
    except ValueError:  # such as 2016-13-45
        return None
