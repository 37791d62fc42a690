"""Connections to the very IP addresses that were checked, and no longer than until a deadline.

A name that is looked up once for the check and again for the connection may lead elsewhere the second time ("DNS
rebinding"). Here it is looked up once, and the connection goes to what was found. The name still goes into the request
and is what the server's certificate is checked against.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import httpcore
import httpx

__all__ = ["Addresses", "Deadline", "Dialler", "Transport"]

# Host and port to the IP addresses to connect to. Raises OSError, or ArticleError for what is refused.
Addresses = Callable[[str, int], list[str]]


class Deadline:
    """Some seconds from now, for everything together: names, connections, robots.txt, redirects and the body."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds

    def left(self, timeout: float | None) -> float:
        """What remains of a step's timeout. Raises ReadTimeout where nothing does."""
        left = self._until - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for all of it is over")
        return left if timeout is None else min(timeout, left)


class Dialler(httpcore.NetworkBackend):
    """Connects to the addresses that `addresses` finds for a name, the first that answers; each name is looked up once."""

    def __init__(self, addresses: Addresses, deadline: Deadline, backend: httpcore.NetworkBackend) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._backend = backend
        self._found: dict[tuple[str, int], list[str]] = {}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        if (host, port) not in self._found:
            self._found[host, port] = self._addresses(host, port)
        for address in self._found[host, port]:
            try:
                left = self._deadline.left(timeout)
                stream = self._backend.connect_tcp(address, port, left, local_address, socket_options)
                return _Timed(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure


class _Timed(httpcore.NetworkStream):
    """A stream whose every step ends at the deadline: a server that sends a byte now and then cannot hold it open."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, self._deadline.left(timeout)), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class Transport(httpx.BaseTransport):
    """httpx over a dialler. Proxies of the environment are not used: they would connect where they like."""

    def __init__(self, dialler: Dialler) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=httpx.create_ssl_context(), network_backend=dialler)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        sent = httpcore.Request(request.method, target, headers=request.headers.raw, extensions=request.extensions)
        got = self._pool.handle_request(sent)
        return httpx.Response(got.status, headers=got.headers, stream=_Body(got.stream), extensions=got.extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        self._stream.close()
