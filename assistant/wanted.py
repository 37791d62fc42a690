"""What sort of thing a question asks for, where sentences without any such thing cannot answer it. English; broad on purpose."""

from __future__ import annotations

import re

from .amounts import amounts_in
from .words import meaning

__all__ = ["gives_reason", "lacks", "lacks_reason", "wants_number", "wants_reason", "wants_telling"]

_NUMBER = re.compile(r"\bhow (?:many|much)\b", re.IGNORECASE)
_COUNT = re.compile(r"\bhow many\b", re.IGNORECASE)
_QUANTITY = re.compile(
    r"\b(?:ones?|half|halves|quarters?|dozens?|scores?|couple|pairs?|both|none|no|nobody|zero|single|sole|several|few|many|all|most|"
    r"majority|minority|twice|once|thrice|double|triple|countless|numerous|multiple|solo|duo|trio)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:what|which) (?:\w+ )?year\b", re.IGNORECASE)
_A_YEAR = re.compile(r"\d{2,4}(?:\b|s\b)|\b(?:years?|century|centuries|decades?)\b", re.IGNORECASE)
_WHEN = re.compile(r"^\W*(?:(?:and|but|so|then|since|until|by|from) )?when\b|\bsince when\b", re.IGNORECASE)
_A_TIME = re.compile(
    r"\d|\b(?:(?:jan|febr)uary|march|april|may|june|july|august|(?:septem|octo|novem|decem)ber|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|"
    r"spring|summer|autumn|fall|winter|easter|christmas|millenni\w+|centur(?:y|ies)|decades?|years?|months?|weeks?|weekends?|days?|hours?|"
    r"minutes?|seconds?|moments?|yesterday|today|tonight|tomorrow|mornings?|noon|afternoons?|evenings?|nights?|midnight|dawn|dusk|"
    r"ago|late|later|latest|early|earlier|earliest|recent(?:ly)?|now|currently|present|soon|once|then|next|last|first|previous(?:ly)?|"
    r"during|after|afterwards|before|by|until|till|since|when|whenever|while|as|upon|following|prior|simultaneous\w*|times?|era|age|period|reign|"
    r"annual(?:ly)?|daily|weekly|monthly|yearly|birth|death|childhood|never|always|eve|anniversary|season)\b",
    re.IGNORECASE,
)
_BEGUN = r"^\W*(?:(?:and|but|so|then) )?"
_TELLING = re.compile(
    rf"{_BEGUN}(?:why|explain|describe|how (?:do|does|did|is|are|was|were|can|could|would|should|has|have|had|to|come))\b|"
    r"\bwhat (?:is said|happen(?:s|ed)|led|leads|(?:do|does|did|would|can) .*\b(?:do|mean)\b|(?:is|are|was|were) .*\blike\b)",
    re.IGNORECASE,
)
_WHY = re.compile(rf"{_BEGUN}why\b", re.IGNORECASE)
_REASON = re.compile(r"\b(?:because(?: of)?|due to|owing to|on account of)\b(?P<reason>[^.;!?]+)", re.IGNORECASE)
OF_REASON = 4  # one word of meaning in so many of a reason is to be told


def wants_telling(question: str) -> bool:
    """Whether it asks why, how or what happens: what takes more than a word or two to tell."""
    return bool(_TELLING.search(question))


def wants_reason(question: str) -> bool:
    return bool(_WHY.search(question))


def gives_reason(text: str) -> bool:
    """Whether it names a reason as one: "because of ice"."""
    return bool(_REASON.search(text))


def wants_number(question: str) -> bool:
    return bool(_NUMBER.search(question))


def lacks(question: str, text: str) -> bool:
    """Whether a text has nothing of the sort that a question asks for: a count, a year, a time."""
    if _COUNT.search(question):
        return not amounts_in(text) and not _QUANTITY.search(text)
    if _YEAR.search(question):
        return not _A_YEAR.search(text)
    return bool(_WHEN.search(question)) and not _A_TIME.search(text)


def lacks_reason(question: str, text: str, evidence: str) -> bool:
    """Whether a text that is to tell why leaves out the reason that the evidence gives."""
    if not _WHY.search(question) or _REASON.search(text):
        return False
    reasons = [set(meaning(found["reason"])) for found in _REASON.finditer(evidence)]
    told = set(meaning(text))
    return bool(reasons) and all(len(reason & told) * OF_REASON < len(reason) for reason in reasons)
