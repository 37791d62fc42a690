"""Serve `/api/library`: export and import articles as one file; search their texts."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Annotated, Literal

from fastapi import APIRouter, Form, Query, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from assistant.interfaces.http.articles import PrivateFlag, get_upload_name
from assistant.interfaces.http.limits import LimitsDependency
from assistant.interfaces.http.problem_details import Responses, describe_problems
from assistant.interfaces.http.schemas import ArticleMetadata, make_metadata_fields
from assistant.interfaces.http.streaming import ServiceDependency, get_article
from index.storage.bundle import Bundle, BundleLimits, write_bundle_stream

__all__ = ["router"]

CHUNK_BYTES = 1_000_000

router = APIRouter(prefix="/api/library", tags=["library"], responses=describe_problems(403, 503))


class ExportSelection(BaseModel):
    """Select the articles to export."""

    model_config = ConfigDict(extra="forbid")

    articles: list[str] = Field(
        [],
        max_length=1_000,
        description="Article IDs. Repeat the parameter for several. If empty, all articles.",
    )


class NewLibrary(BaseModel):
    """A library export to import."""

    model_config = ConfigDict(extra="forbid")

    file: UploadFile = Field(description="A file from `GET /api/library` or `library export`.")
    private: PrivateFlag = False


class TextQuery(BaseModel):
    """Words to look for in the texts of the library."""

    model_config = ConfigDict(extra="forbid")

    words: str = Field(min_length=1, max_length=500)
    count: int = Field(20, ge=1, le=100, description="The maximum number of hits.")


class TextHitBody(BaseModel):
    """The sentence of an article that has most of the words. Offsets are code points."""

    article_id: str
    text: str
    start: int
    end: int
    words: list[tuple[int, int]]  # start and end of each word, in the article
    passages: int  # how many passages of the article have all words


class TextSearchResult(BaseModel):
    """The hits, best first."""

    hits: list[TextHitBody]


class ImportedArticle(ArticleMetadata):
    """An article of the imported file, and whether it was added or in the library already."""

    status: Literal["added", "there"]


class ImportResult(BaseModel):
    """The imported articles, in the order of the file."""

    articles: list[ImportedArticle]


class ZipResponse(StreamingResponse):
    """A ZIP archive from a temporary file."""

    media_type = "application/zip"


ZIP_RESPONSE: Responses = {
    200: {"content": {ZipResponse.media_type: {"schema": {"type": "string", "format": "binary"}}}}
}


@router.get("", response_class=ZipResponse, responses=ZIP_RESPONSE | describe_problems(404, 422))
def export_library(
    query: Annotated[ExportSelection, Query()], service: ServiceDependency
) -> ZipResponse:
    """Export articles as one file, which another library can import.

    With accounts, these are the shared articles and the user's own private ones, without the mark
    that they are private. Earlier versions and removed articles are not included.
    """
    ids = [
        get_article(service.library, article_id).id for article_id in dict.fromkeys(query.articles)
    ] or service.library.store.ids()
    file = TemporaryFile()  # noqa: SIM115 `_read_chunks` closes it
    try:
        write_bundle_stream(file, service.library.store, ids)
    except BaseException as error:
        file.close()
        if isinstance(error, KeyError):
            raise HTTPException(
                404,
                f"The article {error.args[0]} is no longer in the library. "
                "GET /api/articles lists all articles.",
            ) from error
        if isinstance(error, OSError):
            raise HTTPException(
                503, f"The file cannot be written here ({error.strerror}). Export fewer articles."
            ) from error
        raise
    size = str(file.tell())
    file.seek(0)
    return ZipResponse(
        _read_chunks(file),
        headers={
            "Content-Length": size,
            "Content-Disposition": 'attachment; filename="library.zip"',
        },
    )


@router.post("", responses=describe_problems(400, 413, 415, 422))
def import_library(
    new: Annotated[NewLibrary, Form(media_type="multipart/form-data")],
    service: ServiceDependency,
    limits: LimitsDependency,
) -> ImportResult:
    """Import the articles of a library export.

    The articles are indexed when the response arrives. Articles that are in the library already
    stay unchanged. The whole file is checked before anything is added. Sources that are file paths
    are reduced to the file name. The file names no owners: with `private`, all of its articles
    become private ones of the user, else shared ones.
    """
    bundle = Bundle(
        new.file.file,
        get_upload_name(new.file),
        limits=BundleLimits(unpacked=limits.unpacked_library),
    )
    owner = service.get_owner(is_private=new.private)
    statuses = {article.id: status for article, status in bundle.into(service.library, owner)}
    summaries = {summary.id: summary for summary in service.library.listed()}
    return ImportResult(
        articles=[
            ImportedArticle(**make_metadata_fields(summaries[article_id], service), status=status)
            for article_id, status in statuses.items()
            if article_id in summaries
        ]
    )


@router.get("/search", responses=describe_problems(422))
def search_library(
    query: Annotated[TextQuery, Query()], service: ServiceDependency
) -> TextSearchResult:
    """Search the texts of all articles for words, in any of their forms.

    There is one hit for each article with a passage that has all words, best first. Of the last
    word, the beginning is enough.
    """
    return TextSearchResult(
        hits=[
            TextHitBody(
                article_id=hit.article_id,
                text=hit.text,
                start=hit.sentence.start,
                end=hit.sentence.end,
                words=list(hit.words),
                passages=hit.passages,
            )
            for hit in service.library.search_texts(query.words, query.count)
        ]
    )


def _read_chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a file, then close it."""
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
