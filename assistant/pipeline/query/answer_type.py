"""Infer the expected answer type (count, year, time, reason) and detect texts that lack it.

English only; deliberately permissive.
"""

from __future__ import annotations

import re

from assistant.text.calendar_names import MONTH, WEEKDAY
from assistant.text.numbers import find_amounts
from assistant.text.tokens import content_stems

__all__ = [
    "asks_for_difference",
    "asks_for_person",
    "asks_for_time",
    "has_reason",
    "lacks_expected_type",
    "lacks_reason",
    "needs_explanation",
    "needs_number",
    "needs_reason",
]

_NUMBER_QUESTION = re.compile(r"\bhow (?:many|much)\b", re.IGNORECASE)
_COUNT_QUESTION = re.compile(r"\bhow many\b", re.IGNORECASE)
_QUANTITY = re.compile(
    r"\b(?:ones?|half|halves|quarters?|dozens?|scores?|couple|pairs?|both|none|no|nobody|zero|"
    r"single|sole|several|few|many|all|most|"
    r"majority|minority|twice|once|thrice|double|triple|countless|numerous|multiple|solo|duo|"
    r"trio)\b",
    re.IGNORECASE,
)
_DIFFERENCE_QUESTION = re.compile(
    r"\bhow (?:many|much)\b.{0,80}\b(?:more|less|fewer|\w{2,12}er)\b.{1,200}\bthan\b"
    r"|\bwhat (?:is|was) the difference\b",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    r"\b(?:more|less|fewer|than|difference|twice|double|half|times|by)\b", re.IGNORECASE
)
_YEAR_QUESTION = re.compile(r"\b(?:what|which) (?:\w+ )?year\b", re.IGNORECASE)
_YEAR = re.compile(r"\d{2,4}(?:\b|s\b)|\b(?:years?|century|centuries|decades?)\b", re.IGNORECASE)
_TIME_QUESTION = re.compile(
    r"^\W*(?:(?:and|but|so|then|since|until|by|from) )?when\b|\bsince when\b", re.IGNORECASE
)
_TIME = re.compile(
    rf"\d|\b(?:{MONTH}|{WEEKDAY}s?|"
    r"spring|summer|autumn|fall|winter|easter|christmas|millenni\w+|centur(?:y|ies)|decades?|"
    r"years?|months?|weeks?|weekends?|days?|hours?|"
    r"minutes?|seconds?|moments?|yesterday|today|tonight|tomorrow|mornings?|noon|afternoons?|"
    r"evenings?|nights?|midnight|dawn|dusk|"
    r"ago|late|later|latest|early|earlier|earliest|recent(?:ly)?|now|currently|present|soon|once|"
    r"then|next|last|first|previous(?:ly)?|"
    r"during|after|afterwards|before|by|until|till|since|when|whenever|while|as|upon|following|"
    r"prior|simultaneous\w*|times?|era|age|period|reign|"
    r"annual(?:ly)?|daily|weekly|monthly|yearly|birth|death|childhood|never|always|eve|anniversary|"
    r"season|"
    r"(?:at|from|past|to|till|until|about|around|before|after) "
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve))\b",
    re.IGNORECASE,
)
_DATE_QUESTION = re.compile(r"\b(?:what|which) (?:date|day)\b", re.IGNORECASE)
_DATE = re.compile(
    r"\d{1,2}(?:st|nd|rd|th)\b|(?<!\d)\d{1,2}\.? [^\W\d_]{3,12}\b|\d[./-]\d|\bdays?\b"
    r"|\w(?:tag|woch)s?\b|\b(?:1[0-9]|20)\d\d\b|[年月日]"
    rf"|\b(?:{MONTH}"
    r"|(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
    rf"|{WEEKDAY}s?|weekdays?|weekends?|mon|tues?|weds?|thurs?|fri|sat|sun"
    r"|first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\w{3,9}th|halloween"
    r"|thanksgiving|\w{3,8}mas|yesterday|today|tonight|tomorrow"
    r"|easter|christmas|new year|midsummer|anniversary|birthday|eve"
    r"|(?:last|next|previous|following|same|that|this) (?:day|night|morning|afternoon|evening|week"
    r"|weekend|month|year)"
    r"|(?:days?|nights?|weeks?|fortnights?|months?|years?|morning|evening) (?:later|after"
    r"|afterwards?|before|earlier|ago))\b",
    re.IGNORECASE,
)
_QUESTION_START = r"^\W*(?:(?:and|but|so|then) )?"
_PERSON_QUESTION = re.compile(
    rf"{_QUESTION_START}(?:who|whom|whose|wer|wen|wem|quién|quiénes|qui)\b(?! est-ce que)",
    re.IGNORECASE,
)
_EXPLANATION_QUESTION = re.compile(
    rf"{_QUESTION_START}(?:why|explain|describe|how (?:do|does|did|is|are|was|were|can|could|would|"
    rf"should|has|have|had|to|come))\b|"
    r"\bwhat (?:is said|happen(?:s|ed)|led|leads|(?:do|does|did|would|can) .*\b(?:do|mean)\b|(?:is|"
    r"are|was|were) .*\blike\b)",
    re.IGNORECASE,
)
_REASON_QUESTION = re.compile(rf"{_QUESTION_START}why\b", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|on account of)\b(?P<reason>[^.;!?]+)", re.IGNORECASE
)
# Share of the content words of a reason that a text must have in order to state it.
MIN_SHARE_OF_REASON = 0.25


def needs_explanation(question: str) -> bool:
    """Return whether it asks why, how or what happens, which takes more than a few words."""
    return bool(_EXPLANATION_QUESTION.search(question))


def needs_reason(question: str) -> bool:
    """Return whether it asks why."""
    return bool(_REASON_QUESTION.search(question))


def has_reason(text: str) -> bool:
    """Return whether a text marks a reason as such: "because of ice"."""
    return bool(_REASON.search(text))


def asks_for_difference(question: str) -> bool:
    """Return whether it asks how much more, or for the difference."""
    return bool(_DIFFERENCE_QUESTION.search(question))


def asks_for_person(question: str) -> bool:
    """Return whether it asks who."""
    return bool(_PERSON_QUESTION.search(question))


def asks_for_time(question: str) -> bool:
    """Return whether it asks when or in which year."""
    return bool(_TIME_QUESTION.search(question) or _YEAR_QUESTION.search(question))


def needs_number(question: str) -> bool:
    """Return whether it asks how many or how much."""
    return bool(_NUMBER_QUESTION.search(question))


def lacks_expected_type(question: str, text: str) -> bool:
    """Return whether a text has no count, year or time although the question asks for one.

    A difference takes two amounts, or words that compare.
    """
    if asks_for_difference(question):
        return len(find_amounts(text)) < 2 and not _DIFFERENCE.search(text)
    if _COUNT_QUESTION.search(question):
        return not find_amounts(text) and not _QUANTITY.search(text)
    if _YEAR_QUESTION.search(question):
        return not _YEAR.search(text)
    if _DATE_QUESTION.search(question):
        return not _DATE.search(text)
    return bool(_TIME_QUESTION.search(question)) and not _TIME.search(text)


def lacks_reason(question: str, text: str, evidence: str) -> bool:
    """Return whether the answer to a why question omits the reason that the evidence gives."""
    if not _REASON_QUESTION.search(question) or _REASON.search(text):
        return False
    reasons = [set(content_stems(match["reason"])) for match in _REASON.finditer(evidence)]
    stems = set(content_stems(text))
    return bool(reasons) and all(
        len(reason & stems) < MIN_SHARE_OF_REASON * len(reason) for reason in reasons
    )
