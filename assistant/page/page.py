"""The reading page: the article on one side, the conversation on the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import AssistantError

from ..answer import Answer
from .asking import Asking
from .desk import Desk
from .render import notice_html, panes_html
from .shelf import Shelf, articles_open
from .starters import COUNT
from .toolbar import toolbar_html

__all__ = ["CSS", "build", "theme"]

HERE = Path(__file__).parent
CSS = "".join((HERE / name).read_text(encoding="utf-8") for name in ("style.css", "toolbar.css", "shelf.css", "chats.css"))
PANE = (HERE / "pane.js").read_text(encoding="utf-8")


def theme() -> Any:
    """Only fonts that the reader's system has: nothing is loaded from elsewhere."""
    system = ("ui-sans-serif", "system-ui", "sans-serif")
    base = gr.themes.Base(primary_hue="blue", neutral_hue="stone", font=system, font_mono=("ui-monospace", "monospace"))
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


def build(desk: Desk) -> gr.Blocks:
    """The page, which shows the article that is served first; any number of readers, each with their own articles and chats."""
    with gr.Blocks(title=f"{desk.article.title} – article assistant", fill_width=True, delete_cache=(3600, 3600)) as page:
        shelf = Shelf(desk)
        gr.HTML(toolbar_html(desk.quotes, desk.writer), elem_id="tools", js_on_load=None)
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(scale=6, elem_id="reading"):
                gone = gr.HTML("", elem_id="gone", js_on_load=None)
                pane = gr.HTML(panes_html([desk.article]), elem_id="article", html_template="", js_on_load=PANE)
            with gr.Column(scale=5, elem_id="asking"):
                asking = Asking(desk, _status(desk))
        asking.connect()
        gr.api(_for_programs(desk), api_name="ask", concurrency_limit=8, concurrency_id="ask")

        def news(ids: list[str], request: gr.Request) -> tuple[Any, ...]:
            return _news(desk, articles_open(desk, ids, request))

        clock = gr.Timer(1.0)
        for event in (clock.tick, page.load):
            outputs = [asking.status, clock, *asking.chips]
            event(news, shelf.opened, outputs, api_visibility="private", show_progress="hidden")
        shelf.connect(page, pane, gone, clock, lambda ids: asking.shown([]))  # the browser then shows its chat about them
    return page


def _for_programs(desk: Desk) -> Callable[[str], dict[str, Any]]:
    """What `gradio_client` calls as `/ask`: a question in, the answer's dict out."""

    def ask(question: str) -> dict[str, Any]:
        try:
            *_, answer = desk.ask(question)
        except AssistantError as error:
            raise gr.Error(str(error), print_exception=False) from error
        assert isinstance(answer, Answer)
        return answer.to_dict()

    return ask


def _news(desk: Desk, articles: Sequence[str]) -> tuple[Any, ...]:
    """How far loading is, whether to ask again, and the starter questions."""
    starters = desk.starters_of(articles)
    ready = dict(enumerate(starters or []))
    chips = [gr.Button(ready.get(place, ""), visible=place in ready) for place in range(COUNT)]
    return _status(desk), gr.Timer(active=starters is None or not desk.settled), *chips


def _status(desk: Desk) -> str:
    return f'<div role="status" class="{desk.state}">{notice_html(desk.status)}</div>'
