"""Detect answers that turn a claim into its opposite, by negations and antonyms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple, Protocol

from assistant.text.numbers import BOUND
from assistant.text.tokens import FUNCTION_WORDS, WORD, is_number_word, normalize_word, stem_words

__all__ = [
    "Clause",
    "find_added_negations",
    "find_antonym_sides",
    "find_antonym_swaps",
    "find_dropped_negations",
    "has_negation",
    "split_clauses",
]

# Bounds are part of an amount, so they are no comparison and no negation. Nor is “longer” in
# “no longer” a comparison.
_NOT_A_CLAIM = re.compile(rf"{BOUND}(?=\W?\d|(?P<next>\w+))|(?<=\bno )longer\b", re.IGNORECASE)
# What turns a claim into its opposite. “unsafe” is read as a negation of “safe”.
_NEGATION = re.compile(
    r"\b(?:not(?: (?:only|just|merely)|(?! least| even (?:in|at|during|on|by|when)\b))|no(?!\. ?\d|"
    r" doubt\b)|"
    r"never|none|nobody|nothing|nowhere|neither|nor|cannot|without|den(?:y|ies|ied)|(?:fail|"
    r"refus)(?:e?s|e?d|ing|e)?(?= to\b)|lack(?:s|ed|ing)?)\b|n['’]t\b|"
    r"\b(?-i:un)(?=(?:able|likely|safe|known|clear|willing|aware|certain|usual|common)\b)|"
    r"\b(?-i:im)(?=possible\b)",
    re.IGNORECASE,
)
# Phrases that can replace a negation or be replaced by one: “prevented from leaving”, “could not
# leave”.
_NEAR_NEGATION = re.compile(
    r"\b(?:instead of|rather than|too|prevent\w*|stopp?\w*|avoid\w*|banned|forb\w+|prohibit(?:s|ed|"
    r"ing)?|reject\w*|fail\w*|"
    r"refus\w*|block(?:s|ed|ing)|hardly|barely|rarely|seldom|few|little|absen\w+|exempt|free (?:of|"
    r"from))\b",
    re.IGNORECASE,
)
_SENTENCE_BOUNDARY = re.compile(r"(?<=[.!?])\s+|\n+")
_CLAUSE_BOUNDARY = re.compile(
    r"[,;:()—–]|\s-\s|\b(?:but|because|although|though|while|whereas|which|who|that|when|where|if|"
    r"since)\b",
    re.IGNORECASE,
)
_NARROW_NEGATION = re.compile(r"not|n['’]t|never|cannot|un|im", re.IGNORECASE)
_EXCEPTION_WORDS = frozenset(["until", "unless", "except"])  # “not until May” is “in May”
_ADVERB = re.compile(r"(?!early)\w{3,}(?<!p)ly")
_VERB = re.compile(r"\b(?:is|was|are|were|has|had|can|could|will|would|did|does)\b", re.IGNORECASE)
# Groups of words that contradict each other, separated by "|". Forms that the stemmer does not map
# to one stem are listed.
_ANTONYMS = """
    more greater | less fewer; most | least fewest; high higher highest | low lower lowest;
    large larger largest big bigger biggest | small smaller smallest;
    before earlier | after later; first | last; earliest | latest; early | late;
    increase rise grow growth gain climb | decrease fall drop decline shrink reduce reduction;
    north | south | east | west; northern | southern | eastern | western; above | below;
    best better | worst worse; maximum | minimum; majority | minority;
    old older oldest | young younger youngest; strong stronger strongest | weak weaker weakest;
    fast faster fastest | slow slower slowest; long longer longest | short shorter shortest;
    rich richer richest | poor poorer poorest; win winner victory | lose loser; accept | reject;
    allow permit | forbid prohibit ban; support | oppose; include | exclude; import | export;
    inside | outside; internal | external; man men male | woman women female
"""


class Clause(NamedTuple):
    """A clause as stems, with its negations.

    Attributes:
        stems: the stems of its content words.
        negations: each negation with the stems in its scope.
        near_negations: the same for phrases that can replace a negation.
    """

    stems: frozenset[str]
    negations: list[tuple[str, list[str]]]
    near_negations: list[tuple[str, list[str]]]

    def affirms(self, scope: Sequence[str]) -> bool:
        """Return whether it has the first stem of a scope and negates neither it nor the second."""
        return scope[0] in self.stems and not any(
            stem in negated for _, negated in self.negations for stem in scope[:2]
        )


class NegationEvidence(Protocol):
    """The part of the evidence that these checks use."""

    @property
    def clauses(self) -> list[Clause]:
        """Return the clauses of the quotes."""

    @property
    def clauses_with_question(self) -> list[Clause]:
        """Return the clauses of the quotes and of the question."""

    @property
    def antonym_sides(self) -> dict[tuple[int, int], str]:
        """Return the antonyms in the quotes, see `find_antonym_sides`."""


def has_negation(text: str) -> bool:
    """Return whether a text has a negation."""
    return bool(_NEGATION.search(_remove_bounds(text)))


def split_clauses(text: str) -> list[Clause]:
    """Return the clauses of a text, with their negations."""
    sentences = _SENTENCE_BOUNDARY.split(_remove_bounds(text))
    return [clause for sentence in sentences for clause in _split_sentence(sentence)]


def _split_sentence(sentence: str) -> Iterator[Clause]:
    parts: list[str] = []
    for part in _CLAUSE_BOUNDARY.split(sentence):
        if (
            parts
            and parts[-1].strip().lower() != "no"
            and any(
                not _stem_negatable_words(parts[-1][match.end() :])
                for match in _NEGATION.finditer(parts[-1])
            )
        ):
            parts[-1] += f" {part}"  # the negation covers the next clause: “they deny that it fell”
        else:
            parts.append(part)
    for part in parts:
        negations, near_negations = (
            [(match[0], _find_scope(match)) for match in pattern.finditer(part)]
            for pattern in (_NEGATION, _NEAR_NEGATION)
        )
        yield Clause(frozenset(_stem_negatable_words(part)), negations, near_negations)


def _find_scope(match: re.Match[str]) -> list[str]:
    """Return the stems that a negation is about.

    The scope of “not” ends at the next verb: “those who did not leave were saved”.
    """
    if " " in match[0]:  # not only
        return []
    following = match.string[match.end() :]
    before_verb = _VERB.split(following)[0] if _NARROW_NEGATION.fullmatch(match[0]) else ""
    return _stem_negatable_words(before_verb) or _stem_negatable_words(following)


def _remove_bounds(text: str) -> str:
    """Return a text without the words that are bounds of an amount, such as “more than”."""
    return _NOT_A_CLAIM.sub(
        lambda match: match[0] if match["next"] and not is_number_word(match["next"]) else " ", text
    )


def _stem_negatable_words(text: str) -> list[str]:
    """Return the stems of the words that a negation can be about."""
    words = [
        word
        for word in map(normalize_word, WORD.findall(text))
        if word not in FUNCTION_WORDS and not word.endswith("n't")
    ]
    return stem_words([word for word in words if not _ADVERB.fullmatch(word)] or words)


def find_added_negations(clauses: list[Clause], evidence: NegationEvidence) -> Iterator[str]:
    """Yield the negations of an answer that the evidence does not have.

    “not” must negate the same word as in the evidence, “none” any of the words after it.
    """
    negating = [
        clause
        for clause in evidence.clauses_with_question
        if clause.negations or clause.near_negations
    ]
    negated = {
        stem
        for clause in negating
        for _, scope in clause.negations + clause.near_negations
        for stem in scope
    }
    negating_stems = {stem for clause in negating for stem in clause.stems}
    may_be_bare = any(not clause.stems for clause in negating) or not any(
        clause.stems and not clause.negations for clause in clauses
    )
    max_negations = max((len(clause.negations) for clause in negating), default=0)
    for clause in clauses:
        for negation, scope in clause.negations:
            target = scope[:1] if _NARROW_NEGATION.fullmatch(negation) else scope
            is_supported = (
                negated.intersection(target)
                if target
                else negating_stems & clause.stems
                if clause.stems
                else may_be_bare or negation.lower() == "no"
            )
            if not (negating and is_supported and len(clause.negations) <= max(max_negations, 1)):
                yield negation


def find_dropped_negations(clauses: list[Clause], evidence: NegationEvidence) -> Iterator[str]:
    """Yield the negations of the evidence that an answer leaves out.

    An answer leaves one out if it affirms what the negation is about, in words that are closer to
    the negated clause than to any clause of the evidence that affirms it.
    """
    for negated in evidence.clauses:
        for negation, scope in negated.negations:
            negated_stems = negated.stems.union(scope)
            for clause in clauses:
                if (
                    not scope
                    or not clause.affirms(scope)
                    or (negated_stems - clause.stems) & _EXCEPTION_WORDS
                ):
                    continue
                shared = len(clause.stems & negated_stems)
                elsewhere = max(
                    (
                        len(clause.stems & affirming.stems)
                        for affirming in evidence.clauses
                        if affirming.affirms(scope)
                    ),
                    default=0,
                )
                # “not without help” is with help
                is_opposite = (len(negated.negations) - len(clause.negations)) % 2
                min_shared = min(2, len(clause.stems), len(negated_stems))
                if is_opposite and shared > elsewhere and shared >= min_shared:
                    yield f"{negation} {scope[0]}"


def find_antonym_swaps(answer: str, evidence: NegationEvidence) -> Iterator[str]:
    """Yield the words of an answer of which the evidence has only an antonym."""
    pairs = {pair for pair, _ in evidence.antonym_sides}
    return (
        word
        for (pair, side), word in find_antonym_sides(answer).items()
        if pair in pairs and (pair, side) not in evidence.antonym_sides
    )


def find_antonym_sides(text: str) -> dict[tuple[int, int], str]:
    """Return the words of a text that have antonyms.

    The keys are a group of `_ANTONYMS` and a side in it, by position. The values are the words.
    """
    words = [
        word
        for word in map(normalize_word, WORD.findall(_remove_bounds(text)))
        if not _ADVERB.fullmatch(word)
    ]
    stems = zip(stem_words(words), words, strict=True)
    sides = _load_antonym_sides()
    return {sides[stem]: word for stem, word in stems if stem in sides}


@cache
def _load_antonym_sides() -> dict[str, tuple[int, int]]:
    """Return the group of `_ANTONYMS` and the side in it, by position, of each stem."""
    pairs = [
        [stem_words(forms.split()) for forms in pair.split("|")] for pair in _ANTONYMS.split(";")
    ]
    return {
        stem: (pair, side)
        for pair, sides in enumerate(pairs)
        for side, stems in enumerate(sides)
        for stem in stems
    }
