"""The Gradio page and the server around it."""

from __future__ import annotations

import os
import shutil
import socket
import webbrowser
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from assistant.models import make_model
from assistant.models.embeddings import make_embedder
from assistant.settings import get_settings
from index.article import Article
from index.errors import InputError
from index.library import Library
from index.loaders import BUNDLED, LARGEST, load

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

    from assistant.page.desk import Desk

__all__ = ["create", "serve"]

# Nothing but this server's own files. Gradio's page needs inline and evaluated scripts.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; media-src 'self' data: blob:; worker-src 'self' blob:; "
    "object-src 'none'; frame-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
# Gradio would hand any reader another's upload, and fetch from any address for them; the page needs neither.
CLOSED = ("/gradio_api/file", "/gradio_api/proxy", "/file", "/proxy")
HASHED = "/assets/"  # of Gradio: another version's files have other names, so that a browser need not ask again
LARGEST_UPLOAD = LARGEST + 1_000_000  # bytes; what is just too large is still refused by name
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def create(desk: Desk, host: str = "127.0.0.1") -> FastAPI:
    """The server of a desk's page and of the API beside it.

    On a loopback address it answers to loopback names only: else a website whose name is made to point here could read along.
    """
    _empty_uploads(desk.library.folder)
    import gradio
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import PlainTextResponse

    from assistant.api import create_api
    from assistant.page.head import with_head
    from assistant.page.page import CSS, build, theme

    app = create_api(desk)

    if host in LOOPBACK:
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*LOOPBACK, "[::1]"], www_redirect=False)

    @app.middleware("http")
    async def guard(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        closed = request.scope["path"].startswith(CLOSED)
        if closed:
            response: Response = PlainTextResponse("Not here.", 404)
        elif request.method == "GET" and request.scope["path"] == "/":
            response = await with_head(request, answer)  # the page's own scripts come first
        else:
            response = await answer(request)
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        if request.scope["path"].startswith(HASHED) and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    gradio.mount_gradio_app(
        app,
        build(desk),
        path="/",
        theme=theme(),
        css=CSS,
        footer_links=[],
        show_error=False,
        max_file_size=LARGEST_UPLOAD,
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
    )
    return app


def _empty_uploads(folder: Path) -> None:
    """Uploads lie in the data folder until they are read; what a crash left there goes when the page is next served."""
    uploads = folder / "uploads"
    shutil.rmtree(uploads, ignore_errors=True)
    uploads.mkdir(mode=0o700)
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)


def serve(
    article: Article, *, model: str, embeddings: str, data: Path, host: str, port: int, open_browser: bool = False
) -> None:
    """Serve the page until interrupted. It answers before any model is loaded.

    Raises:
        InputError: the address is in use or cannot be had, or there is no such model, or no such embeddings.
        DataError: the data folder cannot be used.
    """
    import uvicorn

    from assistant.page.desk import Desk

    settings = get_settings()
    listening = _listen(host, port)
    library = Library.shared(data, make_embedder(embeddings, settings))
    desk = Desk(article, library, make_model(model, settings.cache, settings), settings)
    app = create(desk, host)
    address = f"http://{host}:{listening.getsockname()[1]}"
    desk.start()
    print(f"Open {address} in a browser; Ctrl-C ends.", flush=True)
    if open_browser:
        Timer(1.0, webbrowser.open, [address]).start()
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2))
    server.run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen()
    except OSError as error:
        listening.close()
        raise InputError(
            f"The page cannot listen on {host}:{port} ({error.strerror}). Choose another with --port or --host."
        ) from error
    return listening


def main() -> None:
    settings = get_settings()
    serve(
        load(BUNDLED),
        model=settings.model,
        embeddings=settings.embeddings,
        data=settings.data,
        host=settings.host,
        port=settings.port,
    )


if __name__ == "__main__":
    main()
