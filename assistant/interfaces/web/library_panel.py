"""Build the library panel, in which each user opens, renames and removes articles."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import gradio as gr

from assistant.interfaces.web.article_html import render_panes
from assistant.interfaces.web.event_access import serve_user
from assistant.interfaces.web.event_guard import get_event_fields
from assistant.interfaces.web.html import (
    render_deleted,
    render_notice,
    render_opened,
    render_progress,
)
from assistant.interfaces.web.library_list import make_hit_data, render_listing
from assistant.interfaces.web.scripts import read_scripts
from assistant.service.cancellation import CancellationRegistry
from assistant.service.imports import load_uploaded_file, parse_pasted_text, stream_import
from assistant.service.service import MAX_CHAT_ARTICLES, AssistantService
from assistant.sources import fetch_article
from index.errors import AssistantError, InputError
from index.loaders import SUPPORTED_FORMATS
from index.text.article import Article

__all__ = ["LibraryPanel", "get_open_article_ids"]

log = logging.getLogger(__name__)

# Gradio finds the events that the server hears by their names in quotation marks.
_EVENTS = ("open", "refresh", "rename", "file", "remove", "restore")
SCRIPT = f"// {_EVENTS}\n{read_scripts('library-drawer.js')}"
_ARTICLE_ID = re.compile(r"[0-9a-f]{16}")
_PRIVATE_EVENT: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

_HEADER_HTML = (
    '<div class="head"><h2>Articles</h2>'
    '<button type="button" class="close" aria-label="Close the articles">✕</button></div>'
)
_SEARCH_HTML = (
    '<input type="search" id="shelf-search" placeholder="Search titles and texts"'
    ' aria-label="Search the library" autocomplete="off">'
    '<div class="order"><select id="shelf-order" aria-label="Order">'
    '<option value="newest">Newest first</option><option value="title">By title</option>'
    '<option value="opened">Recently opened</option></select>'
    '<select id="shelf-tag" aria-label="Tag" hidden></select>'
    '<button type="button" class="all">Choose all</button></div>'
    '<div class="together" hidden><span role="status"></span>'
    '<button type="button" class="ask">Ask these together</button>'
    '<button type="button" class="none">Clear</button></div>'
)
MAX_SEARCH_CHARACTERS = 500
# The browser remembers whether the last article was added as a private one.
_KEEP_PRIVATE_SCRIPT = "(on) => { window.preferences.set({ private: on }); }"
_READ_PRIVATE_SCRIPT = "() => window.preferences.get('private') === true"

Updates = dict[Any, Any]


def get_open_article_ids(
    service: AssistantService, ids: Sequence[str], request: gr.Request
) -> list[str]:
    """Return the ids of the articles that a user has open.

    Args:
        service: names the served article, which is the last resort.
        ids: the ids in the state of the user's page. They are missing after a server restart.
        request: its address names the articles if `ids` is empty.
    """
    return list(ids) or _article_ids_from_address(request) or [service.article.id]


def _article_ids_from_address(request: gr.Request) -> list[str]:
    parameter = str(getattr(request, "query_params", {}).get("article", ""))
    return list(dict.fromkeys(_ARTICLE_ID.findall(parameter)))[:MAX_CHAT_ARTICLES]


def get_session_id(request: gr.Request) -> str:
    """Return the id of the user's session."""
    return str(request.session_hash)


class LibraryPanel:
    """The drawer with the library. `connect` attaches the event handlers."""

    def __init__(self, service: AssistantService) -> None:
        self.service = service
        self.open_ids = gr.State([])
        self.toast = gr.HTML("", elem_id="toast", js_on_load=None)
        with gr.Column(elem_id="shelf"):
            gr.HTML(_HEADER_HTML, js_on_load=None)
            with gr.Tabs(elem_id="shelf-tabs"):
                with gr.Tab("Library"):
                    gr.HTML(_SEARCH_HTML, elem_id="finder", js_on_load=None)
                    self.listing = gr.HTML(
                        "",
                        elem_id="books",
                        html_template="",
                        js_on_load=SCRIPT,
                        server_functions=[self._make_search_function()],
                    )
                with gr.Tab("File"):
                    self.file = gr.File(
                        label=f"A file: {SUPPORTED_FORMATS}",
                        type="filepath",
                        elem_id="shelf-file",
                        height=200,
                    )
                with gr.Tab("Paste"):
                    self.title = gr.Textbox(
                        label="Title (optional)", max_lines=1, elem_id="shelf-title"
                    )
                    self.text = gr.Textbox(
                        label="The article's text", lines=10, max_lines=16, elem_id="shelf-text"
                    )
                    self.paste = gr.Button(
                        "Open this text", variant="primary", elem_id="shelf-paste"
                    )
                with gr.Tab("Address"):
                    self.url = gr.Textbox(
                        label="Address of a web page",
                        placeholder="https://",
                        type="text",
                        max_lines=1,
                        elem_id="shelf-url",
                    )
                    self.fetch = gr.Button(
                        "Open this page", variant="primary", elem_id="shelf-fetch"
                    )
            # Of what is added. library-drawer.css hides it beside the list.
            self.private = gr.Checkbox(
                label="Private",
                info="Only I can see it",
                elem_id="shelf-private",
                visible=service.settings.accounts,
            )
            self.message = gr.HTML("", elem_id="opening", js_on_load=None)
            self.cancel = gr.Button("Cancel", size="sm", visible=False, elem_id="shelf-cancel")

    def connect(
        self,
        page: gr.Blocks,
        pane: gr.HTML,
        gone: gr.HTML,
        clock: gr.Timer,
        start_chat: Callable[[Sequence[str], AssistantService], Updates],
    ) -> None:
        """Attach the event handlers.

        Args:
            page: the page, whose load event shows the first article.
            pane: shows the open articles.
            gone: shows above the article that it was removed.
            clock: polls for the starter questions of a newly opened article.
            start_chat: returns the updates by component that show an empty chat about the articles
                with the given ids, as the service of a user has them. It is called when other
                articles are opened.
        """
        self.pane, self.gone, self.clock, self._start_chat = pane, gone, clock, start_chat
        self._imports = CancellationRegistry()
        view = [self.open_ids, pane, gone, clock, self.listing, *start_chat([], self.service)]
        import_outputs = [
            *view,
            self.message,
            self.cancel,
            self.file,
            self.text,
            self.title,
            self.url,
        ]
        import_options: dict[str, Any] = {
            "outputs": import_outputs,
            "concurrency_limit": 4,
            "concurrency_id": "open",
            **_PRIVATE_EVENT,
        }
        choice = [self.private, self.open_ids]
        self.file.upload(self._upload, [self.file, *choice], **import_options)
        self.paste.click(self._paste, [self.text, self.title, *choice], **import_options)
        for event in (self.fetch.click, self.url.submit):
            event(self._fetch, [self.url, *choice], **import_options)
        if self.service.settings.accounts:
            self.private.input(None, self.private, None, js=_KEEP_PRIVATE_SCRIPT, **_PRIVATE_EVENT)
            page.load(None, None, self.private, js=_READ_PRIVATE_SCRIPT, **_PRIVATE_EVENT)
        self.cancel.click(self._halt, None, None, queue=False, **_PRIVATE_EVENT)
        page.load(self._show_first, None, view, **_PRIVATE_EVENT)
        repeatable: dict[str, Any] = {"trigger_mode": "multiple", **_PRIVATE_EVENT}
        self.listing.open(self._open, self.open_ids, [*view, self.message], **repeatable)
        self.listing.refresh(self._refresh, self.open_ids, [self.listing], **_PRIVATE_EVENT)
        self.listing.rename(
            self._rename, self.open_ids, [self.listing, pane, self.message], **repeatable
        )
        self.listing.file(self._file, self.open_ids, [self.listing, self.message], **repeatable)
        removal_outputs = [self.listing, gone, self.toast, self.message]
        self.listing.remove(self._remove, self.open_ids, removal_outputs, **repeatable)
        self.listing.restore(self._restore, self.open_ids, removal_outputs, **repeatable)

    def _make_search_function(self) -> Callable[[Any, gr.Request], dict[str, Any]]:
        """Return the function that the browser calls with the words that are looked for.

        It is no method, because Gradio marks functions that the browser may call by name.
        """

        def search(data: Any, request: gr.Request) -> dict[str, Any]:
            library = serve_user(self.service, request).library
            words = str(data.get("words", "") if isinstance(data, dict) else "")
            try:
                hits = library.search_texts(words[:MAX_SEARCH_CHARACTERS])
            except AssistantError as error:
                return {"error": str(error)}
            return {"hits": [make_hit_data(hit) for hit in hits]}

        return search

    # ---- Import of articles
    def _upload(
        self, path: str, is_private: object, ids: list[str], request: gr.Request
    ) -> Iterator[Updates]:
        yield from self._import_article(lambda: load_uploaded_file(path), is_private, ids, request)

    def _paste(
        self, text: str, title: str, is_private: object, ids: list[str], request: gr.Request
    ) -> Iterator[Updates]:
        yield from self._import_article(
            lambda: parse_pasted_text(text, title), is_private, ids, request
        )

    def _fetch(
        self, url: str, is_private: object, ids: list[str], request: gr.Request
    ) -> Iterator[Updates]:
        yield from self._import_article(
            lambda: fetch_article(url, self.service.settings), is_private, ids, request
        )

    def _import_article(
        self,
        read: Callable[[], Article],
        is_private: object,
        ids: list[str],
        request: gr.Request,
    ) -> Iterator[Updates]:
        service = serve_user(self.service, request)

        def read_as_user() -> Article:
            owner = service.get_owner(is_private=bool(is_private))
            return read().owned_by(owner)

        flag = self._imports.begin(get_session_id(request))
        finished = {self.cancel: gr.Button(visible=False), self.file: None}
        yield {
            self.message: render_progress("Reading the article …"),
            self.cancel: gr.Button(visible=True),
        }
        try:
            for step in stream_import(service.library, read_as_user, flag):
                if isinstance(step, Article):
                    cleared = dict.fromkeys((self.text, self.title, self.url), "")
                    yield {
                        **self._show_articles(service, [step.id], ids),
                        **finished,
                        **cleared,
                        self.message: render_opened(step.id),
                    }
                    return
                yield {
                    self.message: render_progress(
                        f"Preparing it for questions … {round(step * 100)} %", step
                    )
                }
            yield {**finished, self.message: render_notice("Cancelled. Nothing was kept.")}
        except AssistantError as error:
            yield {**finished, self.message: render_notice(str(error), "error")}
        except Exception:
            log.exception("An article could not be opened.")
            yield {
                **finished,
                self.message: render_notice(
                    "The article could not be opened; the log says why.", "error"
                ),
            }
        finally:
            self._imports.end(get_session_id(request), flag)

    def _halt(self, request: gr.Request) -> None:
        self._imports.stop(get_session_id(request))

    # ---- Display
    def _show_articles(
        self, service: AssistantService, ids: list[str], previous_ids: Sequence[str] = ()
    ) -> Updates:
        """Return the updates that show the articles; start a chat unless they were open already.

        Raises:
            ArticleError: an article was removed.
            InputError: there are no articles or too many.
        """
        if not 0 < len(ids) <= MAX_CHAT_ARTICLES:
            raise InputError(
                f"{len(ids)} articles were chosen; "
                f"from 1 to {MAX_CHAT_ARTICLES} can be open together."
            )
        panes = self._render_panes(service, ids)
        service.prepare_articles(ids)
        with suppress(AssistantError):  # the articles can be read all the same
            service.library.store.record_opened(ids)
        chat = (
            {}
            if list(previous_ids) == ids
            else {**self._start_chat(ids, service), self.clock: gr.Timer(active=True)}
        )
        return {
            self.open_ids: ids,
            self.pane: panes,
            self.gone: "",
            self.listing: self._render_listing(service, ids),
            **chat,
        }

    def _render_panes(self, service: AssistantService, ids: Sequence[str]) -> str:
        """Return the panes of articles. Raises ArticleError."""
        articles = [service.get_displayed_article(article_id) for article_id in ids]
        return render_panes(articles, service.find_originals(articles))

    def _render_listing(self, service: AssistantService, ids: Sequence[str]) -> str:
        is_waiting = not (service.is_ready or service.is_settled)
        try:
            return render_listing(service.library.listed(), ids, is_waiting)
        except AssistantError as error:  # the database cannot be read
            return render_notice(str(error), "error")

    def _show_first(self, request: gr.Request) -> Updates:
        """Show the articles in the address, or the served article, or the newest one."""
        service = serve_user(self.service, request)
        address_ids = _article_ids_from_address(request)
        try:
            ids = address_ids or [_get_first_id(service)]
            return self._show_articles(service, ids, self._initial_ids)
        except AssistantError as error:
            return {**self._show_fallback(service), self.gone: render_notice(str(error), "error")}

    @property
    def _initial_ids(self) -> list[str]:
        """Return the ids of the articles in the initial HTML of the page.

        The user may have asked about them before the page has finished loading.
        """
        return [self.service.article.id]

    def _show_fallback(self, service: AssistantService) -> Updates:
        try:
            return self._show_articles(service, [_get_first_id(service)], self._initial_ids)
        except AssistantError:  # the library is empty; the served article can still be read
            return {self.listing: self._render_listing(service, [])}

    def _open(self, event: gr.EventData, ids: list[str], request: gr.Request) -> Updates:
        service = serve_user(self.service, request)
        try:
            return {**self._show_articles(service, _parse_event_ids(event), ids), self.message: ""}
        except AssistantError as error:
            return {
                self.message: render_notice(str(error), "error"),
                self.gone: render_notice(str(error), "error"),
            }

    def _refresh(self, ids: list[str], request: gr.Request) -> str:
        service = serve_user(self.service, request)
        return self._render_listing(service, get_open_article_ids(service, ids, request))

    # ---- Changes of the library
    def _rename(self, event: gr.EventData, ids: list[str], request: gr.Request) -> Updates:
        service = serve_user(self.service, request)
        ids = get_open_article_ids(service, ids, request)
        try:
            article_id = _parse_event_ids(event)[0]
            service.get_article(article_id)
            service.library.rename(article_id, str(get_event_fields(event).get("title", "")))
            pane = {self.pane: self._render_panes(service, ids)} if article_id in ids else {}
            return {self.listing: self._render_listing(service, ids), self.message: "", **pane}
        except AssistantError as error:
            return {
                self.listing: self._render_listing(service, ids),
                self.message: render_notice(str(error), "error"),
            }

    def _file(self, event: gr.EventData, ids: list[str], request: gr.Request) -> Updates:
        """Replace the tags of an article."""
        service = serve_user(self.service, request)
        tags = get_event_fields(event).get("tags")
        message = ""
        try:
            article_id = _parse_event_ids(event)[0]
            service.get_article(article_id)
            service.library.set_tags(
                article_id,
                [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else [],
            )
        except AssistantError as error:
            message = render_notice(str(error), "error")
        open_ids = get_open_article_ids(service, ids, request)
        return {self.listing: self._render_listing(service, open_ids), self.message: message}

    def _remove(self, event: gr.EventData, ids: list[str], request: gr.Request) -> Updates:
        service = serve_user(self.service, request)
        ids = get_open_article_ids(service, ids, request)
        try:
            article_id = _parse_event_ids(event)[0]
            title = service.get_article(article_id).title
            service.library.remove(article_id)
        except AssistantError as error:
            return {
                self.listing: self._render_listing(service, ids),
                self.message: render_notice(str(error), "error"),
            }
        gone = render_deleted(
            article_id, "This article is no longer in the library. It can be read, and not asked."
        )
        return {
            self.listing: self._render_listing(service, ids),
            self.toast: render_deleted(article_id, f"Deleted “{title}”."),
            self.message: "",
            **({self.gone: gone} if article_id in ids else {}),
        }

    def _restore(self, event: gr.EventData, ids: list[str], request: gr.Request) -> Updates:
        service = serve_user(self.service, request)
        ids = get_open_article_ids(service, ids, request)
        try:
            article_id = _parse_event_ids(event)[0]
            title = service.library.restore(article_id).title
        except AssistantError as error:
            return {self.toast: render_notice(str(error), "error")}
        except KeyError:
            return {
                self.toast: render_notice(
                    "It is gone for good. Open it again from where it came.", "error"
                )
            }
        cleared = {self.gone: ""} if article_id in ids else {}
        return {
            self.listing: self._render_listing(service, ids),
            self.toast: render_notice(f"“{title}” is back in the library."),
            **cleared,
        }


def _get_first_id(service: AssistantService) -> str:
    """Return the ID of the served article, or of the newest one if that was removed."""
    served_id = service.article.id
    summaries = service.library.listed()
    is_removed = service.is_ready and not service.library.store.has(served_id)
    return summaries[-1].id if summaries and is_removed else served_id


def _parse_event_ids(event: gr.EventData) -> list[str]:
    """Return the article ids that the page sends with an event.

    Raises:
        InputError: the event has no valid ids.
    """
    ids = get_event_fields(event).get("ids")
    if (
        not isinstance(ids, list)
        or not ids
        or not all(
            isinstance(article_id, str) and _ARTICLE_ID.fullmatch(article_id) for article_id in ids
        )
    ):
        raise InputError("No article was chosen. Choose one in the library.")
    return list(dict.fromkeys(ids))
