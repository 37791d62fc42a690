"""Detect swapped arguments: a copy of a source sentence in which two phrases have traded places."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from typing import NamedTuple

from assistant.pipeline.thresholds import DEFAULT_THRESHOLDS
from assistant.text.tokens import FUNCTION_WORDS, WORD, normalize_word, stem_words

__all__ = ["find_role_swap"]

_FUNCTION_STEMS = frozenset(stem_words(FUNCTION_WORDS))
# Words whose arguments can be swapped without changing the meaning: "Rome is the capital", "Anna
# met Paul".
_SYMMETRIC_STEMS = frozenset(
    stem_words(
        "and or is are was were be been as with marry meet border twin".split()  # noqa: SIM905
    )
)
_LIST_SEPARATOR = r"(?:,|\b(?:and|or|as well as)\b)"
_LIST_GAP = re.compile(
    rf"{_LIST_SEPARATOR}(?:.*{_LIST_SEPARATOR})?"
    r"(?:\s+(?:of|in|on|at|by|for|to|from|with|the|an?)\b)*",
    re.DOTALL | re.IGNORECASE,
)
_MARKER = re.compile(r"(?<!\s)\s*+\[\d{1,3}\]")
_SENTENCE_END = re.compile(r"(?<=\w{3}[.?!])\s++(?=\W*[A-Z])")


class _StemmedText(NamedTuple):
    """A text with the stem and the span of each word."""

    text: str
    stems: list[str]
    spans: list[tuple[int, int]]


class _Edit(NamedTuple):
    """One step from a source sentence to a text; `start` and `end` are words of the source."""

    kind: str  # "equal", "replace", "delete" or "insert"
    source: list[str]
    copy: list[str]
    start: int
    end: int


def find_role_swap(
    text: str,
    sentences: Iterable[str],
    min_copied_share: float = DEFAULT_THRESHOLDS.min_copied_share,
) -> tuple[str, str] | None:
    """Return the stems of two phrases of a text that have traded places, or None.

    The text is compared with the sentences that it copies, as in "Danes farm the coast, as do
    Swedes" and "Swedes farm the coast, as do Danes". A list may be in any order. If only one of the
    two has "by", word order says nothing. Most swaps of two names are found, not all
    (`tests/assistant/pipeline/test_altered.py`).

    Args:
        min_copied_share: share of the words of a text that are in a sentence, if the text is a copy
            of that sentence.
    """
    sources = [_stem_text(sentence) for sentence in sentences]
    for part in _SENTENCE_END.split(_MARKER.sub("", text)):
        copy = _stem_text(part)
        swaps = [
            next(_find_swaps(source, copy), None)
            for source in sources
            if _is_copy(copy, source, min_copied_share)
        ]
        if swaps and all(swaps):  # if not all, it copies one of the sentences unchanged
            return swaps[0]
    return None


def _stem_text(text: str) -> _StemmedText:
    matches = list(WORD.finditer(text))
    return _StemmedText(
        text,
        stem_words(normalize_word(word[0]) for word in matches),
        [word.span() for word in matches],
    )


def _is_copy(text: _StemmedText, source: _StemmedText, min_share: float) -> bool:
    return sum(stem in source.stems for stem in text.stems) >= min_share * len(text.stems)


def _find_swaps(source: _StemmedText, copy: _StemmedText) -> Iterator[tuple[str, str]]:
    if copy.stems.count("by") != source.stems.count("by"):
        return
    codes = SequenceMatcher(None, source.stems, copy.stems, autojunk=False).get_opcodes()
    edits = [_Edit(kind, source.stems[a:b], copy.stems[c:d], a, b) for kind, a, b, c, d in codes]
    yield from _find_exchanged_replacements(edits, source)
    for before, between, after in zip(edits, edits[1:], edits[2:], strict=False):
        if between.kind == "equal":
            yield from _find_moved_phrase(before, between.source[0], after)


def _find_exchanged_replacements(
    edits: Sequence[_Edit], source: _StemmedText
) -> Iterator[tuple[str, str]]:
    """Yield the stems that two replacements have exchanged."""
    for first, second in combinations([edit for edit in edits if edit.kind == "replace"], 2):
        moved = set(first.source) & set(second.copy) - _FUNCTION_STEMS
        back = set(first.copy) & set(second.source) - _FUNCTION_STEMS
        between = source.text[source.spans[first.end - 1][1] : source.spans[second.start][0]]
        symmetric = set(source.stems[first.end : second.start]) & _SYMMETRIC_STEMS - _FUNCTION_STEMS
        if moved and back and not symmetric and not _LIST_GAP.fullmatch(between.strip()):
            yield min(moved), min(back)


def _find_moved_phrase(before: _Edit, between: str, after: _Edit) -> Iterator[tuple[str, str]]:
    """Yield two stems if "A beat B" became "B beat A" by an insertion and a deletion around "A"."""
    if (before.kind, after.kind) == ("insert", "delete"):
        front, behind = before.copy, after.source
    elif (before.kind, after.kind) == ("delete", "insert"):
        front, behind = before.source, after.copy
    else:
        return
    for cut in range(1, len(front)):
        moved, frame = front[cut - 1], front[cut:]
        if (
            behind[: len(frame) + 1] == [*frame, moved]
            and moved not in _FUNCTION_STEMS
            and set(frame) - _SYMMETRIC_STEMS
        ):
            yield moved, between
