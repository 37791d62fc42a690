"""The page's own scripts, in the HTML that is served: they run before Gradio's files have come, which bring the rest of the page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from .translations import WORDS_SCRIPT

__all__ = ["HEAD", "SCRIPTS", "with_head"]

HERE = Path(__file__).parent
# The first ones are used by those after them.
SCRIPTS = (
    *("preferences.js", "words.js", "keys.js", "citations.js", "card.js", "selection.js", "find.js", "toolbar.js", "live.js"),
    *("kept.js", "chats.js", "turns.js", "queue.js", "focus.js", "connection.js", "first.js"),
)
HEAD = (
    '<meta name="description" content="Ask an article: short answers with exact quotes, each shown in its place.">'
    + f'<style media="print">{(HERE / "print.css").read_text(encoding="utf-8")}</style>'
    + f"<style>{(HERE / 'first.css').read_text(encoding='utf-8')}</style>"
    + WORDS_SCRIPT
    + "".join(f"<script>{(HERE / name).read_text(encoding='utf-8')}</script>" for name in SCRIPTS)
)


async def with_head(request: Request, answer: Callable[[Request], Awaitable[Response]], head: str = HEAD) -> Response:
    """Gradio's page with these in its head. Handed to Gradio, they would be a part of what its files bring."""
    scope = request.scope  # asked for as it is, not packed
    scope["headers"] = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    response = await answer(request)
    if not response.headers.get("content-type", "").startswith("text/html"):
        return response
    parts = cast("AsyncIterator[bytes]", cast(StreamingResponse, response).body_iterator)
    page = b"".join([part async for part in parts])  # of the article it has "<" escaped
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return HTMLResponse(page.replace(b"</head>", head.encode() + b"</head>", 1), response.status_code, headers)
