"""One address fetched: redirects followed one by one, each checked like the first, and the body read within limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from ssl import SSLError

import httpcore
import httpx

from ..errors import ArticleError
from .addresses import check_public, checked, resolve
from .pinned import Addresses, Deadline, Dialler, Transport
from .robots import AGENT, Robots
from .robots import LARGEST as LARGEST_ROBOTS

__all__ = ["Fetched", "Fetcher", "Limits"]

HEADERS = {
    "User-Agent": f"Mozilla/5.0 (compatible; {AGENT}/0.1; opens a page that its user named)",
    "Accept": "text/html, application/xhtml+xml, application/pdf, text/*;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip, deflate",  # others unpack without a bound on what a piece becomes
}
_ENCODINGS = ("", "identity", "gzip", "x-gzip", "deflate")
_REDIRECTS = (301, 302, 303, 307, 308)
_TIMEOUTS = (httpcore.TimeoutException, httpx.TimeoutException)
_BROKEN = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
    httpx.HTTPError,
    httpx.StreamError,
    OSError,
    UnicodeError,
)
_REFUSALS = {
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
    """Seconds, bytes and redirects that one address may take."""

    connect: float = 10.0
    read: float = 20.0  # from one piece to the next
    total: float = 60.0
    redirects: int = 5
    largest: int = 10_000_000  # bytes, on the way and unpacked


@dataclass(frozen=True)
class Fetched:
    """What an address gave."""

    url: str  # the one that redirects ended at
    data: bytes
    kind: str  # media type, lower case; empty where the server tells none
    charset: str
    retrieved: str  # ISO 8601, in UTC


class Fetcher:
    """Fetches addresses that a person named; remembers each server's robots.txt, so make one for a whole list.

    Args:
        allow_private: also from this machine and private networks.
        resolve: host and port to IP addresses.
        backend: makes the connections, to IP addresses only.
    """

    def __init__(
        self,
        *,
        allow_private: bool = False,
        limits: Limits | None = None,
        resolve: Addresses = resolve,
        backend: httpcore.NetworkBackend | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._allow_private = allow_private
        self._resolve = resolve
        self._backend = backend or httpcore.SyncBackend()
        self._robots: dict[str, Robots] = {}

    def fetch(self, address: str, check: Callable[[str, str], None] = lambda url, kind: None) -> Fetched:
        """What an address gives.

        Args:
            check: told the final address and the media type before the body is read; may refuse it.

        Raises:
            ArticleError: it is refused, cannot be reached, or is larger or slower than the limits.
        """
        url = checked(address)
        with self._client() as client, _told(str(url), self.limits):
            for _ in range(self.limits.redirects + 1):
                self._check_robots(client, url)
                with client.stream("GET", url) as response:
                    if response.status_code not in _REDIRECTS or "location" not in response.headers:
                        return self._taken(response, check)
                    url = _next(url, response.headers["location"])
        raise ArticleError(
            f"{address} leads on more than {self.limits.redirects} times. Open it in a browser and copy the last."
        )

    def _client(self) -> httpx.Client:
        dialler = Dialler(self._addresses, Deadline(self.limits.total), self._backend)
        timeout = httpx.Timeout(self.limits.read, connect=self.limits.connect)
        return httpx.Client(transport=Transport(dialler), headers=HEADERS, timeout=timeout, trust_env=False)

    def _addresses(self, host: str, port: int) -> list[str]:
        found = self._resolve(host, port)
        if not self._allow_private:
            check_public(host, found)
        return found

    def _check_robots(self, client: httpx.Client, url: httpx.URL) -> None:
        server = str(url.copy_with(raw_path=b"/robots.txt"))
        if server not in self._robots:
            self._robots[server] = self._rules(client, httpx.URL(server))
        robots = self._robots[server]
        if robots.unreachable:
            raise ArticleError(f"{url} is not fetched: the server fails to say what programs may fetch ({server}). Try later.")
        if not robots.allows(str(url)):
            raise ArticleError(
                f"{url} is not fetched: {server} asks programs not to. Save the page in a browser and open the file."
            )

    def _rules(self, client: httpx.Client, url: httpx.URL) -> Robots:
        for _ in range(self.limits.redirects + 1):
            with client.stream("GET", url) as response:
                if response.status_code not in _REDIRECTS or "location" not in response.headers:
                    return Robots(response.status_code, b"".join(_first(response, LARGEST_ROBOTS)))
                url = _next(url, response.headers["location"])
        return Robots(404, b"")

    def _taken(self, response: httpx.Response, check: Callable[[str, str], None]) -> Fetched:
        url, status = str(response.url), response.status_code
        if not 200 <= status < 300:
            reason = _REFUSALS.get(status) or ("is not given: the server fails" if status >= 500 else "is not given")
            raise ArticleError(
                f"{url} {reason} (status {status}). Open it in a browser; if you can read it, save it and open the file."
            )
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        check(url, kind)
        declared = response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > self.limits.largest:
            raise self._too_large(url)
        data = b"".join(_first(response, self.limits.largest + 1))
        if len(data) > self.limits.largest:
            raise self._too_large(url)
        return Fetched(url, data, kind, response.charset_encoding or "", datetime.now(UTC).isoformat(timespec="seconds"))

    def _too_large(self, url: str) -> ArticleError:
        return ArticleError(
            f"{url} is larger than {self.limits.largest / 1e6:g} MB, the most that is opened. Save a part of it."
        )


def _next(url: httpx.URL, location: str) -> httpx.URL:
    return checked(str(url.join(location)))


def _first(response: httpx.Response, count: int) -> Iterator[bytes]:
    """The body, unpacked, up to about `count` bytes: a small one may unpack to more than memory holds."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        raise ArticleError(
            f"{response.url} comes packed as {encoding[:40]!r}, which was not asked for. Save it and open the file."
        )
    size = 0
    for piece in response.iter_bytes():
        yield piece[: count - size]
        size += len(piece)
        if size >= count:
            return


@contextmanager
def _told(address: str, limits: Limits) -> Iterator[None]:
    """Failures of the network as an `ArticleError`."""
    try:
        yield
    except _TIMEOUTS as error:
        raise ArticleError(
            f"{address} did not answer in time (at most {limits.total:g} seconds). Try later, or save it and open the file."
        ) from error
    except httpx.InvalidURL as error:  # httpx looks at where an answer leads by itself
        raise ArticleError(
            f"{address} leads on to what is no address ({error}). Open it in a browser and copy the last."
        ) from error
    except _BROKEN as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        if isinstance(error.__cause__ or error.__context__, SSLError) or "SSL" in reason:
            raise ArticleError(f"{address} has no certificate that can be trusted ({reason}). It is not opened.") from error
        raise ArticleError(f"{address} cannot be reached ({reason}). Check the address and the network.") from error
