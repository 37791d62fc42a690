"""Exact sentence spans: every non-space character of a text lies in exactly one sentence.

The boundaries come from sentencex. On quotations, initials, Arabic and Chinese it was the better of the kept
libraries (nupunkt splits quoted speech from its speaker and knows no Chinese full stop); it panics on white space
outside ASCII, so it is given a copy of the text, equal in length, without any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sentencex import get_sentence_boundaries

from .article import Block, Span
from .dateline import dateline

__all__ = ["paragraphs", "split_sentences"]

# No sentence that a person would quote is longer; text without full stops (tables, code) is cut at white space.
LONGEST = 1_000
# Characters that the library sees at once.
WINDOW = 3_000

_PARAGRAPH = re.compile(r"\S(?:.*?\S)??(?=\s*?\n\s*?\n|\s*\Z)", re.DOTALL)
_UNSAFE = re.compile(r"[^\S ]|[\ud800-\udfff\x00]")


def paragraphs(text: str) -> tuple[Block, ...]:
    """The paragraphs of plain text: parted by blank lines, without the white space around them; the date it opens with is one."""
    begun = opening[0].end if (opening := dateline(text)) else 0
    head = (Block(*opening[0]),) if opening else ()
    return head + tuple(Block(match.start(), match.end()) for match in _PARAGRAPH.finditer(text, begun))


def split_sentences(text: str, language: str = "en", blocks: Sequence[Block] = ()) -> tuple[Span, ...]:
    """Spans of the sentences of `text`, in order; none crosses the edge of a block.

    Args:
        language: ISO 639-1; an unknown one is split like English.
        blocks: in order, apart, and covering every non-space character; none: as `paragraphs` finds them.
    """
    return tuple(span for block in blocks or paragraphs(text) for span in _in_block(text, block, language))


def _in_block(text: str, block: Block, language: str) -> Iterator[Span]:
    for start, end in _boundaries(text[block.start : block.end], language):
        yield from _cut(text, block.start + start, block.start + end)


def _boundaries(block: str, language: str) -> Iterator[tuple[int, int]]:
    """Pieces that tile the block, whatever the library leaves out.

    The library takes quadratic time on text without sentence ends between quotation marks, so it is given a window at a time.
    The last boundary of a window may only be the window's end: the next window starts where the last whole sentence ends.
    """
    safe = _UNSAFE.sub(" ", block)
    start = 0
    while start < len(block):
        window = safe[start : start + WINDOW]
        ends = [int(boundary["end_index"]) for boundary in get_sentence_boundaries(language, window)]
        ends = [end for end in ends if 0 < end <= len(window)]
        if start + WINDOW >= len(block):
            ends.append(len(window))
        else:
            ends = [end for end in ends if end < len(window)][:-1] or [_last_space(window, 0, len(window))]
        last = 0
        for end in ends:
            if end > last:
                yield start + last, start + end
                last = end
        start += last


def _cut(text: str, start: int, end: int) -> Iterator[Span]:
    """The piece without the white space around it, in parts of at most `LONGEST` characters."""
    while start < end:
        while start < end and text[start].isspace():
            start += 1
        stop = end if end - start <= LONGEST else _last_space(text, start, start + LONGEST)
        last = stop
        while last > start and text[last - 1].isspace():
            last -= 1
        if last > start:
            yield Span(start, last)
        start = stop


def _last_space(text: str, start: int, end: int) -> int:
    """The place after the last white space in the second half of `[start, end)`; `end` if there is none."""
    return next((i for i in range(end, (start + end) // 2, -1) if text[i - 1].isspace()), end)
