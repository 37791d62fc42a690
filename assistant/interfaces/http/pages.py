"""Serve the pages of PDF files as images, and the boxes of quotes on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Annotated, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from assistant.interfaces.http.problem_details import Responses, describe_problems
from assistant.interfaces.http.streaming import ServiceDependency, get_shown_article
from assistant.service.page_views import FractionBox, NoPageError
from index.text.article import Article
from index.text.spans import Span

__all__ = ["router"]

# For 300 seconds, and for the user who is signed in.
CACHE_HEADERS = {"Cache-Control": "private, max-age=300", "Vary": "Cookie, Authorization"}
MAX_WAITING = 60  # pages that wait for their turn
RETRY_SECONDS = 5
# Each page takes a process for half a second. Those that wait hold no thread.
_LIMITER = CapacityLimiter(2)

_Result = TypeVar("_Result")

router = APIRouter(
    prefix="/api/articles/{article_id}",
    tags=["articles"],
    responses=describe_problems(403, 404, 422, 503),
)


class PngResponse(Response):
    """A PNG image."""

    media_type = "image/png"


class PageBox(BaseModel):
    """A rectangle on a page, in fractions of the page's width and height."""

    page: int  # from 1
    left: float
    top: float
    width: float
    height: float


class PageBoxes(BaseModel):
    """The rectangles of words on a page, one for each line; none if the words are not found."""

    page: int  # on which the words begin by the text of the article
    boxes: list[PageBox]


PageNumber = Annotated[int, Path(ge=1, description="From 1.")]
Offset = Annotated[int, Query(ge=0, description="In code points of the article's text.")]
PNG_RESPONSE: Responses = {
    200: {"content": {PngResponse.media_type: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("/pages/{number}.png", response_class=PngResponse, responses=PNG_RESPONSE)
async def show_page(
    article_id: str,
    number: PageNumber,
    service: ServiceDependency,
    scale: Annotated[
        float, Query(ge=0.25, le=4, description="Pixels for a point, in quarters.")
    ] = 2,
) -> PngResponse:
    """Show a page of the PDF file that an article was loaded from, as an image."""

    def render() -> bytes:
        article = get_shown_article(service, article_id)
        return service.page_views.render(article, number, scale)

    return PngResponse(await _run(render), headers=CACHE_HEADERS)


@router.get("/pages/{number}/boxes")
async def find_page_boxes(
    article_id: str,
    number: PageNumber,
    service: ServiceDependency,
    start: Offset,
    end: Offset,
    response: Response,
) -> PageBoxes:
    """Find words of an article, such as a quote, on a page of its PDF file."""

    def find() -> PageBoxes:
        article = get_shown_article(service, article_id)
        words = _make_span(article, start, end)
        return _make_boxes(article, words, service.page_views.find_boxes(article, number, words))

    response.headers.update(CACHE_HEADERS)
    return await _run(find)


@router.get("/boxes")
async def find_boxes(
    article_id: str, service: ServiceDependency, start: Offset, end: Offset, response: Response
) -> PageBoxes:
    """Find words of an article, such as a quote, on all pages of its PDF file that they are on."""

    def find() -> PageBoxes:
        article = get_shown_article(service, article_id)
        words = _make_span(article, start, end)
        return _make_boxes(article, words, service.page_views.find_all_boxes(article, words))

    response.headers.update(CACHE_HEADERS)
    return await _run(find)


def _make_span(article: Article, start: int, end: int) -> Span:
    """Return words of an article. Raises HTTPException (422) if they are not in it."""
    if not start < end <= len(article.text):
        raise HTTPException(
            422,
            f"The words from {start} to {end} are not in the article, which has "
            f"{len(article.text):,} characters. Give the offsets of a quote.",
        )
    return Span(start, end)


def _make_boxes(article: Article, words: Span, boxes: Iterable[FractionBox]) -> PageBoxes:
    return PageBoxes(
        page=article.page_of(words.start) or 1,
        boxes=[PageBox(**box._asdict()) for box in boxes],
    )


async def _run(task: Callable[[], _Result]) -> _Result:
    """Return the result of a task that may start a process, when its turn has come.

    Raises:
        HTTPException: there is no such page (404), or too many wait (503).
    """
    if _LIMITER.statistics().tasks_waiting >= MAX_WAITING:
        raise HTTPException(
            503,
            "Too many pages are being shown. Try again in a few seconds.",
            {"Retry-After": str(RETRY_SECONDS)},
        )
    try:
        return await run_sync(task, limiter=_LIMITER)
    except NoPageError as error:
        raise HTTPException(404, str(error)) from error
