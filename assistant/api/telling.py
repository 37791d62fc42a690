"""What is told of an article over HTTP."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from pydantic import BaseModel
from starlette.exceptions import HTTPException

from index import store
from index.article import Article

from ..page.desk import Desk

__all__ = ["Listed", "Shown", "facts_of", "shown"]


class Listed(BaseModel):
    """What is known of an article: what the store tells of it, and whether it is open."""

    id: str
    title: str
    author: str
    date: str
    source: str
    language: str
    words: int
    characters: int
    added: str  # times are ISO 8601, in UTC
    retrieved: str  # when it was fetched from its address; empty for a text or a file
    removed: str  # when it was removed; empty for one that is kept
    open: bool  # the one that the page shows, and that is asked where no other is named


class Shown(Listed):
    """An article with its text, which quotes' offsets refer to."""

    text: str


def shown(article: Article, desk: Desk) -> Shown:
    """Raises HTTPException (404) if it was removed meanwhile."""
    try:
        facts = desk.library.store.facts(article.id)
    except KeyError as error:
        raise HTTPException(404, f"The article {article.id} was removed meanwhile.") from error
    return Shown(text=article.text, **facts_of(facts, desk))


def facts_of(one: store.Listed, desk: Desk) -> dict[str, Any]:
    return {**asdict(one), "open": one.id == desk.article.id}
