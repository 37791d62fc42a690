"""Serve `/api/articles/{id}/sheet`: the direct speech, the figures and the dates of an article."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from pydantic import BaseModel

from assistant.interfaces.http.problem_details import describe_problems
from assistant.interfaces.http.streaming import ServiceDependency, get_shown_article
from assistant.pipeline.computation.overview import (
    ListedSentence,
    list_all_dates,
    list_all_figures,
)
from assistant.pipeline.evidence.quotations import Quotation, list_quotations
from index.text.article import Article
from index.text.spans import Span

__all__ = ["router"]

MAX_ROWS = 500  # of each list

router = APIRouter(
    prefix="/api/articles/{article_id}",
    tags=["articles"],
    responses=describe_problems(403, 404, 422, 503),
)


class Words(BaseModel):
    """Words of an article: `text` is exactly the article's `text[start:end]`."""

    start: int
    end: int
    text: str


class QuotationBody(Words):
    """Words that somebody says, without the quotation marks."""

    speaker: Words | None  # as the article names the person; null if it does not say who speaks
    verb: Words | None  # the reporting verb; null if there is none
    section: list[str]  # the headings above, the outermost first
    page: int | None  # from 1, if the source has pages


class FactBody(Words):
    """A figure or a date, with the sentence that states it."""

    sentence: Words
    section: list[str]
    page: int | None


class Sheet(BaseModel):
    """The direct speech, figures and dates of an article; at most 500 of each."""

    quotations: list[QuotationBody]  # in the order of the text
    figures: list[FactBody]  # in the order of the text
    dates: list[FactBody]  # the earliest first
    quotation_count: int  # of all that the article has
    figure_count: int
    date_count: int


@router.get("/sheet")
def show_sheet(article_id: str, service: ServiceDependency) -> Sheet:
    """List what people say in an article, its figures and its dates, each with its place."""
    article = get_shown_article(service, article_id)
    quotations = list_quotations(article)
    figures, dates = list_all_figures(article), list_all_dates(article)
    return Sheet(
        quotations=[_make_quotation(article, row) for row in quotations[:MAX_ROWS]],
        figures=_make_facts(article, figures),
        dates=_make_facts(article, dates),
        quotation_count=len(quotations),
        figure_count=len(figures),
        date_count=len(dates),
    )


def _make_quotation(article: Article, quotation: Quotation) -> QuotationBody:
    words, speaker, verb = quotation.words, quotation.speaker, quotation.verb
    return QuotationBody(
        start=words.start,
        end=words.end,
        text=article.slice(words),
        speaker=_make_words(article, speaker) if speaker else None,
        verb=_make_words(article, verb) if verb else None,
        section=list(article.structure.heading_path(words.start)),
        page=article.page_of(words.start),
    )


def _make_facts(article: Article, listed: Sequence[ListedSentence]) -> list[FactBody]:
    return [
        FactBody(
            start=row.words.start,
            end=row.words.end,
            text=article.slice(row.words),
            sentence=_make_words(article, row.candidate.span),
            section=list(article.structure.heading_path(row.words.start)),
            page=article.page_of(row.words.start),
        )
        for row in listed[:MAX_ROWS]
    ]


def _make_words(article: Article, span: Span) -> Words:
    return Words(start=span.start, end=span.end, text=article.slice(span))
