"""`/api/library`: the whole library, or some of it, as one file."""

from __future__ import annotations

from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Annotated, Literal

from fastapi import APIRouter, Form, Query, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from index.bundle import Bundle, write_to

from .articles import name_of
from .asking import AtDesk, article_of
from .problems import Responses, problems
from .telling import Listed, facts_of

__all__ = ["router"]

UNPACKED = 100_000_000  # bytes; embedding takes about a minute a million
PIECE = 1_000_000

router = APIRouter(prefix="/api/library", tags=["library"], responses=problems(403, 503))


class Chosen(BaseModel):
    """What is exported."""

    model_config = ConfigDict(extra="forbid")

    articles: list[str] = Field([], max_length=1_000, description="ids, each as a parameter of its own; none: all articles")


class NewLibrary(BaseModel):
    """An exported library."""

    model_config = ConfigDict(extra="forbid")

    file: UploadFile = Field(description="what `GET /api/library` or `library export` wrote")


class Imported(Listed):
    """An article of an exported library."""

    status: Literal["added", "there"]


class Library(BaseModel):
    """What became of each article, in the file's order."""

    articles: list[Imported]


class Archive(StreamingResponse):
    """A file that is there no more once it is sent."""

    media_type = "application/zip"


ZIP: Responses = {200: {"content": {Archive.media_type: {"schema": {"type": "string", "format": "binary"}}}}}


@router.get("", response_class=Archive, responses=ZIP | problems(404, 422))
def export_library(chosen: Annotated[Chosen, Query()], desk: AtDesk) -> Archive:
    """Articles as one file, from which another library can import them. Earlier versions, and what was removed, are not in it."""
    ids = [article_of(desk.library, one).id for one in dict.fromkeys(chosen.articles)] or desk.library.store.ids()
    file = TemporaryFile()  # noqa: SIM115 it is closed when it is sent
    try:
        write_to(file, desk.library.store, ids)
    except BaseException as error:
        file.close()
        if isinstance(error, KeyError):
            raise HTTPException(
                404, f"The article {error.args[0]} is not in the library now. GET /api/articles lists them."
            ) from error
        if isinstance(error, OSError):
            raise HTTPException(503, f"The file cannot be written here ({error.strerror}). Export fewer articles.") from error
        raise
    size = str(file.tell())
    file.seek(0)
    return Archive(_pieces(file), headers={"Content-Length": size, "Content-Disposition": 'attachment; filename="library.zip"'})


@router.post("", responses=problems(400, 413, 415, 422))
def import_library(new: Annotated[NewLibrary, Form(media_type="multipart/form-data")], desk: AtDesk) -> Library:
    """Add the articles of an exported library, ready to be asked when this returns. What is there already is left as it is.

    All of the file is checked before anything is added. Of sources that are files on a disk, only the names are taken.
    """
    bundle = Bundle(new.file.file, name_of(new.file), largest=UNPACKED)
    became = {kept.id: status for kept, status in bundle.into(desk.library)}
    known = {one.id: one for one in desk.library.listed()}
    return Library(
        articles=[Imported(**facts_of(known[one], desk), status=status) for one, status in became.items() if one in known]
    )


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
