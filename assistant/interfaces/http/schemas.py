"""Define how articles look in responses of the HTTP API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel
from starlette.exceptions import HTTPException

from assistant.answer.quote import Quote, QuotedPhrase
from assistant.answer.rows import ArticleRow
from assistant.answer.statement import Outcome, StatementKind, VerifiedBy
from assistant.service.service import AssistantService
from index.storage.store import ArticleSummary
from index.text.article import Article

__all__ = [
    "AnswerBody",
    "ArticleDetail",
    "ArticleMetadata",
    "make_article_detail",
    "make_metadata_fields",
]


class StatementBody(BaseModel):
    """A statement of an answer: words, and the numbers of the quotes that they rest on."""

    kind: StatementKind
    text: str  # without markers
    citations: list[int]
    pieces: list[str | int]  # the words and the numbers of quotes, in the order of the text
    begins_line: bool
    verified_by: VerifiedBy
    confidence: float | None  # the verifier's probability that the quotes support the statement


class AnswerBody(BaseModel):
    """An answer, as `Answer.to_dict` returns it."""

    question: str
    text: str  # the statements with `[n]` markers
    statements: list[StatementBody]
    quotes: list[Quote]
    outcome: Outcome
    answered: bool
    nearest: Quote | None
    searched: str
    model: str
    notes: list[str]
    partial: bool
    confidence: float | None
    seconds: dict[str, float]
    quoted: list[QuotedPhrase]
    rows: list[ArticleRow]
    trace: dict[str, Any] | None = None  # only if requested


class ArticleMetadata(BaseModel):
    """The metadata of an article, and whether the page shows it."""

    # The fields of the store's `ArticleSummary` without the owner, `private` and `open`.

    id: str
    title: str
    author: str
    date: str
    source: str
    language: str
    words: int
    characters: int
    added: str  # times are ISO 8601, in UTC
    retrieved: str  # when it was fetched from its URL; empty for a text or a file
    removed: str  # when it was removed; empty if it was not
    last_opened: str  # when the page last showed it; empty if it never did
    tags: list[str]
    private: bool  # whether it is the user's own, and nobody else sees it
    open: bool  # whether the page shows it; questions that name no article are about this one


class ArticleDetail(ArticleMetadata):
    """An article with its text. The offsets of quotes refer to this text."""

    text: str


def make_article_detail(article: Article, service: AssistantService) -> ArticleDetail:
    """Return an article with its text and metadata.

    Raises:
        HTTPException: the article was removed while the request ran (404).
    """
    try:
        facts = service.library.store.summary(article.id)
    except KeyError as error:
        raise HTTPException(
            404,
            f"The article {article.id} was removed while the request ran. "
            "GET /api/articles lists all articles.",
        ) from error
    return ArticleDetail(text=article.text, **make_metadata_fields(facts, service))


def make_metadata_fields(summary: ArticleSummary, service: AssistantService) -> dict[str, Any]:
    """Return the fields of an `ArticleMetadata` from the metadata in the store."""
    fields = asdict(summary)
    is_private = bool(fields.pop("owner"))
    return {**fields, "private": is_private, "open": summary.id == service.article.id}
