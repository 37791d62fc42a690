"""Rephrase statements by rules for English that keep them true."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from training.verifier_edits import CAPITALIZED, MONTHS, NUMBER_WORDS, replace_word

__all__ = ["paraphrase"]

_DIGITS = {
    word: str(number) for number, word in enumerate(NUMBER_WORDS[:11], 2)
}  # "two" to "twelve"
_SYNONYMS = {
    first.replace("_", " "): second.replace("_", " ")
    for first, second in (
        pair.split("/")
        for pair in """more_than/over fewer_than/under began/started because_of/due_to
        due_to/because_of purchased/bought bought/purchased movie/film film/movie such_as/including
        the_United_States/the_US the_US/the_United_States the_U.S./the_United_States
        the_United_Kingdom/the_UK percent/per_cent per_cent/percent received/got
        constructed/built obtained/got requires/needs large/big rapidly/quickly frequently/often
        located_in/situated_in kids/children doctor/physician physician/doctor
        demonstrates/shows usually/normally completed/finished nearly/almost almost/nearly
        well-known/famous error/mistake mistake/error occupation/job automobile/car
        commenced/began currently/now in_order_to/to assisted/helped attempted/tried
        approximately/about roughly/about around_the_world/worldwide wealthy/rich
        employed/hired residents/inhabitants inhabitants/residents stated/said
        announced/said reported/said died/passed_away killed/slain""".split()  # noqa: SIM905
    )
}
_DATE_ORDER = re.compile(rf"\b(\d{{1,2}}) ({MONTHS}),? (\d{{4}})\b")
_OTHER_DATE_ORDER = re.compile(rf"\b({MONTHS}) (\d{{1,2}}), (\d{{4}})\b")
_CONTRACTIONS = (
    (r"\b(is|are|was|were|do|does|did|has|have|had|would|could|should) not\b", r"\1n't"),
    (r"\b(is|are|was|were|do|does|did|has|have|had|would|could|should)n['’]t\b", r"\1 not"),
    (r"\bcannot\b", "can't"),
    (r"\b(I|[Tt]hey|[Ww]e|[Yy]ou)['’]re\b", r"\1 are"),
    (r"\b([Hh]e|[Ss]he|[Ii]t) is\b", r"\1's"),
)
_PARENTHESIS = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])")
_TAIL = re.compile(
    r"(?:, (?:which|who|where|whose|although|though|while|whereas|but|and (?:he|she|it|they))\b|;|"
    r" – | — ).*$"
)
_OPENING = re.compile(r"^((?:In|On|At|By|During|After|Since) [^,]{3,40}), (?=[\w“\"])(.*?)([.]?)$")
_LIST_OF_TWO = re.compile(rf"\b({CAPITALIZED}) and ({CAPITALIZED})\b(?! [A-Z])")
_LINKS = re.compile(
    r"^(?:However|Moreover|Furthermore|In addition|Therefore|Thus|Also|Meanwhile|Additionally|"
    r"For example|And|But|So),? (?=\w)"
)


def _drop_parenthesis(text: str, chance: random.Random) -> str:
    return _PARENTHESIS.sub("", text).strip() or text


def _drop_tail(text: str, chance: random.Random) -> str:
    short = _TAIL.sub("", text)
    if len(short.split()) < 5 or short.count('"') % 2 or short.count("“") != short.count("”"):
        return text
    return short if short == text else short.rstrip(" .,") + "."


def _move_opening(text: str, chance: random.Random) -> str:
    if (match := _OPENING.match(text)) is None or "," in match[2]:
        return text
    opening, rest, end = match.groups()
    return f"{rest[0].upper()}{rest[1:]} {opening[0].lower()}{opening[1:]}{end}"


def _rewrite_number(text: str, chance: random.Random) -> str:
    words = {digits: word for word, digits in _DIGITS.items()}
    table = _DIGITS if chance.random() < 0.5 else words
    pattern = rf"(?<![\w.,$€£-])({'|'.join(table)})(?![\w,-]|\.\d| ?%| (?:{MONTHS}))"
    return re.sub(pattern, lambda match: table[match[1]], text, count=1)


def _rewrite_date(text: str, chance: random.Random) -> str:
    if _DATE_ORDER.search(text):
        return _DATE_ORDER.sub(r"\2 \1, \3", text)
    return _OTHER_DATE_ORDER.sub(r"\2 \1 \3", text)


def _rewrite_contraction(text: str, chance: random.Random) -> str:
    rules = [rule for rule in _CONTRACTIONS if re.search(rule[0], text)]
    return re.sub(*chance.choice(rules), text, count=1) if rules else text


def _swap_list_of_two(text: str, chance: random.Random) -> str:
    return _LIST_OF_TWO.sub(r"\2 and \1", text, count=1)


def _drop_link(text: str, chance: random.Random) -> str:
    short = _LINKS.sub("", text)
    return text if short == text else short[0].upper() + short[1:]


def _replace_synonym(text: str, chance: random.Random) -> str:
    return replace_word(text, _SYNONYMS, chance) or text


_PARAPHRASES: tuple[Callable[[str, random.Random], str], ...] = (
    _drop_parenthesis,
    _drop_tail,
    _move_opening,
    _rewrite_number,
    _rewrite_date,
    _rewrite_contraction,
    _swap_list_of_two,
    _drop_link,
    _replace_synonym,
)


def paraphrase(text: str, chance: random.Random) -> str:
    """Return the text with some edits that keep it true; perhaps the text itself."""
    for edit in chance.sample(_PARAPHRASES, chance.randint(1, len(_PARAPHRASES))):
        text = edit(text, chance)
    return text
