"""List what people say in an article between quotation marks."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
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
    starts = [span.start for span in speech]
    quotations = []
    for words in speech:
        positions = article.sentences_in(words)
        start = article.sentences[positions.start].start
        end = article.sentences[positions.stop - 1].end
        # Speech that begins before the sentences may reach into them.
        first, last = max(0, bisect_left(starts, start) - 1), bisect_left(starts, end)
        verb = _find_verb(article, Span(start, end), words, speech[first:last])
        quotations.append(Quotation(words, _find_speaker(article, words), verb))
    return tuple(quotations)


def _find_speaker(article: Article, words: Span) -> Span | None:
    speakers = (speaker_of(article, position) for position in article.sentences_in(words))
    return next(filter(None, speakers), None)


def _find_verb(
    article: Article, sentences: Span, words: Span, speech: Sequence[Span]
) -> Span | None:
    """Return the reporting verb of some sentences that is nearest to the words.

    Args:
        article: the article.
        sentences: where the sentences with the words are.
        words: what somebody says.
        speech: all speech in these sentences; a verb within it reports nothing.
    """
    verbs = [Span(*match.span()) for match in _VERB.finditer(article.text, *sentences)]
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
