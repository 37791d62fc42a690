"""`/api/articles`: the library, listed, shown, added to and removed from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from index import store
from index.article import Article
from index.loaders import LARGEST

from ..page.desk import Desk
from .asking import AtDesk, article_of
from .problems import Responses, problems

__all__ = ["router"]

Fact = Annotated[str, Field(max_length=500)]

router = APIRouter(prefix="/api/articles", tags=["articles"], responses=problems(403, 503))


class NewArticle(BaseModel):
    """An article to add. Its text is kept to the letter: offsets of quotes count its code points."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(min_length=1, description="the text, with blank lines between paragraphs", examples=["It cost 3 euros."])
    title: Fact = ""
    author: Fact = ""
    date: Fact = ""
    source: Fact = Field("", description="where it is from: a file name, an address; nothing is fetched from it")
    language: str = Field("en", pattern="^[a-z]{2,3}$", description="ISO 639 code; decides how sentences are told apart")


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
    open: bool  # the one that the page shows, and that is asked where no other is named


class Shown(Listed):
    """An article with its text, which quotes' offsets refer to."""

    text: str


class Articles(BaseModel):
    """The library."""

    articles: list[Listed]


AGAIN: Responses = {200: {"model": Shown, "description": "It was there already"}}


@router.get("")
def list_articles(desk: AtDesk) -> Articles:
    """Every article that is kept, oldest first."""
    return Articles(articles=[Listed(**_facts(one, desk)) for one in desk.library.listed()])


@router.post("", status_code=201, responses=AGAIN | problems(400, 413, 415, 422))
def add_article(new: NewArticle, desk: AtDesk, response: Response) -> Shown:
    """Keep a text, ready to be asked when this returns: about a minute a million characters. Adding it again changes nothing."""
    if len(new.text.encode()) > LARGEST:
        raise HTTPException(413, f"The text is too large; at most {LARGEST / 1e6:.0f} MB can be added. Cut it into parts.")
    article = Article.from_text(new.text, new.title, author=new.author, date=new.date, source=new.source, language=new.language)
    response.status_code = 200 if desk.library.store.has(article.id) else 201
    kept = desk.library.add(article)
    response.headers["Location"] = f"/api/articles/{kept.id}"
    return _shown(kept, desk)


@router.get("/{article_id}", responses=problems(404))
def show_article(article_id: str, desk: AtDesk) -> Shown:
    """An article with its text."""
    return _shown(article_of(desk.library, article_id), desk)


@router.delete("/{article_id}", status_code=204, responses=problems(404, 409))
def remove_article(article_id: str, desk: AtDesk) -> None:
    """Remove an article. The one that the page shows cannot be removed."""
    if article_of(desk.library, article_id).id == desk.article.id:
        raise HTTPException(409, f"The article {article_id} is open on the page. Serve another one to remove it.")
    desk.library.remove(article_id)


def _shown(article: Article, desk: Desk) -> Shown:
    try:
        facts = desk.library.store.facts(article.id)
    except KeyError as error:
        raise HTTPException(404, f"The article {article.id} was removed meanwhile.") from error
    return Shown(text=article.text, **_facts(facts, desk))


def _facts(one: store.Listed, desk: Desk) -> dict[str, Any]:
    return {**asdict(one), "open": one.id == desk.article.id}
