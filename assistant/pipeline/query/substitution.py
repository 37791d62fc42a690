"""Rewrite a follow-up that names another thing: the last question with one phrase replaced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bm25s.stopwords import STOPWORDS_EN_PLUS

__all__ = ["list_substitutions"]

MAX_PHRASE_WORDS = 6
MAX_SPAN_WORDS = 3  # of the phrase that is replaced
MAX_CANDIDATES = 8
_WORD = re.compile(r"[^\W_]+(?:['’.,-][^\W_]+)*")
# Words before the phrase that takes another's place. At least one opens such a follow-up.
_LEAD = frozenset(
    """no nope not sorry oh oops wait actually rather well i we i'm meant mean was asking ask about
    wanted want to know talking and or but ok okay then instead""".split()  # noqa: SIM905
)
_DETERMINERS = frozenset("the a an its their this that these those".split())  # noqa: SIM905
_PLACEHOLDERS = frozenset(["one", "ones"])
_OTHER = frozenset(["other", "others", "another", "second"])
_FUNCTION_WORDS = frozenset(STOPWORDS_EN_PLUS) | _DETERMINERS | {"many", "much", "long"}
# A phrase with one of these is a question of its own.
_CLAUSE_WORDS = frozenset(
    """is are was were be do does did has have had can could will would who whom whose when where
    why which he she it they him her them there his its their""".split()  # noqa: SIM905
)


def list_substitutions(question: str, earlier: str, text: str) -> list[str]:
    """Return rewritings of a follow-up such as "No, I meant the south gate.", best first.

    Each is the earlier question with a phrase replaced by the one of the follow-up. If a phrase has
    the same last word ("north gate"), or if both have digits, only such phrases are replaced. The
    list is empty if the follow-up does not only name a thing.

    Args:
        question: the follow-up.
        earlier: the question before it.
        text: of the articles. Of "the other one", they tell what else there is.
    """
    if not (phrase := _find_phrase(question)):
        return []
    words = [(match[0], *match.span()) for match in _WORD.finditer(earlier)]
    spans = list(_list_spans([word for word, _, _ in words]))
    candidates = []
    for first, last in _select_spans(phrase, [word for word, _, _ in words], spans):
        span = [word for word, _, _ in words[first:last]]
        for replacement in _resolve(phrase, span, text):
            start, end = words[first][1], words[last - 1][2]
            candidates.append(earlier[:start] + " ".join(replacement) + earlier[end:])
    if words and words[0][0].lower() in ("who", "what") and not _has_digit(phrase):
        named = " ".join(phrase)
        if not _PLACEHOLDERS.intersection(phrase):
            candidates.append(f"{words[0][0].capitalize()} is the {named}?")
    return list(dict.fromkeys(candidates))[:MAX_CANDIDATES]


def _find_phrase(question: str) -> list[str]:
    """Return the words of the phrase that a follow-up consists of, without a determiner."""
    words = _WORD.findall(question)
    lowered = [word.lower() for word in words]
    count = next(
        (at + 2 for at in (0, 1) if lowered[at : at + 2] in (["what", "about"], ["how", "about"])),
        0,
    )
    while count < len(words) and words[count].lower().replace("’", "'") in _LEAD:
        count += 1
    phrase = words[count:]
    if _CLAUSE_WORDS.intersection(word.lower() for word in phrase):
        return []
    while phrase and phrase[0].lower() in _FUNCTION_WORDS - _OTHER - _PLACEHOLDERS:
        phrase = phrase[1:]  # "in 2021", "the west quay"
    return phrase if count and len(phrase) <= MAX_PHRASE_WORDS else []


def _list_spans(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield the ranges of words without function words that may be replaced, longest first."""
    for length in range(MAX_SPAN_WORDS, 0, -1):
        for first in range(1, len(words) - length + 1):
            if not any(word.lower() in _FUNCTION_WORDS for word in words[first : first + length]):
                yield first, first + length


def _select_spans(
    phrase: Sequence[str], words: Sequence[str], spans: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return the spans of the same type as a phrase, those of its length first."""
    head = phrase[-1].lower()
    typed = [
        (first, last)
        for first, last in spans
        if _has_digit(words[first:last]) == _has_digit(phrase)
    ]
    same_head = [span for span in typed if words[span[1] - 1].lower() == head]
    if head in _PLACEHOLDERS or head in _OTHER:
        typed = [span for span in typed if span[1] - span[0] == 2]
    return sorted(same_head or typed, key=lambda span: abs(span[1] - span[0] - len(phrase)))


def _resolve(phrase: Sequence[str], span: Sequence[str], text: str) -> list[list[str]]:
    """Return what a phrase means in place of a span: "west one" is "west quay" for "east quay"."""
    if phrase[-1].lower() not in _PLACEHOLDERS | _OTHER:
        return [list(phrase)]
    modifiers = [word for word in phrase if word.lower() not in _PLACEHOLDERS | _OTHER]
    if modifiers:
        return [[*modifiers, span[-1]]]
    return [[word, span[-1]] for word in _find_modifiers(span, text)]


def _find_modifiers(span: Sequence[str], text: str) -> list[str]:
    """Return the other words that come before the last word of a span in a text."""
    words = [word.lower() for word in _WORD.findall(text)]
    before = [
        words[index - 1] for index, word in enumerate(words) if index and word == span[-1].lower()
    ]
    excluded = {word.lower() for word in span} | _FUNCTION_WORDS
    return [word for word in dict.fromkeys(before) if word not in excluded]


def _has_digit(words: Sequence[str]) -> bool:
    return any(character.isdigit() for word in words for character in word)
