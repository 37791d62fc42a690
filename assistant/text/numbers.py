"""Parse numbers in English text, in words or digits, with their units and bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from text_to_num import alpha2digit

from assistant.text.tokens import NUMBER, SMALLEST_NUMBER, is_number_word

__all__ = [
    "Amount",
    "BOUND",
    "digit_forms",
    "find_amounts",
    "find_digits",
    "is_unit",
    "parse_ordinal",
    "restore_hedges",
]

_THOUSANDS = re.compile(r",(?=\d{3}(?:\D|$))")
_SCALES = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 10**6,
    "billion": 10**9,
    "bn": 10**9,
    "trillion": 10**12,
}
# Atomic groups match a number whole or not at all: backtracking into a long run of digits would
# take quadratic time.
_SCALED = re.compile(
    rf"(?<!\d)(?<!\d[.,])((?>{NUMBER.pattern}))(?:([-–]| to | or )((?>{NUMBER.pattern})))?"
    rf"(?>[\s-]*)({'|'.join(_SCALES)})s?\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
MAX_NUMBER_WORDS = 50  # longest number in words that is parsed
_SHORT_YEAR = re.compile(r"\b(\d\d)(\d\d)[-–/](?=\d\d(?![-–/\d]))")  # 1914–18
_UNITS = {
    form: forms.split()[0]
    for forms in [
        "% percent percentage pct",
        "$ dollar usd",
        "€ euro eur",
        "£ pound gbp",
        "km kilometre kilometer",
        "metre meter",
        "mile mi",
        "foot feet ft",
        "inch inche",
        "kg kilogram kilo",
        "ton tonne",
        "minute",
        "hour hr",
        "day",
        "week",
        "month",
        "year",
        "decade",
        "century centurie",
    ]
    for form in forms.split()
}
_BOUNDS = {
    ">": "more than|greater than|over|above|exceed(?:s|ed|ing)?|in excess of|upwards of",
    ">=": "no (?:fewer|less) than|not less than|at least",
    "<": "(?:fewer|less) than|(?:just )?under|below",
    "<=": "no (?:more|greater) than|not more than|at most|up to",
}
BOUND = rf"\b(?P<bound>{'|'.join(_BOUNDS.values())})\s+"
_AMOUNT = re.compile(
    rf"(?:{BOUND}(?:(?:about|around|some|an?|the)\s+)?)?"
    rf"(?P<money>[$€£])?\s?(?P<number>{NUMBER.pattern})"
    r"(?:\s?(?P<unit>%|[^\W\d_]+))?",
    re.IGNORECASE,
)

_HEDGE = (
    r"(?:about|around|approximately|roughly|nearly|almost|some|an estimated"
    rf"|{'|'.join(_BOUNDS.values())})"
)
_FRACTION = r"(?:half|third|quarter|fifth|sixth|seventh|eighth|ninth|tenth)s?"
_SPELLED = rf"(?:an? (?={_FRACTION}))?[a-z]+(?:-[a-z]+)*"
_HEDGED = re.compile(
    rf"\b(?P<hedge>{_HEDGE}) "
    rf"(?P<count>(?:[$€£]?{NUMBER.pattern}|{_SPELLED})(?: (?:{'|'.join(_SCALES)}))*)"
    r"(?![\w,.-]*\d)",
    re.IGNORECASE,
)


def restore_hedges(text: str, evidence: Sequence[str]) -> str:
    """Restore hedges such as "about", "nearly" or "more than" before the numbers of a text.

    A hedge is inserted only if the evidence hedges every mention of that number. A number that the
    text already hedges, in whatever words, is left alone. So is a number that the text states of
    something else.
    """
    source = " ".join(" ".join(evidence).split())
    words = "|".join(set(_WORD.findall(source)))
    for match in _HEDGED.finditer(source):
        number = rf"(?<![\w$€£.,-]){re.escape(match['count'])}(?![\w-]|[.,]\d)"
        always = len(re.findall(number, source)) == len(
            re.findall(rf"\b{_HEDGE} {number}", source, re.IGNORECASE)
        )
        if always and _is_count(match["count"]):
            unhedged = re.compile(
                rf"(?<!\w)(?P<own>{_HEDGE} )?(?P<count>{number})(?! (?!(?:{words})\b)\w)",
                re.IGNORECASE,
            )
            text = unhedged.sub(partial(_insert_hedge, match["hedge"].lower(), text), text)
    return text


def _insert_hedge(hedge: str, text: str, match: re.Match[str]) -> str:
    if match["own"]:
        return match[0]
    before = text[: match.start()].rstrip()
    opens_sentence = not before or before.endswith((".", "!", "?"))
    count = match["count"]
    count = count if count[0].isdigit() else count[0].lower() + count[1:]
    return f"{hedge[0].upper() if opens_sentence else hedge[0]}{hedge[1:]} {count}"


def _is_count(words: str) -> bool:
    """Return whether the words after a hedge are a number."""
    return words[-1].isdigit() or any(
        is_number_word(word) or re.fullmatch(_FRACTION, word)
        for word in re.split("[ -]", words.lower())
    )


def find_digits(text: str) -> frozenset[str]:
    """Return the numbers that a text has in digits, without thousands separators."""
    return frozenset(_THOUSANDS.sub("", number) for number in NUMBER.findall(text))


def parse_ordinal(word: str) -> int | None:
    """Return 15 for "15th" and for "fifteenth", or None if the word is not an ordinal number."""
    match = re.fullmatch(
        r"(\d{1,4})(?:st|nd|rd|th)",
        alpha2digit(word.lower().replace("-", " "), "en", SMALLEST_NUMBER),
    )
    return int(match[1]) if match else None


class Amount(NamedTuple):
    """A number with its unit and its bound.

    `unit` is empty if it is unknown. `bound` is a key of `_BOUNDS`, or empty for an exact number.
    """

    text: str
    value: str
    unit: str
    bound: str

    def is_supported_by(self, source: Amount) -> bool:
        """Return whether a source with another amount supports a claim of this amount.

        "Thirty" supports "at least thirty", but not "more than thirty".
        """
        bounds = (
            not self.bound
            or self.bound[0] == source.bound[:1]
            or (self.bound.endswith("=") and not source.bound)
        )
        units = self.unit == source.unit or not (self.unit and source.unit)
        return self.value == source.value and units and bounds


def find_amounts(text: str) -> list[Amount]:
    """Return the amounts of a text, in order. `Amount.text` has numbers in digits."""
    return [_parse_amount(match) for match in _AMOUNT.finditer(_spell_in_digits(text))]


def _parse_amount(match: re.Match[str]) -> Amount:
    unit = match["money"] or _UNITS.get((match["unit"] or "").lower().removesuffix("s"), "")
    bound = next(
        (
            key
            for key, words in _BOUNDS.items()
            if re.fullmatch(words, match["bound"] or "", re.IGNORECASE)
        ),
        "",
    )
    text = match[0] if unit else match[0][: match.end("number") - match.start()]
    return Amount(text.strip(), _THOUSANDS.sub("", match["number"]), unit, bound)


def is_unit(word: str) -> bool:
    """Return whether a word is a known unit, in the singular or plural."""
    return word.lower().removesuffix("s") in _UNITS


def _spell_in_digits(text: str) -> str:
    """Return a text with every number in digits.

    “thirty thousand” becomes 30000, “2.5 million” 2500000, and “1914–18” 1914 1918. A lone "one" is
    left alone: it is mostly a pronoun.
    """
    text = _SCALED.sub(
        _multiply_out, _SHORT_YEAR.sub(r"\1\2 \1", re.sub(r"\bper cent\b", "percent", text))
    )
    runs: list[list[str]] = []
    spelled = False
    for word in re.findall(r"[A-Za-z]+|[^A-Za-z\s-]+", text):
        continues = spelled and word in ("and", "one")  # two hundred and fifty; twenty-one
        if spelled and (continues or is_number_word(word)) and len(runs[-1]) < MAX_NUMBER_WORDS:
            runs[-1].append(word)
        else:
            runs.append([word])
            spelled = is_number_word(word)
    return " ".join(
        alpha2digit(" ".join(run), "en", SMALLEST_NUMBER) if is_number_word(run[0]) else run[0]
        for run in runs
    )


def _multiply_out(match: re.Match[str]) -> str:
    scale = _SCALES[match[4].lower()]
    return " ".join(_multiply(number, scale) for number in match.group(1, 3) if number)


def _multiply(number: str, scale: int | Decimal) -> str:
    plain = _THOUSANDS.sub("", number)
    if not re.fullmatch(r"\d{1,20}(?:\.\d{1,20})?", plain, re.ASCII):
        return number
    value = f"{Decimal(plain) * scale:f}"
    return value.rstrip("0").rstrip(".") if "." in value else value


def digit_forms(value: str) -> set[str]:
    """Return the digits that may write an amount: 2500000, or the 2.5 of “2.5 million”."""
    return {
        value,
        *(
            _multiply(value, Decimal(1) / scale)
            for scale in _SCALES.values()
            if 7 <= len(str(scale)) <= len(value)
        ),
    }
