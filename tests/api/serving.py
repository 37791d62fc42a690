"""A desk that is ready, and a real server on a loopback port."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import uvicorn
from fastapi import FastAPI

from assistant.answer import Event, Stage
from assistant.models import Model
from assistant.page.desk import Desk
from assistant.settings import Settings
from index.article import Article
from index.library import Library

QUESTION = "Who opened the Old Bridge of Lund?"


class Breaking(Desk):
    """Fails on the way to an answer."""

    ready = True  # type: ignore[assignment]

    def ask(self, *asked: Any, **other: Any) -> Generator[Event, None, None]:
        yield Stage("searching")
        raise RuntimeError("a secret path")


def opened(article: Article, library: Library, model: Model | None = None, settings: Settings | None = None) -> Desk:
    """A desk that is ready."""
    desk = Desk(article, library, model, settings or Settings())
    desk.start()
    wait(lambda: desk.settled)
    assert desk.ready
    return desk


def wait(true: Callable[[], Any]) -> None:
    until = time.monotonic() + 240  # a busy machine is no failure
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The address of a server of the app."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=2))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    wait(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def sent(address: str, path: str, body: object) -> Iterator[None]:
    """While a request is under way; its client goes away at the end."""
    data = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(head.encode() + data)
        yield
