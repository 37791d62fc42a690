"""The reading page: the article on one side, the conversation on the other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gradio as gr

from .asking import Asking
from .desk import Desk
from .render import article_html, notice_html
from .starters import COUNT

__all__ = ["CSS", "HEAD", "build", "theme"]

HERE = Path(__file__).parent
CSS = "".join((HERE / name).read_text(encoding="utf-8") for name in ("style.css", "chats.css"))
SCRIPTS = ("citations.js", "selection.js", "kept.js", "chats.js", "turns.js", "connection.js")
HEAD = "".join(f"<script>{(HERE / name).read_text(encoding='utf-8')}</script>" for name in SCRIPTS)


def theme() -> Any:
    """Only fonts that the reader's system has: nothing is loaded from elsewhere."""
    system = ("ui-sans-serif", "system-ui", "sans-serif")
    return gr.themes.Base(primary_hue="blue", font=system, font_mono=("ui-monospace", "monospace"))


def build(desk: Desk) -> gr.Blocks:
    """The page of one article, for any number of readers; each one's chats are their own."""
    with gr.Blocks(title=f"{desk.article.title} – article assistant", fill_width=True, delete_cache=(3600, 3600)) as page:
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(scale=6, elem_id="reading"):
                gr.HTML(article_html(desk.article), elem_id="article", js_on_load=None)
            with gr.Column(scale=5, elem_id="asking"):
                asking = Asking(desk, _status(desk))
        asking.connect()
        clock = gr.Timer(1.0)
        for event in (clock.tick, page.load):
            outputs = [asking.status, clock, *asking.chips]
            event(lambda: _news(desk), None, outputs, api_visibility="private", show_progress="hidden")
    return page


def _news(desk: Desk) -> tuple[Any, ...]:
    """How far loading is, whether to ask again, and the starter questions."""
    ready = dict(enumerate(desk.starters))
    chips = [gr.Button(ready.get(place, ""), visible=place in ready) for place in range(COUNT)]
    return _status(desk), gr.Timer(active=not desk.settled), *chips


def _status(desk: Desk) -> str:
    return f'<div role="status" class="{desk.state}">{notice_html(desk.status)}</div>'
