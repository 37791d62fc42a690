"""The date that plain text opens with, as news articles that are kept as text do: it dates the article, and says nothing in it."""

from __future__ import annotations

import re
from datetime import date

from .article import Span

__all__ = ["dateline"]

_DATELINE = re.compile(
    r"\s*((?:(?:date|dated|published|posted|updated)(?: on)?:?\s+)?(\d{4}-\d\d-\d\d)(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?)?\.?)(?=\s+\S)",
    re.IGNORECASE,
)


def dateline(text: str) -> tuple[Span, str] | None:
    """Where a text opens with its date, and that date as ISO 8601; None if it does not, or is nothing else."""
    if not (found := _DATELINE.match(text)):
        return None
    try:
        return Span(*found.span(1)), date.fromisoformat(found[2]).isoformat()
    except ValueError:  # 2016-13-45
        return None
