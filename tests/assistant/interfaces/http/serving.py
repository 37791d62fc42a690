"""Create services that are ready, and serve applications on a loopback port."""

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
from fastapi.testclient import TestClient

from assistant.answer.answer import Event, Stage
from assistant.models import Model
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.library import Library
from index.text.article import Article

QUESTION = "Who opened the Old Bridge of Lund?"


class FailingService(AssistantService):
    """A service that fails after its first event."""

    is_ready = True

    def ask(self, *args: Any, **kwargs: Any) -> Generator[Event, None, None]:
        yield Stage("searching")
        raise RuntimeError("a secret path")


def open_service(
    article: Article, library: Library, model: Model | None = None, settings: Settings | None = None
) -> AssistantService:
    """Create a service, start it and wait until it is ready."""
    service = AssistantService(article, library, model, settings or Settings())
    service.start()
    wait_until(lambda: service.is_settled)
    assert service.is_ready
    return service


def wait_until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + 240  # generous, because the machine may be busy
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def list_articles(client: TestClient, **params: bool) -> Any:
    return client.get("/api/articles", params=params).json()["articles"]


@contextmanager
def serve_app(app: FastAPI) -> Iterator[str]:
    """Serve an application and yield its URL."""
    server = uvicorn.Server(
        uvicorn.Config(
            app, host="127.0.0.1", port=0, log_level="warning", timeout_graceful_shutdown=2
        )
    )
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def send_request(address: str, path: str, body: object) -> Iterator[None]:
    """Send a request; close the connection at the end of the context, without reading."""
    data = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(data)}\r\n\r\n"
    )
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + data)
        yield
