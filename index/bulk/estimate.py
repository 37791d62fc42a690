"""Estimate how much of the work is done, from the sizes of the files."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from threading import Event, Thread

from index.bulk.sources import list_source_files
from index.errors import AssistantError

__all__ = ["WorkEstimate"]


class WorkEstimate:
    """The size of all sources, which is measured in the background while they are indexed.

    Args:
        names: files, folders, patterns and addresses.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._names = list(names)
        self._stopped = Event()
        self._total: int | None = None
        self._thread = Thread(target=self._measure, name="work-estimate", daemon=True)
        self._thread.start()

    def _measure(self) -> None:
        total = 0
        for name in self._names:
            with suppress(AssistantError, OSError, ValueError):  # the run reports it
                for file in list_source_files(name):
                    total += file.size
                    if self._stopped.is_set():
                        return
        self._total = total

    def get_share(self, size: int) -> float | None:
        """Return the share of the work that is done, from 0 to 1; None if it is not known.

        Args:
            size: the bytes of the sources that are done.
        """
        return min(1.0, size / self._total) if self._total else None

    def stop(self) -> None:
        """Stop measuring."""
        self._stopped.set()
