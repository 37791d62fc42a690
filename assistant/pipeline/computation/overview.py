"""List the dates and the figures of an article, each as the sentence that states it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assistant.pipeline.candidate import Candidate, make_candidates_at
from assistant.pipeline.computation.dates import find_dates
from assistant.pipeline.computation.quantities import find_quantities
from assistant.pipeline.query.article_facts import find_body_sentences
from assistant.pipeline.query.intent import MetadataField
from index.text.article import Article
from index.text.spans import Span

__all__ = [
    "ListedSentence",
    "MAX_LISTED",
    "OVERVIEWS",
    "Overview",
    "list_dates",
    "list_figures",
]

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
    dated = []
    for candidate in make_candidates_at(articles, find_body_sentences):
        if dates := find_dates(candidate.text):
            words = _place(candidate, dates[0].start, dates[0].end)
            # A whole year comes before its days, so that "In 2021" opens what happened then.
            dated.append((dates[0].first, -dates[0].last, ListedSentence(candidate, words)))
    return [listed for _, _, listed in sorted(dated, key=lambda row: row[:2])]


def list_figures(articles: Sequence[Article]) -> list[ListedSentence]:
    """Return the sentences that state a quantity, in the order of the article.

    Years and dates are no quantities, nor is "one", which is mostly a pronoun.
    """
    listed = []
    for candidate in make_candidates_at(articles, find_body_sentences):
        dates = find_dates(candidate.text)
        quantities = [
            quantity
            for quantity in find_quantities(candidate.text)
            if (quantity.unit or quantity.value != 1)
            and not any(day.start < quantity.end and quantity.start < day.end for day in dates)
        ]
        if quantities:
            words = _place(candidate, quantities[0].start, quantities[0].end)
            listed.append(ListedSentence(candidate, words))
    return listed


def _place(candidate: Candidate, start: int, end: int) -> Span:
    """Return a span of a sentence as a span of its article."""
    return Span(candidate.span.start + start, candidate.span.start + end)


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
