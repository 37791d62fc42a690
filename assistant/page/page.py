"""The reading page: the article on one side, the conversation on the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event as Flag
from typing import Any

import gradio as gr

from index.errors import AssistantError

from ..answer import Answer, Found, Quote, Stage, Words
from .desk import Desk
from .render import answer_html, notice_html, panes_html, question_html
from .shelf import BAR, Shelf, articles_open
from .starters import COUNT
from .stopping import Stops, until

__all__ = ["CSS", "HEAD", "build", "theme"]

HERE = Path(__file__).parent
CSS = "".join((HERE / name).read_text(encoding="utf-8") for name in ("style.css", "shelf.css"))
SCRIPTS = ("citations.js", "selection.js")
HEAD = "".join(f"<script>{(HERE / name).read_text(encoding='utf-8')}</script>" for name in SCRIPTS)

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
    return gr.themes.Base(primary_hue="blue", font=system, font_mono=("ui-monospace", "monospace"))


def build(desk: Desk) -> gr.Blocks:
    """The page, which shows the article that is served first; any number of readers, each with their own articles and chat."""
    with gr.Blocks(title=f"{desk.article.title} – article assistant", fill_width=True, delete_cache=(3600, 3600)) as page:
        talk = gr.State([])
        shelf = Shelf(desk)
        with gr.Row(elem_id="desk", equal_height=False):
            with gr.Column(scale=6, elem_id="reading"):
                gr.HTML(BAR, elem_id="bar", js_on_load=None)
                gone = gr.HTML("", elem_id="gone", js_on_load=None)
                pane = gr.HTML(panes_html([desk.article]), elem_id="article", js_on_load=None)
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
        gr.api(_for_programs(desk), api_name="ask", concurrency_limit=8, concurrency_id="ask")
        _connect(desk, page, shelf, pane, gone, talk, status, chat, suggestions, chips, question, send, stop, new)
    return page


def _connect(desk, page, shelf, pane, gone, talk, status, chat, suggestions, chips, question, send, stop, new) -> None:  # type: ignore[no-untyped-def]
    stops = Stops()

    def respond(asked: str, messages: Messages, said: Talk, ids: list[str], request: gr.Request) -> Iterator[tuple[Any, ...]]:
        if not asked.strip():  # Enter pressed twice
            return
        flag = stops.begin(_reader(request))
        try:
            for shown, now in _respond(desk, asked, messages or [], said, flag, articles_open(desk, ids, request)):
                yield shown, now, "", gr.Row(visible=False)
        finally:
            stops.end(_reader(request), flag)

    def halt(request: gr.Request) -> None:
        stops.stop(_reader(request))

    def anew(request: gr.Request) -> tuple[Any, ...]:
        halt(request)
        return [], [], "", gr.Row(visible=True)

    def news(ids: list[str], request: gr.Request) -> tuple[Any, ...]:
        return _news(desk, articles_open(desk, ids, request))

    private = {"api_visibility": "private", "show_progress": "hidden"}
    asking = {
        "outputs": [chat, talk, question, suggestions],
        "concurrency_limit": 8,
        "concurrency_id": "ask",
        "trigger_mode": "multiple",
        **private,
    }
    runs = [event(respond, [question, chat, talk, shelf.opened], **asking) for event in (question.submit, send.click)]
    runs += [chip.click(respond, [chip, chat, talk, shelf.opened], **asking) for chip in chips]
    # Not by Gradio's `cancels`: what a step under way has made would still come, and after what the stop has shown. Not by its
    # queue: a stop must not wait.
    stop.click(halt, None, None, queue=False, **private)
    for event in (new.click, chat.clear):
        event(anew, None, [chat, talk, question, suggestions], cancels=runs, **private)
    clock = gr.Timer(1.0)
    for event in (clock.tick, page.load):
        event(news, shelf.opened, [status, clock, *chips], **private)
    shelf.connect(page, pane, gone, clock, lambda ids: {chat: [], talk: [], question: "", suggestions: gr.Row(visible=True)})


def _reader(request: gr.Request) -> str:
    return str(request.session_hash)


def _respond(
    desk: Desk, asked: str, messages: Messages, said: Talk, flag: Flag, articles: Sequence[str] = ()
) -> Iterator[tuple[Messages, Talk]]:
    """The messages and the talk after each event of an answer; where the flag is set, what is there of it as a part."""
    before = [*messages, {"role": "user", "content": question_html(asked)}] if asked.strip() else messages

    def with_reply(html: str) -> Messages:
        return [*before, {"role": "assistant", "content": html}]

    quotes: tuple[Quote, ...] = ()
    text = ""
    yield with_reply(notice_html(STAGES["searching"], "working")), said
    try:
        for event in until(flag, desk.ask(asked, said, articles)):
            if isinstance(event, Answer):
                said = [*said, (asked, event)]
                yield with_reply(answer_html(event)), said
                return
            if isinstance(event, Found):
                quotes = event.quotes
            text += event.text if isinstance(event, Words) else ""
            working = notice_html(STAGES[event.name], "working") if isinstance(event, Stage) and not text else ""
            begun = answer_html(Answer(asked, text, quotes, searched=asked)) if text or quotes else ""
            yield with_reply(begun + working), said
        yield with_reply(answer_html(Answer(asked, text, quotes, partial=True, searched=asked))), said
    except AssistantError as error:
        yield with_reply(notice_html(str(error), "error")), said


def _news(desk: Desk, articles: Sequence[str]) -> tuple[Any, ...]:
    """How far loading is, whether to ask again, and the starter questions."""
    starters = desk.starters_of(articles)
    ready = dict(enumerate(starters or []))
    chips = [gr.Button(ready.get(place, ""), visible=place in ready) for place in range(COUNT)]
    return _status(desk), gr.Timer(active=starters is None or not desk.settled), *chips


def _status(desk: Desk) -> str:
    return f'<div role="status" class="{desk.state}">{notice_html(desk.status)}</div>'


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
