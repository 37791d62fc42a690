"""Build the reading page, which shows the article next to the conversation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.accounts.request_access import identify_user
from assistant.answer.answer import Answer
from assistant.interfaces.web.article_html import render_panes
from assistant.interfaces.web.chat_panel import ChatPanel, get_handler_limit
from assistant.interfaces.web.event_access import serve_user
from assistant.interfaces.web.guide import render_guide
from assistant.interfaces.web.html import render_notice
from assistant.interfaces.web.library_panel import LibraryPanel, get_open_article_ids
from assistant.interfaces.web.scripts import PANE_SCRIPTS, read_scripts
from assistant.interfaces.web.toolbar import render_toolbar
from assistant.interfaces.web.uploads import CLEANING_SECONDS, MAX_AGE_SECONDS
from assistant.service.service import AssistantService
from index.errors import AssistantError
from index.loaders import MAX_FILE_BYTES

__all__ = ["CSS", "ICON", "build_page", "build_theme"]

STATIC = Path(__file__).parent / "static"
ICON = STATIC / "icon.svg"
CSS = "".join(
    (STATIC / name).read_text(encoding="utf-8")
    for name in (
        "style.css",
        "toolbar.css",
        "library-drawer.css",
        "library-list.css",
        "chats.css",
        "guide.css",
        "side-panel.css",
        "page-view.css",
    )
)
# Of everything that a user opens and asks. A server that is public is not the user's machine.
LOCAL_WORDS = "Your articles and questions stay on this machine."
SERVED_WORDS = "Your articles and questions are sent to no other service."
SENT_WORDS = "Your questions, with passages of the articles, are sent to {name}."


def build_theme() -> Any:
    """Return the theme. It has system fonts only, so that the page loads nothing from elsewhere."""
    system = ("ui-sans-serif", "system-ui", "sans-serif")
    base = gr.themes.Base(
        primary_hue="blue",
        neutral_hue="stone",
        font=system,
        font_mono=("ui-monospace", "monospace"),
    )
    return base.set(
        body_background_fill="#fbfaf7",
        body_background_fill_dark="#17181b",
        body_text_color="#23262b",
        body_text_color_dark="#e7e5e0",
        body_text_color_subdued="#5b5f66",
        body_text_color_subdued_dark="#b0b2b6",
        border_color_primary="#dedad2",
        border_color_primary_dark="#3a3c41",
        block_border_color="#dedad2",
        block_border_color_dark="#3a3c41",
        block_background_fill="#fbfaf7",
        block_background_fill_dark="#17181b",
        input_background_fill="#ffffff",
        input_background_fill_dark="#232529",
        input_border_color="#8d8a83",
        input_border_color_dark="#74777d",
        input_border_width="1px",
        input_placeholder_color="#696b70",
        input_placeholder_color_dark="#a2a4a8",
        button_primary_background_fill="#0b57d0",
        button_primary_background_fill_hover="#0a4cb8",
        button_primary_background_fill_dark="#1d5fc4",
        button_primary_background_fill_hover_dark="#2a6dd4",
    )


def build_page(service: AssistantService) -> gr.Blocks:
    """Build the page, which shows the served article first.

    Any number of users can use it at the same time, each with their own articles and chats.
    """
    with gr.Blocks(
        title=f"{service.article.title} – article assistant",
        fill_width=True,
        delete_cache=(CLEANING_SECONDS, MAX_AGE_SECONDS),
    ) as page:
        library_panel = LibraryPanel(service)
        gr.HTML(
            render_toolbar(
                service.quotes,
                service.writer,
                MAX_FILE_BYTES,
                has_accounts=service.settings.accounts,
            ),
            elem_id="tools",
            js_on_load=None,
        )
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(scale=6, elem_id="reading"):
                gone = gr.HTML("", elem_id="gone", js_on_load=None)
                pane = gr.HTML(
                    render_panes([service.article], service.find_originals([service.article])),
                    elem_id="article",
                    html_template="",
                    js_on_load=read_scripts(*PANE_SCRIPTS),
                )
            with gr.Column(scale=5, elem_id="asking"):
                chat_panel = ChatPanel(service, _render_status(service))
        chat_panel.connect()
        gr.api(
            _make_ask_endpoint(service),
            api_name="ask",
            concurrency_limit=get_handler_limit(service.questions),
            concurrency_id="ask",
        )

        def poll(ids: list[str], request: gr.Request) -> tuple[Any, ...]:
            open_ids = get_open_article_ids(service, ids, request)
            return _render_loading_state(serve_user(service, request), open_ids)

        clock = gr.Timer(1.0)
        for event in (clock.tick, page.load):
            outputs = [chat_panel.status, clock, chat_panel.guide]
            event(
                poll,
                library_panel.open_ids,
                outputs,
                api_visibility="private",
                show_progress="hidden",
            )
        # After an article is opened, the browser shows its chat about it.
        library_panel.connect(page, pane, gone, clock, chat_panel.show_empty_chat)
    return page


def _make_ask_endpoint(service: AssistantService) -> Callable[[str, gr.Request], dict[str, Any]]:
    """Return the `/ask` function for `gradio_client`: a question in, the answer as a dict out."""

    def ask(question: str, request: gr.Request) -> dict[str, Any]:
        try:
            service.question_limit.count(identify_user(request.request.scope))
            with service.questions.enter(request.client.host) as ticket:
                ticket.wait()
                *_, answer = serve_user(service, request).ask(question)
        except AssistantError as error:
            raise gr.Error(str(error), print_exception=False) from error
        assert isinstance(answer, Answer)
        return answer.to_dict()

    return ask


def _render_loading_state(service: AssistantService, articles: Sequence[str]) -> tuple[Any, ...]:
    """Return the loading status, whether to keep polling, and the guide to the articles."""
    starters: Sequence[str] | None = ()
    try:
        starters = service.get_starters(articles)
        opened = [service.get_displayed_article(article_id) for article_id in articles]
        guide = render_guide(opened, starters or ())
    except AssistantError:  # one was removed; the page says so elsewhere
        guide = ""
    return (
        _render_status(service),
        gr.Timer(active=starters is None or not service.is_settled),
        guide,
    )


def _render_status(service: AssistantService) -> str:
    """Return how loading goes. Once all is well, return where questions are sent."""
    text = service.status
    if service.state == "ready" and not service.model_trouble:
        names = " and ".join(service.recipients)
        is_shared = service.settings.allow_public or service.settings.accounts
        local = SERVED_WORDS if is_shared else LOCAL_WORDS
        text = SENT_WORDS.format(name=names) if names else local
    return f'<div role="status" class="{service.state}">{render_notice(text)}</div>'
