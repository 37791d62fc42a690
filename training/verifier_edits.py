"""Alter statements by rules for English, so that their evidence no longer supports them.

An alteration that does not apply returns None.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

__all__ = [
    "ALTERATIONS",
    "Alteration",
    "CAPITALIZED",
    "MONTHS",
    "MONTH_NAMES",
    "NUMBER_WORDS",
    "TypedSpan",
    "change_number",
    "classify_span",
    "find_spans",
    "replace_word",
]

MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
MONTHS = "|".join(MONTH_NAMES)
NUMBER_WORDS = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "fifteen", "twenty", "thirty", "forty", "fifty",
)  # fmt: skip
_SCALE = r"(?:\ (?:thousand|million|billion|trillion))"
CAPITALIZED = r"[A-Z][\w’'-]*\w"
# In order: the first kind that matches at a position is taken.
_SPANS = re.compile(
    rf"""
    (?P<date>\b(?:\d{{1,2}}\ (?:{MONTHS})(?:,?\ \d{{4}})?|(?:{MONTHS})\ \d{{1,2}}(?:,?\ \d{{4}})?
        |(?:{MONTHS})\ \d{{4}})\b(?!\d))
    |(?P<money>[$€£]\s?\d[\d,]*(?:\.\d+)?{_SCALE}?\b)
    |(?P<percent>\b\d[\d,]*(?:\.\d+)?\ ?(?:%|percent\b|per\ cent\b))
    |(?P<year>\b(?:1[0-9]|20)\d\d\b(?![,.]\d))
    |(?P<number>\b\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?{_SCALE}?\b|\b\d+(?:\.\d+)?{_SCALE}?\b(?![-:/]\d)
        |\b(?:{"|".join(NUMBER_WORDS)})\b)
    |(?P<name>\b(?!(?:In|On|By|Since|From|Until|Before|After|During)\ (?:{MONTHS})\b){CAPITALIZED}
        (?:(?:\ [A-Z]\.)*(?:\ of\ the|\ of|\ de|\ la|\ van|\ von)?\ {CAPITALIZED})*)
    """,
    re.VERBOSE,
)
_NOT_NAMES = frozenset(
    """
    a an the in on at by to of for from with as and or but if when while where after before
    during since until he she it they we you his her its their our my this that these those
    there here some many most all both each every one no not however although though because
    also then thus what who which why how is are was were do does did has have had can could
    will would may might should under over between among about according despite like yes
    other another such later today now only even still according new old first
    """.split()  # noqa: SIM905
)
_ARTICLES = re.compile(r"^(?:the|an?)\s+", re.IGNORECASE)
_NUMERIC_KINDS = ("date", "money", "percent", "year", "number")


class TypedSpan(NamedTuple):
    """A span of a text with the kind of thing that it names."""

    start: int
    end: int
    kind: str  # date, money, percent, year, number, name
    text: str


class Alteration(NamedTuple):
    """How a statement is made unsupported.

    Attributes:
        label: contradicted, not_stated, or unsupported if either may be the case.
        apply: takes the statement, spans of the document and a random source.
    """

    label: str
    apply: Callable[[str, Sequence[TypedSpan], random.Random], str | None]


def find_spans(text: str) -> list[TypedSpan]:
    """Return the numbers, dates and names of a text."""
    spans = []
    for match in _SPANS.finditer(text):
        start, kind = match.start(), str(match.lastgroup)
        words = match[0]
        while kind == "name" and words.split()[0].lower() in _NOT_NAMES:
            remainder = words.partition(" ")[2]
            start, words = match.end() - len(remainder), remainder
            if not words or words.split()[0] in ("of", "de", "la", "van", "von"):
                words = ""
                break
        if words:
            spans.append(TypedSpan(start, match.end(), kind, words))
    return spans


def classify_span(text: str) -> str:
    """Return the kind of a short text; `phrase` if it is neither a number nor a name."""
    bare = _ARTICLES.sub("", text.strip().rstrip("."))
    spans = find_spans(bare)
    if len(spans) == 1 and spans[0].end - spans[0].start >= len(bare) - 1:
        return spans[0].kind
    numeric = [span for span in spans if span.kind in _NUMERIC_KINDS]
    if numeric and len(bare.split()) <= 4:
        return numeric[0].kind
    return "phrase"


def change_number(text: str, chance: random.Random) -> str | None:
    """Return a text with its first number changed, in the same form; None without a number."""
    match = re.search(r"\d[\d,]*(?:\.\d+)?", text)
    if match is None:
        words = [word for word in re.findall(r"[a-z]+", text) if word in NUMBER_WORDS]
        if not words:
            return None
        replacement = chance.choice([word for word in NUMBER_WORDS if word != words[0]])
        return re.sub(rf"\b{words[0]}\b", replacement, text, count=1)
    digits = match[0].rstrip(",")
    changed = _change_digits(digits, chance)
    return text[: match.start()] + changed + text[match.start() + len(digits) :]


def _change_digits(digits: str, chance: random.Random) -> str:
    whole, point, decimals = digits.partition(".")
    value = int(whole.replace(",", ""))
    if point:
        return f"{max(0, value + chance.choice([-2, -1, 1, 2, 5]))}.{decimals}"
    if re.fullmatch(r"(?:1\d|20)\d\d", digits):
        return str(value + chance.choice([-20, -10, -5, -3, -2, -1, 1, 2, 3, 5, 10, 20]))
    steps = [1, 2, 3] if value < 30 else [1, 10, value // 10, value // 3, value]
    changed = value + chance.choice([-1, 1]) * chance.choice(steps)
    if changed <= 0 or changed == value:
        changed = value + chance.choice(steps)
    return f"{changed:,}" if "," in whole else str(changed)


def _alter_number(statement: str, pool: Sequence[TypedSpan], chance: random.Random) -> str | None:
    """Replace a number or date by another of the document, or change it."""
    spans = [span for span in find_spans(statement) if span.kind in _NUMERIC_KINDS]
    if not spans:
        return None
    span = chance.choice(spans)
    replacements = [
        candidate.text
        for candidate in pool
        if candidate.kind == span.kind and candidate.text.lower() not in statement.lower()
    ]
    if replacements and chance.random() < 0.5:
        new: str | None = chance.choice(replacements)
    elif span.kind == "date" and chance.random() < 0.3:
        month = next(name for name in MONTH_NAMES if name in span.text)
        new = span.text.replace(
            month, chance.choice([name for name in MONTH_NAMES if name != month])
        )
    else:
        new = change_number(span.text, chance)
    return None if new is None else statement[: span.start] + new + statement[span.end :]


def _swap_spans(statement: str, first: TypedSpan, second: TypedSpan) -> str:
    return (
        statement[: first.start]
        + second.text
        + statement[first.end : second.start]
        + first.text
        + statement[second.end :]
    )


def _swap_numbers(statement: str, pool: Sequence[TypedSpan], chance: random.Random) -> str | None:
    """Let two numbers of a statement trade places: a part and its total, two years."""
    spans = [span for span in find_spans(statement) if span.kind in _NUMERIC_KINDS]
    pairs = [
        (first, second)
        for first in spans
        for second in spans
        if first.end < second.start
        and first.kind == second.kind
        and first.text.lower() != second.text.lower()
        and len(statement[first.end : second.start].split()) > 1
    ]
    return _swap_spans(statement, *chance.choice(pairs)) if pairs else None


# Between two names: a list or a symmetric relation, in which the order means nothing.
_ORDERLESS = re.compile(
    r"\b(?:and|or|with|met|marr\w+|between|both|nor|versus|vs|alongside|such as|including)\b"
    r"|[,/&(]",
    re.IGNORECASE,
)


def _swap_roles(statement: str, pool: Sequence[TypedSpan], chance: random.Random) -> str | None:
    """Let two names of a statement trade places."""
    names = [span for span in find_spans(statement) if span.kind == "name"]
    pairs = [
        (first, second)
        for first, second in pairwise(names)
        if first.text.lower() not in second.text.lower()
        and second.text.lower() not in first.text.lower()
        and len(statement[first.end : second.start].split()) >= 1
        and not _ORDERLESS.search(statement[first.end : second.start])
    ]
    return _swap_spans(statement, *chance.choice(pairs)) if pairs else None


def _replace_name(statement: str, pool: Sequence[TypedSpan], chance: random.Random) -> str | None:
    """Replace a name by another name of the document."""
    names = [span for span in find_spans(statement) if span.kind == "name"]
    replacements = [
        candidate.text
        for candidate in pool
        if candidate.kind == "name"
        and not set(candidate.text.lower().split()) & set(statement.lower().split())
        and candidate.text.lower() not in statement.lower()
    ]
    if not names or not replacements:
        return None
    span = chance.choice(names)
    return statement[: span.start] + chance.choice(replacements) + statement[span.end :]


_AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|will|would|should|must|did|does|do)\b"
    r"(?! (?:not|no|never)\b)(?=[ ]\w)",
)
_NEGATED = re.compile(r"(?<=\w)(?: not| never)\b(?! only)|\bcannot\b|n['’]t\b")


def _alter_negation(statement: str, pool: Sequence[TypedSpan], chance: random.Random) -> str | None:
    """Remove a negation, or add one after an auxiliary verb."""
    if match := _NEGATED.search(statement):
        new = "can" if match[0] == "cannot" else ""
        before = statement[: match.start()]
        if match[0][0] == "n" and re.search(r"\b(?:wo|ca)$", before):
            before = before[:-2] + {"wo": "will", "ca": "can"}[before[-2:]]
        return before + new + statement[match.end() :]
    matches = list(_AUXILIARY.finditer(statement))
    if not matches:
        return None
    match = matches[0] if chance.random() < 0.7 else chance.choice(matches)
    word = chance.choice([" not", " not", " never"]) if match[0] != "do" else " not"
    return statement[: match.end()] + word + statement[match.end() :]


def _make_pairs(text: str) -> dict[str, str]:
    pairs = [pair.split("/") for pair in text.split()]
    return {
        first.replace("_", " "): second.replace("_", " ")
        for left_word, right_word in pairs
        for first, second in ((left_word, right_word), (right_word, left_word))
    }


_DIRECTIONS = _make_pairs(
    """rose/fell rise/fall rises/falls rising/falling increased/decreased increase/decrease
    increases/decreases increasing/decreasing grew/shrank growth/decline gained/lost gain/loss
    before/after earlier/later north/south east/west northern/southern eastern/western
    northeast/southwest northwest/southeast into/out_of above/below inside/outside first/last
    won/lost wins/loses opened/closed joined/left bought/sold arrived/departed accepted/rejected
    allowed/banned supported/opposed supports/opposes began/ended beginning/end early/late
    import/export imports/exports upper/lower mother/father son/daughter brother/sister
    husband/wife men/women male/female king/queen predecessor/successor succeeded/preceded
    teacher/student winner/loser guilty/innocent alive/dead positive/negative public/private
    legal/illegal success/failure successful/unsuccessful always/never includes/excludes
    ancient/modern summer/winter day/night internal/external victory/defeat raised/lowered
    expanded/reduced strengthened/weakened hired/fired started/stopped entered/left
    approved/rejected possible/impossible wealthy/poor rural/urban domestic/foreign"""
)
_COMPARISONS = _make_pairs(
    """more_than/less_than at_least/at_most higher/lower larger/smaller greater/smaller
    bigger/smaller longer/shorter older/younger faster/slower better/worse stronger/weaker
    highest/lowest largest/smallest biggest/smallest longest/shortest oldest/youngest
    fastest/slowest best/worst most/least more/less majority/minority maximum/minimum
    richest/poorest warmer/colder cheaper/costlier easier/harder tallest/shortest"""
)
# From what is said to what is not: "some" does not say "all", and "all" would say "some".
_QUANTIFIERS = {
    "some": "all",
    "many": "all",
    "most": "all",
    "several": "all",
    "one of the": "the only one of the",
    "a few": "most",
    "part of": "all of",
    "parts of": "all of",
    "half of": "all of",
    "nearly all": "all",
    "almost all": "all",
    "up to": "more than",
    "almost": "more than",
    "nearly": "more than",
    "about": "more than",
    "all": "none of",
    "every": "no",
    "often": "always",
    "usually": "always",
    "sometimes": "always",
    "generally": "always",
    "mainly": "only",
    "mostly": "only",
    "both": "neither of",
    "partly": "entirely",
    "rarely": "often",
}


def replace_word(statement: str, table: dict[str, str], chance: random.Random) -> str | None:
    """Return the statement with one word or phrase of a table replaced; None if it has none."""
    words = [
        word for word in table if re.search(rf"(?<![\w-]){word}(?![\w-])", statement, re.IGNORECASE)
    ]
    # "more than" goes before "more".
    words = [
        word for word in words if not any(word in longer and word != longer for longer in words)
    ]
    if not words:
        return None
    word = chance.choice(words)
    match = re.search(rf"(?<![\w-]){word}(?![\w-])", statement, re.IGNORECASE)
    assert match is not None
    new = table[word]
    new = new[0].upper() + new[1:] if match[0][0].isupper() else new
    return statement[: match.start()] + new + statement[match.end() :]


_TENSES = (
    (r"\bwill be\b", "was"),
    (r"\b(?:is|are) (?:expected|scheduled|planned|due|set) to be\b", "was"),
    (r"\b(?:has|have) been\b", "will be"),
    (r"\b(?:was|were) (?=[a-z]+ed\b)", "will be "),
    (r"\b(?:may|might|could) be\b", "is"),
    (r"\b(?:may|might|could|would) have\b", "has"),
    (r"\bwould be\b", "was"),
    (r"\b(?:may|might|could)\b", "will"),
    (r"\b(?:has|have|had) (?=[a-z]+ed\b)", "will have "),
    (r"\b(?:allegedly|reportedly|possibly|probably|likely|perhaps) ", ""),
    (r"\b(?:plans|planned|intends|intended|hopes|hoped|agreed|wants|wanted) to\b", "refused to"),
    (r"\bused to be\b", "is still"),
    (r"\bformer(?:ly)? ", "current "),
    (r"\bno longer\b", "still"),
    (r"\bstill\b", "no longer"),
    (r"\bproposed\b", "adopted"),
)


def _alter_tense(statement: str, pool: Sequence[TypedSpan], chance: random.Random) -> str | None:
    """Let what will be have been, what may be be, or the other way round."""
    rules = [rule for rule in _TENSES if re.search(rule[0], statement)]
    return re.sub(*chance.choice(rules), statement, count=1) if rules else None


_CAUSE = re.compile(
    r"^(?P<effect>[^,;]{12,120}?),? (?P<link>because|led to|caused|resulted in|due to|"
    r"because of|as a result of) (?P<cause>[^,;]{8,120}?)(?P<end>[.]?)$"
)


def _reverse_cause(statement: str, pool: Sequence[TypedSpan], chance: random.Random) -> str | None:
    """Let cause and effect trade places."""
    match = _CAUSE.match(statement)
    if match is None or (match["link"] == "because" and match["cause"].startswith("of ")):
        return None
    effect, cause = match["effect"], match["cause"]
    first = effect.split()[0]
    if first.lower() in _NOT_NAMES:
        effect = effect[0].lower() + effect[1:]
    return f"{cause[0].upper()}{cause[1:]} {match['link']} {effect}{match['end']}"


def _add_detail(statement: str, pool: Sequence[TypedSpan], chance: random.Random) -> str | None:
    """Add a date, a number or a place of the document that the statement does not have."""
    spans = find_spans(statement)
    body, end = (statement[:-1], ".") if statement.endswith(".") else (statement, "")
    options = []
    for span in pool:
        if span.text.lower() in statement.lower():
            continue
        if span.kind == "year" and not any(present.kind in ("year", "date") for present in spans):
            options.append(f"{body} in {span.text}{end}")
        elif span.kind == "date" and not any(present.kind in ("year", "date") for present in spans):
            options.append(f"{body} on {span.text}{end}")
        elif span.kind == "name":
            options.append(f"{body} {chance.choice(['with', 'near', 'by', 'in'])} {span.text}{end}")
    return chance.choice(options) if options else None


ALTERATIONS: dict[str, Alteration] = {
    "number": Alteration("contradicted", _alter_number),
    "swapped numbers": Alteration("contradicted", _swap_numbers),
    "swapped names": Alteration("unsupported", _swap_roles),
    "name": Alteration("unsupported", _replace_name),
    "negation": Alteration("contradicted", _alter_negation),
    "direction": Alteration(
        "contradicted", lambda text, pool, chance: replace_word(text, _DIRECTIONS, chance)
    ),
    "comparison": Alteration(
        "contradicted", lambda text, pool, chance: replace_word(text, _COMPARISONS, chance)
    ),
    "quantifier": Alteration(
        "unsupported", lambda text, pool, chance: replace_word(text, _QUANTIFIERS, chance)
    ),
    "tense": Alteration("unsupported", _alter_tense),
    "cause": Alteration("unsupported", _reverse_cause),
    "added detail": Alteration("not_stated", _add_detail),
}
