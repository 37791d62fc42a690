"""Serve the Gradio page and the HTTP API."""

from __future__ import annotations

import logging
import os
import shutil
import webbrowser
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from assistant.accounts.accounts import Accounts, open_accounts
from assistant.interfaces.listener import LOOPBACK_HOSTS, check_host, open_listener
from assistant.models import make_model
from assistant.resources import Resources
from assistant.settings import Settings, get_settings
from index.loaders import BUNDLED_ARTICLE, MAX_FILE_BYTES, load
from index.text.article import Article

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

    from assistant.interfaces.http.log_records import RecentRecords
    from assistant.interfaces.http.metrics import Metrics
    from assistant.interfaces.traces import AnswerTraces
    from assistant.service.service import AssistantService

__all__ = ["create_app", "main", "serve"]

# Only this server's own files. Gradio's page needs inline scripts and `eval`.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; media-src 'self' data: blob:; worker-src 'self' blob:; "
    "object-src 'none'; frame-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# These routes of Gradio would give any user the uploads of others, fetch any URL for them, or fail
# on a vector icon. The page needs none of them.
BLOCKED_PATHS = ("/gradio_api/file", "/gradio_api/proxy", "/file", "/proxy", "/pwa_icon/")
# For browsers that install the page as an application.
MANIFEST = {
    "name": "Article assistant",
    "icons": [{"src": "favicon.ico", "sizes": "any", "type": "image/svg+xml"}],
    "start_url": ".",
    "display": "standalone",
}
# Gradio's assets have a hash in their names, so that browsers can cache them forever.
HASHED_ASSETS_PATH = "/assets/"
# Larger than a file may be, so that slightly too large files get an error with their name.
MAX_UPLOAD_BYTES = MAX_FILE_BYTES + 1_000_000


def create_app(
    service: AssistantService,
    host: str = "127.0.0.1",
    accounts: Accounts | None = None,
    metrics: Metrics | None = None,
    records: RecentRecords | None = None,
) -> FastAPI:
    """Create the application that serves the page and the API of a service.

    With accounts, every request has to be signed in, except for the few public routes.

    On a loopback address, only requests with a loopback host name are accepted, or with a name of
    the settings. Otherwise a website whose name resolves to this machine could read the answers
    (DNS rebinding). If the settings name hosts, the same holds for every address.

    Raises:
        ValueError: the settings of the service ask for accounts, and there are none.
    """
    if service.settings.accounts and not accounts:
        raise ValueError("The settings ask for accounts. Pass those of the data folder.")
    _clear_uploads(service.library.folder)
    import gradio
    from starlette.middleware import Middleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware
    from starlette.responses import JSONResponse, PlainTextResponse
    from starlette.routing import Route

    from assistant.interfaces.accounts.admin import AdminPage
    from assistant.interfaces.http import create_api
    from assistant.interfaces.http.log_records import RecentRecords
    from assistant.interfaces.web.event_guard import EventGuard
    from assistant.interfaces.web.head import add_head
    from assistant.interfaces.web.page import CSS, ICON, build_page, build_theme

    records = records or RecentRecords()
    app = create_api(service, metrics=metrics, records=records)

    names = service.settings.public_names
    if host in LOOPBACK_HOSTS or names:
        allowed = [*LOOPBACK_HOSTS, "[::1]", *names]
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=allowed, www_redirect=False)

    if accounts:
        _require_accounts(app, accounts, service.settings)

    @app.middleware("http")
    async def guard(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        if request.scope["path"].startswith(BLOCKED_PATHS):
            response: Response = PlainTextResponse("Not here.", 404)
        elif request.method == "GET" and request.scope["path"] == "/":
            response = await add_head(request, answer)  # the page's own scripts come first
        else:
            response = await answer(request)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Referrer-Policy", "no-referrer")
        if request.scope["path"].startswith(HASHED_ASSETS_PATH) and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    # Gradio's manifest names the page after the article.
    app.router.routes.append(Route("/manifest.json", lambda _: JSONResponse(MANIFEST)))
    app.router.routes.append(AdminPage(service, records, accounts).route)
    page = build_page(service)
    # Innermost, so that the origin and the size of a request are checked first.
    app.user_middleware.append(
        Middleware(EventGuard, page=page, uploads=_uploads_folder(service.library.folder))
    )
    gradio.mount_gradio_app(
        app,
        page,
        path="/",
        theme=build_theme(),
        css=CSS,
        favicon_path=str(ICON),
        footer_links=[],
        show_error=False,
        max_file_size=MAX_UPLOAD_BYTES,
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
    )
    return app


def _require_accounts(app: FastAPI, accounts: Accounts, settings: Settings) -> None:
    """Add the pages of accounts, and let only requests pass that are signed in."""
    from assistant.interfaces.accounts.middleware import Authentication
    from assistant.interfaces.accounts.pages import AccountPages

    app.router.routes += AccountPages(accounts).routes
    app.add_middleware(Authentication, accounts=accounts, settings=settings)


def _uploads_folder(folder: Path) -> Path:
    return folder / "uploads"


def _clear_uploads(folder: Path) -> None:
    """Set the folder of uploads and delete what an earlier run left there.

    Uploads stay in the data folder until they are read; after a crash some may be left.
    """
    uploads = _uploads_folder(folder)
    shutil.rmtree(uploads, ignore_errors=True)
    uploads.mkdir(mode=0o700)
    os.environ["GRADIO_TEMP_DIR"] = str(uploads)


def serve(
    article: Article,
    *,
    model: str,
    embeddings: str,
    data: Path,
    host: str,
    port: int,
    open_browser: bool = False,
) -> None:
    """Serve the page until interrupted. It is available before any model is loaded.

    Args:
        article: the article that the page shows first.
        model: the name of the language model, as in the settings.
        embeddings: the name of the embeddings, as in the settings.
        data: the data folder.
        host: the address to listen on.
        port: the port; 0 selects a free one.
        open_browser: whether to open the page in the browser.

    Raises:
        InputError: the address is in use, not available or not allowed, the model or the
            embeddings do not exist, or accounts are required and there are none.
        DataError: the data folder cannot be used.
    """
    import uvicorn

    from assistant.interfaces.connections import SERVER_OPTIONS
    from assistant.interfaces.http.log_records import RecentRecords
    from assistant.service.service import AssistantService

    settings = get_settings()
    check_host(
        host,
        is_allowed=settings.allow_public,
        has_accounts=settings.accounts,
        names=settings.public_names,
    )
    accounts = open_accounts(data, settings)
    if settings.log_format == "json":
        from assistant.interfaces.json_logs import configure_json_logs

        configure_json_logs()
    metrics, records = _create_metrics(settings), RecentRecords()
    traces = _create_traces(settings)
    logging.basicConfig(format="%(message)s")  # as Python logs while there is no handler
    logging.getLogger().addHandler(records)
    listener = open_listener(host, port)
    resources = Resources(settings)
    library = resources.library(data, resources.embedder(embeddings))
    service = AssistantService(
        article,
        library,
        make_model(model, settings.cache, settings),
        settings,
        resources.reader,
        observe=metrics.observe_answer if metrics else None,
        callbacks=[traces] if traces else [],
    )
    app = create_app(service, host, accounts, metrics, records)
    address = f"http://{host}:{listener.getsockname()[1]}"
    service.start()
    print(f"Open {address} in a browser; Ctrl-C ends.", flush=True)
    if open_browser:
        Timer(1.0, webbrowser.open, [address]).start()
    # With accounts, `Authentication` decides whose headers are believed.
    options = SERVER_OPTIONS | {"proxy_headers": accounts is None}
    # With JSON, uvicorn's messages go to the same log.
    log_config = None if settings.log_format == "json" else uvicorn.config.LOGGING_CONFIG
    config = uvicorn.Config(app, log_level="warning", log_config=log_config, **options)
    if log_config:  # uvicorn's messages do not go to the root logger
        logging.getLogger("uvicorn").addHandler(records)
    server = uvicorn.Server(config)
    try:
        server.run(sockets=[listener])
    finally:
        resources.close()
        if accounts:
            accounts.close()
        if traces:
            traces.close()


def _create_metrics(settings: Settings) -> Metrics | None:
    """Return the metrics that the settings turn on, or None.

    Raises:
        InputError: their package is not installed.
    """
    if settings.metrics == "off":
        return None
    from assistant.interfaces.http.metrics import Metrics

    return Metrics()


def _create_traces(settings: Settings) -> AnswerTraces | None:
    """Return what sends traces to the collector of the settings, or None if there is none.

    Raises:
        InputError: its package is not installed.
    """
    if not settings.traces:
        return None
    from assistant.interfaces.traces import AnswerTraces

    return AnswerTraces(settings.traces)


def main() -> None:
    """Serve the page with the bundled article and the settings of the environment."""
    settings = get_settings()
    serve(
        load(BUNDLED_ARTICLE),
        model=settings.model,
        embeddings=settings.embeddings,
        data=settings.data,
        host=settings.host,
        port=settings.port,
    )
