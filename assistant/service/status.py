"""Describe the state of a server, for administrators."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from assistant import __version__
from assistant.service.health import find_problems
from assistant.service.service import AssistantService
from index.errors import AssistantError

__all__ = ["ServerStatus", "describe_status"]

_STARTED = time.monotonic()  # when this module was loaded, which is when the process began


class QuestionStatus(BaseModel):
    """The queue of questions."""

    running: int
    waiting: int
    refused: int  # since the start, because too many waited
    most_running: int
    most_waiting: int


class LibraryStatus(BaseModel):
    """The articles."""

    articles: int
    passages: int
    removed: int  # articles that can be restored


class StorageStatus(BaseModel):
    """The data folder of this process."""

    folder: str
    used_bytes: int
    free_bytes: int  # of the disk


class PartStatus(BaseModel):
    """What is wrong with a part of the server, and what to do."""

    part: str
    detail: str


class ServerStatus(BaseModel):
    """The state of a server. It has no text of articles and of users."""

    version: str
    started: str  # ISO 8601, in UTC
    state: str  # as the page shows it
    model: str  # the name of the language model; "none" if answers are quotes alone
    embeddings: str
    questions: QuestionStatus
    library: LibraryStatus | None  # null if the database cannot be used
    storage: StorageStatus | None  # null if the disk is gone
    problems: list[PartStatus]
    records: list[dict[str, Any]]  # the last warnings and errors of the log, newest first


def describe_status(
    service: AssistantService, records: Iterable[Mapping[str, Any]] = ()
) -> ServerStatus:
    """Return the state of a server.

    Args:
        service: the service that answers.
        records: the last warnings and errors of the log, newest first.
    """
    queue = service.questions
    uptime = timedelta(seconds=time.monotonic() - _STARTED)
    return ServerStatus(
        version=__version__,
        started=(datetime.now(UTC) - uptime).isoformat(timespec="seconds"),
        state=service.status,
        model=service.model_name,
        embeddings=service.library.embedder.name,
        questions=QuestionStatus(
            running=queue.running,
            waiting=queue.waiting,
            refused=queue.refused,
            most_running=queue.max_running,
            most_waiting=queue.max_waiting,
        ),
        library=_describe_library(service),
        storage=_describe_storage(service.library.folder),
        problems=[
            PartStatus(part=problem.part, detail=problem.detail)
            for problem in find_problems(service)
        ],
        records=[dict(record) for record in records],
    )


def _describe_library(service: AssistantService) -> LibraryStatus | None:
    store = service.whole_library.store
    try:
        return LibraryStatus(
            articles=len(store.ids()),
            passages=store.count_passages(),
            removed=len(store.listed(removed=True)),
        )
    except AssistantError:
        return None  # the problems say why


def _describe_storage(folder: Path) -> StorageStatus | None:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return None
    return StorageStatus(folder=str(folder), used_bytes=_sum_sizes(folder), free_bytes=free)


def _sum_sizes(folder: Path) -> int:
    """Return the bytes of all files below a folder. Files that vanish meanwhile do not count."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except OSError:
                continue
    return total
