"""The HTTP API: `/api`, an OpenAI-compatible `/v1`, `/healthz` and `/readyz`, as one FastAPI application."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from ..page.desk import Desk
from . import articles, ask, chat, health, library
from .guard import Guard
from .missing import Missing
from .problems import PROBLEM, handle

__all__ = ["create_api"]

FASTAPIS = ("HTTPValidationError", "ValidationError")


def create_api(desk: Desk) -> FastAPI:
    """The API over a desk. What is mounted on it later, at whatever path, shadows none of its own paths."""
    app = _Api(
        title="Article assistant",
        description="Ask an article. Every answer carries exact quotes; what the article does not say, it says it does not say.",
        version="0.1.0",
        openapi_url="/api/openapi.json",
        docs_url=None,  # FastAPI's pages load scripts from elsewhere
        redoc_url=None,
    )
    app.state.desk = desk
    routers = [ask.router, articles.router, library.router, chat.router, health.router]
    for router in routers:
        app.include_router(router)
    app.router.routes += Missing(route for router in routers for route in router.routes).routes
    # Gradio adds permissive CORS headers of its own unless the application it is mounted on has this middleware.
    app.add_middleware(CORSMiddleware, allow_origins=())
    app.add_middleware(Guard)
    handle(app)
    return app


class _Api(FastAPI):
    def openapi(self) -> dict[str, Any]:
        """FastAPI's document, with errors as they are sent: not in its own form, nor under its own media type."""
        if not self.openapi_schema:
            document = super().openapi()
            for path, methods in document["paths"].items():
                for method in methods.values():
                    method["responses"] = dict(_as_sent(path, method["responses"]))
            for name in FASTAPIS:
                document["components"]["schemas"].pop(name, None)
        return super().openapi()


def _as_sent(path: str, responses: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for status, response in responses.items():
        if status < "400":
            yield status, response
            continue
        (content,) = response["content"].values()
        if not content["schema"]["$ref"].endswith(FASTAPIS):
            yield status, {**response, "content": {"application/json" if path.startswith("/v1") else PROBLEM: content}}
