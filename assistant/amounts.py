"""Numbers in a text, in words or digits, with their units and bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from text_to_num import alpha2digit

from .words import NUMBER, SMALLEST, is_spelled

__all__ = ["BOUND", "Amount", "amounts_in", "digits_in", "hedged", "is_unit", "ordinal", "written"]

_THOUSANDS = re.compile(r",(?=\d{3}(?:\D|$))")
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "bn": 10**9, "trillion": 10**12}
# A number is taken whole or not at all: without that, a long run of digits takes quadratic time.
_SCALED = re.compile(
    rf"(?<!\d)(?<!\d[.,])((?>{NUMBER.pattern}))(?:([-–]| to | or )((?>{NUMBER.pattern})))?(?>[\s-]*)({'|'.join(_SCALES)})s?\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
LONGEST_NUMBER = 50  # words of one number
_SHORT_YEAR = re.compile(r"\b(\d\d)(\d\d)[-–/](?=\d\d(?![-–/\d]))")  # 1914–18
_UNITS = {
    form: forms.split()[0]
    for forms in """% percent percentage pct|$ dollar usd|€ euro eur|£ pound gbp|km kilometre kilometer|metre meter|mile mi|
    foot feet ft|inch inche|kg kilogram kilo|ton tonne|minute|hour hr|day|week|month|year|decade|century centurie""".split("|")  # noqa: SIM905
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
    rf"(?:{BOUND}(?:(?:about|around|some|an?|the)\s+)?)?(?P<money>[$€£])?\s?(?P<number>{NUMBER.pattern})"
    r"(?:\s?(?P<unit>%|[^\W\d_]+))?",
    re.IGNORECASE,
)


_HEDGE = rf"(?:about|around|approximately|roughly|nearly|almost|some|an estimated|{'|'.join(_BOUNDS.values())})"
_FRACTION = r"(?:half|third|quarter|fifth|sixth|seventh|eighth|ninth|tenth)s?"
_SPELLED = rf"(?:an? (?={_FRACTION}))?[a-z]+(?:-[a-z]+)*"
_HEDGED = re.compile(
    rf"\b(?P<hedge>{_HEDGE}) (?P<count>(?:[$€£]?{NUMBER.pattern}|{_SPELLED})(?: (?:{'|'.join(_SCALES)}))*)(?![\w,.-]*\d)",
    re.IGNORECASE,
)


def hedged(text: str, evidence: Sequence[str]) -> str:
    """A text with the "about", "nearly" or "more than" before its numbers that the evidence has wherever it names them.

    A number that the text hedges itself, in whatever words, stays as it is, and so does one that it says of something else.
    """
    said = " ".join(" ".join(evidence).split())
    for found in _HEDGED.finditer(said):
        place = rf"(?<![\w$€£.,-]){re.escape(found['count'])}(?![\w-]|[.,]\d)"
        always = len(re.findall(place, said)) == len(re.findall(rf"\b{_HEDGE} {place}", said, re.IGNORECASE))
        if always and _counts(found["count"]):
            wanting = re.compile(
                rf"(?<!\w)(?P<own>{_HEDGE} )?(?P<count>{place})(?! (?!(?:{'|'.join(set(_WORD.findall(said)))})\b)\w)",
                re.IGNORECASE,
            )
            text = wanting.sub(partial(_hedged_with, found["hedge"].lower(), text), text)
    return text


def _hedged_with(hedge: str, text: str, match: re.Match[str]) -> str:
    if match["own"]:
        return match[0]
    begins = not text[: match.start()].strip() or text[: match.start()].rstrip().endswith((".", "!", "?"))
    count = match["count"]
    return (
        f"{hedge[0].upper() if begins else hedge[0]}{hedge[1:]} {count if count[0].isdigit() else count[0].lower() + count[1:]}"
    )


def _counts(words: str) -> bool:
    """Whether words that may stand after "about" are a number."""
    return words[-1].isdigit() or any(
        is_spelled(word) or re.fullmatch(_FRACTION, word) for word in re.split("[ -]", words.lower())
    )


def digits_in(text: str) -> frozenset[str]:
    """Numbers in digits, without separators of thousands."""
    return frozenset(_THOUSANDS.sub("", number) for number in NUMBER.findall(text))


def ordinal(word: str) -> int | None:
    """15 for "15th" and for "fifteenth"; None for what is no ordinal number."""
    found = re.fullmatch(r"(\d{1,4})(?:st|nd|rd|th)", alpha2digit(word.lower().replace("-", " "), "en", SMALLEST))
    return int(found[1]) if found else None


class Amount(NamedTuple):
    """A number, its unit where that is known, and its bound, a key of `_BOUNDS`."""

    text: str
    value: str
    unit: str
    bound: str

    def may_be(self, other: Amount) -> bool:
        """Whether one that claims this may cite the other. Thirty are at least thirty, but not more than thirty."""
        bounds = not self.bound or self.bound[0] == other.bound[:1] or (self.bound.endswith("=") and not other.bound)
        units = self.unit == other.unit or not (self.unit and other.unit)
        return self.value == other.value and units and bounds


def amounts_in(text: str) -> list[Amount]:
    return [_amount(match) for match in _AMOUNT.finditer(_in_digits(text))]


def _amount(match: re.Match[str]) -> Amount:
    unit = match["money"] or _UNITS.get((match["unit"] or "").lower().removesuffix("s"), "")
    bound = next((key for key, words in _BOUNDS.items() if re.fullmatch(words, match["bound"] or "", re.IGNORECASE)), "")
    text = match[0] if unit else match[0][: match.end("number") - match.start()]
    return Amount(text.strip(), _THOUSANDS.sub("", match["number"]), unit, bound)


def is_unit(word: str) -> bool:
    return word.lower().removesuffix("s") in _UNITS


def _in_digits(text: str) -> str:
    """The text with every number in digits: “thirty thousand” is 30000, “2.5 million” 2500000, “1914–18” 1914 1918.

    "one" alone is left as it is: it is mostly a pronoun.
    """
    text = _SCALED.sub(_multiplied, _SHORT_YEAR.sub(r"\1\2 \1", re.sub(r"\bper cent\b", "percent", text)))
    runs: list[list[str]] = []
    spelled = False
    for word in re.findall(r"[A-Za-z]+|[^A-Za-z\s-]+", text):
        goes_on = spelled and word in ("and", "one")  # two hundred and fifty; twenty-one
        if spelled and (goes_on or is_spelled(word)) and len(runs[-1]) < LONGEST_NUMBER:
            runs[-1].append(word)
        else:
            runs.append([word])
            spelled = is_spelled(word)
    return " ".join(alpha2digit(" ".join(run), "en", SMALLEST) if is_spelled(run[0]) else run[0] for run in runs)


def _multiplied(match: re.Match[str]) -> str:
    scale = _SCALES[match[4].lower()]
    return " ".join(_times(number, scale) for number in match.group(1, 3) if number)


def _times(number: str, scale: int | Decimal) -> str:
    plain = _THOUSANDS.sub("", number)
    if not re.fullmatch(r"\d{1,20}(?:\.\d{1,20})?", plain, re.ASCII):
        return number
    value = f"{Decimal(plain) * scale:f}"
    return value.rstrip("0").rstrip(".") if "." in value else value


def written(value: str) -> set[str]:
    """The digits that an amount may be written with: 2500000, or the 2.5 of “2.5 million”."""
    return {
        value,
        *(_times(value, Decimal(1) / scale) for scale in _SCALES.values() if 7 <= len(str(scale)) <= len(value)),
    }
