"""The words of a text: plain, stemmed, and which of them are names or numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import Stemmer
from bm25s.stopwords import STOPWORDS_EN
from text_to_num import alpha2digit

__all__ = [
    "LIGHT",
    "MARKER",
    "NO_NAMES",
    "NUMBER",
    "SMALLEST",
    "WORD",
    "is_spelled",
    "meaning",
    "names_in",
    "plain_word",
    "stemmed",
    "words_of",
]

WORD = re.compile(r"\d[\d.,:/]*\d|\d|[^\W\d_]+(?:['’.][^\W\d_]+)*")
_STEMMER = Stemmer.Stemmer("english")
_SAYING = frozenset(["article", "said", "say", "says", "stated", "states", "according", "yes", "not"])
MARKER = re.compile(r"\[\d{1,3}\]")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
SMALLEST = 1  # text_to_num leaves smaller numbers in words; its own default would leave "two" unchecked
# Capitalised for grammar, not as names; and the words an answer opens with.
NO_NAMES = frozenset(
    """i the a an it its he she they his her their this that these those there yes no not in on at by of from to with
    for as and or but because since after before during while when where who what how why which if some many most
    all both several about around approximately more than at least according people mr mrs ms dr
    between over under above below none nobody nothing neither never each every any only nearly almost""".split()  # noqa: SIM905
)
# Words that a negation passes by: “could not any longer be allowed to leave” is about leaving.
LIGHT = NO_NAMES.union(
    STOPWORDS_EN,
    """am be been being were has have had having do does did done can could may might must shall should would will you we
    so first him hers our your my me us them whom any even yet ever also just only much very quite still already longer possible
    able allow allowed one ones other fact""".split(),  # noqa: SIM905
)
_PAST = {
    form: forms.split()[0]
    for forms in """eat ate eaten|become became|begin began begun|bear bore|buy bought|break broke broken|bring brought|build built|
    come came|catch caught|choose chose chosen|die died|drink drank|draw drew drawn|drive drove driven|fall fell fallen|feel felt|
    flee fled|fly flew flown|fight fought|find found|give gave given|go gone went|get got|grow grew grown|hear heard|hold held|
    hide hid hidden|keep kept|know knew known|lay laid|lead led|leave left|lose lost|make made|mean meant|meet met|pay paid|run ran|
    ride rode|rise rose risen|sink sank|sit sat|see saw seen|send sent|shoot shot|show shown|sell sold|seek sought|spend spent|
    speak spoke spoken|steal stole stolen|stand stood|strike struck|take took taken|teach taught|think thought|throw threw thrown|
    tell told|understand understood|withdraw withdrew|win won|wear wore worn|write wrote written""".split("|")  # noqa: SIM905
    for form in forms.split()
}


def meaning(text: str, claims: bool = True) -> list[str]:
    """The words of a text that carry meaning, stemmed as English; `claims`: also numbers and names."""
    words = [word for word in WORD.findall(MARKER.sub(" ", text)) if claims or not _is_claim(word)]
    plain = [word for word in map(plain_word, words) if word not in STOPWORDS_EN and word not in _SAYING]
    stems: list[str] = _STEMMER.stemWords(plain)
    return stems


def stemmed(words: Iterable[str]) -> list[str]:
    stems: list[str] = _STEMMER.stemWords([_PAST.get(word, word) for word in words])
    return stems


def _is_claim(word: str) -> bool:
    """Numbers and names are checked one by one, and may be put in another way: 250, Russian."""
    return word[0].isdigit() or word[0].isupper() or is_spelled(word)


def names_in(text: str) -> set[str]:
    return {plain_word(word) for word in WORD.findall(text) if word[:1].isupper()}


def words_of(text: str) -> frozenset[str]:
    words = {plain_word(word) for word in WORD.findall(text)}
    return frozenset(words | {part for word in words for part in word.split("'")})


def plain_word(word: str) -> str:
    return re.sub(r"'s$", "", word.replace("’", "'")).strip(".").lower()


@lru_cache(maxsize=4096)
def is_spelled(word: str) -> bool:
    counts = word.isascii() and word.isalpha() and word.lower() not in ("one", "first")
    return counts and bool(NUMBER.search(alpha2digit(word, "en", SMALLEST)))
