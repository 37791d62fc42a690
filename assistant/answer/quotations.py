"""Look up the phrases that an answer puts between quotation marks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.answer.quote import QuotedPhrase, Status
from index.text.article import Article
from index.text.quote_lookup import find_quote

__all__ = ["look_up_phrase", "quoted_phrases"]

_QUOTED = re.compile(r"“([^“”]{2,})”|\"([^\"]{2,})\"|„([^„“]{2,})“|«([^«»]{2,})»")
# Applied to the reversed phrase: a search for its end would take quadratic time.
_REVERSED_ENDING = re.compile(r"[\s.,]*+(?:\]\d{1,3}\[\s*+)+")


def look_up_phrase(
    words: str, articles: Iterable[Article], other_articles: Iterable[Article] = ()
) -> QuotedPhrase:
    """Look up a phrase that is claimed to be a quote.

    Args:
        articles: the articles that were asked; a match in one of them is `verified`.
        other_articles: searched next; a match in one of them is `elsewhere`.
    """
    statuses: tuple[tuple[Status, Iterable[Article]], ...] = (
        ("verified", articles),
        ("elsewhere", other_articles),
    )
    for status, candidates in statuses:
        for article in candidates:
            if span := find_quote(words, article):
                return QuotedPhrase(words, status, article.id, article.title, *span)
    return QuotedPhrase(words, "not found")


def quoted_phrases(text: str) -> list[str]:
    """Return the phrases in quotation marks, without markers and punctuation at their end."""
    phrases = (
        _remove_markers(next(filter(None, match.groups()))).strip(" ,.")
        for match in _QUOTED.finditer(text)
    )
    return [phrase for phrase in phrases if phrase]


def _remove_markers(phrase: str) -> str:
    """Remove the markers at the end of a phrase, with the punctuation after them."""
    ending = _REVERSED_ENDING.match(phrase[::-1])
    return phrase[: len(phrase) - ending.end()] if ending else phrase
