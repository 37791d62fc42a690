"""Find sentences that correct or contradict an earlier one: "4 boats", later "7"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from assistant.pipeline.candidate import Candidate
from assistant.pipeline.evidence.referents import has_pronoun_subject
from assistant.pipeline.evidence.speakers import speaker_of
from assistant.pipeline.query.answer_type import (
    asks_for_time,
    lacks_expected_type,
    needs_number,
)
from assistant.text.numbers import find_amounts
from assistant.text.pronouns import SUBJECTS
from assistant.text.tokens import FUNCTION_WORDS, content_stems
from index.text.article import Article

__all__ = ["NEARBY_SENTENCES", "find_contradictions", "find_corrections"]

NEARBY_SENTENCES = 6
# A sentence directly after another needs no word in common with it: "Its owner took that back."
_ADJACENT_SENTENCES = 2
MIN_SHARED_STEMS = 2  # of the question and a correction far from the sentence that it corrects
# A later sentence takes something back.
_CORRECTION = re.compile(
    r"\bcorrect(?:ion|ions|ed|s)\b(?!\s+answer)|\b(?:took|takes|take|taken) (?:that|it|this|"
    r"his|her|their)?"
    r"(?: \w+){0,2} ?back\b|\bretract\w*|\bwithdr[ae]w\w*|\b(?:was|were|is|had been|proved) "
    r"(?:wrong|mistaken|untrue|false|incorrect|inaccurate|a mistake|an error|in error)\b|"
    r"\bin fact\b|\bin reality\b|\bturn(?:s|ed) out\b|\brevis(?:ed|es|ion)\b|\bput the "
    r"(?:figure|number|toll|total|count|cost|date)\b|\bnow (?:says|say|puts|put|believes?|"
    r"thinks?)\b|"
    r"\bden(?:y|ies|ied)\b|\bcontrary to\b|\bbacktrack\w*|\boverturn\w*|\bdisprov\w+|\brefut\w+|"
    r"\bdebunk\w*|\bearlier version\b|\bno longer\b|\b(?:was|were) (?:dropped|cancelled|canceled|"
    r"scrapped|called off|reversed|postponed)\b|"
    r"\b(?:widerrief|berichtigt\w*|korrigiert\w*|tatsächlich|stellte sich heraus|zurückgenommen)\b|"
    r"\b(?:rectific\w+|desmint\w+|en realidad|resultó)\b|\b(?:rectifi\w+|démenti\w*|en fait|"
    r"en réalité)\b",
    re.IGNORECASE,
)
# It refers to the sentence before: "took that back", "in fact", "it turned out".
_REFERRING_CUE = re.compile(
    r"\b(?:(?:took|takes|take) (?:that|it|this|his \w+|her \w+|their \w+) back|took back|"
    r"(?:that|this|which) (?:was|is|proved) \w+|(?:den(?:y|ies|ied)|withdr[ae]w|retract(?:s|ed)|"
    r"correct(?:s|ed)|revis(?:es|ed)) (?:that|it|this|the \w+|these|those|h(?:is|er) \w+)|in fact|"
    r"in reality|turn(?:s|ed) out|tatsächlich|stellte sich heraus|en realidad|en réalité|"
    r"en fait)\b",
    re.IGNORECASE,
)
# The earlier sentence is provisional.
_PROVISIONAL = re.compile(
    r"\b(?:at )?first\b(?! (?:time|person|woman|man|place|prize|floor|class))|\binitial(?:ly)?\b|"
    r"\boriginal(?:ly)?\b|\bpreliminar\w+|\bearly reports?\b|\b(?:was|were|is|are) (?:to|"
    r"thought to|"
    r"believed to|expected to|planned|said to)\b|\bfor a long time\b|\bestimated?\b|"
    r"\bsupposed(?:ly)?\b|"
    r"\b(?:zunächst|anfangs|ursprünglich|zuerst)\b|\b(?:al principio|inicialmente)\b|"
    r"\b(?:d'abord|initialement)\b",
    re.IGNORECASE,
)
# A later sentence gives the present state.
_CHANGE = re.compile(
    r"\b(?:later|now|by then|since then|meanwhile|eventually|in the end|final(?:ly)?|a new \w+|"
    r"(?:had|has|have) (?:risen|fallen|grown|dropped|increased|changed)|rose|fell|grew|later)\b",
    re.IGNORECASE,
)
# What somebody says is no fact yet: "The guard said that he had locked it."
_CLAIM = re.compile(
    r"\b(?:said|says|told|claim\w*|alleg\w+|insist\w*|maintain\w*|assert\w*|accord\w+ to|believed|"
    r"thought|suspected|reportedly|testified|swore|sagte|behauptete|dijo|afirmó|a dit|affirme)\b",
    re.IGNORECASE,
)
# What a witness or a court says about the same thing may contradict it.
_FINDING = re.compile(
    r"\b(?:found|ruled|witness\w*|saw|seen|showed?|shows|shown|proved?|proof|evidence|footage|"
    r"camera\w*|records?|records|established|convicted|but|however|although|yet|contradict\w*|"
    r"denied|denies|disputed?|rejected)\b",
    re.IGNORECASE,
)


def find_corrections(question: str, selected: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the later sentences that correct the selected ones, in the order of the text.

    A sentence corrects an earlier one if it says so and is about the same, or if the earlier one
    is provisional and the later one has another number or time of the kind that is asked for.
    """
    positions = {(candidate.article.id, candidate.position) for candidate in selected}
    found: dict[tuple[str, int], Candidate] = {}
    for candidate in selected:
        for later in _later_positions(candidate.article, candidate.position):
            key = candidate.article.id, later
            if key not in found and _corrects(question, candidate, later):
                found[key] = _candidate_at(candidate, later)
    return tuple(candidate for key, candidate in found.items() if key not in positions)


def find_contradictions(question: str, selected: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return later sentences that may contradict a claim which somebody makes in a selected one.

    Whether they do has to be judged. Empty if a selected sentence states a fact.
    """
    if not selected or not all(_CLAIM.search(candidate.text) for candidate in selected):
        return ()
    return tuple(
        _candidate_at(candidate, later)
        for candidate in selected
        for later in range(
            candidate.position + 1,
            min(candidate.position + 1 + _ADJACENT_SENTENCES, len(candidate.article.sentences)),
        )
        if _contradicts(candidate, later) and not any(other.position == later for other in selected)
    )


def _later_positions(article: Article, position: int) -> list[int]:
    near = range(position + 1, min(position + 1 + NEARBY_SENTENCES, len(article.sentences)))
    return [*near, *(far for far in _find_cues(article) if far > position + NEARBY_SENTENCES)]


@lru_cache(maxsize=8)
def _find_cues(article: Article) -> tuple[int, ...]:
    """Return the positions of the sentences that say that something is corrected."""
    return tuple(
        position
        for position, sentence in enumerate(article.sentences)
        if _CORRECTION.search(article.slice(sentence))
    )


def _corrects(question: str, candidate: Candidate, later: int) -> bool:
    article, earlier = candidate.article, candidate.text
    text = article.slice(article.sentences[later])
    distance = later - candidate.position
    shared_with_question = _count_shared(question, text)
    shared = _count_shared(earlier, text)
    refers_to_previous = bool(_REFERRING_CUE.search(text))  # "they deny this"
    if distance > NEARBY_SENTENCES:
        shares_enough = min(shared_with_question, shared) >= MIN_SHARED_STEMS
        return shares_enough and not refers_to_previous
    refers_back = (distance == 1 and refers_to_previous) or (
        distance <= _ADJACENT_SENTENCES
        and has_pronoun_subject(text, article.language)
        and not refers_to_previous
    )
    is_about_same = (
        not refers_to_previous
        and shared_with_question >= MIN_SHARED_STEMS
        and shared >= MIN_SHARED_STEMS
    )
    has_cue = bool(_CORRECTION.search(text))
    if not needs_number(question) and not asks_for_time(question):
        is_next = distance == 1 and shared >= 1
        return has_cue and (refers_back or is_next or is_about_same)
    if not (refers_back or distance == 1 or is_about_same):
        return False
    is_provisional = bool(_PROVISIONAL.search(earlier) or _CHANGE.search(text))
    return _has_other_value(question, earlier, text) and (has_cue or is_provisional)


def _count_shared(first: str, second: str) -> int:
    """Return how many content words two texts share."""
    shared = set(content_stems(first)) & set(content_stems(second))
    return len(shared - FUNCTION_WORDS)


def _has_other_value(question: str, earlier: str, later: str) -> bool:
    """Return whether a later sentence has the expected answer type with another value."""
    if lacks_expected_type(question, later):
        return False
    first = {amount.value for amount in find_amounts(earlier)}
    second = {amount.value for amount in find_amounts(later)}
    return bool(first and second - first)


def _contradicts(candidate: Candidate, later: int) -> bool:
    article = candidate.article
    text = article.slice(article.sentences[later])
    is_about_same = _count_shared(candidate.text, text) or (
        later == candidate.position + 1
        and _find_pronouns(candidate.text, article.language)
        & _find_pronouns(text, article.language)
    )
    if not is_about_same:
        return False
    first, second = speaker_of(article, candidate.position), speaker_of(article, later)
    has_other_source = (first and second and article.slice(first) != article.slice(second)) or (
        second is None and not _CLAIM.search(text)
    )
    return bool(has_other_source and (_FINDING.search(text) or _CORRECTION.search(text)))


def _find_pronouns(text: str, language: str) -> set[str]:
    return set(text.lower().split()).intersection(SUBJECTS.get(language, SUBJECTS["en"]))


def _candidate_at(candidate: Candidate, position: int) -> Candidate:
    is_alone = candidate.id == candidate.position + 1
    number = position + 1 if is_alone else 1_000 * candidate.id + position % 1_000
    return replace(candidate, id=number, position=position, is_context=False)
