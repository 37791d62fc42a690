"""Index the words of the evidence, against which numbers, names and dates are checked.

The checks are exact, never fuzzy: a changed digit is a different claim.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from assistant.pipeline.verification.negation import Clause, find_antonym_sides, split_clauses
from assistant.text.calendar_names import MONTH_NAMES, WEEKDAY_NAMES
from assistant.text.numbers import Amount, digit_forms, find_amounts, find_digits, parse_ordinal
from assistant.text.tokens import (
    MARKER,
    NOT_NAMES,
    WORD,
    capitalized_words,
    content_stems,
    is_number_word,
    normalize_word,
    word_set,
)

__all__ = ["DATE_NAMES", "Evidence"]
_YEAR = re.compile(r"(?<![\d.,])(?:1\d|20)\d\d(?![\d]|[.,]\d)")
_CENTURY = re.compile(
    r"\b(?:\d{1,2}(?:st|nd|rd|th)|[a-z]+(?:-[a-z]+)?)(?=[ -]centur(?:y|ies)\b)", re.IGNORECASE
)
_NAME_RUN = re.compile(r"\b[A-Z]\w+(?: [A-Z]\w+)+")
# Russian for Russia, Kurds for Kurdish, Turks for Turkey.
_COUNTRY_ENDINGS = ("", "a", "ia", "e", "y", "ey", "on", "en")
_PEOPLE_ENDINGS = (
    "s",
    *(people + plural for people in ("n", "an", "ian", "ish", "ese", "i") for plural in ("", "s")),
)
DATE_NAMES = {
    form: name[:3]
    for name in (*MONTH_NAMES, *WEEKDAY_NAMES)
    for form in (name, name[:3], name[:4])
    if form in (name, name[:3], "sept", "tues", "thur")
}


class Evidence:
    """The words that an answer may use: those of its quotes and, if the article has them, of the
    question.

    Each property is computed when a check first needs it: the evidence may be a whole article of
    millions of characters.
    """

    def __init__(self, quotes: Sequence[str], question: str = "", article: str = "") -> None:
        self._quotes = MARKER.sub(" ", "\n".join(quotes))
        self._question, self._article = question, article

    @cached_property
    def amounts(self) -> list[Amount]:
        """Return the amounts in the quotes."""
        return find_amounts(self._quotes)

    @cached_property
    def _digits(self) -> frozenset[str]:
        return find_digits(self._quotes)

    @cached_property
    def _spelled_digits(self) -> frozenset[str]:
        return frozenset().union(*(digit_forms(amount.value) for amount in self.amounts))

    @cached_property
    def _centuries(self) -> set[int]:
        return {(int(year) - 1) // 100 + 1 for year in _YEAR.findall(self._quotes)}

    @cached_property
    def _words(self) -> frozenset[str]:
        return word_set(self._quotes) | (word_set(self._question) & word_set(self._article))

    @cached_property
    def _initials(self) -> set[str]:
        runs = (_strip_opening_word(run) for run in _NAME_RUN.findall(self._quotes))
        return {"".join(word[0] for word in run.split()) for run in runs}

    @cached_property
    def _names(self) -> set[str]:
        return capitalized_words(self._quotes)

    @cached_property
    def _country_stems(self) -> set[str]:
        return {stem for name in self._names for stem in _strip_endings(name, _COUNTRY_ENDINGS)}

    @cached_property
    def _people_stems(self) -> set[str]:
        return {stem for name in self._names for stem in _strip_endings(name, _PEOPLE_ENDINGS)}

    @cached_property
    def _dates(self) -> set[str]:
        return {
            name[:3]
            for name in self._names
            | (capitalized_words(self._question) & capitalized_words(self._article))
            if name in DATE_NAMES
        }

    @cached_property
    def stems(self) -> frozenset[str]:
        """Return the stems of the content words of the quotes and of the question."""
        return frozenset(content_stems(f"{self._quotes} {self._question}"))

    @cached_property
    def clauses(self) -> list[Clause]:
        """Return the clauses of the quotes."""
        return split_clauses(self._quotes)

    @cached_property
    def clauses_with_question(self) -> list[Clause]:
        """Return the clauses of the quotes and of the question."""
        return self.clauses + split_clauses(self._question)

    @cached_property
    def antonym_sides(self) -> dict[tuple[int, int], str]:
        """Return the antonyms in the quotes, see `find_antonym_sides`."""
        return find_antonym_sides(self._quotes)

    def find_missing_term(self, text: str) -> str | None:
        """Return the first number in digits or name of a text that the evidence lacks, or None.

        Other words may be used freely.
        """
        text = self.strip_supported_centuries(MARKER.sub(" ", text))
        return next((word for word in WORD.findall(text) if self._is_missing(word)), None)

    def strip_supported_centuries(self, text: str) -> str:
        """Return a text without the numbers of centuries in which the evidence has a year.

        For example, 1455 supports "15th" in "15th century".
        """
        return _CENTURY.sub(
            lambda match: " " if parse_ordinal(match[0]) in self._centuries else match[0], text
        )

    def _is_missing(self, word: str) -> bool:
        if numbers := find_digits(word):
            missing = numbers - self._digits
            return bool(missing) and not missing <= self._spelled_digits
        return (
            word[:1].isupper()
            and not is_number_word(word)
            and not self._has_name(normalize_word(word))
        )

    def _has_name(self, name: str) -> bool:
        if name in DATE_NAMES:
            return name[:3] in self._dates
        if (
            name in NOT_NAMES
            or name in self._words
            or name.upper().replace(".", "") in self._initials
        ):
            return True
        people = _strip_endings(name, _PEOPLE_ENDINGS)
        return bool(
            people & (self._country_stems | self._people_stems)
            or _strip_endings(name, _COUNTRY_ENDINGS) & self._people_stems
        )


def _strip_endings(name: str, endings: Sequence[str]) -> set[str]:
    """Return the stems of a name without one of the endings, if longer than three letters."""
    return {
        stem
        for ending in endings
        if name.endswith(ending) and len(stem := name.removesuffix(ending)) > 3
    }


def _strip_opening_word(run: str) -> str:
    """Return a run of capitalized words without the "The" or "In" that opens a sentence."""
    first, _, following = run.partition(" ")
    return following if first.lower() in NOT_NAMES else run
