"""Sentences grouped for search.

One sentence was the best unit to search when it was chosen: among the first eight sentences found, one that holds the answer was there for
88 % of 57 CovidQA questions on whole papers, against 84 % with windows of two sentences and 81 % with three. Only what
is too short to be found by itself (a heading, "Yes, he said.") joins the sentence after it.
"""

from __future__ import annotations

from collections.abc import Iterable

from .article import Span

__all__ = ["group_sentences"]

FEWEST_WORDS = 5
FEWEST_CHARACTERS = 40  # for scripts that put no space between words


def group_sentences(text: str, sentences: Iterable[Span]) -> tuple[Span, ...]:
    """Spans in order that hold every sentence once; all but the last are long enough to be found by themselves."""
    groups: list[Span] = []
    start: int | None = None
    end = 0
    for sentence in sentences:
        start = sentence.start if start is None else start
        end = sentence.end
        if _long_enough(text[start:end]):
            groups.append(Span(start, end))
            start = None
    if start is not None:
        groups.append(Span(start, end))
    return tuple(groups)


def _long_enough(text: str) -> bool:
    return len(text.split()) >= FEWEST_WORDS or len(text) >= FEWEST_CHARACTERS
