"""The conversation's column: chats that the reader's browser keeps, and what can be done with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from threading import Event as Flag
from typing import Any, get_args

import gradio as gr

from index.article import Article
from index.errors import AssistantError, InputError

from ..answer import Answer
from ..export import Format, Tongue, answer_as_text, exported
from ..feedback import Feedback, Verdict
from .answering import answering
from .chats import Chat, Turn
from .desk import TOGETHER, Desk
from .followups import followups
from .preferences import Preferences
from .render import chats_html, notice_html
from .starters import COUNT
from .stopping import Stops
from .translations import LANGUAGES

__all__ = ["Asking"]

SUMMARISE = "Summarise the article"
_PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# The events that the browser's part sends; Gradio wants their names here.
_BEGIN = """window.chats.begin(element, {
    show: (chat) => trigger('show', chat), ask: (asked) => trigger('ask', asked), drop: () => { trigger('drop'); trigger('halt'); },
}, server)"""
_CHAT = "() => window.chats.now()"

Updates = dict[Any, Any]


def articles_of(desk: Desk, ids: Sequence[str]) -> list[Article]:
    """The articles that a chat is about. Raises ArticleError where one was removed."""
    return [desk.shown(one) for one in list(dict.fromkeys(filter(None, ids)))[:TOGETHER]] or [desk.article]


class Asking:
    """Its parts, made where the page is built; `connect` has them act.

    Nothing of a chat is held here: each event brings the chat that it is about, as the browser keeps it, and what becomes of it
    goes back there. So a reload, or a server that began anew, loses none.
    """

    def __init__(self, desk: Desk, status: str) -> None:
        self.desk = desk
        self.feedback = Feedback(desk.library.folder)
        self._stops, self._thinking, self._sent = Stops(), Stops(), count(1)

        # Not methods: Gradio marks what the browser may call, by its name.
        def write(sent: Any) -> dict[str, str]:
            return _told(self._write, sent, "kept", "form", "place", "language", "words")

        def rate(sent: Any) -> dict[str, str]:
            return _told(self._rate, sent, "kept", "place", "verdict", "reason")

        def model(sent: Any) -> dict[str, str]:
            """What the settings tell of the model: how it is now."""
            return {"status": desk.status, "writer": desk.writer}

        self.chats = gr.HTML(
            chats_html(desk.article, desk.settings.feedback),
            elem_id="chats",
            js_on_load=_BEGIN,
            server_functions=[write, rate, model],
        )
        self.status = gr.HTML(status, elem_id="status", js_on_load=None)
        self.chat = gr.Chatbot(
            elem_id="chat", show_label=False, height=None, latex_delimiters=[], layout="panel", buttons=[],
            placeholder="Ask the article. Every answer shows where it stands.", feedback_options=None,
        )  # fmt: skip
        with gr.Row(elem_id="starters") as self.suggestions:
            self.chips = [gr.Button("", size="sm", elem_classes="starter", visible=False) for _ in range(COUNT)]
            self.summary = gr.Button(SUMMARISE, size="sm", elem_classes="summary")
        with gr.Row(elem_id="followups", visible=False) as self.further:
            self.leads = [gr.Button("", size="sm", elem_classes="followup", visible=False) for _ in range(COUNT)]
        self.question = gr.Textbox(
            elem_id="question", label="Your question", placeholder="Ask about the article, then press Enter",
            lines=1, max_lines=1, autofocus=True,
        )  # fmt: skip
        with gr.Row(elem_id="buttons"):
            self.send = gr.Button("Ask", variant="primary", elem_id="send")
            self.stop = gr.Button("Stop", variant="stop", elem_id="stop")
        # What the browser sends beside a question, and what it is told to keep. Its value is no HTML: nothing is made of it.
        self.kept = gr.Textbox(visible=False)
        self.told = gr.HTML(
            "", html_template="<i></i>", visible="hidden", js_on_load="watch('value', () => window.chats.told(props.value))"
        )

    def connect(self) -> None:
        # The browser's part (queue.js) takes each question from the field or a button, and sends it with the chat it belongs to.
        run = self.chats.ask(
            self._ask,
            None,
            [self.chat, self.suggestions, self.further, self.told],
            concurrency_limit=8,
            concurrency_id="ask",
            trigger_mode="multiple",
            **_PRIVATE,
        )
        think: dict[str, Any] = {
            "outputs": [self.further, *self.leads],
            "concurrency_limit": 2,
            "concurrency_id": "think",
            **_PRIVATE,
        }
        thought = run.then(self._followups, [self.kept], js=_CHAT, **think)
        # Not by Gradio's `cancels`: what a step under way has made would still come, and after what the stop has shown. Not by
        # its queue: a stop must not wait.
        self.stop.click(self._halt, None, None, queue=False, **_PRIVATE)
        # Events of their own, before a chat is shown: Gradio cancels after a listener's own work, and would drop what was asked
        # meanwhile.
        self.chats.drop(None, None, None, cancels=[run, thought])
        self.chats.halt(self._halt, None, None, queue=False, **_PRIVATE)
        self.chats.show(self._show, None, list(self.shown([])), trigger_mode="multiple", **_PRIVATE)

    def shown(self, messages: list[dict[str, str]]) -> Updates:
        """The column with these messages in it, by component; with none it is an empty chat."""
        return {self.chat: messages, self.suggestions: gr.Row(visible=not messages), self.further: gr.Row(visible=False)}

    def _chat(self, kept: object) -> Chat:
        return Chat.of(kept, partial(articles_of, self.desk), self._other)

    def _other(self, article_id: str) -> Article | None:
        """An article of the library, whether the chat is about it or not."""
        return self.desk.library.get(article_id) if self.desk.library.store.has(article_id) else None

    def _halt(self, request: gr.Request) -> None:
        self._stops.stop(_reader(request))
        self._thinking.stop(_reader(request))

    def _show(self, event: gr.EventData) -> Updates:
        try:
            return self.shown(self._chat(event._data.get("kept")).messages)
        except AssistantError as error:
            return self.shown([{"role": "assistant", "content": notice_html(str(error), "error")}])

    def _ask(self, event: gr.EventData, request: gr.Request) -> Iterator[Updates]:
        asked, kept = str(event._data.get("asked", "")), event._data.get("kept")
        reader = _reader(request)
        self._halt(request)
        flag = self._stops.begin(reader)
        try:
            yield from self._answered(asked, self._chat(kept), flag, Preferences.told_by(request.cookies))
        except AssistantError as error:
            yield {
                **self.shown([{"role": "assistant", "content": notice_html(str(error), "error")}]),
                **self._tell("", 0, None, last=True),
            }
        finally:
            self._stops.end(reader, flag)

    def _answered(self, asked: str, chat: Chat, flag: Flag, wanted: Preferences) -> Iterator[Updates]:
        """The chat with one more turn. What is asked is kept before it is answered: a reader who leaves finds it again."""
        before = [*chat.messages, *Turn(asked, None).messages(len(chat.turns))[:1]]
        at = len(chat.turns)
        once = self._tell(chat.id, at, Answer(asked, "", partial=True, searched=asked))
        for step in answering(self.desk, asked, chat.history, flag, chat.articles, wanted):
            if step.last:
                once = self._tell(chat.id, at, step.answer, last=True)
            yield {**self.shown([*before, {"role": "assistant", "content": step.html}]), **once}
            once = {}

    def _tell(self, chat_id: str, at: int, answer: Answer | None, *, last: bool = False) -> Updates:
        """What the browser is to keep as a chat's turn `at`; None: what there was before the question. `last`: nothing more comes."""
        turn = {"question": answer.question, "answer": answer.to_dict()} if answer else None
        return {self.told: json.dumps({"sent": next(self._sent), "id": chat_id, "at": at, "turn": turn, "last": last})}

    def _followups(self, kept: Any, request: gr.Request) -> Updates:
        reader = _reader(request)
        flag = self._thinking.begin(reader)
        try:
            chat = self._chat(kept)
            done = bool(chat.history) and chat.history[-1] == chat.talk[-1]  # else an answer is on its way, or was stopped
            found = (
                []
                if not done
                else followups(chat.talk, chat.articles, lambda question: self.desk.glance(question, chat.articles), flag)
            )
        except AssistantError:
            found = []
        finally:
            self._thinking.end(reader, flag)
        known = dict(enumerate(found))
        leads = {lead: gr.Button(known.get(place, ""), visible=place in known) for place, lead in enumerate(self.leads)}
        return {self.further: gr.Row(visible=bool(found)), **leads}

    def _write(self, kept: object, form: object, place: object, language: object, words: object) -> dict[str, str]:
        """A chat as a file, or one of its answers to be copied; our own words in it as the browser has them in its language."""
        tongue = _tongue(language, words)
        chat = self._chat(kept)
        if form == "copy":
            return {"text": answer_as_text(_answer(chat, place), chat.articles, tongue)}
        known: tuple[Format, ...] = get_args(Format)
        wanted = next((one for one in known if one == form), known[0])
        return {"text": exported(chat.talk, chat.articles, wanted, chat.title, tongue)}

    def _rate(self, kept: object, place: object, verdict: object, reason: object) -> dict[str, str]:
        """Keep a verdict on an answer; an empty one is withdrawn."""
        if not self.desk.settings.feedback:
            raise InputError("Feedback is switched off here.")
        chat = self._chat(kept)
        answer = _answer(chat, place)
        if given := next((one for one in get_args(Verdict) if one == verdict), None):
            self.feedback.give(chat.id, chat.articles[0].id, answer, given, str(reason or ""))
        else:
            self.feedback.withdraw(chat.id, answer)
        return {}


def _told(act: Callable[..., dict[str, str]], sent: Any, *names: str) -> dict[str, str]:
    """What it gives for what the browser sent; else what is wrong, for the browser to tell."""
    sent = sent if isinstance(sent, dict) else {}
    try:
        return act(*(sent.get(name) for name in names))
    except AssistantError as error:
        return {"error": str(error)}


def _tongue(language: object, words: object) -> Tongue:
    """What the browser's own catalogue makes of our words; whatever cannot be understood is as if it were not there."""
    code = next((one for one in LANGUAGES if one == language), "en")
    told = words if isinstance(words, dict) and code != "en" else {}
    return Tongue(code, {english: str(own) for english, own in told.items() if isinstance(own, str)})


def _answer(chat: Chat, place: object) -> Answer:
    answer = chat.turns[place].answer if isinstance(place, int) and 0 <= place < len(chat.turns) else None
    if not answer:
        raise InputError("This answer cannot be read. Ask the question again.")
    return answer


def _reader(request: gr.Request) -> str:
    return str(request.session_hash)
