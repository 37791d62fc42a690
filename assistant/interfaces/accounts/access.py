"""List every route with the permissions that it needs. A route that is not listed is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from re import Pattern

from starlette.routing import compile_path

from assistant.accounts.roles import Permission

__all__ = ["ACCESS_RULES", "AccessRule", "find_rule"]

Needs = tuple[Permission, ...]

PUBLIC: Needs = ()
READ: Needs = ("read",)
ASK: Needs = ("ask",)
EDIT: Needs = ("edit",)
ADMIN: Needs = ("admin",)


@dataclass(frozen=True)
class AccessRule:
    """What requests of some methods for a path need."""

    methods: tuple[str, ...]
    path: str  # as routes have it, such as "/api/articles/{article_id}", without a "/" at the end
    needs: Needs | None  # none of them: everybody may; None: nobody may
    is_logged: bool = False  # in the audit log; what needs "edit" or "admin" always is
    pattern: Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", compile_path(self.path)[0])

    @property
    def is_public(self) -> bool:
        """Whether requests need not be signed in."""
        return self.needs == PUBLIC

    @property
    def is_audited(self) -> bool:
        """Whether each request is recorded in the audit log."""
        return self.is_logged or bool({"edit", "admin"}.intersection(self.needs or ()))


def _rules(needs: Needs | None, *routes: str) -> list[AccessRule]:
    """Return rules for routes such as "GET POST /api/articles"."""
    rules = []
    for route in routes:
        *methods, path = route.split()
        rules.append(AccessRule(tuple(methods), path, needs))
    return rules


ACCESS_RULES = (
    *_rules(PUBLIC, "GET /healthz", "GET /readyz", "GET POST /sign-in", "GET /robots.txt"),
    *_rules(READ, "GET /account", "POST /account/password", "POST /sign-out"),
    # The API
    *_rules(READ, "GET /api/openapi.json", "GET /api/articles", "GET /api/articles/{article_id}"),
    *_rules(ASK, "POST /api/ask", "POST /api/ask/stream", "POST /v1/chat/completions"),
    *_rules(READ, "GET /v1/models", "GET /v1/models/{name}"),
    *_rules(EDIT, "POST /api/articles", "POST /api/articles/file", "POST /api/library"),
    *_rules(EDIT, "PATCH DELETE /api/articles/{article_id}"),
    *_rules(EDIT, "POST /api/articles/{article_id}/refresh"),
    *_rules(EDIT, "POST /api/articles/{article_id}/restore"),
    *_rules(EDIT, "PUT /api/articles/{article_id}/tags"),
    *_rules(READ, "GET /api/library/search", "POST /api/export"),
    *_rules(READ, "GET /api/articles/{article_id}/sheet"),
    *_rules(READ, "GET /api/articles/{article_id}/pages/{number}.png"),
    *_rules(READ, "GET /api/articles/{article_id}/pages/{number}/boxes"),
    *_rules(READ, "GET /api/articles/{article_id}/boxes"),
    *_rules(
        READ, "GET /api/articles/{article_id}/marks", "GET /api/articles/{article_id}/marks.md"
    ),
    *_rules(ASK, "POST /api/articles/{article_id}/marks"),  # they are the user's own
    *_rules(ASK, "DELETE /api/articles/{article_id}/marks/{mark_id}"),
    *_rules(ADMIN, "GET /metrics", "GET /api/status", "GET /admin"),
    AccessRule(("GET",), "/api/library", READ, is_logged=True),
    # The Model Context Protocol: one path for tools that read, answer and add articles
    *_rules(("read", "ask", "edit"), "GET POST DELETE /mcp"),
    # The page. `event_access` in `interfaces/web` says what each of its events needs.
    *_rules(READ, "GET /", "GET /config", "GET /theme.css", "GET /gradio_api/theme.css"),
    *_rules(READ, "GET /static/{path:path}", "GET /assets/{path:path}", "GET /svelte/{path:path}"),
    *_rules(READ, "GET /favicon.ico", "GET /manifest.json", "GET /pwa_icon"),
    *_rules(READ, "GET /gradio_api/startup-events"),
    *_rules(READ, "GET /gradio_api/info", "GET /gradio_api/openapi.json", "GET /gradio_api/app_id"),
    *_rules(READ, "GET /gradio_api/user", "GET /gradio_api/token", "GET /gradio_api/login_check"),
    *_rules(READ, "GET /gradio_api/heartbeat/{session_hash}", "POST /gradio_api/component_server"),
    *_rules(READ, "POST /gradio_api/queue/join", "GET /gradio_api/queue/data"),
    *_rules(READ, "GET /gradio_api/queue/status", "POST /gradio_api/run/{api_name}"),
    *_rules(READ, "POST /gradio_api/cancel", "POST /gradio_api/reset"),
    *_rules(ASK, "POST /gradio_api/call/{api_name}", "GET /gradio_api/call/{api_name}/{event_id}"),
    *_rules(ASK, "POST /gradio_api/call/v2/{api_name}"),
    *_rules(ASK, "GET /gradio_api/call/v2/{api_name}/{event_id}"),
    *_rules(EDIT, "POST /gradio_api/upload", "GET /gradio_api/upload_progress"),
    # Routes of Gradio that the page does not need
    *_rules(None, "GET /pwa_icon/{size}"),
    *_rules(None, "GET /openapi.json", "POST /login", "GET /logout"),
    *_rules(None, "GET /monitoring", "GET /monitoring/summary", "GET /monitoring/{key}"),
    *_rules(None, "GET /gradio_api/deep_link", "GET /gradio_api/dev/reload"),
    *_rules(None, "GET /gradio_api/proxy={url_path:path}", "GET /gradio_api/runs"),
    *_rules(None, "GET /gradio_api/file={path_or_url:path}", "GET /gradio_api/file/{path:path}"),
    *_rules(None, "GET /gradio_api/custom_component/{id}/{environment}/{type}/{file_name}"),
    *_rules(None, "POST /gradio_api/stream/{event_id}", "POST /gradio_api/stream/{event_id}/close"),
    *_rules(
        None,
        "GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist.m3u8",
        "GET /gradio_api/stream/{session_hash}/{run}/{component_id}/{segment_id}.{ext}",
        "GET /gradio_api/stream/{session_hash}/{run}/{component_id}/playlist-file",
    ),
    *_rules(None, "POST /gradio_api/api/{api_name}", "POST /gradio_api/process_recording"),
    *_rules(None, "POST /gradio_api/vibe-edit", "POST /gradio_api/undo-vibe-edit"),
    *_rules(None, "GET POST /gradio_api/vibe-code", "POST /gradio_api/vibe-starter-queries"),
)


def find_rule(method: str, path: str) -> AccessRule | None:
    """Return the first rule for a request; None if no rule lists it.

    A HEAD request needs what a GET request needs. Gradio's routes exist with and without a "/" at
    the end.
    """
    method = "GET" if method == "HEAD" else method
    path = path.removesuffix("/") or "/"
    matches = (rule for rule in ACCESS_RULES if method in rule.methods)
    return next((rule for rule in matches if rule.pattern.match(path)), None)
