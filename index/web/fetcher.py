"""Fetch a URL: check it and every redirect, and read the body within limits."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from socket import gaierror
from ssl import SSLError

import httpcore
import httpx

from index.errors import ArticleError
from index.web.pinned_transport import Deadline, PinnedBackend, PinnedTransport, Resolver
from index.web.robots import MAX_ROBOTS_BYTES, USER_AGENT, RobotsRules
from index.web.url_policy import check_public, resolve_host, validate_url

__all__ = ["FetchedResource", "Fetcher", "Limits"]

log = logging.getLogger(__name__)

REQUEST_HEADERS = {
    "User-Agent": f"Mozilla/5.0 (compatible; {USER_AGENT}/0.1; opens a page that its user named)",
    "Accept": "text/html, application/xhtml+xml, application/pdf, text/*;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",  # others decompress without a limit on the size of a chunk
}
_SUPPORTED_ENCODINGS = ("", "identity", "gzip", "x-gzip", "deflate")
_REDIRECT_STATUSES = (301, 302, 303, 307, 308)
_TIMEOUT_ERRORS = (httpcore.TimeoutException, httpx.TimeoutException)
_NETWORK_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpx.HTTPError,
    httpx.StreamError,
    OSError,
    UnicodeError,
)
_REFUSAL_REASONS = {
    401: "asks for a log-in",
    402: "is for those who paid",
    403: "is not given to programs, or not to everybody",
    404: "is not there",
    407: "asks for a log-in",
    410: "is not there any more",
    429: "is asked for too often",
    451: "is withheld for legal reasons",
}


@dataclass(frozen=True)
class Limits:
    """Limits of one fetch: seconds, redirects and bytes."""

    connect: float = 10.0
    read: float = 20.0  # between two chunks
    total: float = 60.0
    redirects: int = 5
    max_bytes: int = 10_000_000  # both compressed and decompressed


@dataclass(frozen=True)
class FetchedResource:
    """The response to a fetch."""

    url: str  # after redirects
    data: bytes
    media_type: str  # lower case; empty if the server sends none
    charset: str
    retrieved: str  # ISO 8601, in UTC


class Fetcher:
    """Fetch URLs that the user named.

    A fetcher caches the robots.txt of each server, so use one fetcher for a list of URLs.

    Args:
        allow_private: whether to fetch from this machine and private networks, too.
        limits: seconds, redirects and bytes of one fetch.
        resolve: maps host and port to IP addresses.
        backend: makes the connections, to IP addresses only.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        limits: Limits | None = None,
        resolve: Resolver = resolve_host,
        backend: httpcore.NetworkBackend | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._allow_private = allow_private
        self._resolve = resolve
        self._backend = backend or httpcore.SyncBackend()
        self._robots: dict[str, RobotsRules] = {}

    def fetch(
        self, address: str, check: Callable[[str, str], None] = lambda url, media_type: None
    ) -> FetchedResource:
        """Fetch a URL.

        Args:
            address: the URL.
            check: called with the final URL and the media type before the body is read; may raise
                ArticleError to refuse it.

        Raises:
            ArticleError: the URL is refused, cannot be reached, or exceeds a limit.
        """
        url = validate_url(address)
        with self._client() as client, _translate_network_errors(str(url), self.limits):
            for _ in range(self.limits.redirects + 1):
                self._check_robots(client, url)
                with client.stream("GET", url) as response:
                    if (
                        response.status_code not in _REDIRECT_STATUSES
                        or "location" not in response.headers
                    ):
                        return self._read_response(response, check)
                    url = _follow_redirect(url, response.headers["location"])
        raise ArticleError(
            f"{address} redirects more than {self.limits.redirects} times. "
            "Open it in a browser and copy the final address."
        )

    def _client(self) -> httpx.Client:
        backend = PinnedBackend(self._resolve_checked, Deadline(self.limits.total), self._backend)
        timeout = httpx.Timeout(self.limits.read, connect=self.limits.connect)
        return httpx.Client(
            transport=PinnedTransport(backend),
            headers=REQUEST_HEADERS,
            timeout=timeout,
            trust_env=False,
        )

    def _resolve_checked(self, host: str, port: int) -> list[str]:
        addresses = self._resolve(host, port)
        if not self._allow_private:
            check_public(host, addresses)
        return addresses

    def _check_robots(self, client: httpx.Client, url: httpx.URL) -> None:
        server = str(url.copy_with(raw_path=b"/robots.txt"))
        if server not in self._robots:
            self._robots[server] = self._fetch_robots(client, httpx.URL(server))
        robots = self._robots[server]
        if robots.is_unreachable:
            raise ArticleError(
                f"{url} is not fetched: the server does not say what programs may fetch "
                f"({server}). Try later."
            )
        if not robots.is_allowed(str(url)):
            raise ArticleError(
                f"{url} is not fetched: {server} asks programs not to. "
                "Save the page in a browser and open the file."
            )

    def _fetch_robots(self, client: httpx.Client, url: httpx.URL) -> RobotsRules:
        for _ in range(self.limits.redirects + 1):
            with client.stream("GET", url) as response:
                if (
                    response.status_code not in _REDIRECT_STATUSES
                    or "location" not in response.headers
                ):
                    data = b"".join(_read_body(response, MAX_ROBOTS_BYTES))
                    return RobotsRules(response.status_code, data)
                url = _follow_redirect(url, response.headers["location"])
        return RobotsRules(404, b"")

    def _read_response(
        self, response: httpx.Response, check: Callable[[str, str], None]
    ) -> FetchedResource:
        url, status = str(response.url), response.status_code
        if not 200 <= status < 300:
            reason = _REFUSAL_REASONS.get(status) or (
                "is not given: the server fails" if status >= 500 else "is not given"
            )
            raise ArticleError(
                f"{url} {reason} (status {status}). "
                "Open it in a browser; if you can read it, save it and open the file."
            )
        media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        check(url, media_type)
        declared = response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self.limits.max_bytes:
            raise self._too_large(url)
        data = b"".join(_read_body(response, self.limits.max_bytes + 1))
        if len(data) > self.limits.max_bytes:
            raise self._too_large(url)
        return FetchedResource(
            url,
            data,
            media_type,
            response.charset_encoding or "",
            datetime.now(UTC).isoformat(timespec="seconds"),
        )

    def _too_large(self, url: str) -> ArticleError:
        return ArticleError(
            f"{url} is larger than {self.limits.max_bytes / 1e6:g} MB, the most that is opened. "
            "Save a part of it."
        )


def _follow_redirect(url: httpx.URL, location: str) -> httpx.URL:
    return validate_url(str(url.join(location)))


def _read_body(response: httpx.Response, count: int) -> Iterator[bytes]:
    """Yield the decompressed body up to about `count` bytes.

    A small body may decompress to more than fits into memory.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _SUPPORTED_ENCODINGS:
        raise ArticleError(
            f"{response.url} is compressed as {encoding[:40]!r}, which was not requested. "
            "Save it and open the file."
        )
    size = 0
    for chunk in response.iter_bytes():
        yield chunk[: count - size]
        size += len(chunk)
        if size >= count:
            return


@contextmanager
def _translate_network_errors(address: str, limits: Limits) -> Iterator[None]:
    """Turn network errors into `ArticleError`."""
    try:
        yield
    except _TIMEOUT_ERRORS as error:
        raise ArticleError(
            f"{address} did not answer in time (at most {limits.total:g} seconds). "
            "Try later, or save it and open the file."
        ) from error
    except httpx.InvalidURL as error:  # httpx parses the redirect target itself
        raise ArticleError(
            f"{address} redirects to an invalid address ({error}). "
            "Open it in a browser and copy the final address."
        ) from error
    except _NETWORK_ERRORS as error:
        log.info("%s cannot be fetched: %r", address, error)
        if isinstance(error.__cause__ or error.__context__, SSLError) or "SSL" in str(error):
            raise ArticleError(
                f"{address} has no certificate that can be trusted. It is not opened."
            ) from error
        if any(isinstance(cause, gaierror) for cause in _list_causes(error)):
            raise ArticleError(
                f"{address} cannot be found: the address is wrong, or there is no network. "
                "Check both and try again."
            ) from error
        raise ArticleError(
            f"{address} cannot be reached: its server does not answer as it should. "
            "Check the address, or try later."
        ) from error


def _list_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and the errors that led to it."""
    cause: BaseException | None = error
    while cause:
        yield cause
        cause = cause.__cause__ or cause.__context__
