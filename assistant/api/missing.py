"""What none of the API's routes takes."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

__all__ = ["Missing"]

OURS = ("/api/{rest:path}", "/v1/{rest:path}", "/healthz", "/readyz")


class Missing:
    """Says 405 where another method would do, else 404. Without it the page, mounted at "/", would answer with HTML."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._known = [route for route in routes if isinstance(route, APIRoute)]

    @property
    def routes(self) -> list[BaseRoute]:
        return [Route(path, endpoint=self, include_in_schema=False) for path in OURS]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        allowed = {one for route in self._known if route.path_regex.match(path) for one in route.methods or ()}
        if allowed:
            raise HTTPException(405, f"{path} does not take {method}.", {"Allow": ", ".join(sorted(allowed))})
        raise HTTPException(404, f"There is nothing at {path}. /api/openapi.json lists what there is.")
