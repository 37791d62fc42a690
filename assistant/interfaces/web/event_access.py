"""List every event of the page with the permission that it needs. Others are refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import Scope

from assistant.accounts.request_access import get_access, get_user
from assistant.accounts.roles import Permission
from assistant.service.service import AssistantService

__all__ = ["EVENT_PERMISSIONS", "check_event_access", "serve_user"]

MAX_LOGGED_IDS = 10

# By the qualified names of the functions that answer them.
EVENT_PERMISSIONS: dict[str, Permission] = {
    "ChatPanel._ask": "ask",
    "ChatPanel._halt": "read",
    "ChatPanel._show": "read",
    "ChatPanel._suggest_followups": "ask",
    "ChatPanel.__init__.<locals>.model": "read",
    "ChatPanel.__init__.<locals>.rate": "ask",
    "ChatPanel.__init__.<locals>.write": "read",
    "LibraryPanel._fetch": "edit",
    "LibraryPanel._file": "edit",
    "LibraryPanel._halt": "read",
    "LibraryPanel._make_search_function.<locals>.search": "read",
    "LibraryPanel._open": "read",
    "LibraryPanel._paste": "edit",
    "LibraryPanel._refresh": "read",
    "LibraryPanel._remove": "edit",
    "LibraryPanel._rename": "edit",
    "LibraryPanel._restore": "edit",
    "LibraryPanel._show_first": "read",
    "LibraryPanel._upload": "edit",
    "_make_ask_endpoint.<locals>.ask": "ask",
    "build_page.<locals>.poll": "read",
}


def check_event_access(scope: Scope, function: Callable[..., Any], body: dict[str, Any]) -> None:
    """Check that the account of a request may call a function; record it if it is a change.

    Args:
        scope: the ASGI scope of the request.
        function: the function of the page.
        body: the checked body of the request.

    Raises:
        HTTPException: the account may not call it (403).
    """
    access = get_access(scope)
    if access is None:  # the server has no accounts
        return
    permission = EVENT_PERMISSIONS.get(function.__qualname__)
    if permission is None or not access.account or not access.account.has_permissions(permission):
        raise HTTPException(403, "Your account may not do this. Ask for another role.")
    if permission == "edit":
        action = function.__name__.removeprefix("_")
        access.record("page_event", action=action, articles=_find_article_ids(body))


def serve_user(service: AssistantService, request: Any) -> AssistantService:
    """Return the service for the user who sent an event, who sees no private article of others.

    Args:
        service: the service of the page, which sees the shared articles alone.
        request: the request that Gradio gives to the function of the event: its own for an event,
            that of Starlette for a function that the browser calls.
    """
    return service.for_user(get_user(getattr(request, "request", request).scope))


def _find_article_ids(body: dict[str, Any]) -> list[str] | None:
    """Return the IDs of the articles that an event names; None if it names none."""
    fields = body.get("event_data")
    ids = fields.get("ids") if isinstance(fields, dict) else None
    return [str(item)[:20] for item in ids[:MAX_LOGGED_IDS]] if isinstance(ids, list) else None
