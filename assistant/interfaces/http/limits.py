"""The sizes of requests and articles that the server accepts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from index.loaders import MAX_FILE_BYTES

__all__ = ["Limits", "LimitsDependency"]

# JSON escapes line ends and quotation marks, and a form has boundaries.
BODY_OVERHEAD_BYTES = 1_000_000
MCP_PATH = "/mcp"  # its messages may have a text to add
# The routes of the page. `/gradio_api/call` is not among them, because it takes only a question.
PAGE_UPLOAD_PATHS = ("/gradio_api/upload",)
PAGE_EVENT_PATHS = ("/gradio_api/queue/join", "/gradio_api/run/", "/gradio_api/component_server")


@dataclass(frozen=True)
class Limits:
    """The maximum sizes, in bytes."""

    article: int = MAX_FILE_BYTES  # a text or a file to add
    library: int = 50_000_000  # the body of an import
    unpacked_library: int = 100_000_000  # embedding takes about a minute per million bytes
    page_event: int = (
        12_000_000  # an event of the page, with its chat or a pasted article; an exported chat
    )
    other_body: int = 1_000_000  # a question with its history

    def max_body_bytes(self, path: str) -> int:
        """Return the maximum size of a request body that is sent to a path."""
        if path.rstrip("/") in PAGE_UPLOAD_PATHS:
            return self.article + 2 * BODY_OVERHEAD_BYTES
        if path.rstrip("/").startswith(PAGE_EVENT_PATHS):
            return self.page_event
        if path in ("/api/articles", "/api/articles/file", MCP_PATH):
            return self.article + BODY_OVERHEAD_BYTES
        if path == "/api/export":
            return self.page_event
        return self.library if path == "/api/library" else self.other_body


def _get_limits(request: Request) -> Limits:
    return cast(Limits, request.app.state.limits)


LimitsDependency = Annotated[Limits, Depends(_get_limits)]
