"""What a text denies, and words that stand for opposites: whether an answer turns a claim into its contrary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from .amounts import BOUND
from .words import LIGHT, WORD, is_spelled, plain_word, stemmed

if TYPE_CHECKING:
    from .checking import Evidence

__all__ = ["Clause", "clauses_in", "denies", "left_out", "put_in", "sides_in", "swapped"]

# Part of an amount, and so no comparison and no negation of its own; nor is “no longer”.
_NO_CLAIM = re.compile(rf"{BOUND}(?=\W?\d|(?P<next>\w+))|(?<=\bno )longer\b", re.IGNORECASE)
# What turns a claim into its opposite. After un- and im- the rest of the word is read on its own: unsafe, not safe.
_NEGATION = re.compile(
    r"\b(?:not(?: (?:only|just|merely)|(?! least| even (?:in|at|during|on|by|when)\b))|no(?!\. ?\d| doubt\b)|"
    r"never|none|nobody|nothing|nowhere|neither|nor|cannot|without|den(?:y|ies|ied)|(?:fail|refus)(?:e?s|e?d|ing|e)?(?= to\b)|lack(?:s|ed|ing)?)\b|n['’]t\b|"
    r"\b(?-i:un)(?=(?:able|likely|safe|known|clear|willing|aware|certain|usual|common)\b)|\b(?-i:im)(?=possible\b)",
    re.IGNORECASE,
)
# What may stand for a negation, and for which a negation may stand: “prevented from leaving”, “could not leave”.
_AKIN = re.compile(
    r"\b(?:instead of|rather than|too|prevent\w*|stopp?\w*|avoid\w*|banned|forb\w+|prohibit(?:s|ed|ing)?|reject\w*|fail\w*|"
    r"refus\w*|block(?:s|ed|ing)|hardly|barely|rarely|seldom|few|little|absen\w+|exempt|free (?:of|from))\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_CLAUSE = re.compile(
    r"[,;:()—–]|\s-\s|\b(?:but|because|although|though|while|whereas|which|who|that|when|where|if|since)\b",
    re.IGNORECASE,
)
_OF_THE_NEXT = re.compile(r"not|n['’]t|never|cannot|un|im", re.IGNORECASE)
_UNTIL = frozenset(["until", "unless", "except"])  # “not until May” is “in May”
_ADVERB = re.compile(r"(?!early)\w{3,}(?<!p)ly")
_VERB = re.compile(r"\b(?:is|was|are|were|has|had|can|could|will|would|did|does)\b", re.IGNORECASE)
# Pairs of words that cannot stand for each other, parted by "|". Forms that the stemmer does not bring together are listed.
_OPPOSITES = """
    more greater | less fewer; most | least fewest; high higher highest | low lower lowest;
    large larger largest big bigger biggest | small smaller smallest; before earlier | after later; first | last;
    earliest | latest; early | late;
    increase rise grow growth gain climb | decrease fall drop decline shrink reduce reduction; north | south | east | west;
    northern | southern | eastern | western; above | below; best better | worst worse; maximum | minimum;
    majority | minority; old older oldest | young younger youngest; strong stronger strongest | weak weaker weakest;
    fast faster fastest | slow slower slowest; long longer longest | short shorter shortest;
    rich richer richest | poor poorer poorest; win winner victory | lose loser; accept | reject;
    allow permit | forbid prohibit ban; support | oppose; include | exclude; import | export; inside | outside;
    internal | external; man men male | woman women female
"""


class Clause(NamedTuple):
    """The stems of a clause; its negations with the stems of what comes after each; the same for what is akin to one."""

    stems: frozenset[str]
    denied: list[tuple[str, list[str]]]
    akin: list[tuple[str, list[str]]]

    def affirms(self, scope: Sequence[str]) -> bool:
        """Whether it has the first of the stems, and denies neither that nor the second."""
        return scope[0] in self.stems and not any(stem in denied for _, denied in self.denied for stem in scope[:2])


def denies(text: str) -> bool:
    """Whether anything in a text is denied."""
    return bool(_NEGATION.search(_without_bounds(text)))


def clauses_in(text: str) -> list[Clause]:
    sentences = _SENTENCE.split(_without_bounds(text))
    return [clause for sentence in sentences for clause in _clauses_of(sentence)]


def _clauses_of(sentence: str) -> Iterator[Clause]:
    parts: list[str] = []
    for part in _CLAUSE.split(sentence):
        if (
            parts
            and parts[-1].strip().lower() != "no"
            and any(not _content(parts[-1][match.end() :]) for match in _NEGATION.finditer(parts[-1]))
        ):
            parts[-1] += f" {part}"  # they deny that it fell
        else:
            parts.append(part)
    for part in parts:
        denied, akin = ([(match[0], _scope(match)) for match in kind.finditer(part)] for kind in (_NEGATION, _AKIN))
        yield Clause(frozenset(_content(part)), denied, akin)


def _scope(match: re.Match[str]) -> list[str]:
    """What a negation is about: “not” of no more than up to the next verb, in “those who did not leave were saved”."""
    if " " in match[0]:  # not only
        return []
    rest = match.string[match.end() :]
    near = _VERB.split(rest)[0] if _OF_THE_NEXT.fullmatch(match[0]) else ""
    return _content(near) or _content(rest)


def _without_bounds(text: str) -> str:
    return _NO_CLAIM.sub(lambda match: match[0] if match["next"] and not is_spelled(match["next"]) else " ", text)


def _content(text: str) -> list[str]:
    """The stems of the words that a negation can be about."""
    words = [word for word in map(plain_word, WORD.findall(text)) if word not in LIGHT and not word.endswith("n't")]
    return stemmed([word for word in words if not _ADVERB.fullmatch(word)] or words)


def put_in(clauses: list[Clause], evidence: Evidence) -> Iterator[str]:
    """Negations of what the evidence does not deny: “not” of the next word, “none” of any that comes after it."""
    denying = [clause for clause in evidence.denials if clause.denied or clause.akin]
    denied = {stem for clause in denying for _, scope in clause.denied + clause.akin for stem in scope}
    around = {stem for clause in denying for stem in clause.stems}
    bare = any(not clause.stems for clause in denying) or not any(clause.stems and not clause.denied for clause in clauses)
    most = max((len(clause.denied) for clause in denying), default=0)
    for clause in clauses:
        for negation, scope in clause.denied:
            about = scope[:1] if _OF_THE_NEXT.fullmatch(negation) else scope
            known = (
                denied.intersection(about)
                if about
                else around & clause.stems
                if clause.stems
                else bare or negation.lower() == "no"
            )
            if not (denying and known and len(clause.denied) <= max(most, 1)):
                yield negation


def left_out(clauses: list[Clause], evidence: Evidence) -> Iterator[str]:
    """What the answer affirms in words that are most like a clause of the evidence that denies it."""
    for denying in evidence.clauses:
        for negation, scope in denying.denied:
            around = denying.stems.union(scope)
            for clause in clauses:
                if not scope or not clause.affirms(scope) or (around - clause.stems) & _UNTIL:
                    continue
                shared = len(clause.stems & around)
                elsewhere = max((len(clause.stems & one.stems) for one in evidence.clauses if one.affirms(scope)), default=0)
                odd = (len(denying.denied) - len(clause.denied)) % 2  # “not without help” is with help
                if odd and shared > elsewhere and shared >= min(2, len(clause.stems), len(around)):
                    yield f"{negation} {scope[0]}"


def swapped(answer: str, evidence: Evidence) -> Iterator[str]:
    """Words of the answer that the evidence has only the opposite of."""
    known = {pair for pair, _ in evidence.sides}
    return (word for (pair, side), word in sides_in(answer).items() if pair in known and (pair, side) not in evidence.sides)


def sides_in(text: str) -> dict[tuple[int, int], str]:
    """The pairs of `_OPPOSITES` that a text has words of, and on which side, each with its word."""
    words = [word for word in map(plain_word, WORD.findall(_without_bounds(text))) if not _ADVERB.fullmatch(word)]
    stems = zip(stemmed(words), words, strict=True)
    sides = _side_of()
    return {sides[stem]: word for stem, word in stems if stem in sides}


@cache
def _side_of() -> dict[str, tuple[int, int]]:
    """The pair of `_OPPOSITES` that a stem is in, and its side."""
    pairs = [[stemmed(forms.split()) for forms in pair.split("|")] for pair in _OPPOSITES.split(";")]
    return {stem: (pair, side) for pair, sides in enumerate(pairs) for side, stems in enumerate(sides) for stem in stems}
