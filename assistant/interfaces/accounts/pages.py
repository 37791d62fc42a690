"""Serve the pages on which users sign in and out and change passwords. They need no script."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from jinja2 import Environment, FileSystemLoader
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from assistant.accounts.accounts import Accounts, SignInError
from assistant.accounts.lockout import LockedError
from assistant.accounts.passwords import MIN_PASSWORD_CHARS
from assistant.accounts.request_access import RequestAccess, get_access
from assistant.interfaces.accounts.session_cookie import (
    delete_cookie,
    get_cookie_name,
    set_cookie,
)
from assistant.interfaces.web.i18n import LANGUAGES, load_catalogue
from index.errors import InputError

__all__ = ["AccountPages", "TEMPLATES"]

TEMPLATES = Path(__file__).parent / "templates"
HEADERS = {
    "Cache-Control": "no-store",
    # With "no-referrer", browsers would send the forms with "Origin: null", which is refused.
    "Referrer-Policy": "same-origin",
}
CHECKS_AT_ONCE = 2  # each takes 64 MB of memory
# A path of this server. "//host" and "/\host" are other hosts for a browser.
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_CATALOGUES = {"en": dict[str, str]()} | {name: load_catalogue(name) for name in LANGUAGES}


class AccountPages:
    """The pages `/sign-in` and `/account`, and what their forms are sent to.

    Args:
        accounts: the accounts of the server.
    """

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._limiter = CapacityLimiter(CHECKS_AT_ONCE)
        self._templates = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)

    @property
    def routes(self) -> list[Route]:
        """The routes to add to the application."""
        return [
            Route("/sign-in", self._show_sign_in, methods=["GET"]),
            Route("/sign-in", self._sign_in, methods=["POST"]),
            Route("/sign-out", self._sign_out, methods=["POST"]),
            Route("/account", self._show_account, methods=["GET"]),
            Route("/account/password", self._change_password, methods=["POST"]),
        ]

    async def _show_sign_in(self, request: Request) -> Response:
        target = _get_local_path(request.query_params.get("next", ""))
        if _get_request_access(request).account:
            return RedirectResponse(target, 303)
        return self._render(request, "sign-in.html", target=target)

    async def _sign_in(self, request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=10)
        target = _get_local_path(_get_text(form, "next"))
        name, address = _get_text(form, "name"), _get_request_access(request).address
        try:
            token = await run_sync(
                self._accounts.sign_in,
                *(name, _get_text(form, "password"), address),
                limiter=self._limiter,
            )
        except (SignInError, LockedError) as error:
            return self._render_error(request, "sign-in.html", error, target=target, name=name)
        response = RedirectResponse(target, 303)
        set_cookie(response, request.scope, token, self._accounts.session_seconds)
        return response

    async def _sign_out(self, request: Request) -> Response:
        access, token = _get_session(request)
        assert access.account
        self._accounts.sign_out(token, access.account, access.address)
        response = RedirectResponse("/sign-in", 303)
        delete_cookie(response, request.scope)
        return response

    async def _show_account(self, request: Request) -> Response:
        return self._render(request, "account.html")

    async def _change_password(self, request: Request) -> Response:
        access, _ = _get_session(request)
        assert access.account
        form = await request.form(max_files=0, max_fields=10)
        new = _get_text(form, "new")
        if new != _get_text(form, "again"):
            return self._render(request, "account.html", 422, error="The new passwords differ.")
        try:
            await run_sync(
                self._accounts.change_password,
                *(access.account.name, _get_text(form, "old"), new, access.address),
                limiter=self._limiter,
            )
        except (SignInError, LockedError, InputError) as error:
            return self._render_error(request, "account.html", error)
        note = "The password was changed. Sign in with the new one."
        response = self._render(request, "sign-in.html", target="/", note=note)
        delete_cookie(response, request.scope)
        return response

    def _render_error(
        self, request: Request, template: str, error: Exception, **values: object
    ) -> Response:
        """Return a page with an error, in the language of the user."""
        if isinstance(error, LockedError):
            text = "Too many sign-ins have failed. Try again in {minutes} minutes."
            values |= {"error": text, "minutes": error.retry_seconds // 60}
            response = self._render(request, template, 429, **values)
            response.headers["Retry-After"] = str(error.retry_seconds)
            return response
        if isinstance(error, SignInError):
            return self._render(request, template, 403, error=str(error), **values)
        text = "A password needs at least {number} characters."
        return self._render(request, template, 422, error=text, number=MIN_PASSWORD_CHARS, **values)

    def _render(
        self, request: Request, template: str, status: int = 200, **values: Any
    ) -> HTMLResponse:
        language = _select_language(request.headers.get("accept-language", ""))
        html = self._templates.get_template(template).render(
            {"error": "", "note": "", **values},
            account=_get_request_access(request).account,
            language=language,
            say=_make_translate(language),
            min_characters=MIN_PASSWORD_CHARS,
        )
        return HTMLResponse(html, status, HEADERS)


def _get_request_access(request: Request) -> RequestAccess:
    access = get_access(request.scope)
    assert access  # these pages exist only behind the middleware
    return access


def _get_session(request: Request) -> tuple[RequestAccess, str]:
    """Return the access of a request and the token of its session.

    Raises:
        HTTPException: the request was not signed in by a session (403).
    """
    access = _get_request_access(request)
    if access.account is None or access.account.method != "session":
        raise HTTPException(403, "Only a user who has signed in on the page may do this.")
    return access, request.cookies[get_cookie_name(request.scope)]


def _get_text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _get_local_path(target: str) -> str:
    """Return a path of this server to go to; the page if `target` is none."""
    return target if _LOCAL_PATH.fullmatch(target) else "/"


def _select_language(accepted: str) -> str:
    """Return the first language of an Accept-Language header that the page has, else English."""
    names = (part.partition(";")[0].strip()[:2].lower() for part in accepted[:1_000].split(","))
    return next((name for name in names if name in _CATALOGUES), "en")


def _make_translate(language: str) -> Callable[..., str]:
    """Return a function that translates a text and then fills in its placeholders."""
    catalogue = _CATALOGUES[language]

    def say(english: str, **values: object) -> str:
        return catalogue.get(english, english).format(**values)

    return say
