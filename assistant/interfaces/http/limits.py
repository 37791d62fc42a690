"""The sizes of requests and articles that the HTTP API accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from index.loaders import MAX_FILE_BYTES

__all__ = ["Limits", "LimitsDependency"]

# JSON escapes line ends and quotation marks, and a form has boundaries.
BODY_OVERHEAD_BYTES = 1_000_000


@dataclass(frozen=True)
class Limits:
    """The maximum sizes, in bytes."""

    article: int = MAX_FILE_BYTES  # a text or a file to add
    library: int = 50_000_000  # the body of an import
    unpacked_library: int = 100_000_000  # embedding takes about a minute per million bytes
    other_body: int = 1_000_000  # a question with its history

    def max_body_bytes(self, path: str) -> int:
        """Return the maximum size of a request body that is sent to a path."""
        if path in ("/api/articles", "/api/articles/file"):
            return self.article + BODY_OVERHEAD_BYTES
        return self.library if path == "/api/library" else self.other_body


def _get_limits(request: Request) -> Limits:
    return cast(Limits, request.app.state.limits)


LimitsDependency = Annotated[Limits, Depends(_get_limits)]
