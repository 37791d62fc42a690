"""`/api/articles`: the library, listed, shown, added to and removed from."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Form, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field, WrapValidator
from starlette.exceptions import HTTPException

from index import store
from index.article import Article
from index.loaders import KINDS, LARGEST, is_address, load_bytes
from index.loaders.base import clean

from ..page.desk import Desk
from ..sources import fetched, place_of
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
    source: Fact = Field("", description="where it is from: a file's name or an address, and no path")
    language: str = Field("en", pattern="^[a-z]{2,3}$", description="ISO 639 code; decides how sentences are told apart")


class NewAddress(BaseModel):
    """An address to add the article of. Other addresses than public ones are refused, unless the server's settings allow them."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=1, max_length=2_000, description="http or https; https where it has no scheme")


def _either(given: Any, handler: object) -> NewArticle | NewAddress:
    """What is wrong is told of the one that is meant, not of both."""
    return (NewAddress if isinstance(given, dict) and "url" in given else NewArticle).model_validate(given)


New = Annotated[NewArticle | NewAddress, WrapValidator(_either)]


class NewFile(BaseModel):
    """A file to add the article of."""

    model_config = ConfigDict(extra="forbid")

    file: UploadFile = Field(description=f"{KINDS}, told by its bytes, else by its name")


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
def add_article(new: New, desk: AtDesk, response: Response) -> Shown:
    """Keep a text, or what an address gives, ready to be asked when this returns: about a minute a million characters.

    Adding it again changes nothing.
    """
    if isinstance(new, NewAddress):
        return _kept(fetched(new.url, desk.settings), desk, response)
    _check_size(len(new.text.encode()), "text")
    if (place := place_of(new.source)) and not is_address(place):
        raise HTTPException(422, f"The source {new.source} is a path of a machine. Give a file's name or an address.")
    article = Article.from_text(new.text, new.title, author=new.author, date=new.date, source=new.source, language=new.language)
    return _kept(article, desk, response)


@router.post("/file", status_code=201, responses=AGAIN | problems(400, 413, 415, 422))
def add_file(new: Annotated[NewFile, Form(media_type="multipart/form-data")], desk: AtDesk, response: Response) -> Shown:
    """Keep the article in a file, as `POST /api/articles` keeps a text."""
    data = new.file.file.read(LARGEST + 1)
    _check_size(len(data), "file")
    return _kept(load_bytes(data, _name(new.file)), desk, response)


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


def _check_size(size: int, what: str) -> None:
    if size > LARGEST:
        raise HTTPException(413, f"The {what} is too large; at most {LARGEST / 1e6:.0f} MB can be added. Cut it into parts.")


def _name(file: UploadFile) -> str:
    """The last part of the name that the client gives, which becomes the source; never a path of this machine."""
    name = PurePosixPath(clean(file.filename or "").replace("\\", "/").replace("\n", " ")).name
    return name[-100:].strip(". ") or "file"


def _kept(article: Article, desk: Desk, response: Response) -> Shown:
    response.status_code = 200 if desk.library.store.has(article.id) else 201
    kept = desk.library.add(article)
    response.headers["Location"] = f"/api/articles/{kept.id}"
    return _shown(kept, desk)


def _shown(article: Article, desk: Desk) -> Shown:
    try:
        facts = desk.library.store.facts(article.id)
    except KeyError as error:
        raise HTTPException(404, f"The article {article.id} was removed meanwhile.") from error
    return Shown(text=article.text, **_facts(facts, desk))


def _facts(one: store.Listed, desk: Desk) -> dict[str, Any]:
    return {**asdict(one), "open": one.id == desk.article.id}
