"""Questions that an article no longer answers: one name, number or word of an answered question is put for another.

SQuAD 2.0's own unanswerable questions were made in such ways by people (Rajpurkar et al., 2018, table 1). What is put in its place is of
the same article, so that the words alone do not give it away.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

__all__ = ["altered"]

OPPOSITES = (
    "first last, largest smallest, biggest smallest, highest lowest, most least, more fewer, oldest youngest, oldest newest, "
    "earliest latest, longest shortest, best worst, north south, east west, northern southern, eastern western, before after, "
    "increase decrease, increased decreased, rise fall, rose fell, gain lose, gained lost, win lose, won lost, begin end, "
    "began ended, start stop, started stopped, open close, opened closed, accept reject, accepted rejected, allow forbid, "
    "allowed forbidden, support oppose, supported opposed, arrive leave, arrived left, born buried, major minor, maximum minimum, "
    "upper lower, old new, male female, public private, positive negative, legal illegal, majority minority, father mother, "
    "cause prevent, "
    "caused prevented, above below, inside outside, strongest weakest, easier harder, larger smaller, higher lower, joined left"
)
_PAIRS = [tuple(pair.split()) for pair in OPPOSITES.split(", ")]
_OTHER = {word: other for one, two in reversed(_PAIRS) for word, other in ((one, two), (two, one))}
_NAME = re.compile(r"\b[A-Z][\w'’-]*(?: (?:of |the |de |von )?[A-Z][\w'’-]*)*")
_NUMBER = re.compile(r"(?<![\w.,])\d[\d,.]*\d|(?<![\w.,])\d(?!\w)")
_ASKS = frozenset(
    [
        "What",
        "Who",
        "Whom",
        "Whose",
        "When",
        "Where",
        "Which",
        "Why",
        "How",
        "In",
        "On",
        "At",
        "By",
        "For",
        "From",
        "To",
        "With",
        "The",
        "A",
        "An",
        "Is",
        "Are",
        "Was",
        "Were",
        "Did",
        "Does",
        "Do",
        "Has",
        "Have",
        "Had",
    ]
)


def altered(question: str, article: str, answering: str, chance: random.Random) -> str | None:
    """The question with one thing changed, or None if there is nothing to change.

    Args:
        answering: the sentences of the article that answer it; what is put in has to stand elsewhere in the article.
    """
    ways = [*_with_opposites(question), *_with_others(question, article, answering, chance)]
    return chance.choice(ways) if ways else None


def _with_opposites(question: str) -> Iterator[str]:
    for word in re.finditer(r"[A-Za-z]+", question):
        if other := _OTHER.get(word.group()):
            yield question[: word.start()] + other + question[word.end() :]


def _with_others(question: str, article: str, answering: str, chance: random.Random) -> Iterator[str]:
    """A name or a number put for another of the article that neither the question nor what answers it has."""
    for kind in (_NAME, _NUMBER):
        known = [name for name in _found(kind, article) if name not in question and name not in answering]
        for own in kind.finditer(question):
            alike = [name for name in known if len(name.split()) == len(own.group().split())] or known
            if alike and own.group().split()[0] not in _ASKS and own.start() > 0:
                yield question[: own.start()] + chance.choice(alike) + question[own.end() :]


def _found(kind: re.Pattern[str], article: str) -> Sequence[str]:
    """In the order of the article, each once; capitals at the beginning of a sentence are no names."""
    places = (one for one in kind.finditer(article) if kind is _NUMBER or re.search(r"[\w,;] $", article[: one.start()][-2:]))
    return list(dict.fromkeys(one.group() for one in places if one.group() not in _ASKS))
