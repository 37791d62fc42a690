"""The reading page: the article on one side, the conversation on the other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag
from typing import Any

import gradio as gr

from index.errors import AssistantError

from ..answer import Answer, Found, Quote, Stage, Words
from .desk import Desk
from .preferences import Preferences
from .render import answer_html, article_html, notice_html, question_html
from .starters import COUNT
from .stopping import Stops, until
from .toolbar import toolbar_html
from .translations import CATALOGUES

__all__ = ["CSS", "HEAD", "build", "theme"]

HERE = Path(__file__).parent
CSS = "".join((HERE / name).read_text(encoding="utf-8") for name in ("style.css", "toolbar.css"))
# The first ones are used by those after them.
SCRIPTS = ("preferences.js", "words.js", "keys.js", "citations.js", "selection.js", "find.js", "toolbar.js", "live.js")
HEAD = (
    f'<style media="print">{(HERE / "print.css").read_text(encoding="utf-8")}</style>'
    f"<script>window.CATALOGUES = {CATALOGUES}</script>"
    + "".join(f"<script>{(HERE / name).read_text(encoding='utf-8')}</script>" for name in SCRIPTS)
)
BEGUN = '<span class="begun"></span>'  # after what is still being written: it is not read out yet

STAGES = {
    "rephrasing": "Understanding the follow-up …",
    "searching": "Searching the article …",
    "reading": "Reading what was found …",
    "writing": "Writing …",
    "checking": "Checking the words against the quotes …",
}

Messages = list[dict[str, str]]
Talk = list[tuple[str, Answer]]


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
    """The page of one article, for any number of readers; each one's chat is their own."""
    with gr.Blocks(title=f"{desk.article.title} – article assistant", fill_width=True, delete_cache=(3600, 3600)) as page:
        talk = gr.State([])
        gr.HTML(toolbar_html(desk.quotes, desk.writer), elem_id="tools", js_on_load=None)
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(scale=6, elem_id="reading"):
                gr.HTML(article_html(desk.article), elem_id="article", js_on_load=None)
            with gr.Column(scale=5, elem_id="asking"):
                status = gr.HTML(_status(desk), elem_id="status", js_on_load=None)
                chat = gr.Chatbot(
                    elem_id="chat", show_label=False, height=None, latex_delimiters=[], layout="panel", buttons=[],
                    placeholder="Ask the article. Every answer shows where it stands.", feedback_options=None,
                )  # fmt: skip
                with gr.Row(elem_id="starters") as suggestions:
                    chips = [gr.Button("", size="sm", elem_classes="starter", visible=False) for _ in range(COUNT)]
                question = gr.Textbox(
                    elem_id="question", label="Your question", placeholder="Ask about the article, then press Enter",
                    lines=1, max_lines=1, autofocus=True,
                )  # fmt: skip
                with gr.Row(elem_id="buttons"):
                    send = gr.Button("Ask", variant="primary", elem_id="send")
                    stop = gr.Button("Stop", variant="stop", elem_id="stop")
                    new = gr.Button("New chat", elem_id="new")
        _connect(desk, page, talk, status, chat, suggestions, chips, question, send, stop, new)
    return page


def _connect(desk, page, talk, status, chat, suggestions, chips, question, send, stop, new) -> None:  # type: ignore[no-untyped-def]
    stops = Stops()

    def respond(asked: str, messages: Messages, said: Talk, request: gr.Request) -> Iterator[tuple[Any, ...]]:
        if not asked.strip():  # Enter pressed twice
            return
        flag = stops.begin(_reader(request))
        try:
            for shown, now in _respond(desk, asked, messages or [], said, flag, Preferences.told_by(request.cookies)):
                yield shown, now, "", gr.Row(visible=False)
        finally:
            stops.end(_reader(request), flag)

    def halt(request: gr.Request) -> None:
        stops.stop(_reader(request))

    def anew(request: gr.Request) -> tuple[Any, ...]:
        halt(request)
        return [], [], "", gr.Row(visible=True)

    private = {"api_visibility": "private", "show_progress": "hidden"}
    asking = {
        "outputs": [chat, talk, question, suggestions],
        "concurrency_limit": 8,
        "concurrency_id": "ask",
        "trigger_mode": "multiple",
        **private,
    }
    runs = [event(respond, [question, chat, talk], **asking) for event in (question.submit, send.click)]
    runs += [chip.click(respond, [chip, chat, talk], **asking) for chip in chips]
    # Not by Gradio's `cancels`: what a step under way has made would still come, and after what the stop has shown. Not by its
    # queue: a stop must not wait.
    stop.click(halt, None, None, queue=False, **private)
    for event in (new.click, chat.clear):
        event(anew, None, [chat, talk, question, suggestions], cancels=runs, **private)
    clock = gr.Timer(1.0)
    for event in (clock.tick, page.load):
        event(lambda: _news(desk), None, [status, clock, *chips], **private)


def _reader(request: gr.Request) -> str:
    return str(request.session_hash)


def _respond(
    desk: Desk, asked: str, messages: Messages, said: Talk, flag: Flag, wanted: Preferences = Preferences()
) -> Iterator[tuple[Messages, Talk]]:
    """The messages and the talk after each event of an answer; where the flag is set, what is there of it as a part."""
    before = [*messages, {"role": "user", "content": question_html(asked)}] if asked.strip() else messages

    def with_reply(html: str) -> Messages:
        return [*before, {"role": "assistant", "content": html}]

    quotes: tuple[Quote, ...] = ()
    text = ""
    yield with_reply(notice_html(STAGES["searching"], "working")), said
    try:
        for event in until(flag, desk.ask(asked, said, **wanted.asked)):
            if isinstance(event, Answer):
                said = [*said, (asked, event)]
                yield with_reply(answer_html(event)), said
                return
            if isinstance(event, Found):
                quotes = event.quotes
            text += event.text if isinstance(event, Words) else ""
            working = notice_html(STAGES[event.name], "working") if isinstance(event, Stage) and not text else ""
            begun = answer_html(Answer(asked, text, quotes, searched=asked)) if text or quotes else ""
            yield with_reply(begun + (working or BEGUN)), said
        yield with_reply(answer_html(Answer(asked, text, quotes, partial=True, searched=asked))), said
    except AssistantError as error:
        yield with_reply(notice_html(str(error), "error")), said


def _news(desk: Desk) -> tuple[Any, ...]:
    """How far loading is, whether to ask again, and the starter questions."""
    ready = dict(enumerate(desk.starters))
    chips = [gr.Button(ready.get(place, ""), visible=place in ready) for place in range(COUNT)]
    return _status(desk), gr.Timer(active=not desk.settled), *chips


def _status(desk: Desk) -> str:
    return f'<div role="status" class="{desk.state}">{notice_html(desk.status)}</div>'
