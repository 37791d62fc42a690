"""Limit the articles that are added at once, and stop adding when the client disconnects."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from threading import BoundedSemaphore
from typing import Annotated, cast

from fastapi import Depends, Request
from starlette.exceptions import HTTPException

from assistant.interfaces.http.streaming import wait_for_disconnect

__all__ = ["ImportProgress", "ImportProgressDependency", "MAX_IMPORTS"]

# Each waits in a thread, because the library embeds one article at a time. Other requests share
# the 40 threads.
MAX_IMPORTS = 8
RETRY_SECONDS = 30

ImportProgress = Callable[[int, int], None]


async def _hold_slot(request: Request) -> AsyncIterator[ImportProgress]:
    """Yield a function to call after each batch of passages. It ends the import of a lost client.

    Raises:
        HTTPException: too many articles are being added (503).
    """
    slots = cast(BoundedSemaphore, request.app.state.import_slots)
    if not slots.acquire(blocking=False):
        raise HTTPException(
            503,
            "Too many articles are being added. Try again in half a minute.",
            {"Retry-After": str(RETRY_SECONDS)},
        )
    disconnected = asyncio.ensure_future(wait_for_disconnect(request))

    def check_client(done: int, total: int) -> None:
        if disconnected.done():
            raise HTTPException(499, "The client went away.")

    try:
        yield check_client
    finally:
        disconnected.cancel()
        slots.release()


ImportProgressDependency = Annotated[ImportProgress, Depends(_hold_slot)]
