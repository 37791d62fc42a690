"""Serve `/api/export`: a conversation as a file."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from assistant.answer.answer import Answer
from assistant.answer.render.transcript import MEDIA_TYPES, Format, export_file
from assistant.interfaces.http.problem_details import Responses, describe_problems
from assistant.interfaces.http.streaming import ServiceDependency, get_article

__all__ = ["router"]

router = APIRouter(
    prefix="/api", tags=["ask"], responses=describe_problems(400, 403, 404, 413, 415, 422)
)


class ExportedTurn(BaseModel):
    """A question, and its answer as `POST /api/ask` returned it."""

    model_config = ConfigDict(extra="forbid")

    question: Annotated[str, Field(min_length=1, max_length=20_000)]
    answer: dict[str, Any]


class ExportRequest(BaseModel):
    """A conversation to export."""

    model_config = ConfigDict(extra="forbid")

    turns: list[ExportedTurn] = Field(
        min_length=1, max_length=1_000, description="The questions and answers, oldest first."
    )
    articles: list[str] = Field(
        [],
        max_length=50,
        description="IDs of the articles that were asked. If empty, the article that the page "
        "shows. Quotes that are not in these articles are left out.",
    )
    format: Format = Field("md", description="Markdown, a web page to print, JSON or Word.")
    title: str = Field("", max_length=500, description="By default the first question.")


FILE_RESPONSE: Responses = {
    200: {
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in MEDIA_TYPES.values()
        }
    }
}


@router.post("/export", response_class=Response, responses=FILE_RESPONSE)
def export(conversation: ExportRequest, service: ServiceDependency) -> Response:
    """Export questions and answers as a file. Every quote is verified again."""
    articles = [
        get_article(service.library, article_id)
        for article_id in dict.fromkeys(conversation.articles)
    ] or [service.article]
    turns = [
        (turn.question, Answer.from_dict(turn.answer, articles, service.find_article))
        for turn in conversation.turns
    ]
    file = export_file(turns, articles, conversation.format, conversation.title)
    name = f"chat.{conversation.format}"
    return Response(
        file,
        media_type=MEDIA_TYPES[conversation.format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
