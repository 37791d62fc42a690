"""Create the HTTP API: `/api`, an OpenAI-compatible `/v1`, `/healthz` and `/readyz`."""

from __future__ import annotations

from collections.abc import Iterator
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

from assistant import __version__
from assistant.interfaces.http import (
    articles,
    ask,
    export,
    health,
    library,
    marks,
    openai_chat,
    pages,
    sheet,
    status,
)
from assistant.interfaces.http.import_slots import MAX_IMPORTS
from assistant.interfaces.http.limits import Limits
from assistant.interfaces.http.log_records import RecentRecords
from assistant.interfaces.http.middleware import RequestGuard
from assistant.interfaces.http.not_found import NotFoundRoutes
from assistant.interfaces.http.problem_details import PROBLEM_MEDIA_TYPE, add_error_handlers
from assistant.interfaces.http.request_log import RequestLog, ResponseObserver
from assistant.service.service import AssistantService

if TYPE_CHECKING:
    from assistant.interfaces.http.metrics import Metrics

__all__ = ["create_api"]

FASTAPI_ERROR_SCHEMAS = ("HTTPValidationError", "ValidationError")


def create_api(
    service: AssistantService,
    limits: Limits | None = None,
    metrics: Metrics | None = None,
    records: RecentRecords | None = None,
) -> FastAPI:
    """Create the API of a service.

    Applications that are mounted on it later, at any path, cannot hide the paths of the API.

    Args:
        service: the service that answers.
        limits: the maximum sizes of requests and articles; by default those of `Limits`.
        metrics: counts the responses, and is served at `/metrics`.
        records: the last warnings and errors, which `/api/status` shows; by default none.
    """
    app = _ArticleAPI(
        observe=metrics.observe_response if metrics else None,
        title="Article assistant",
        description=(
            "Ask questions about articles. Every answer has exact quotes. "
            "If the articles do not contain the answer, the response says so."
        ),
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,  # FastAPI's documentation pages load scripts from other hosts
        redoc_url=None,
    )
    app.state.service = service
    app.state.import_slots = BoundedSemaphore(MAX_IMPORTS)
    app.state.records = records or RecentRecords()
    app.state.limits = limits = limits or Limits()
    modules = (ask, export, articles, sheet, pages, marks, library, openai_chat, health, status)
    routers = [module.router for module in modules]
    if metrics and service.settings.metrics != "off":
        from assistant.interfaces.http.metrics import create_metrics_router

        metrics.watch(service)
        routers.append(create_metrics_router(metrics, service.settings.metrics))
    for router in routers:
        app.include_router(router)
    app.router.routes += NotFoundRoutes(
        route for router in routers for route in router.routes
    ).routes
    # Gradio adds permissive CORS headers unless the application that it is mounted on has this
    # middleware.
    app.add_middleware(CORSMiddleware, allow_origins=())
    app.add_middleware(RequestGuard, limits=limits)
    add_error_handlers(app)
    return app


class _ArticleAPI(FastAPI):
    """A FastAPI application that logs requests and describes the errors that it really sends."""

    def __init__(self, observe: ResponseObserver | None, **options: Any) -> None:
        super().__init__(**options)
        self._observe = observe

    def build_middleware_stack(self) -> ASGIApp:
        """Return the application below its middleware; unexpected errors have an ID as well."""
        return RequestLog(super().build_middleware_stack(), self._observe)

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI document, with the schemas and media types of this API's errors.

        FastAPI would describe validation errors in a form that `problem_details` replaces.
        """
        if not self.openapi_schema:
            document = super().openapi()
            for path, methods in document["paths"].items():
                for method in methods.values():
                    method["responses"] = dict(
                        _describe_responses_as_sent(path, method["responses"])
                    )
            for name in FASTAPI_ERROR_SCHEMAS:
                document["components"]["schemas"].pop(name, None)
        return super().openapi()


def _describe_responses_as_sent(path: str, responses: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield each code with its response; give errors the media type that they are sent with."""
    error_type = "application/json" if path.startswith("/v1") else PROBLEM_MEDIA_TYPE
    for code, response in responses.items():
        if code < "400":
            yield code, response
            continue
        (content,) = response["content"].values()
        if not content["schema"]["$ref"].endswith(FASTAPI_ERROR_SCHEMAS):
            yield code, {**response, "content": {error_type: content}}
