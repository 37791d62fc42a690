"""Close connections of clients that send too slowly or too large a head."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

__all__ = ["SERVER_OPTIONS", "TimeLimitedProtocol"]

MAX_HEAD_BYTES = 64_000
# Each open page holds two. More get status 503; a process has 1,024 file handles by default.
MAX_CONNECTIONS = 800


class TimeLimitedProtocol(AutoHTTPProtocol):  # type: ignore[misc]  # uvicorn is not typed here
    """uvicorn's protocol for HTTP, with limits for requests that never become whole.

    uvicorn itself limits only the time between two requests. A client that opens connections and
    sends nothing, or half a request, would hold them forever. The time that the application takes
    to answer is not limited.
    """

    head_seconds = 20.0  # to send the head of a request, from the opening of the connection on
    body_seconds = 30.0  # without any byte of a body that is not whole
    check_seconds = 5.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._time = asyncio.get_running_loop().time
        self._waiting_since = self._time()
        self._head_bytes = 0
        self._was_in_head = True
        self._timer = self._schedule()

    def data_received(self, data: bytes) -> None:
        if self._is_in_head():
            if not self._was_in_head:
                self._waiting_since, self._head_bytes = self._time(), 0
            self._head_bytes += len(data)
        super().data_received(data)
        self._was_in_head = self._is_in_head()
        if not self._was_in_head:
            self._waiting_since = self._time()
        elif self._head_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._timer.cancel()
        super().connection_lost(error)

    def _schedule(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(self.check_seconds, self._check)

    def _check(self) -> None:
        if self.transport.get_protocol() is not self:  # it is a WebSocket now
            return
        waited = self._time() - self._waiting_since
        limit = self.head_seconds if self._was_in_head else self.body_seconds
        if waited > limit and (self._was_in_head or self.cycle.more_body):
            self.transport.abort()
        else:
            self._timer = self._schedule()

    def _is_in_head(self) -> bool:
        """Return whether the next bytes belong to the head of a request."""
        cycle: Any = self.cycle
        return cycle is None or (cycle.response_complete and not cycle.more_body)


# The arguments of `uvicorn.Config` that limit what clients can take.
SERVER_OPTIONS: dict[str, Any] = {
    "http": TimeLimitedProtocol,
    "limit_concurrency": MAX_CONNECTIONS,
    "timeout_graceful_shutdown": 2,
}
