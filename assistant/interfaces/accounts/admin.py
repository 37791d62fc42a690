"""Serve `/admin`, the page for administrators. It needs no script."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from anyio.to_thread import run_sync
from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from assistant.accounts.accounts import Accounts
from assistant.interfaces.accounts.pages import TEMPLATES
from assistant.interfaces.http.log_records import RecentRecords
from assistant.interfaces.http.status import check_administrator
from assistant.service.service import AssistantService
from assistant.service.status import describe_status

__all__ = ["AdminPage"]

SHORTEST_UPDATE, LONGEST_UPDATE = 5, 3_600  # seconds


@dataclass(frozen=True)
class _ListedUser:
    name: str
    role: str
    added: str
    keys: int


class AdminPage:
    """The page `/admin`: the queue, the model, the library, the storage, users and errors.

    Args:
        service: what the page describes.
        records: the last warnings and errors.
        accounts: the users; None if the server has no accounts.
    """

    def __init__(
        self, service: AssistantService, records: RecentRecords, accounts: Accounts | None
    ) -> None:
        self._service = service
        self._records = records
        self._accounts = accounts
        self._templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)

    @property
    def route(self) -> Route:
        """Return the route to add to the application."""
        return Route("/admin", self._show, methods=["GET"])

    async def _show(self, request: Request) -> Response:
        check_administrator(request)
        html = await run_sync(self._render, request.query_params.get("every", ""))
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})

    def _render(self, every: str) -> str:
        seconds = int(every[:5]) if every.isascii() and every.isdecimal() else 0
        return self._templates.get_template("admin.html").render(
            status=describe_status(self._service, self._records.list_newest_first()),
            users=self._list_users(),
            every=min(max(seconds, SHORTEST_UPDATE), LONGEST_UPDATE) if seconds else 0,
            language="en",
        )

    def _list_users(self) -> list[_ListedUser] | None:
        if self._accounts is None:
            return None
        keys = Counter(key.user for key in self._accounts.list_keys())
        return [
            _ListedUser(user.name, user.role, user.added, keys[user.name])
            for user in self._accounts.list_users()
        ]
