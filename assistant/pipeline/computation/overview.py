"""List the dates and the figures of an article, each as the sentence that states it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.pipeline.candidate import Candidate, make_candidates_at
from assistant.pipeline.computation.dates import find_dates
from assistant.pipeline.computation.quantities import Quantity, find_quantities
from assistant.pipeline.query.article_facts import find_body_sentences
from assistant.pipeline.query.intent import MetadataField
from index.text.article import Article
from index.text.spans import Span

__all__ = [
    "ListedSentence",
    "MAX_LISTED",
    "OVERVIEWS",
    "Overview",
    "add_counted_word",
    "list_all_dates",
    "list_all_figures",
    "list_dates",
    "list_figures",
]

# A plural in English, which cannot be a verb in the past tense: "10,000 went home".
_COUNTED_WORD = re.compile(r" (?:[a-z]{3,}s|people|men|women|children)\b")
MAX_LISTED = 20  # sentences; a longer list is cut, and a note says so


@dataclass(frozen=True)
class ListedSentence:
    """A sentence of an article with the date or figure that it is listed for.

    Attributes:
        candidate: the sentence.
        words: where the date or figure is in the article.
    """

    candidate: Candidate
    words: Span


def list_dates(articles: Sequence[Article]) -> list[ListedSentence]:
    """Return the sentences that state a date with a year, the earliest date first.

    A sentence with several dates stands at its first one.
    """
    return _find_dates(articles, 1)


def list_all_dates(article: Article) -> list[ListedSentence]:
    """Return each date with a year that an article states, the earliest first."""
    return _find_dates([article], None)


def list_figures(articles: Sequence[Article]) -> list[ListedSentence]:
    """Return the sentences that state a quantity, in the order of the article.

    Years and dates are no quantities, nor is "one", which is mostly a pronoun. A sentence with
    several quantities is listed for its first one.
    """
    return _find_figures(articles, 1)


def list_all_figures(article: Article) -> list[ListedSentence]:
    """Return each quantity that an article states, in the order of its text.

    The words of a bare number have the word that it counts.
    """
    return [
        replace(listed, words=add_counted_word(article, listed.words))
        for listed in _find_figures([article], None)
    ]


def add_counted_word(article: Article, figure: Span) -> Span:
    """Return a figure together with the word that it counts: "20" in "20 people" says nothing."""
    if any(character.isalpha() for character in article.slice(figure)):
        return figure
    word = _COUNTED_WORD.match(article.text, figure.end)
    return Span(figure.start, word.end()) if word else figure


def _find_dates(articles: Sequence[Article], count: int | None) -> list[ListedSentence]:
    """Return the dates of each sentence, or the first `count` of them, the earliest first."""
    dated = [
        # A whole year comes before its days, so that "In 2021" opens what happened then.
        ((day.first, -day.last), _list(candidate, day.start, day.end))
        for candidate in make_candidates_at(articles, find_body_sentences)
        for day in find_dates(candidate.text)[:count]
    ]
    return [listed for _, listed in sorted(dated, key=lambda row: row[0])]


def _find_figures(articles: Sequence[Article], count: int | None) -> list[ListedSentence]:
    """Return the quantities of each sentence, or the first `count` of them."""
    return [
        _list(candidate, quantity.start, quantity.end)
        for candidate in make_candidates_at(articles, find_body_sentences)
        for quantity in _select_quantities(candidate.text)[:count]
    ]


def _select_quantities(text: str) -> list[Quantity]:
    days = find_dates(text)
    return [
        quantity
        for quantity in find_quantities(text)
        if (quantity.unit or quantity.value != 1)
        and not any(day.start < quantity.end and quantity.start < day.end for day in days)
    ]


def _list(candidate: Candidate, start: int, end: int) -> ListedSentence:
    """Return a sentence with the words that it is listed for, by their place in the sentence."""
    first = candidate.span.start
    return ListedSentence(candidate, Span(first + start, first + end))


@dataclass(frozen=True)
class Overview:
    """What is listed from the text of articles.

    Attributes:
        find: returns the sentences.
        if_empty: what the user is told if there are none.
    """

    find: Callable[[Sequence[Article]], list[ListedSentence]]
    if_empty: str


# The overviews by what a question asks for.
OVERVIEWS: Mapping[MetadataField | None, Overview] = {
    "dates": Overview(list_dates, "The article states no date with a year."),
    "figures": Overview(list_figures, "The article states no figures."),
}
