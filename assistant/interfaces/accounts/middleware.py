"""Let requests pass only if their user or API key has the permissions that the route needs."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlencode

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from assistant.accounts.accounts import Accounts
from assistant.accounts.request_access import RequestAccess, set_access
from assistant.accounts.roles import Account
from assistant.interfaces.accounts.access import AccessRule, find_rule
from assistant.interfaces.accounts.session_cookie import get_cookie_name
from assistant.interfaces.http.problem_details import make_problem_response
from assistant.settings import Settings
from index.errors import AssistantError

__all__ = ["Authentication"]

AUTHENTICATIONS_AT_ONCE = 20  # threads
PROXY_USER_KEY = "proxy_user"  # in the scope: the name that a trusted proxy vouches for
API_PATHS = ("/api/", "/v1/", "/gradio_api/", "/mcp")


class Authentication:
    """Authenticate every request and check it against `ACCESS_RULES`.

    A request is signed in by an API key (`Authorization: Bearer`), by a trusted proxy or by the
    cookie of a session, in this order. A wrong key or an unknown user of the proxy is refused, even
    if there is a cookie.

    Args:
        app: the application that answers the requests that pass.
        accounts: the accounts of the server.
        settings: name the trusted proxies and the header in which they name the user. Headers of
            all other clients, also `X-Forwarded-For` and `X-Forwarded-Proto`, are ignored.
    """

    def __init__(self, app: ASGIApp, accounts: Accounts, settings: Settings) -> None:
        self.app = app
        self._accounts = accounts
        self._limiter = CapacityLimiter(AUTHENTICATIONS_AT_ONCE)
        self._sign_on_header = settings.sign_on_header
        self._trusted_proxies = settings.trusted_networks
        self._check_behind_proxy = ProxyHeadersMiddleware(
            self._check,
            [str(network) for network in self._trusted_proxies],
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] == "websocket":  # no route of the program is one
            await WebSocketClose(reason="There is nothing here.")(scope, receive, send)
            return
        # Before the proxy's address is replaced by that of its client.
        scope[PROXY_USER_KEY] = self._read_proxy_user(scope)
        await self._check_behind_proxy(scope, receive, send)

    def _read_proxy_user(self, scope: Scope) -> str | None:
        """Return the user whom a trusted proxy names; None if the request has no such proxy."""
        names = Headers(scope=scope).getlist(self._sign_on_header) if self._sign_on_header else []
        if not names or not scope.get("client"):
            return None
        try:
            peer = ip_address(scope["client"][0])
        except ValueError:  # the name of a local socket
            return None
        if not any(peer in network for network in self._trusted_proxies):
            return None
        # A proxy that adds its header to one of the client's vouches for neither.
        return names[0] if len(names) == 1 else ""

    async def _check(self, scope: Scope, receive: Receive, send: Send) -> None:
        rule = find_rule(scope["method"], scope["path"])
        address = scope["client"][0] if scope.get("client") else ""
        account: Account | None = None
        error: Exception | None = None
        try:
            # In a thread, because a database on another machine may not answer for seconds.
            account = await run_sync(self._authenticate, scope, limiter=self._limiter)
            error = _check_rule(rule, account, scope)
        except (HTTPException, AssistantError) as caught:
            error = caught
        access = RequestAccess(account, address, self._accounts.audit)
        set_access(scope, access)
        if rule and rule.is_audited and account:
            send = _record_response(access, scope, send)
        if error and not (rule and rule.is_public):
            response = (
                _redirect_to_sign_in(scope)
                if _is_unauthorized(error) and _is_page_request(scope)
                else make_problem_response(scope["path"], error)
            )
            await response(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _authenticate(self, scope: Scope) -> Account | None:
        """Return the account of a request; None if it names none.

        Raises:
            HTTPException: the key is wrong (401), or the proxy's user has no account (403).
        """
        headers = Headers(scope=scope)
        scheme, _, key = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            if account := self._accounts.find_by_key(key.strip()):
                return account
            raise _make_unauthorized("This API key is not valid.")
        proxy_user: str | None = scope[PROXY_USER_KEY]
        if proxy_user is not None:
            if account := self._accounts.find_by_name(proxy_user):
                return account
            raise HTTPException(403, f"There is no account {proxy_user[:100]!r} here.")
        token = cookie_parser(headers.get("cookie", "")).get(get_cookie_name(scope))
        return self._accounts.find_by_session(token) if token else None


def _check_rule(rule: AccessRule | None, account: Account | None, scope: Scope) -> Exception | None:
    """Return the error for a request that may not pass; None if it may."""
    if account is None:
        return _make_unauthorized("Sign in, or send an API key: Authorization: Bearer KEY.")
    if rule is None or rule.needs is None:
        return HTTPException(
            404, f"There is nothing at {scope['path'][:200]} for {scope['method']}."
        )
    if not account.has_permissions(*rule.needs):
        needed = " and ".join(repr(permission) for permission in rule.needs)
        return HTTPException(
            403, f"The account {account.name} may not do this: it needs the permission {needed}."
        )
    return None


def _make_unauthorized(detail: str) -> HTTPException:
    return HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})


def _is_unauthorized(error: Exception) -> bool:
    return isinstance(error, HTTPException) and error.status_code == 401


def _is_page_request(scope: Scope) -> bool:
    """Return whether a browser asks for a page that it would show."""
    headers = Headers(scope=scope)
    return (
        scope["method"] in ("GET", "HEAD")
        and "text/html" in headers.get("accept", "")
        and "authorization" not in headers
        and not scope["path"].startswith(API_PATHS)
    )


def _redirect_to_sign_in(scope: Scope) -> RedirectResponse:
    target = scope["path"]
    if query := scope["query_string"].decode("latin-1"):
        target += f"?{query}"
    suffix = "" if target == "/" else "?" + urlencode({"next": target})
    return RedirectResponse(f"/sign-in{suffix}", 303)


def _record_response(access: RequestAccess, scope: Scope, send: Send) -> Send:
    """Return a `send` that records the request with the status of its response."""

    async def record(message: Message) -> None:
        if message["type"] == "http.response.start":
            access.record(
                "request", method=scope["method"], path=scope["path"], status=message["status"]
            )
        await send(message)

    return record
