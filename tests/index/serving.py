"""A local server with scripted responses, and a network that maps every public host to it."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpcore
import pytest

from index.errors import ArticleError
from index.loaders import load
from index.text.article import Article
from index.web import Fetcher, Limits

PUBLIC = "93.184.215.14"  # what the names of the tests resolve to; no test connects to it
PAGE = (
    "<!doctype html><html><head><title>The bridge of Lund</title></head><body><main><h1>The "
    "bridge of Lund</h1>"
    "<p>The bridge was opened by Mayor Ana Ruiz in May 1998. It cost three million euros and "
    "is 120 metres long.</p>"
    "<p>It never closed, not even in the flood of 2003, when the river stood two metres higher "
    "than ever before.</p>"
    "</main></body></html>"
)

TEXT = "The bridge of Lund was opened by Mayor Ana Ruiz in May 1998."

QUICK = Limits(connect=1, read=0.5, total=1.5, redirects=3, max_bytes=100_000)

Act = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Reply:
    """One answer: bytes, or an act that writes what it likes."""

    body: bytes = TEXT.encode()
    kind: str = "text/plain; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(self.status)
        for name, value in {
            "Content-Type": self.kind,
            "Content-Length": str(len(self.body)),
            **self.headers,
        }.items():
            if value:
                handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(self.body)


def page(text: str = PAGE) -> Reply:
    return Reply(text.encode(), "text/html; charset=utf-8")


def leads_to(location: str, status: int = 302) -> Reply:
    return Reply(b"", "", status, {"Location": location})


class Site:
    """What a server answers by path, and what it was asked for."""

    def __init__(self, port: int, replies: dict[str, Act]) -> None:
        self.port = port
        self.replies = replies
        self.asked: list[str] = []
        self.url = f"http://127.0.0.1:{port}"

    @property
    def pages(self) -> list[str]:
        """What was asked for besides robots.txt."""
        return [path for path in self.asked if path != "/robots.txt"]


class QuietServer(ThreadingHTTPServer):
    """A server that prints nothing about clients which hang up."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    """A server whose `/` is a text and which lacks all else, until a test says more."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            reply = site.replies.get(
                self.path.partition("?")[0], Reply(b"not here", "text/plain", 404)
            )
            try:
                reply(self)
            except OSError:
                self.close_connection = True  # the reader had enough

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = QuietServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    site = Site(server.server_port, {"/": Reply()})
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


class Wires(httpcore.SyncBackend):
    """Connects to the site, whatever the IP address, and tells which was dialled."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.dialled: list[str] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        self.dialled.append(host)
        return super().connect_tcp("127.0.0.1", self.site.port, timeout)


def opened(site: Site, path: str = "/", limits: Limits = QUICK) -> Article:
    return load(f"{site.url}{path}", Fetcher(allow_private=True, limits=limits))


def refused(site: Site, path: str = "/", limits: Limits = QUICK) -> str:
    """What a person is told."""
    with pytest.raises(ArticleError) as error:
        opened(site, path, limits)
    assert "\n" not in str(error.value)
    return str(error.value)
