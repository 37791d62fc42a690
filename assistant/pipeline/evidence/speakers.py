"""Attribute speech to speakers: "“I would sooner sell it,” she said." is said by Petra Holt.

A speaker is the subject of a reporting clause: next to the quotation marks, or at the start of a
sentence with indirect speech ("Holt answered that"). A pronoun stands for the last speaker or the
last subject with a name before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType

from assistant.pipeline.evidence.person_names import (
    FEMALE_TITLE,
    MALE_TITLE,
    NAME,
    PLAIN_WORD,
    name_words,
)
from assistant.pipeline.evidence.referents import (
    has_pronoun_subject,
    is_known_name,
    iterate_back,
    strip_fronted,
)
from assistant.pipeline.evidence.reporting_clauses import (
    DETERMINER,
    NOUN_PHRASE,
    REPORTING_VERB,
    Clause,
    find_indirect_clause,
    read_according,
    read_after_speech,
    read_before_speech,
)
from assistant.pipeline.query.article_facts import find_speech
from assistant.text.pronouns import FEMALE, MALE
from index.text.article import Article
from index.text.spans import Block, Span

__all__ = ["MIN_SPEECH_WORDS", "is_direct_speech", "speaker_of"]

# Fewer words between quotation marks are mostly a term or a title.
MIN_SPEECH_WORDS = 3


def speaker_of(article: Article, position: int) -> Span | None:
    """Return the name of the person whose words a sentence reports, or None.

    The span may be in another sentence. It is a noun phrase, such as "the driver", if the article
    does not give a name.
    """
    return _attribute(article).get(position)


def is_direct_speech(article: Article, position: int) -> bool:
    """Return whether a sentence has words between quotation marks that somebody says."""
    return position in _find_spoken(article)


@lru_cache(maxsize=8)
def _find_spoken(article: Article) -> Mapping[int, tuple[Span, ...]]:
    """Return the speech in each sentence that has any, in order."""
    spoken: dict[int, tuple[Span, ...]] = {}
    for span in find_speech(article):
        for position in article.sentences_in(span):
            spoken[position] = (*spoken.get(position, ()), span)
    return MappingProxyType(spoken)


@lru_cache(maxsize=8)
def _attribute(article: Article) -> Mapping[int, Span]:
    """Return the speaker of each sentence that reports speech and has a known speaker."""
    speakers: dict[int, Span] = {}
    spoken = _find_spoken(article)
    previous: int | None = None  # the last sentence of direct speech
    for position in range(len(article.sentences)):
        if position not in spoken:
            clause = find_indirect_clause(article, position)
            if clause and (speaker := _resolve(article, clause, position, speakers)):
                speakers[position] = speaker
            continue
        is_long = any(
            len(PLAIN_WORD.findall(article.slice(span))) >= MIN_SPEECH_WORDS
            for span in spoken[position]
        )
        clause = _find_reporting_clause(article, position, spoken[position])
        speaker = _resolve(article, clause, position, speakers) if clause else None
        if clause is None and is_long:
            speaker = _continue_speech(article, position, previous, speakers)
        if speaker:
            speakers[position] = speaker
        previous = position
    return MappingProxyType(speakers)


def _find_reporting_clause(
    article: Article, position: int, speech: tuple[Span, ...]
) -> Clause | None:
    """Return the reporting clause next to the speech of a sentence, or None.

    If a quotation has several sentences, the clause may be in its last or its first one.
    """
    first = min(article.sentences_in(speech[0]).start, position)
    last = max(article.sentences_in(speech[-1]).stop - 1, position)
    start, end = article.sentences[first].start, article.sentences[last].end
    edges = [start, *(edge for span in speech for edge in (span.start - 1, span.end + 1)), end]
    frames = list(zip(edges[::2], edges[1::2], strict=True))
    for before, after in pairwise(frames):
        if clause := read_after_speech(article, *after) or read_before_speech(article, *before):
            return clause
    outside = " … ".join(article.text[left:right] for left, right in frames)
    if re.search(rf"\b{REPORTING_VERB}\b", outside) and (subject := _find_subject(article, first)):
        return Clause(subject, False)
    return next((clause for frame in frames if (clause := read_according(article, *frame))), None)


def _resolve(
    article: Article, clause: Clause, position: int, speakers: Mapping[int, Span]
) -> Span | None:
    """Return the subject of a clause, or what its pronoun stands for."""
    if not clause.is_pronoun:
        return clause.subject
    pronoun = article.slice(clause.subject).lower()
    for before in iterate_back(article, position, 4):
        speaker = speakers.get(before) or _find_subject(article, before)
        if speaker and _agrees(pronoun, article, speaker):
            return speaker
        is_person = pronoun in MALE | FEMALE
        if not is_person and not has_pronoun_subject(
            article.slice(article.sentences[before]), article.language
        ):
            return None  # "they" are those of the nearest subject
    return None


def _find_subject(article: Article, position: int) -> Span | None:
    """Return the name of the person who is the subject of a sentence, or None."""
    start, end = article.sentences[position]
    if has_pronoun_subject(article.text[start:end], article.language):
        return None
    rest = strip_fronted(article.text[start:end], article.language)
    at = end - len(rest)
    apposition = re.match(rf"{DETERMINER}\s+{NOUN_PHRASE},\s+({NAME})[,\s]", rest)
    if apposition:
        return Span(at + apposition.start(1), at + apposition.end(1))
    opening = re.match(rf"(?:{DETERMINER}\s+)?(?:[a-z][\w-]*\s+){{0,4}}?({NAME})(?=[,\s])", rest)
    if not opening or not name_words(opening[1]):
        return None
    if " " not in opening[1] and not is_known_name(article, opening[1]):
        return None
    is_organization = re.match(rf"{DETERMINER}\s+$", rest[: opening.start(1)]) or re.match(
        r"\s+(?:of|for)\b", rest[opening.end(1) :]
    )
    if is_organization:  # "the Department", "the Bank of Lund"
        return None
    phrase = rest[: opening.end(1)]
    is_part = re.search(r"\b(?:of|for|from|at|in|with|by)\s+\S+$", phrase[: opening.start(1)] + "x")
    if (
        is_part
        or re.match(r"['’]s?\b", rest[opening.end(1) :])
        or opening[1].endswith(("’s", "'s"))
    ):
        return None
    return Span(at + opening.start(1), at + opening.end(1))


def _agrees(pronoun: str, article: Article, speaker: Span) -> bool:
    """Return whether a pronoun can stand for a name, as far as its form shows."""
    name = article.slice(speaker)
    is_male, is_female = pronoun in MALE, pronoun in FEMALE
    if (is_male and FEMALE_TITLE.match(name)) or (is_female and MALE_TITLE.match(name)):
        return False
    if pronoun == "they" and (FEMALE_TITLE.match(name) or MALE_TITLE.match(name)):
        return False
    is_thing = re.search(r"\bthe $", article.text[: speaker.start][-4:], re.IGNORECASE) or (
        name[1:2].isupper() and " " not in name
    )
    return not (is_thing and (is_male or is_female) and name[0].isupper())


def _continue_speech(
    article: Article, position: int, previous: int | None, speakers: Mapping[int, Span]
) -> Span | None:
    """Return the speaker of speech without a reporting clause, or None.

    It continues the speech before it in the same paragraph. Otherwise the sentence before
    introduces the speaker, if it names one as its subject, or the next one does.
    """
    block = _block_at(article, position)
    inside = [
        before
        for before in range(position - 1, -1, -1)
        if article.sentences[before].start >= block.start
    ]
    if previous is not None and previous in inside:
        return speakers.get(previous)
    if inside:
        return speakers.get(inside[0]) or _find_subject(article, inside[0])
    following = position + 1
    if following < len(article.sentences) and article.sentences[following].end <= block.end:
        clause = find_indirect_clause(article, following)
        if clause and not clause.is_pronoun:
            return clause.subject
    return _continue_paragraph(article, position, block, speakers)


def _continue_paragraph(
    article: Article, position: int, block: Block | Span, speakers: Mapping[int, Span]
) -> Span | None:
    """Return the speaker of a paragraph that opens with speech, from the paragraph before."""
    back = iterate_back(article, position, 1)
    if not back:
        return None
    before = back[0]
    text = article.slice(article.sentences[before])
    if before in speakers and (is_direct_speech(article, before) or text.endswith(":")):
        return speakers[before]
    return None


def _block_at(article: Article, position: int) -> Block | Span:
    start = article.sentences[position].start
    return next(
        (block for block in article.blocks if block.start <= start < block.end),
        Span(0, len(article.text)),
    )
