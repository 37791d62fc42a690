"""`/api/articles`: the library, listed, shown, added to, cared for and removed from."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field, WrapValidator
from starlette.exceptions import HTTPException

from index.article import LONGEST_TITLE, Article
from index.loaders import KINDS, LARGEST, is_address, load, load_bytes
from index.loaders.base import clean, name_alone

from ..page.desk import Desk
from ..sources import fetched, fetcher_of, place_of
from .asking import AtDesk, article_of
from .problems import Responses, problems
from .telling import Listed, Shown, facts_of, shown

__all__ = ["name_of", "router"]

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


class NewTitle(BaseModel):
    """What is changed of an article."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=LONGEST_TITLE, description="its id, and all quotes, stay")


class Which(BaseModel):
    """Which articles are listed."""

    model_config = ConfigDict(extra="forbid")

    removed: bool = Field(False, description="those that were removed and can be restored, instead of those that are kept")


class Articles(BaseModel):
    """The library."""

    articles: list[Listed]


NEWER: Responses = {201: {"model": Shown, "description": "A new version is kept"}}
AGAIN: Responses = {200: {"model": Shown, "description": "It was there already"}}


@router.get("", responses=problems(422))
def list_articles(which: Annotated[Which, Query()], desk: AtDesk) -> Articles:
    """Every article that is kept, or that can be restored, oldest first."""
    return Articles(articles=[Listed(**facts_of(one, desk)) for one in desk.library.listed(removed=which.removed)])


@router.post("", status_code=201, responses=AGAIN | problems(400, 413, 415, 422))
def add_article(new: New, desk: AtDesk, response: Response) -> Shown:
    """Keep a text, or what an address gives, ready to be asked when this returns: about a minute a million characters.

    Adding it again changes nothing.
    """
    if isinstance(new, NewAddress):
        return _kept(fetched(new.url, desk.settings), desk, response)
    _check_size(len(new.text.encode()), "text")
    if name_alone(new.source) != new.source.strip():
        raise HTTPException(422, f"The source {new.source} is a path of a machine. Give a file's name or an address.")
    article = Article.from_text(new.text, new.title, author=new.author, date=new.date, source=new.source, language=new.language)
    return _kept(article, desk, response)


@router.post("/file", status_code=201, responses=AGAIN | problems(400, 413, 415, 422))
def add_file(new: Annotated[NewFile, Form(media_type="multipart/form-data")], desk: AtDesk, response: Response) -> Shown:
    """Keep the article in a file, as `POST /api/articles` keeps a text."""
    data = new.file.file.read(LARGEST + 1)
    _check_size(len(data), "file")
    return _kept(load_bytes(data, name_of(new.file)), desk, response)


@router.get("/{article_id}", responses=problems(404))
def show_article(article_id: str, desk: AtDesk) -> Shown:
    """An article with its text."""
    return shown(article_of(desk.library, article_id), desk)


@router.patch("/{article_id}", responses=problems(400, 404, 413, 415, 422))
def rename_article(article_id: str, new: NewTitle, desk: AtDesk) -> Shown:
    """Give an article another title."""
    return shown(desk.library.rename(_current(article_id, desk).id, new.title), desk)


@router.post("/{article_id}/refresh", responses=NEWER | problems(404, 409, 422))
def refresh_article(article_id: str, desk: AtDesk, response: Response) -> Shown:
    """Load an article from its address again. Another text is a new version in its place; the quotes of the one before hold.

    Files are not read again here. The one that the page shows cannot be replaced.
    """
    old = _current(article_id, desk)
    place = place_of(old.source)
    if not is_address(place):
        raise HTTPException(422, f"The article {article_id} comes from no address. `library refresh` reads files again.")
    _check_not_open(old, desk, "refresh")
    newer = load(place, fetcher_of(desk.settings))
    kept = desk.library.replace(_current(old.id, desk).id, newer)  # it may have been removed or replaced meanwhile
    if kept.id != old.id:
        response.status_code = 201
        response.headers["Location"] = f"/api/articles/{kept.id}"
    return shown(kept, desk)


@router.post("/{article_id}/restore", responses=problems(404))
def restore_article(article_id: str, desk: AtDesk) -> Shown:
    """Bring a removed article back as it was, within 30 days. One that is kept stays as it is."""
    try:
        return shown(desk.library.restore(article_id), desk)
    except KeyError as error:
        raise HTTPException(
            404, f"There is no article {article_id[:100]!r} that was removed. GET /api/articles?removed=true lists those."
        ) from error


@router.delete("/{article_id}", status_code=204, responses=problems(404, 409))
def remove_article(article_id: str, desk: AtDesk) -> None:
    """Remove an article; for 30 days it can be restored. The one that the page shows cannot be removed."""
    _check_not_open(article_of(desk.library, article_id), desk, "remove")
    desk.library.remove(article_id)


def _current(article_id: str, desk: Desk) -> Article:
    """The article, which may not be an earlier version of another. Raises HTTPException (404)."""
    article = article_of(desk.library, article_id)
    if not desk.library.store.has(article.id):
        raise HTTPException(404, f"The article {article_id} has a newer version. GET /api/articles lists it.")
    return article


def _check_not_open(article: Article, desk: Desk, act: str) -> None:
    if article.id == desk.article.id:
        raise HTTPException(409, f"The article {article.id} is open on the page. Serve another one to {act} it.")


def _check_size(size: int, what: str) -> None:
    if size > LARGEST:
        raise HTTPException(413, f"The {what} is too large; at most {LARGEST / 1e6:.0f} MB can be added. Cut it into parts.")


def name_of(file: UploadFile) -> str:
    """The last part of the name that the client gives, which becomes the source; never a path of this machine."""
    name = PurePosixPath(clean(file.filename or "").replace("\\", "/").replace("\n", " ")).name
    return name[-100:].strip(". ") or "file"


def _kept(article: Article, desk: Desk, response: Response) -> Shown:
    response.status_code = 200 if desk.library.store.has(article.id) else 201
    kept = desk.library.add(article)
    response.headers["Location"] = f"/api/articles/{kept.id}"
    return shown(kept, desk)
