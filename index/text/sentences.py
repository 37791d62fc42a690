"""Split text into exact sentence spans: every non-space character is in exactly one sentence.

The boundaries come from sentencex, and `boundaries` revises them. sentencex panics on white space
outside ASCII, so it gets a copy of the text of equal length in which such characters are replaced
by spaces.

Right on 100 short texts in 10 languages with abbreviations, initials and ordinals, most of them in
`tests/index/text/test_boundaries.py`:

- sentencex, revised: 98
- blingfire: 76; its last release was in 2021
- sentencex: 70
- nupunkt: 66
- sentence-splitter 62, pysbd 61, syntok 60, segtok 45, nltk's Punkt models 43
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sentencex import get_sentence_boundaries

from index.text.boundaries import is_informal, revise_boundaries
from index.text.dateline import find_dateline
from index.text.plain_headings import mark_headings
from index.text.plain_lists import label_length, mark_lists
from index.text.spans import Block, Span

__all__ = ["split_paragraphs", "split_sentences"]

# No quotable sentence is longer. Text without full stops (tables, code) is cut at white space.
MAX_SENTENCE_CHARACTERS = 1_000
# sentencex gets this much text at a time.
WINDOW_CHARACTERS = 3_000

_PARAGRAPH = re.compile(r"\S(?:.*?\S)??(?=\s*?\n\s*?\n|\s*\Z)", re.DOTALL)
_UNSAFE = re.compile(r"[^\S ]|[\ud800-\udfff\x00]")


def split_paragraphs(text: str) -> tuple[Block, ...]:
    """Return the paragraphs, headings and list items of plain text, without white space around.

    Blank lines separate paragraphs. The dateline, if there is one, is a paragraph of its own.
    """
    start = opening[0].end if (opening := find_dateline(text)) else 0
    head = (Block(*opening[0]),) if opening else ()
    paragraphs = [Block(match.start(), match.end()) for match in _PARAGRAPH.finditer(text, start)]
    return head + mark_headings(text, mark_lists(text, paragraphs))


def split_sentences(
    text: str, language: str = "en", blocks: Sequence[Block] = ()
) -> tuple[Span, ...]:
    """Return the spans of the sentences of `text`, in order. No sentence crosses a block boundary.

    Args:
        text: the text to split.
        language: ISO 639-1 code; an unknown language is split like English.
        blocks: in order, disjoint, and covering every non-space character. If empty, the
            paragraphs of `split_paragraphs` are used.
    """
    safe = _UNSAFE.sub(" ", text)
    informal = is_informal(safe)
    return tuple(
        span
        for block in blocks or split_paragraphs(text)
        for span in _split_block(text, safe, block, language, informal)
    )


def _split_block(
    text: str, safe: str, block: Block, language: str, informal: bool
) -> Iterator[Span]:
    if block.kind == "row":  # a table row is a sentence
        yield from _trim_and_cut(text, block.start, block.end)
        return
    content = safe[block.start : block.end]
    # "2. Add salt" is one sentence.
    skipped = label_length(content) if block.kind == "item" else 0
    content = content[skipped:]
    sentences = revise_boundaries(
        content,
        _find_boundaries(content, language),
        language,
        informal=informal,
        max_characters=MAX_SENTENCE_CHARACTERS,
    )
    for start, end in sentences:
        first = block.start + start + (skipped if start else 0)
        yield from _trim_and_cut(text, first, block.start + skipped + end)


def _find_boundaries(block: str, language: str) -> Iterator[tuple[int, int]]:
    """Yield the (start, end) of each sentence; together they cover the block without gaps.

    sentencex takes quadratic time on quoted text without sentence ends, so it gets one window at a
    time. The last boundary of a window may be an artefact of the window's end: the next window
    starts where the last complete sentence ends.
    """
    start = 0
    while start < len(block):
        window = block[start : start + WINDOW_CHARACTERS]
        ends = [
            int(boundary["end_index"]) for boundary in get_sentence_boundaries(language, window)
        ]
        ends = [end for end in ends if 0 < end <= len(window)]
        if start + WINDOW_CHARACTERS >= len(block):
            ends.append(len(window))
        else:
            ends = [end for end in ends if end < len(window)][:-1] or [
                _find_last_space(window, 0, len(window))
            ]
        last = 0
        for end in ends:
            if end > last:
                yield start + last, start + end
                last = end
        start += last


def _trim_and_cut(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the piece without surrounding white space, cut at `MAX_SENTENCE_CHARACTERS`."""
    while start < end:
        while start < end and text[start].isspace():
            start += 1
        stop = (
            end
            if end - start <= MAX_SENTENCE_CHARACTERS
            else _find_last_space(text, start, start + MAX_SENTENCE_CHARACTERS)
        )
        last = stop
        while last > start and text[last - 1].isspace():
            last -= 1
        if last > start:
            yield Span(start, last)
        start = stop


def _find_last_space(text: str, start: int, end: int) -> int:
    """Return the offset after the last space in the second half of `[start, end)`, else `end`."""
    return next((i for i in range(end, (start + end) // 2, -1) if text[i - 1].isspace()), end)
