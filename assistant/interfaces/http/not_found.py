"""Answer requests that match no route of the API."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

__all__ = ["NotFoundRoutes"]

API_PATHS = ("/api/{rest:path}", "/v1/{rest:path}", "/healthz", "/readyz")


class NotFoundRoutes:
    """Answer 405 if another method is allowed at the path, else 404.

    Without these routes the page, which is mounted at "/", would answer with HTML.
    """

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._api_routes = [route for route in routes if isinstance(route, APIRoute)]

    @property
    def routes(self) -> list[BaseRoute]:
        """The routes to add after those of the API."""
        return [Route(path, endpoint=self, include_in_schema=False) for path in API_PATHS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        allowed = {
            allowed_method
            for route in self._api_routes
            if route.path_regex.match(path)
            for allowed_method in route.methods or ()
        }
        if allowed:
            raise HTTPException(
                405,
                f"{path} does not accept {method}. /api/openapi.json lists the methods.",
                {"Allow": ", ".join(sorted(allowed))},
            )
        raise HTTPException(
            404, f"There is nothing at {path}. /api/openapi.json lists all endpoints."
        )
