"""Find and compare the names of persons."""

from __future__ import annotations

import re

from assistant.text.calendar_names import MONTH_NAMES, WEEKDAY_NAMES
from assistant.text.tokens import normalize_word

__all__ = [
    "FEMALE_TITLE",
    "MALE_TITLE",
    "NAME",
    "PLAIN_WORD",
    "has_person_name",
    "is_same_person",
    "name_words",
]

_CAPITAL = r"[A-ZÀ-ÖØ-ÞА-Я]"
_NAME_WORD = rf"(?:(?:{_CAPITAL}\.)+|{_CAPITAL}(?:[\w'’-]*\w)?(?:(?<=Dr|Mr|Ms|St)\.|(?<=Mrs)\.)?)"
_PARTICLE = r"(?:de|del|da|di|la|le|van|von|der|den|bin|ibn|al|el|y|e)"
NAME = rf"{_NAME_WORD}(?:\s+(?:{_PARTICLE}\s+)*{_NAME_WORD})*"
_TITLE = re.compile(
    r"(?:mr|mrs|ms|miss|dr|prof|professor|sir|lord|lady|president|minister|mayor|judge|senator|"
    r"herr|frau|señor|señora|monsieur|madame|m|mme)\.?",
    re.IGNORECASE,
)
MALE_TITLE = re.compile(r"(?:Mr|Sir|Lord|Herr|Señor|Monsieur)\b")
FEMALE_TITLE = re.compile(r"(?:Mrs|Ms|Miss|Lady|Frau|Señora|Madame|Mme)\b")
_NOT_A_PERSON = frozenset(
    """the a an in on at by of from to with for as and or but because since after before during
    while when where who what how why which if some many most all both it its this that these
    those there yes no not one two three another others i we you he she they his her their our
    my""".split()  # noqa: SIM905
).union(MONTH_NAMES, WEEKDAY_NAMES)
PLAIN_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def is_same_person(first: str, second: str) -> bool:
    """Return whether two names may be of one person: "Holt" and "Petra Holt"."""
    one, other = name_words(first), name_words(second)
    return bool(one and other) and (one <= other or other <= one)


def has_person_name(text: str) -> bool:
    """Return whether a text has a name and not only a description: "the mayor" has none."""
    return bool(name_words(text))


def name_words(name: str) -> set[str]:
    """Return the words of a name, normalized, without titles and other capitalized words."""
    words = [word for word in PLAIN_WORD.findall(name) if word[0].isupper()]
    plain = {normalize_word(word) for word in words if not _TITLE.fullmatch(word)}
    return plain - _NOT_A_PERSON
