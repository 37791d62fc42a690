"""Group sentences into passages, the units of search.

A passage is one sentence. Single sentences were the best unit when this was chosen. For 57 CovidQA
questions on whole papers, the share with an answering sentence in the top eight results was:

- one sentence: 88 %
- windows of two sentences: 84 %
- windows of three sentences: 81 %

Only text that is too short to be retrieved alone (a heading, "Yes, he said.") is joined with the
sentence after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from index.text.spans import Span

__all__ = ["group_sentences"]

MIN_WORDS = 5
MIN_CHARACTERS = 40  # for scripts without spaces between words


def group_sentences(
    text: str,
    sentences: Iterable[Span],
    headings: Collection[int] = (),
    rows: Collection[int] = (),
) -> tuple[Span, ...]:
    """Return the spans of the passages, in order. Each sentence is in exactly one passage.

    A passage has at least `MIN_WORDS` words or `MIN_CHARACTERS` characters, unless it is a table
    row, or a heading, a row or the end of the text follows.

    Args:
        text: the text of the article.
        sentences: the spans of its sentences, in order.
        headings: the offsets at which headings start. A passage does not continue over one.
        rows: the offsets at which table rows start. Each row is a passage.
    """
    groups: list[Span] = []
    start: int | None = None
    end = 0
    for sentence in sentences:
        if start is not None and (
            (sentence.start in headings and start not in headings)
            or sentence.start in rows
            or start in rows
        ):
            groups.append(Span(start, end))
            start = None
        start = sentence.start if start is None else start
        end = sentence.end
        if _is_long_enough(text[start:end]):
            groups.append(Span(start, end))
            start = None
    if start is not None:
        groups.append(Span(start, end))
    return tuple(groups)


def _is_long_enough(text: str) -> bool:
    return len(text.split()) >= MIN_WORDS or len(text) >= MIN_CHARACTERS
