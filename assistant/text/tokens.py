"""Split English text into words, normalize and stem them, and recognize names and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import Stemmer
from bm25s.stopwords import STOPWORDS_EN
from text_to_num import alpha2digit

__all__ = [
    "FUNCTION_WORDS",
    "MARKER",
    "NOT_NAMES",
    "NUMBER",
    "SMALLEST_NUMBER",
    "WORD",
    "capitalized_words",
    "content_stems",
    "is_number_word",
    "normalize_word",
    "stem_words",
    "word_set",
]

WORD = re.compile(r"\d[\d.,:/]*\d|\d|[^\W\d_]+(?:['’.][^\W\d_]+)*")
_STEMMER = Stemmer.Stemmer("english")
_REPORTING_WORDS = frozenset(
    ["article", "said", "say", "says", "stated", "states", "according", "yes", "not"]
)
MARKER = re.compile(r"\[\d{1,3}\]")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# text_to_num leaves smaller numbers in words. Its own default would leave "two" unchecked.
SMALLEST_NUMBER = 1
# Words that grammar capitalizes although they are no names, and words that open an answer.
NOT_NAMES = frozenset(
    """i the a an it its he she they his her their this that these those there yes no not in on at
    by of from to with for as and or but because since after before during while when where who what
    how why which if some many most all both several about around approximately more than at least
    according people mr mrs ms dr between over under above below none nobody nothing neither never
    each every any only nearly almost""".split()  # noqa: SIM905
)
# Words that a negation skips: “could not any longer be allowed to leave” negates leaving.
FUNCTION_WORDS = NOT_NAMES.union(
    STOPWORDS_EN,
    """am be been being were has have had having do does did done can could may might must shall
    should would will you we so first him hers our your my me us them whom any even yet ever also
    just only much very quite still already longer possible able allow allowed one ones other
    fact""".split(),  # noqa: SIM905
)
# Maps each form of an irregular verb to its base form.
_BASE_FORMS = {
    form: forms.split()[0]
    for forms in [
        "eat ate eaten",
        "become became",
        "begin began begun",
        "bear bore",
        "buy bought",
        "break broke broken",
        "bring brought",
        "build built",
        "come came",
        "catch caught",
        "choose chose chosen",
        "die died",
        "drink drank",
        "draw drew drawn",
        "drive drove driven",
        "fall fell fallen",
        "feel felt",
        "flee fled",
        "fly flew flown",
        "fight fought",
        "find found",
        "give gave given",
        "go gone went",
        "get got",
        "grow grew grown",
        "hear heard",
        "hold held",
        "hide hid hidden",
        "keep kept",
        "know knew known",
        "lay laid",
        "lead led",
        "leave left",
        "lose lost",
        "make made",
        "mean meant",
        "meet met",
        "pay paid",
        "run ran",
        "ride rode",
        "rise rose risen",
        "sink sank",
        "sit sat",
        "see saw seen",
        "send sent",
        "shoot shot",
        "show shown",
        "sell sold",
        "seek sought",
        "spend spent",
        "speak spoke spoken",
        "steal stole stolen",
        "stand stood",
        "strike struck",
        "take took taken",
        "teach taught",
        "think thought",
        "throw threw thrown",
        "tell told",
        "understand understood",
        "withdraw withdrew",
        "win won",
        "wear wore worn",
        "write wrote written",
    ]
    for form in forms.split()
}


def content_stems(text: str, claims: bool = True) -> list[str]:
    """Return the stems of the content words of an English text, in order.

    Args:
        claims: whether numbers and names are included.
    """
    words = [word for word in WORD.findall(MARKER.sub(" ", text)) if claims or not _is_claim(word)]
    plain = [
        word
        for word in map(normalize_word, words)
        if word not in STOPWORDS_EN and word not in _REPORTING_WORDS
    ]
    stems: list[str] = _STEMMER.stemWords(plain)
    return stems


def stem_words(words: Iterable[str]) -> list[str]:
    """Return the English stem of each word. Irregular verbs are reduced to their base form."""
    stems: list[str] = _STEMMER.stemWords([_BASE_FORMS.get(word, word) for word in words])
    return stems


def _is_claim(word: str) -> bool:
    """Return whether a word is a number or a name.

    These are verified separately and may be worded differently: 250, Russian.
    """
    return word[0].isdigit() or word[0].isupper() or is_number_word(word)


def capitalized_words(text: str) -> set[str]:
    """Return the words of a text that begin with a capital, normalized."""
    return {normalize_word(word) for word in WORD.findall(text) if word[:1].isupper()}


def word_set(text: str) -> frozenset[str]:
    """Return the normalized words of a text and their parts around apostrophes."""
    words = {normalize_word(word) for word in WORD.findall(text)}
    return frozenset(words | {part for word in words for part in word.split("'")})


def normalize_word(word: str) -> str:
    """Return a word in lower case without a possessive "'s" and without outer full stops."""
    return re.sub(r"'s$", "", word.replace("’", "'")).strip(".").lower()


@lru_cache(maxsize=4096)
def is_number_word(word: str) -> bool:
    """Return whether a word spells a number. "one" and "first" do not count: they are ambiguous."""
    counts = word.isascii() and word.isalpha() and word.lower() not in ("one", "first")
    return counts and bool(NUMBER.search(alpha2digit(word, "en", SMALLEST_NUMBER)))
