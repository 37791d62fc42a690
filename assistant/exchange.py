"""Who did it to whom, as far as it can be told by words alone: a sentence that is copied with two of its parts in each other's place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations
from typing import NamedTuple

from .words import LIGHT, WORD, plain_word, stemmed

__all__ = ["exchanged"]

COPIED = 0.8  # the share of a text's words that the sentence has, for it to be a copy
_LIGHT = frozenset(stemmed(LIGHT))
# What stands between may say the same from both sides: "Rome is the capital", "Anna met Paul".
_EITHER_WAY = frozenset(stemmed("and or is are was were be been as with marry meet border twin".split()))  # noqa: SIM905
_NEXT = r"(?:,|\b(?:and|or|as well as)\b)"
_LISTED = re.compile(rf"{_NEXT}(?:.*{_NEXT})?(?:\s+(?:of|in|on|at|by|for|to|from|with|the|an?)\b)*", re.DOTALL | re.IGNORECASE)
_CITED = re.compile(r"\s*\[\d{1,3}\]")
_SENTENCE_END = re.compile(r"(?<=\w{3}[.?!])\s+(?=\W*[A-Z])")


class _Words(NamedTuple):
    """A text as stems, and where each of the words stands."""

    text: str
    stems: list[str]
    places: list[tuple[int, int]]


class _Edit(NamedTuple):
    kind: str  # "equal", "replace", "delete" or "insert"
    was: list[str]
    said: list[str]
    begun: int  # where it begins among the words of the source
    over: int


def exchanged(text: str, sentences: Iterable[str]) -> tuple[str, str] | None:
    """Two things, as stems, that a text has in each other's place, against the sentence that it copies; None if there are none.

    "Danes farm the coast, as do Swedes" and "Swedes farm the coast, as do Danes" differ so. A list may stand in any order; where only one
    of the two says "by", the places say nothing. Of sentences with two names exchanged it finds most, not all
    (`tests/assistant/test_altered.py`).
    """
    sources = [_words(sentence) for sentence in sentences]
    for part in _SENTENCE_END.split(_CITED.sub("", text)):
        said = _words(part)
        found = [next(_exchanges(source, said), None) for source in sources if _copies(said, source)]
        if found and all(found):  # it may copy another of them as it is
            return found[0]
    return None


def _words(text: str) -> _Words:
    found = list(WORD.finditer(text))
    return _Words(text, stemmed(plain_word(word[0]) for word in found), [word.span() for word in found])


def _copies(said: _Words, source: _Words) -> bool:
    return sum(stem in source.stems for stem in said.stems) >= COPIED * len(said.stems)


def _exchanges(source: _Words, said: _Words) -> Iterator[tuple[str, str]]:
    if said.stems.count("by") != source.stems.count("by"):
        return
    codes = SequenceMatcher(None, source.stems, said.stems, autojunk=False).get_opcodes()
    edits = [_Edit(kind, source.stems[a:b], said.stems[c:d], a, b) for kind, a, b, c, d in codes]
    yield from _in_two_gaps(edits, source)
    for before, between, after in zip(edits, edits[1:], edits[2:], strict=False):
        if between.kind == "equal":
            yield from _around(before, between.was[0], after)


def _in_two_gaps(edits: Sequence[_Edit], source: _Words) -> Iterator[tuple[str, str]]:
    """What stood in the one gap stands in the other, and the other way round."""
    for one, other in combinations([edit for edit in edits if edit.kind == "replace"], 2):
        moved = set(one.was) & set(other.said) - _LIGHT
        back = set(one.said) & set(other.was) - _LIGHT
        between = source.text[source.places[one.over - 1][1] : source.places[other.begun][0]]
        either_way = set(source.stems[one.over : other.begun]) & _EITHER_WAY - _LIGHT
        if moved and back and not either_way and not _LISTED.fullmatch(between.strip()):
            yield min(moved), min(back)


def _around(before: _Edit, between: str, after: _Edit) -> Iterator[tuple[str, str]]:
    """ "B beat" was put in front of "A", and "beat B" taken away behind it; or the reverse."""
    if (before.kind, after.kind) == ("insert", "delete"):
        front, behind = before.said, after.was
    elif (before.kind, after.kind) == ("delete", "insert"):
        front, behind = before.was, after.said
    else:
        return
    for cut in range(1, len(front)):
        moved, frame = front[cut - 1], front[cut:]
        if behind[: len(frame) + 1] == [*frame, moved] and moved not in _LIGHT and set(frame) - _EITHER_WAY:
            yield moved, between
