"""The drawer beside the page: the library, and what opens another article. What a reader has open is their own."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from index.article import Article
from index.errors import AssistantError, InputError
from index.loaders import KINDS

from ..sources import fetched
from .desk import TOGETHER, Desk
from .opening import kept_steps, pasted, uploaded
from .render import deleted_html, listing_html, notice_html, panes_html, working_html
from .stopping import Stops

__all__ = ["Shelf", "articles_open"]

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
SCRIPT = (HERE / "shelf.js").read_text(encoding="utf-8")
_ID = re.compile(r"[0-9a-f]{16}")
_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}

_HEAD = (
    '<div class="head"><h2>Articles</h2><button type="button" class="close" aria-label="Close the articles">✕</button></div>'
)
_FINDER = (
    '<input type="search" id="shelf-search" placeholder="Search titles and sources" aria-label="Search the library" autocomplete="off">'
    '<div class="together" hidden><span role="status"></span><button type="button" class="ask">Ask these together</button>'
    '<button type="button" class="none">Clear</button></div>'
)

Updates = dict[Any, Any]


def articles_open(desk: Desk, ids: Sequence[str], request: gr.Request) -> list[str]:
    """Ids of what a reader has open: as their page's state says; where the server began anew, as the address says."""
    return list(ids) or _named(request) or [desk.article.id]


def _named(request: gr.Request) -> list[str]:
    named = str(getattr(request, "query_params", {}).get("article", ""))
    return list(dict.fromkeys(_ID.findall(named)))[:TOGETHER]


def reader_of(request: gr.Request) -> str:
    return str(request.session_hash)


class Shelf:
    """Its parts, made where the page is built; `connect` has them act."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.opened = gr.State([])
        self.toast = gr.HTML("", elem_id="toast", js_on_load=None)
        with gr.Column(elem_id="shelf"):
            gr.HTML(_HEAD, js_on_load=None)
            with gr.Tabs(elem_id="shelf-tabs"):
                with gr.Tab("Library"):
                    gr.HTML(_FINDER, elem_id="finder", js_on_load=None)
                    self.listing = gr.HTML("", elem_id="books", html_template="", js_on_load=SCRIPT)
                with gr.Tab("File"):
                    self.file = gr.File(label=f"A file: {KINDS}", type="filepath", elem_id="shelf-file", height=200)
                with gr.Tab("Paste"):
                    self.title = gr.Textbox(label="Title (optional)", max_lines=1, elem_id="shelf-title")
                    self.text = gr.Textbox(label="The article's text", lines=10, max_lines=16, elem_id="shelf-text")
                    self.paste = gr.Button("Open this text", variant="primary", elem_id="shelf-paste")
                with gr.Tab("Address"):
                    self.url = gr.Textbox(
                        label="Address of a web page", placeholder="https://", type="text", max_lines=1, elem_id="shelf-url"
                    )
                    self.fetch = gr.Button("Open this page", variant="primary", elem_id="shelf-fetch")
            self.told = gr.HTML("", elem_id="opening", js_on_load=None)
            self.cancel = gr.Button("Cancel", size="sm", visible=False, elem_id="shelf-cancel")

    def connect(
        self, page: gr.Blocks, pane: gr.HTML, gone: gr.HTML, clock: gr.Timer, begin_anew: Callable[[Sequence[str]], Updates]
    ) -> None:
        """Have the drawer act.

        Args:
            gone: tells above the article that it was removed.
            clock: brings the new article's questions.
            begin_anew: an empty chat about the articles of these ids, by component; it is shown whenever others are opened.
        """
        self.pane, self.gone, self.clock, self._begin_anew = pane, gone, clock, begin_anew
        self._stops = Stops()
        shown = [self.opened, pane, gone, clock, self.listing, *begin_anew([])]
        whole = [*shown, self.told, self.cancel, self.file, self.text, self.title, self.url]
        opening: dict[str, Any] = {"outputs": whole, "concurrency_limit": 4, "concurrency_id": "open", **_PRIVATE}
        self.file.upload(self._upload, [self.file, self.opened], **opening)
        self.paste.click(self._paste, [self.text, self.title, self.opened], **opening)
        for event in (self.fetch.click, self.url.submit):
            event(self._fetch, [self.url, self.opened], **opening)
        self.cancel.click(self._halt, None, None, queue=False, **_PRIVATE)
        page.load(self._start, None, shown, **_PRIVATE)
        several: dict[str, Any] = {"trigger_mode": "multiple", **_PRIVATE}
        self.listing.open(self._open, self.opened, [*shown, self.told], **several)
        self.listing.refresh(self._refresh, self.opened, [self.listing], **_PRIVATE)
        self.listing.rename(self._rename, self.opened, [self.listing, pane, self.told], **several)
        changed = [self.listing, gone, self.toast, self.told]
        self.listing.remove(self._remove, self.opened, changed, **several)
        self.listing.restore(self._restore, self.opened, changed, **several)

    # ---- what opens another article
    def _upload(self, path: str, ids: list[str], request: gr.Request) -> Iterator[Updates]:
        yield from self._opening(lambda: uploaded(path), ids, request)

    def _paste(self, text: str, title: str, ids: list[str], request: gr.Request) -> Iterator[Updates]:
        yield from self._opening(lambda: pasted(text, title), ids, request)

    def _fetch(self, url: str, ids: list[str], request: gr.Request) -> Iterator[Updates]:
        yield from self._opening(lambda: fetched(url, self.desk.settings), ids, request)

    def _opening(self, read: Callable[[], Article], ids: list[str], request: gr.Request) -> Iterator[Updates]:
        flag = self._stops.begin(reader_of(request))
        over = {self.cancel: gr.Button(visible=False), self.file: None}
        yield {self.told: working_html("Reading the article …"), self.cancel: gr.Button(visible=True)}
        try:
            for step in kept_steps(self.desk.library, read, flag):
                if isinstance(step, Article):
                    emptied = dict.fromkeys((self.text, self.title, self.url), "")
                    yield {**self._shown([step.id], ids), **over, **emptied, self.told: notice_html("Opened.", "done")}
                    return
                yield {self.told: working_html(f"Preparing it for questions … {round(step * 100)} %", step)}
            yield {**over, self.told: notice_html("Cancelled. Nothing was kept.")}
        except AssistantError as error:
            yield {**over, self.told: notice_html(str(error), "error")}
        except Exception:
            log.exception("An article could not be opened.")
            yield {**over, self.told: notice_html("The article could not be opened; the log says why.", "error")}
        finally:
            self._stops.end(reader_of(request), flag)

    def _halt(self, request: gr.Request) -> None:
        self._stops.stop(reader_of(request))

    # ---- what is shown
    def _shown(self, ids: list[str], before: Sequence[str] = ()) -> Updates:
        """The articles, beside an empty chat unless they were open already. Raises ArticleError if one was removed."""
        if not 0 < len(ids) <= TOGETHER:
            raise InputError(f"{len(ids)} articles were chosen; from 1 to {TOGETHER} can be open together.")
        panes = panes_html([self.desk.shown(one) for one in ids])
        self.desk.open(ids)
        chat = {} if list(before) == ids else {**self._begin_anew(ids), self.clock: gr.Timer(active=True)}
        return {self.opened: ids, self.pane: panes, self.gone: "", self.listing: self._listing(ids), **chat}

    def _listing(self, ids: Sequence[str]) -> str:
        return listing_html(self.desk.library.listed(), ids, not (self.desk.ready or self.desk.settled))

    def _start(self, request: gr.Request) -> Updates:
        """What the address names, else what is served, else what was added last."""
        named = _named(request)
        try:
            return self._shown(named or [self._first()], self._built)
        except AssistantError as error:
            return {**self._fallback(), self.gone: notice_html(str(error), "error")}

    @property
    def _built(self) -> list[str]:
        """What a page begins with: a reader may have asked about it before the rest is there."""
        return [self.desk.article.id]

    def _first(self) -> str:
        served = self.desk.article.id
        listed = self.desk.library.listed()
        removed = self.desk.ready and listed and not self.desk.library.store.has(served)
        return listed[-1].id if removed else served

    def _fallback(self) -> Updates:
        try:
            return self._shown([self._first()], self._built)
        except AssistantError:  # nothing is left; what was served can still be read
            return {self.listing: self._listing([])}

    def _open(self, event: gr.EventData, ids: list[str]) -> Updates:
        try:
            return {**self._shown(_ids(event), ids), self.told: ""}
        except AssistantError as error:
            return {self.told: notice_html(str(error), "error"), self.gone: notice_html(str(error), "error")}

    def _refresh(self, ids: list[str], request: gr.Request) -> str:
        return self._listing(articles_open(self.desk, ids, request))

    # ---- what changes the library
    def _rename(self, event: gr.EventData, ids: list[str], request: gr.Request) -> Updates:
        (article_id,), ids = _ids(event)[:1], articles_open(self.desk, ids, request)
        try:
            self.desk.kept(article_id)
            self.desk.library.rename(article_id, str(event._data.get("title", "")))
            pane = {self.pane: panes_html([self.desk.shown(one) for one in ids])} if article_id in ids else {}
            return {self.listing: self._listing(ids), self.told: "", **pane}
        except AssistantError as error:
            return {self.listing: self._listing(ids), self.told: notice_html(str(error), "error")}

    def _remove(self, event: gr.EventData, ids: list[str], request: gr.Request) -> Updates:
        (article_id,), ids = _ids(event)[:1], articles_open(self.desk, ids, request)
        try:
            title = self.desk.kept(article_id).title
            self.desk.library.remove(article_id)
        except AssistantError as error:
            return {self.listing: self._listing(ids), self.told: notice_html(str(error), "error")}
        gone = deleted_html(article_id, "This article is no longer in the library. It can be read, and not asked.")
        return {
            self.listing: self._listing(ids),
            self.toast: deleted_html(article_id, f"Deleted “{title}”."),
            self.told: "",
            **({self.gone: gone} if article_id in ids else {}),
        }

    def _restore(self, event: gr.EventData, ids: list[str], request: gr.Request) -> Updates:
        (article_id,), ids = _ids(event)[:1], articles_open(self.desk, ids, request)
        try:
            title = self.desk.library.restore(article_id).title
        except KeyError:
            return {self.toast: notice_html("It is gone for good. Open it again from where it came.", "error")}
        mended = {self.gone: ""} if article_id in ids else {}
        return {self.listing: self._listing(ids), self.toast: notice_html(f"“{title}” is back in the library."), **mended}


def _ids(event: gr.EventData) -> list[str]:
    """Raises InputError for what no page of ours sends."""
    ids = event._data.get("ids") if isinstance(event._data, dict) else None
    if not isinstance(ids, list) or not ids or not all(isinstance(one, str) and _ID.fullmatch(one) for one in ids):
        raise InputError("No article was chosen. Choose one in the library.")
    return list(dict.fromkeys(ids))
