"""Insert the page's own scripts into the served HTML, so that they run before Gradio's files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import cast

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response, StreamingResponse

from assistant.accounts.request_access import has_permission
from assistant.interfaces.web.i18n import TRANSLATIONS_SCRIPT
from assistant.interfaces.web.scripts import read_scripts

__all__ = ["HEAD", "SCRIPTS", "add_head"]

STATIC = Path(__file__).parent / "static"
# In order of dependency: later scripts use earlier ones.
SCRIPTS = (
    *(
        "dom.js",
        "preferences.js",
        "i18n.js",
        "dates.js",
        "guide.js",
        "shortcuts.js",
        "citations.js",
        "citation-card.js",
        "selection.js",
        "find-bar.js",
        "toolbar.js",
        "announcer.js",
    ),
    *(
        "chat-store.js",
        "chats.js",
        "message-actions.js",
        "queue.js",
        "focus.js",
        "connection.js",
        "imports.js",
        "library-search.js",
        "library-list.js",
        "early-render.js",
    ),
)
HEAD = (
    '<link rel="icon" type="image/svg+xml" href="favicon.ico">'
    '<meta name="description" '
    'content="Ask an article: short answers with exact quotes, each shown in its place.">'
    f'<style media="print">{(STATIC / "print.css").read_text(encoding="utf-8")}</style>'
    + f"<style>{(STATIC / 'early-render.css').read_text(encoding='utf-8')}</style>"
    + TRANSLATIONS_SCRIPT
    + "".join(f"<script>{read_scripts(name)}</script>" for name in SCRIPTS)
)


# Without what a user who may not change the library cannot use. The server refuses it anyway.
READ_ONLY_STYLE = (
    '<style>[data-shelf="File"], #shelf-tabs [role="tab"]:not(:first-child), '
    "#books :is(.rename, .remove, .file) { display: none !important; }</style>"
)


async def add_head(
    request: Request, answer: Callable[[Request], Awaitable[Response]], head: str = HEAD
) -> Response:
    """Return Gradio's response with `head` inserted before the end of its HTML head.

    Gradio's own `head` option does not suit, because Gradio's files would then add the scripts
    late. Responses that are not HTML are returned unchanged.
    """
    scope = request.scope  # without this header, the response is not compressed
    scope["headers"] = [
        (name, value) for name, value in scope["headers"] if name != b"accept-encoding"
    ]
    response = await answer(request)
    if not response.headers.get("content-type", "").startswith("text/html"):
        return response
    parts = cast("AsyncIterator[bytes]", cast(StreamingResponse, response).body_iterator)
    page = b"".join([part async for part in parts])  # every "<" of the article is escaped
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    if not has_permission(scope, "edit"):
        head += READ_ONLY_STYLE
    return HTMLResponse(
        page.replace(b"</head>", head.encode() + b"</head>", 1), response.status_code, headers
    )
