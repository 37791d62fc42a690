"""Serve `/api/articles/{id}/marks`: the user's marks and notes in an article."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from assistant.accounts.request_access import get_access, has_permission
from assistant.interfaces.http.problem_details import Responses, describe_problems
from assistant.interfaces.http.streaming import ServiceDependency, get_shown_article
from assistant.service.mark_export import render_marks
from index.storage.marks import EVERYBODY, MAX_NOTE_CHARACTERS, Mark
from index.text.article import Article

__all__ = ["router"]

Offset = Annotated[int, Field(ge=0)]

router = APIRouter(
    prefix="/api/articles/{article_id}",
    tags=["marks"],
    responses=describe_problems(403, 404, 422, 503),
)


def _get_owner(request: Request) -> str:
    """Return the name of the user who sent a request; without accounts, that of everybody."""
    access = get_access(request.scope)
    return access.account.name if access and access.account else EVERYBODY


Owner = Annotated[str, Depends(_get_owner)]


class NewMark(BaseModel):
    """Words of an article to mark, with an optional note."""

    model_config = ConfigDict(extra="forbid")

    start: Offset = Field(description="Offset of the first character, in code points.")
    end: Offset = Field(description="Offset after the last character.")
    text: str = Field(min_length=1, description="The words: exactly `text[start:end]`.")
    note: str = Field("", max_length=MAX_NOTE_CHARACTERS)


class MarkBody(BaseModel):
    """Marked words of an article: `text` is exactly the article's `text[start:end]`."""

    id: str  # unique within the article
    start: int
    end: int
    text: str
    note: str
    shared: bool  # made without accounts: it is everybody's
    page: int | None  # page that it begins on, from 1, if the source has pages


class MarkList(BaseModel):
    """The marks of an article, in the order of its text."""

    marks: list[MarkBody]


class MarkdownResponse(Response):
    """A Markdown file."""

    media_type = "text/markdown"


REPLACED_RESPONSE: Responses = {
    200: {"model": MarkBody, "description": "The words were marked already; the note is replaced"}
}
MARKDOWN_RESPONSE: Responses = {
    200: {"content": {MarkdownResponse.media_type: {"schema": {"type": "string"}}}}
}


@router.get("/marks")
def list_marks(article_id: str, service: ServiceDependency, owner: Owner) -> MarkList:
    """List the marks of an article with their notes: with accounts, those of the user."""
    article = get_shown_article(service, article_id)
    marks = service.library.marks.listed(article, owner)
    return MarkList(marks=[_make_body(article, mark) for mark in marks])


@router.post(
    "/marks", status_code=201, responses=REPLACED_RESPONSE | describe_problems(400, 413, 415)
)
def put_mark(
    article_id: str, new: NewMark, service: ServiceDependency, owner: Owner, response: Response
) -> MarkBody:
    """Mark words of an article, or change the note of words that are marked already."""
    article = get_shown_article(service, article_id)
    mark = Mark(new.start, new.end, new.text, new.note)
    response.status_code = 201 if service.library.marks.put(article, mark, owner) else 200
    return _make_body(article, mark)


@router.delete("/marks/{mark_id}", status_code=204)
def remove_mark(
    article_id: str,
    mark_id: str,
    service: ServiceDependency,
    owner: Owner,
    request: Request,
    shared: bool = False,
) -> None:
    """Remove a mark and its note. The same `POST` marks the words again.

    With `shared`, a mark that was made without accounts, and is everybody's, is removed instead of
    the user's own. This needs the permission `edit`.
    """
    article = get_shown_article(service, article_id)
    if shared and not has_permission(request.scope, "edit"):
        raise HTTPException(403, "Only an editor may remove a mark that is everybody's.")
    if not service.library.marks.remove(article.id, mark_id, EVERYBODY if shared else owner):
        raise HTTPException(
            404,
            f"There is no mark {mark_id[:100]!r}. GET /api/articles/{article.id}/marks lists all.",
        )


@router.get("/marks.md", response_class=MarkdownResponse, responses=MARKDOWN_RESPONSE)
def export_marks(article_id: str, service: ServiceDependency, owner: Owner) -> MarkdownResponse:
    """Export the marks and notes of an article as Markdown, with exact quotes."""
    article = get_shown_article(service, article_id)
    name = quote(f"{article.title or article.id}.md", safe="", errors="replace")
    return MarkdownResponse(
        render_marks(article, service.library.marks.listed(article, owner)),
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


def _make_body(article: Article, mark: Mark) -> MarkBody:
    return MarkBody(
        id=mark.id,
        start=mark.start,
        end=mark.end,
        text=mark.text,
        note=mark.note,
        shared=mark.is_shared,
        page=article.page_of(mark.start),
    )
