"""Test that connections which never send a whole request are closed."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Iterator
from itertools import chain, repeat
from threading import Thread

import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from assistant.interfaces.connections import MAX_HEAD_BYTES, SERVER_OPTIONS, TimeLimitedProtocol
from tests.assistant.interfaces.http.serving import wait_until

pytestmark = pytest.mark.unit

CLOSED = (BrokenPipeError, ConnectionResetError)


class Impatient(TimeLimitedProtocol):
    head_seconds = body_seconds = 0.5
    check_seconds = 0.1


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the length of the body; after a second, for /slow."""
    body = await Request(scope, receive).body()
    if scope["path"] == "/slow":
        time.sleep(1.2)
    await PlainTextResponse(str(len(body)))(scope, receive, send)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    options = {**SERVER_OPTIONS, "http": Impatient, "limit_concurrency": 20}
    config = uvicorn.Config(
        echo, host="127.0.0.1", port=0, lifespan="off", log_level="error", **options
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


def read_all(connection: socket.socket) -> bytes:
    """Read until the server closes the connection; fail if it does not within a time."""
    connection.settimeout(30)
    received = b""
    try:
        while part := connection.recv(4096):
            received += part
    except ConnectionResetError:
        pass
    return received


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"G",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: ",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HT",
    ],
)
def test_unfinished_request_is_closed(port: int, part: bytes) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(part)
        received = read_all(connection)
    assert received.count(b"200 OK") == part.count(b"\r\n\r\nGET")


def send_parts(port: int, parts: Iterable[bytes], pause: float = 0.0) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause)


def test_head_sent_byte_by_byte_is_closed(port: int) -> None:
    head = b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 1_000
    with pytest.raises(CLOSED):
        send_parts(port, (bytes([byte]) for byte in head), 0.05)


def test_endless_head_is_closed(port: int) -> None:
    fields = repeat(b"X: " + b"y" * 1_000 + b"\r\n", 2 * MAX_HEAD_BYTES)
    with pytest.raises(CLOSED):
        send_parts(port, chain([b"GET / HTTP/1.1\r\n"], fields))


def test_slow_answer_is_not_cut_off(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        connection.settimeout(30)
        assert b"200 OK" in connection.recv(4096)


def test_open_connections_are_limited(port: int) -> None:
    connections = [socket.create_connection(("127.0.0.1", port)) for _ in range(25)]
    connections[-1].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"503" in read_all(connections[-1])
    for connection in connections:
        connection.close()
