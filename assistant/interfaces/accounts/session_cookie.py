"""Name, set and delete the cookie of a session."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Scope

__all__ = ["delete_cookie", "get_cookie_name", "set_cookie"]

COOKIE_NAME = "article-assistant-session"


def get_cookie_name(scope: Scope) -> str:
    """Return the name of the cookie.

    Over HTTPS, browsers accept a name with this prefix only from this host itself, not from other
    hosts of its domain.
    """
    return f"__Host-{COOKIE_NAME}" if _is_secure(scope) else COOKIE_NAME


def set_cookie(response: Response, scope: Scope, token: str, max_age: int) -> None:
    """Give the browser the token of a session, for `max_age` seconds."""
    response.set_cookie(
        get_cookie_name(scope),
        token,
        max_age=max_age,
        path="/",
        secure=_is_secure(scope),
        httponly=True,
        samesite="strict",
    )


def delete_cookie(response: Response, scope: Scope) -> None:
    """Make the browser forget the token of its session."""
    response.delete_cookie(
        get_cookie_name(scope),
        path="/",
        secure=_is_secure(scope),
        httponly=True,
        samesite="strict",
    )


def _is_secure(scope: Scope) -> bool:
    return bool(scope["scheme"] == "https")
