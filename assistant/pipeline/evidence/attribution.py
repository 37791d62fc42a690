"""Answer questions about who said something and what somebody says, by the speakers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from assistant.answer.quotations import quoted_phrases
from assistant.pipeline.candidate import Candidate, make_candidates_at
from assistant.pipeline.evidence.person_names import has_person_name, is_same_person
from assistant.pipeline.evidence.speakers import is_direct_speech, speaker_of
from assistant.pipeline.query.answer_type import asks_for_person
from assistant.text.tokens import content_stems
from index.text.article import Article
from index.text.quote_lookup import find_quote

__all__ = ["QuotedSpeaker", "find_quoted_speaker", "find_requested_speaker", "keep_words_of"]

# Sentences of the ranking that are searched for a person's own words.
MAX_RANKED = 8
_STANCE_QUESTION = re.compile(
    r"^\W*(?:(?:and|but|so) )?(?:what|how|why) (?:does|did|do|has|had|would) (?P<name>.+?) "
    r"(?:ever )?(?:say|said|think|thought|feel|felt|believe|tell|told|claim|argue|want|answer|"
    r"reply|"
    r"call|called|describe|view|see|judge|respond|react|comment)\b(?P<topic>.*)|"
    r"^\W*what (?:is|was) (?P<owner>.+?)['’]s? (?:view|opinion|position|stance|reaction|reply|"
    r"answer|comment)\b(?P<matter>.*)|"
    r"^\W*according to (?P<source>[^,]+), (?P<rest>.*)",
    re.IGNORECASE,
)


class QuotedSpeaker(NamedTuple):
    """The speaker of words that a question quotes.

    Attributes:
        name: the speaker as the article names it; empty if it does not say who speaks.
        evidence: the sentences with the words and the one that names the speaker, in the order of
            the text.
    """

    name: str
    evidence: tuple[Candidate, ...]


def find_quoted_speaker(question: str, articles: Sequence[Article]) -> QuotedSpeaker | None:
    """Return who says the words that a question quotes: "Who said “…”?".

    None if it asks something else, or if the words are not speech of exactly one article.
    """
    if not asks_for_person(question):
        return None
    for phrase in quoted_phrases(question):
        for article in articles:
            span = find_quote(phrase.rstrip(" .,!?…"), article)
            if span is None:
                continue
            positions = article.sentences_in(span)
            if not any(is_direct_speech(article, position) for position in positions):
                continue
            speaker = next(filter(None, (speaker_of(article, at) for at in positions)), None)
            if speaker is None:
                return None
            naming = article.sentences_in(speaker)
            evidence = make_candidates_at(
                [article],
                lambda _: sorted({*positions, *naming}),  # noqa: B023
            )
            return QuotedSpeaker(article.slice(speaker), tuple(evidence))
    return None


def find_requested_speaker(question: str) -> tuple[str, str] | None:
    """Return the name and the topic of "What does X say about Y?"; None for other questions."""
    match = _STANCE_QUESTION.match(question)
    if not match:
        return None
    name = match["name"] or match["owner"] or match["source"]
    topic = match["topic"] or match["matter"] or match["rest"] or ""
    return (name, topic.rstrip(" ?.!")) if has_person_name(name) else None


def keep_words_of(
    name: str, topic: str, selected: Sequence[Candidate], ranked: Sequence[Candidate]
) -> tuple[Candidate, ...]:
    """Return the selected sentences without the words of other people.

    If nothing remains, return the best sentences with the person's own words about the topic.
    """
    own = tuple(candidate for candidate in selected if not _is_by_another(name, candidate))
    if own or not selected:
        return own
    stems = set(content_stems(topic)) - set(content_stems(name))
    return tuple(
        candidate
        for candidate in ranked[:MAX_RANKED]
        if _is_by(name, candidate) and stems & set(content_stems(candidate.text))
    )[: len(selected)]


def _is_by(name: str, candidate: Candidate) -> bool:
    speaker = speaker_of(candidate.article, candidate.position)
    return bool(speaker and is_same_person(name, candidate.article.slice(speaker)))


def _is_by_another(name: str, candidate: Candidate) -> bool:
    """Return whether a sentence reports words of a speaker with another name.

    A speaker without a name, such as "the mayor", may be the same person.
    """
    speaker = speaker_of(candidate.article, candidate.position)
    if speaker is None:
        return False
    text = candidate.article.slice(speaker)
    return has_person_name(text) and not is_same_person(name, text)
