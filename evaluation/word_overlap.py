"""Count the words of a text that quotes and people chose, as ACL-Verbatim does.

A word is a run of characters without whitespace. It counts as chosen if a span touches it. The
counts of all rows are summed before precision, recall and F1 are taken (micro average). A quote of
a text from which people chose nothing lowers the precision.

Source: the summary of gold extraction in github.com/KRLabsOrg/acl-verbatim.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from index.text.spans import Span

__all__ = ["WordCounts", "count_words"]

_WORD = re.compile(r"\S+")


class WordCounts(NamedTuple):
    """Numbers of words of a text: in both, in the quotes, and in the spans that people chose."""

    common: int
    quoted: int
    gold: int


def count_words(text: str, quoted: Iterable[Span], gold: Iterable[Span]) -> WordCounts:
    """Return how many words the quotes and the chosen spans touch.

    Args:
        text: the text that all spans are in, with offsets in code points.
        quoted: the spans of the quotes.
        gold: the spans that people chose.
    """
    ours, theirs = _find_touched(text, quoted), _find_touched(text, gold)
    return WordCounts(len(ours & theirs), len(ours), len(theirs))


def _find_touched(text: str, spans: Iterable[Span]) -> set[int]:
    """Return the offsets of the words that a span touches."""
    ranges = list(spans)
    return {
        word.start()
        for word in _WORD.finditer(text)
        if any(word.start() < end and word.end() > start for start, end in ranges)
    }
