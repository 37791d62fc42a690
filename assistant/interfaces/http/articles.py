"""Serve `/api/articles`: list, read, add, rename, refresh, remove and restore articles."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field, WrapValidator
from starlette.exceptions import HTTPException

from assistant.interfaces.http.import_slots import ImportProgress, ImportProgressDependency
from assistant.interfaces.http.limits import LimitsDependency
from assistant.interfaces.http.problem_details import Responses, describe_problems
from assistant.interfaces.http.schemas import (
    ArticleDetail,
    ArticleMetadata,
    make_article_detail,
    make_metadata_fields,
)
from assistant.interfaces.http.streaming import ServiceDependency, get_article
from assistant.service.service import AssistantService
from assistant.sources import fetch_article, make_fetcher, source_location
from index.loaders import SUPPORTED_FORMATS, is_address, load, load_bytes
from index.loaders.base import clean_text, strip_folders
from index.storage.article_records import MAX_TAG_CHARACTERS, MAX_TAGS
from index.text.article import MAX_TITLE_CHARACTERS, Article

__all__ = ["PrivateFlag", "get_upload_name", "router"]

MetadataText = Annotated[str, Field(max_length=500)]
PrivateFlag = Annotated[
    bool,
    Field(
        description="Whether the user alone sees it. Needs an account. It cannot be changed later."
    ),
]

router = APIRouter(prefix="/api/articles", tags=["articles"], responses=describe_problems(403, 503))


class NewArticle(BaseModel):
    """A text to add as an article.

    The text is stored unchanged, because the offsets of quotes count its code points.
    """

    model_config = ConfigDict(extra="forbid")

    text: str = Field(
        min_length=1,
        description="The text, with blank lines between paragraphs.",
        examples=["It cost 3 euros."],
    )
    title: MetadataText = ""
    author: MetadataText = ""
    date: MetadataText = ""
    source: MetadataText = Field(
        "", description="Where the text is from: a file name or a URL, not a path."
    )
    language: str | None = Field(
        None,
        pattern="^[a-z]{2,3}$",
        description="ISO 639 code. Selects the rules that split the text into sentences. "
        "By default the language is detected.",
    )
    private: PrivateFlag = False


class NewAddress(BaseModel):
    """The URL of an article to add.

    URLs that are not public are refused, unless the server's settings allow them.
    """

    model_config = ConfigDict(extra="forbid")

    url: str = Field(
        min_length=1,
        max_length=2_000,
        description="An http or https URL. https is used if it has no scheme.",
    )
    private: PrivateFlag = False


def _validate_new_article(value: Any, handler: object) -> NewArticle | NewAddress:
    """Validate a request body as an address if it has a `url`, else as a text.

    Pydantic's own union would report the errors of both models.
    """
    has_url = isinstance(value, dict) and "url" in value
    return (NewAddress if has_url else NewArticle).model_validate(value)


NewArticleBody = Annotated[NewArticle | NewAddress, WrapValidator(_validate_new_article)]


class NewFile(BaseModel):
    """A file to add as an article."""

    model_config = ConfigDict(extra="forbid")

    file: UploadFile = Field(
        description=f"{SUPPORTED_FORMATS}. The format is detected by content, then by name."
    )
    private: PrivateFlag = False


class NewTitle(BaseModel):
    """The new title of an article."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(
        min_length=1,
        max_length=MAX_TITLE_CHARACTERS,
        description="The new title. The ID and all quotes stay valid.",
    )


class NewTags(BaseModel):
    """The tags of an article, instead of those that it has."""

    model_config = ConfigDict(extra="forbid")

    tags: list[Annotated[str, Field(max_length=MAX_TAG_CHARACTERS)]] = Field(
        max_length=MAX_TAGS, description="An empty list removes all tags."
    )


class ArticleFilter(BaseModel):
    """Select the articles to list."""

    model_config = ConfigDict(extra="forbid")

    removed: bool = Field(
        False,
        description="List removed articles that can be restored, instead of current ones.",
    )


class ArticleList(BaseModel):
    """The articles of the library, without their texts."""

    articles: list[ArticleMetadata]


NEW_VERSION_RESPONSE: Responses = {
    201: {"model": ArticleDetail, "description": "A new version was stored"}
}
ALREADY_PRESENT_RESPONSE: Responses = {
    200: {"model": ArticleDetail, "description": "The article was in the library already"}
}


@router.get("", responses=describe_problems(422))
def list_articles(
    query: Annotated[ArticleFilter, Query()], service: ServiceDependency
) -> ArticleList:
    """List the articles of the library, or the removed ones that can be restored. Oldest first."""
    return ArticleList(
        articles=[
            ArticleMetadata(**make_metadata_fields(summary, service))
            for summary in service.library.listed(removed=query.removed)
        ]
    )


@router.post(
    "", status_code=201, responses=ALREADY_PRESENT_RESPONSE | describe_problems(400, 413, 415, 422)
)
def add_article(
    new: NewArticleBody,
    service: ServiceDependency,
    limits: LimitsDependency,
    progress: ImportProgressDependency,
    response: Response,
) -> ArticleDetail:
    """Add a text, or the article at a URL, to the library.

    The article is indexed when the response arrives. Indexing takes about a minute per million
    characters. Adding the same article again changes nothing.
    """
    owner = service.get_owner(is_private=new.private)
    if isinstance(new, NewAddress):
        fetched = fetch_article(new.url, service.settings)
        return _add_article(fetched.owned_by(owner), service, progress, response)
    _check_size(len(new.text.encode()), limits.article, "text")
    if strip_folders(new.source) != new.source.strip():
        raise HTTPException(
            422,
            f"The source {new.source} is a path on a machine. Give a file name or a URL.",
        )
    article = Article.from_text(
        new.text,
        new.title,
        author=new.author,
        date=new.date,
        source=new.source,
        language=new.language,
    )
    return _add_article(article.owned_by(owner), service, progress, response)


@router.post(
    "/file",
    status_code=201,
    responses=ALREADY_PRESENT_RESPONSE | describe_problems(400, 413, 415, 422),
)
def add_file(
    new: Annotated[NewFile, Form(media_type="multipart/form-data")],
    service: ServiceDependency,
    limits: LimitsDependency,
    progress: ImportProgressDependency,
    response: Response,
) -> ArticleDetail:
    """Add the article in a file to the library."""
    owner = service.get_owner(is_private=new.private)
    data = new.file.file.read(limits.article + 1)
    _check_size(len(data), limits.article, "file")
    article = load_bytes(data, get_upload_name(new.file))
    return _add_article(article.owned_by(owner), service, progress, response)


@router.get("/{article_id}", responses=describe_problems(404))
def show_article(article_id: str, service: ServiceDependency) -> ArticleDetail:
    """Retrieve an article with its text."""
    return make_article_detail(get_article(service.library, article_id), service)


@router.patch("/{article_id}", responses=describe_problems(400, 404, 413, 415, 422))
def rename_article(article_id: str, new: NewTitle, service: ServiceDependency) -> ArticleDetail:
    """Change the title of an article."""
    return make_article_detail(
        service.library.rename(_get_current_article(article_id, service).id, new.title), service
    )


@router.put("/{article_id}/tags", responses=describe_problems(400, 404, 413, 415, 422))
def set_tags(article_id: str, new: NewTags, service: ServiceDependency) -> ArticleDetail:
    """Replace the tags of an article."""
    article = _get_current_article(article_id, service)
    service.library.set_tags(article.id, new.tags)
    return make_article_detail(article, service)


@router.post(
    "/{article_id}/refresh", responses=NEW_VERSION_RESPONSE | describe_problems(404, 409, 422)
)
def refresh_article(
    article_id: str, service: ServiceDependency, response: Response
) -> ArticleDetail:
    """Load an article from its URL again.

    If the text has changed, a new version replaces the article; quotes of the old version stay
    valid. Articles from files are not reloaded here. The article that the page shows cannot be
    replaced.
    """
    old = _get_current_article(article_id, service)
    location = source_location(old.source)
    if not is_address(location):
        raise HTTPException(
            422,
            f"The article {article_id} was not loaded from a URL. "
            "`article-assistant library refresh` loads files again.",
        )
    _check_not_open(old, service, "refresh")
    loaded = load(location, make_fetcher(service.settings))
    # Check again: the article may have been removed or replaced while the new text was loading.
    current = service.library.replace(_get_current_article(old.id, service).id, loaded)
    if current.id != old.id:
        response.status_code = 201
        response.headers["Location"] = f"/api/articles/{current.id}"
    return make_article_detail(current, service)


@router.post("/{article_id}/restore", responses=describe_problems(404))
def restore_article(article_id: str, service: ServiceDependency) -> ArticleDetail:
    """Restore an article that was removed in the last 30 days.

    An article that was not removed stays unchanged.
    """
    try:
        return make_article_detail(service.library.restore(article_id), service)
    except KeyError as error:
        raise HTTPException(
            404,
            f"There is no article {article_id[:100]!r} that was removed. "
            "GET /api/articles?removed=true lists those.",
        ) from error


@router.delete("/{article_id}", status_code=204, responses=describe_problems(404, 409))
def remove_article(article_id: str, service: ServiceDependency) -> None:
    """Remove an article. It can be restored for 30 days.

    The article that the page shows cannot be removed.
    """
    _check_not_open(get_article(service.library, article_id), service, "remove")
    service.library.remove(article_id)


def _get_current_article(article_id: str, service: AssistantService) -> Article:
    """Return an article of the library.

    Raises:
        HTTPException: there is no such article, or a newer version has replaced it (404).
    """
    article = get_article(service.library, article_id)
    if not service.library.store.has(article.id):
        raise HTTPException(
            404, f"The article {article_id} has a newer version. GET /api/articles lists it."
        )
    return article


def _check_not_open(article: Article, service: AssistantService, action: str) -> None:
    """Raise HTTPException (409) if the page shows the article."""
    if article.id == service.article.id:
        raise HTTPException(
            409, f"The article {article.id} is open on the page. Serve another one to {action} it."
        )


def _check_size(size: int, max_size: int, kind: str) -> None:
    """Raise HTTPException (413) if a text or file is larger than `max_size` bytes."""
    if size > max_size:
        raise HTTPException(
            413,
            f"The {kind} is too large; at most {max_size / 1e6:.0f} MB can be added. "
            "Cut it into parts.",
        )


def get_upload_name(file: UploadFile) -> str:
    """Return the last part of the file name that the client sent, to use as the article's source.

    The result is never a path on this machine.
    """
    name = PurePosixPath(clean_text(file.filename or "").replace("\\", "/").replace("\n", " ")).name
    return name[-100:].strip(". ") or "file"


def _add_article(
    article: Article, service: AssistantService, progress: ImportProgress, response: Response
) -> ArticleDetail:
    """Add an article to the library and set the status and the Location header of the response."""
    response.status_code = 200 if service.library.store.has(article.id) else 201
    progress(0, 1)  # the client may be gone already
    added = service.library.add(article, progress)
    response.headers["Location"] = f"/api/articles/{added.id}"
    return make_article_detail(added, service)
