"""List what people say in an article between quotation marks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.pipeline.evidence.person_names import PLAIN_WORD
from assistant.pipeline.evidence.reporting_clauses import REPORTING_VERB
from assistant.pipeline.evidence.speakers import MIN_SPEECH_WORDS, speaker_of
from assistant.pipeline.query.article_facts import find_speech
from index.text.article import Article
from index.text.spans import Span

__all__ = ["Quotation", "list_quotations"]

_VERB = re.compile(rf"\b{REPORTING_VERB}\b")


@dataclass(frozen=True)
class Quotation:
    """Words that somebody says in an article. All spans are of the article's text.

    Attributes:
        words: without the quotation marks.
        speaker: the name of the person, which may be in another sentence; None if the article does
            not say who speaks.
        verb: the reporting verb nearest to the words; None if their sentences have none.
    """

    words: Span
    speaker: Span | None
    verb: Span | None


def list_quotations(article: Article) -> tuple[Quotation, ...]:
    """Return the direct speech of an article, in the order of its text.

    Words between quotation marks that are fewer than `MIN_SPEECH_WORDS` are mostly a term, and are
    left out.
    """
    speech = [
        span
        for span in find_speech(article)
        if len(PLAIN_WORD.findall(article.slice(span))) >= MIN_SPEECH_WORDS
    ]
    return tuple(
        Quotation(words, _find_speaker(article, words), _find_verb(article, words, speech))
        for words in speech
    )


def _find_speaker(article: Article, words: Span) -> Span | None:
    speakers = (speaker_of(article, position) for position in article.sentences_in(words))
    return next(filter(None, speakers), None)


def _find_verb(article: Article, words: Span, speech: list[Span]) -> Span | None:
    """Return the verb nearest to the words in their sentences, outside all speech."""
    positions = article.sentences_in(words)
    start = article.sentences[positions.start].start
    end = article.sentences[positions.stop - 1].end
    verbs = [Span(*match.span()) for match in _VERB.finditer(article.text, start, end)]
    outside = [
        verb
        for verb in verbs
        if not any(span.start < verb.end and verb.start < span.end for span in speech)
    ]
    return min(
        outside,
        key=lambda verb: max(words.start - verb.end, verb.start - words.end),
        default=None,
    )
