"""Who did it to whom, as far as it can be told by words alone: a sentence that is copied with two of its parts in each other's place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations

from .words import LIGHT, MARKER, WORD, plain_word, stemmed

__all__ = ["exchanged"]

COPIED = 0.8  # the share of a text's words that the sentence has, for it to be a copy
_LIGHT = frozenset(stemmed(LIGHT))
# What stands between may say the same from both sides: "Rome is the capital", "salt and water".
_LISTING = frozenset(["and", "or"])
_EITHER_WAY = _LISTING.union("is are was were be been as with".split())  # noqa: SIM905
_SENTENCE_END = re.compile(r"(?<=\w{3}[.?!])\s+(?=\W*[A-Z])")

_Edit = tuple[str, list[str], list[str]]  # "equal", "replace", "delete" or "insert"; the words there were, and that there are


def exchanged(text: str, sentences: Iterable[str]) -> tuple[str, str] | None:
    """Two things, as stems, that a text has in each other's place, against one of the sentences; None if there are none.

    "Rebels hold the north, as do Kurds" and "Kurds hold the north, as do rebels" differ so. Where the text says "by" and the sentence
    does not, the places say nothing. Of sentences with two names exchanged it finds most, not all (`tests/assistant/test_altered.py`).
    """
    sources = [_stems(sentence) for sentence in sentences]
    said = [_stems(part) for part in _SENTENCE_END.split(MARKER.sub(" ", text))]
    pairs = (found for words in said for source in sources for found in _exchanges(source, words))
    return next(pairs, None)


def _stems(text: str) -> list[str]:
    return stemmed(plain_word(word) for word in WORD.findall(text))


def _exchanges(source: Sequence[str], words: Sequence[str]) -> Iterator[tuple[str, str]]:
    if words.count("by") > source.count("by"):
        return
    if sum(word in source for word in words) < COPIED * len(words):
        return
    codes = SequenceMatcher(None, source, words, autojunk=False).get_opcodes()
    edits: list[_Edit] = [(code, list(source[a:b]), list(words[c:d])) for code, a, b, c, d in codes]
    yield from _in_two_gaps(edits)
    for before, between, after in zip(edits, edits[1:], edits[2:], strict=False):
        if between[0] == "equal":
            yield from _around(before, between[1], after)


def _in_two_gaps(edits: Sequence[_Edit]) -> Iterator[tuple[str, str]]:
    """What stood in the one gap stands in the other, and the other way round; but for a list's."""
    gaps = [place for place, edit in enumerate(edits) if edit[0] == "replace"]
    for first, second in combinations(gaps, 2):
        (_, was, there), (_, other_was, other_there) = edits[first], edits[second]
        moved, back = set(was) & set(other_there) - _LIGHT, set(there) & set(other_was) - _LIGHT
        between = {word for _, _, words in edits[first + 1 : second] for word in words}
        listed = not between - _LIGHT and between & _LISTING
        if moved and back and not listed:
            yield min(moved), min(back)


def _around(before: _Edit, between: Sequence[str], after: _Edit) -> Iterator[tuple[str, str]]:
    """ "B beat" was put in front of "A", and "beat B" taken away behind it; or the reverse."""
    if (before[0], after[0]) == ("insert", "delete"):
        front, behind = before[2], after[1]
    elif (before[0], after[0]) == ("delete", "insert"):
        front, behind = before[1], after[2]
    else:
        return
    for cut in range(1, len(front)):
        moved, frame = front[cut - 1], front[cut:]
        if behind[: len(frame) + 1] == [*frame, moved] and moved not in _LIGHT and set(frame) - _EITHER_WAY:
            yield moved, between[0]
