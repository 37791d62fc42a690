"""Connect only to IP addresses that were checked, and only until a deadline.

A host name that is resolved once for the check and again for the connection may resolve to another
address the second time (DNS rebinding). Here each name is resolved once, and the connection goes to
the addresses of that lookup. The request and the check of the certificate still use the name.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore
import httpx

__all__ = ["Deadline", "PinnedBackend", "PinnedTransport", "Resolver"]

# Maps host and port to IP addresses. Raises OSError, or ArticleError for a refused address.
Resolver = Callable[[str, int], list[str]]


class Deadline:
    """A time limit for a whole fetch: lookups, connections, robots.txt, redirects and the body.

    Args:
        seconds: the time from now.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self, timeout: float | None) -> float:
        """Return the timeout of a step in seconds, limited by the deadline.

        Raises:
            httpcore.ReadTimeout: the deadline has passed.
        """
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise httpcore.ReadTimeout("the time for all of it is over")
        return seconds if timeout is None else min(timeout, seconds)


class PinnedBackend(httpcore.NetworkBackend):
    """Connect to the first address of a host that answers. Each host is resolved once.

    Args:
        resolve: returns the IP addresses of a host.
        deadline: ends each connection.
        backend: makes the connections.
    """

    def __init__(
        self, resolve: Resolver, deadline: Deadline, backend: httpcore.NetworkBackend
    ) -> None:
        self._resolve = resolve
        self._deadline = deadline
        self._backend = backend
        self._addresses: dict[tuple[str, int], list[str]] = {}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a stream to the first address that answers, bound to the deadline."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        if (host, port) not in self._addresses:
            self._addresses[host, port] = self._resolve(host, port)
        for address in self._addresses[host, port]:
            try:
                stream = self._backend.connect_tcp(
                    address,
                    port,
                    self._deadline.remaining(timeout),
                    local_address,
                    socket_options,
                )
                return _DeadlineStream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _DeadlineStream(httpcore.NetworkStream):
    """A stream that ends at the deadline, so that a slow server cannot keep it open."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.remaining(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        return _DeadlineStream(
            self._stream.start_tls(ssl_context, server_hostname, self._deadline.remaining(timeout)),
            self._deadline,
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class PinnedTransport(httpx.BaseTransport):
    """An httpx transport over a `PinnedBackend`.

    Proxies of the environment are not used: they would resolve host names themselves.
    """

    def __init__(self, backend: PinnedBackend) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(), network_backend=backend
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the response, whose body is read later."""
        url = request.url
        target = httpcore.URL(
            scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
        )
        core_request = httpcore.Request(
            request.method, target, headers=request.headers.raw, extensions=request.extensions
        )
        response = self._pool.handle_request(core_request)
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_ResponseBody(response.stream),
            extensions=response.extensions,
        )

    def close(self) -> None:
        self._pool.close()


class _ResponseBody(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()
