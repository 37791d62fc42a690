"""Split a compound question into questions that are answered one by one."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["decompose"]
MAX_PARTS = 4  # any further questions stay with the last part
MIN_FIRST_PART_WORDS = 3  # "When and where …?" is one question

_WH = r"(?:who|whom|whose|what|when|where|why|which|how)\b"
_PART_BOUNDARY = re.compile(
    rf"\?\s+(?=(?:and\s+|or\s+)?{_WH})|(?:[,;]|(?<!\s))\s+(?:and|but)\s+(?=(?:also\s+)?{_WH})|;\s+(?={_WH})",
    re.IGNORECASE,
)
_OPENING = re.compile(
    rf"(?:(?:please|and|but|so|well|tell|explain|say|show|me|us)\W+)*{_WH}", re.IGNORECASE
)


def decompose(question: str) -> tuple[str, ...]:
    """Return the questions that a question consists of, in order; itself if it is only one.

    It is split before a question word that begins another clause: "Who opened it, and what did it
    cost?".
    """
    first, *following = _PART_BOUNDARY.split(question.strip(), maxsplit=MAX_PARTS - 1)
    opening = _OPENING.match(first)
    if (
        not following
        or not opening
        or len(first.split()) < MIN_FIRST_PART_WORDS
        or _continues_clause(first[opening.end() :], following)
    ):
        return (question,)
    return tuple(_format_as_question(part) for part in (first, *following) if part.strip(" ?.,"))


def _continues_clause(first: str, following: Sequence[str]) -> bool:
    """Return whether a part continues a clause: "the man who built it and who died"."""
    words = first.lower().split()
    return any(part.split()[0].lower() in words for part in following if part.split())


def _format_as_question(part: str) -> str:
    part = re.sub(r"^(?:(?:and|or|but|also)\s+)+", "", part.strip(" ,;"), flags=re.IGNORECASE)
    return part[:1].upper() + part[1:].rstrip("?. ") + "?"
