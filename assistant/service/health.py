"""Find out what keeps the server from doing its work."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from assistant.service.service import AssistantService
from index.errors import AssistantError

__all__ = ["HealthProblem", "MIN_FREE_BYTES", "find_problems"]

MIN_FREE_BYTES = 50_000_000  # less, and the next article may not be stored

Part = Literal["service", "database", "index", "model", "disk"]


@dataclass(frozen=True)
class HealthProblem:
    """What is wrong with a part of the server, and what to do."""

    part: Part
    detail: str


def find_problems(
    service: AssistantService, min_free_bytes: int = MIN_FREE_BYTES
) -> list[HealthProblem]:
    """Return everything that is wrong; an empty list if the server is ready.

    The checks read a few bytes and change nothing.
    """
    return list(_check_parts(service, min_free_bytes))


def _check_parts(service: AssistantService, min_free_bytes: int) -> Iterator[HealthProblem]:
    if not service.is_ready:
        yield HealthProblem("service", service.status)
    library = service.whole_library
    try:
        library.store.check()
    except AssistantError as error:
        yield HealthProblem("database", str(error))
    if reason := library.describe_index_damage():
        yield HealthProblem("index", reason)
    if service.model_trouble:
        yield HealthProblem("model", service.model_trouble)
    try:
        free = shutil.disk_usage(library.folder).free
    except OSError as error:
        yield HealthProblem("disk", f"The disk of {library.folder} is gone ({error.strerror}).")
    else:
        if free < min_free_bytes:
            yield HealthProblem(
                "disk",
                f"The disk of {library.folder} is full: {free / 1e6:.0f} MB are free. "
                "Free some space.",
            )
