"""Build the chat panel, which answers questions in chats that the user's browser stores."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from threading import Event as Flag
from typing import Any, get_args

import gradio as gr

from assistant.accounts.request_access import identify_user
from assistant.answer.answer import Answer
from assistant.answer.render.answer_parts import Locale
from assistant.answer.render.html import render_answer_html
from assistant.answer.render.plain_text import render_answer_text
from assistant.answer.render.transcript import Format, export_file
from assistant.interfaces.web.conversation import Chat, Turn
from assistant.interfaces.web.event_access import serve_user
from assistant.interfaces.web.event_guard import get_event_fields
from assistant.interfaces.web.guide import render_guide
from assistant.interfaces.web.html import render_chats, render_notice
from assistant.interfaces.web.i18n import LANGUAGES
from assistant.interfaces.web.preferences import Preferences
from assistant.interfaces.web.streaming import stream_answer_html
from assistant.service.cancellation import CancellationRegistry
from assistant.service.feedback import Feedback, Verdict
from assistant.service.next_questions import suggest_next_questions
from assistant.service.question_queue import QuestionQueue
from assistant.service.service import MAX_CHAT_ARTICLES, AssistantService
from assistant.service.suggestions import MAX_SUGGESTIONS
from index.errors import AssistantError, InputError
from index.text.article import Article

__all__ = ["ChatPanel", "get_handler_limit"]

MAX_HANDLERS = 24
REFUSING_HANDLERS = 4

_PRIVATE_EVENT: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# The events that the browser script sends. Gradio requires their names here.
_ON_LOAD_SCRIPT = """window.chats.begin(element, {
    show: (chat) => trigger('show', chat), ask: (asked) => trigger('ask', asked),
    drop: () => { trigger('drop'); trigger('halt'); },
}, server)"""
_CURRENT_CHAT_SCRIPT = "() => window.chats.now()"

Updates = dict[Any, Any]


def get_chat_articles(service: AssistantService, ids: Sequence[str]) -> list[Article]:
    """Return the articles of a chat; without ids, the served article.

    Raises:
        ArticleError: an article was removed.
    """
    unique_ids = list(dict.fromkeys(filter(None, ids)))[:MAX_CHAT_ARTICLES]
    return [service.get_displayed_article(article_id) for article_id in unique_ids] or [
        service.article
    ]


def get_handler_limit(questions: QuestionQueue) -> int:
    """Return how many handlers of questions run at once: those that wait for their turn, too.

    A few more can say at once that the queue is full. Each takes one of 40 threads.
    """
    return min(questions.max_running + questions.max_waiting, MAX_HANDLERS) + REFUSING_HANDLERS


class ChatPanel:
    """The column with the conversation. `connect` attaches the event handlers.

    The server stores no chats. Each event carries the chat as the browser stores it, and the
    result goes back to the browser. Therefore a reload or a restart of the server loses no chat.

    Args:
        service: answers the questions.
        status: HTML of the initial loading status.
    """

    def __init__(self, service: AssistantService, status: str) -> None:
        self.service = service
        self.feedback = Feedback(
            service.library.folder, service.settings.database.get_secret_value()
        )
        self._answers = CancellationRegistry()
        self._searches = CancellationRegistry()  # for next questions
        self._update_numbers = count(1)

        # These are not methods, because Gradio marks functions that the browser may call by name.
        def write(data: Any, request: gr.Request) -> dict[str, str]:
            handler = partial(self._write, serve_user(self.service, request))
            return _call_with_fields(handler, data, "kept", "form", "place", "language", "words")

        def rate(data: Any, request: gr.Request) -> dict[str, str]:
            handler = partial(self._rate, serve_user(self.service, request))
            return _call_with_fields(handler, data, "kept", "place", "verdict", "reason")

        def model(data: Any) -> dict[str, str]:
            """Return the current state of the model for the settings dialog."""
            return {"status": service.status, "writer": service.writer}

        self.chats = gr.HTML(
            render_chats(service.article, service.settings.feedback),
            elem_id="chats",
            js_on_load=_ON_LOAD_SCRIPT,
            server_functions=[write, rate, model],
        )
        self.status = gr.HTML(status, elem_id="status", js_on_load=None)
        self.chat = gr.Chatbot(
            elem_id="chat", show_label=False, height=None, latex_delimiters=[], layout="panel",
            placeholder="Ask the article. Every answer shows where it stands.", buttons=[],
            feedback_options=None,
        )  # fmt: skip
        # A row, because Gradio mounts an HTML component anew if its visibility is set.
        with gr.Row(elem_id="guide") as self.guide_row:
            self.guide = gr.HTML(render_guide([service.article], ()), js_on_load=None)
        with gr.Row(elem_id="followups", visible=False) as self.followup_row:
            self.followup_buttons = [
                gr.Button("", size="sm", elem_classes="followup", visible=False)
                for _ in range(MAX_SUGGESTIONS)
            ]
        with gr.Row(elem_id="composer"):
            self.question = gr.Textbox(
                elem_id="question", label="Your question", lines=1, max_lines=6, autofocus=True,
                placeholder="Ask about the article, then press Enter",
            )  # fmt: skip
            with gr.Row(elem_id="buttons"):  # over the end of the field
                self.send = gr.Button("Ask", variant="primary", elem_id="send")
                self.stop = gr.Button("Stop", variant="stop", elem_id="stop")
        self.chat_json = gr.Textbox(visible=False)  # the current chat, which the browser sends
        # Turns for the browser to store. The value is JSON, and the template does not show it.
        self.turn_json = gr.HTML(
            "",
            html_template="<i></i>",
            visible="hidden",
            js_on_load="watch('value', () => window.chats.told(props.value))",
        )

    def connect(self) -> None:
        """Attach the event handlers."""
        # queue.js takes each question from the field or a button and sends it with its chat.
        ask_event = self.chats.ask(
            self._ask,
            None,
            [self.chat, self.guide_row, self.followup_row, self.turn_json],
            concurrency_limit=get_handler_limit(self.service.questions),
            concurrency_id="ask",
            trigger_mode="multiple",
            **_PRIVATE_EVENT,
        )
        followup_options: dict[str, Any] = {
            "outputs": [self.followup_row, *self.followup_buttons],
            "concurrency_limit": 2,
            "concurrency_id": "think",
            **_PRIVATE_EVENT,
        }
        followup_event = ask_event.then(
            self._suggest_followups, [self.chat_json], js=_CURRENT_CHAT_SCRIPT, **followup_options
        )
        # Gradio's `cancels` does not suit: the result of the current step would still arrive, after
        # the output of the stop. The queue is off because a stop must not wait.
        self.stop.click(self._halt, None, None, queue=False, **_PRIVATE_EVENT)
        # These are separate events, sent before a chat is shown. Gradio cancels after a listener's
        # own work and would drop a question that was asked in the meantime.
        self.chats.drop(None, None, None, cancels=[ask_event, followup_event])
        self.chats.halt(self._halt, None, None, queue=False, **_PRIVATE_EVENT)
        self.chats.show(
            self._show,
            None,
            list(self.show_messages([])),
            trigger_mode="multiple",
            **_PRIVATE_EVENT,
        )

    def show_messages(self, messages: list[dict[str, str]]) -> Updates:
        """Return the updates by component that show the messages; without any, an empty chat."""
        return {
            self.chat: messages,
            self.guide_row: gr.Row(visible=not messages),
            self.followup_row: gr.Row(visible=False),
        }

    def show_empty_chat(self, article_ids: Sequence[str], service: AssistantService) -> Updates:
        """Return the updates by component that show an empty chat about articles.

        Args:
            article_ids: the articles.
            service: the service for the user.
        """
        try:
            guide = render_guide(get_chat_articles(service, article_ids), ())
        except AssistantError:  # one was removed; the page says so elsewhere
            guide = ""
        return {**self.show_messages([]), self.guide: guide}

    def _halt(self, request: gr.Request) -> None:
        self._answers.stop(_get_session_id(request))
        self._searches.stop(_get_session_id(request))

    def _show(self, event: gr.EventData, request: gr.Request) -> Updates:
        service = serve_user(self.service, request)
        try:
            return self.show_messages(
                _parse_chat(service, get_event_fields(event).get("kept")).messages
            )
        except AssistantError as error:
            return self.show_messages(
                [{"role": "assistant", "content": render_notice(str(error), "error")}]
            )

    def _ask(self, event: gr.EventData, request: gr.Request) -> Iterator[Updates]:
        fields = get_event_fields(event)
        question, chat_json = str(fields.get("asked", "")), fields.get("kept")
        is_wide, is_typed = fields.get("wide") is True, fields.get("typed") is True
        user = _get_session_id(request)
        service = serve_user(self.service, request)
        self._halt(request)
        flag = self._answers.begin(user)
        try:
            preferences = Preferences.from_cookies(request.cookies)
            yield from self._answer_question(
                service,
                question,
                _parse_chat(service, chat_json),
                flag,
                preferences,
                is_wide=is_wide,
                is_typed=is_typed,
                client=f"{request.client.host} {user}",
                user=identify_user(request.request.scope),
            )
        except AssistantError as error:
            yield {
                **self.show_messages(
                    [{"role": "assistant", "content": render_notice(str(error), "error")}]
                ),
                **self._update_turn("", 0, None, last=True),
            }
        finally:
            self._answers.end(user, flag)

    def _answer_question(
        self,
        service: AssistantService,
        question: str,
        chat: Chat,
        flag: Flag,
        preferences: Preferences,
        *,
        is_wide: bool,
        is_typed: bool,
        client: str,
        user: str,
    ) -> Iterator[Updates]:
        """Yield the updates that add a turn to the chat.

        The browser stores the question before it is answered, so that a user who leaves the page
        finds it again.
        """
        index = len(chat.turns)
        earlier = [*chat.messages, *Turn(question, None).render_messages(index)[:1]]
        draft = Answer.from_text(question, "", partial=True, searched=question)
        turn_update = self._update_turn(chat.id, index, draft)
        for step in stream_answer_html(
            service,
            question,
            () if is_typed else chat.history,
            flag,
            chat.articles,
            preferences,
            is_wide=is_wide,
            client=client,
            user=user,
        ):
            if step.last:
                turn_update = self._update_turn(
                    chat.id, index, step.answer, last=True, is_wide=is_wide, is_typed=is_typed
                )
            reply = {"role": "assistant", "content": step.html}
            yield {**self.show_messages([*earlier, reply]), **turn_update}
            turn_update = {}

    def _update_turn(
        self,
        chat_id: str,
        index: int,
        answer: Answer | None,
        *,
        last: bool = False,
        is_wide: bool = False,
        is_typed: bool = False,
    ) -> Updates:
        """Return the update that has the browser store a turn of a chat.

        Args:
            chat_id: id of the chat.
            index: zero-based position of the turn.
            answer: the turn's answer; None restores the chat as it was before the question.
            last: whether this is the final update of the turn.
            is_wide: whether the answer is from a wide search, which needs no second one.
            is_typed: whether what was asked before was left out.
        """
        turn: dict[str, Any] | None = None
        if answer:
            turn = {"question": answer.question, "answer": answer.to_dict()}
            turn |= {"wide": True} if is_wide else {}
            turn |= {"typed": True} if is_typed else {}
        message = {"id": chat_id, "at": index, "turn": turn, "last": last}
        text = json.dumps({"sent": next(self._update_numbers), **message})
        # Gradio warns of a script tag in the value of an HTML component.
        return {self.turn_json: text.replace("<", "\\u003c")}

    def _suggest_followups(self, chat_json: Any, request: gr.Request) -> Updates:
        user = _get_session_id(request)
        service = serve_user(self.service, request)
        flag = self._searches.begin(user)
        try:
            chat = _parse_chat(service, chat_json)
            # Otherwise an answer is still running or was stopped.
            is_complete = bool(chat.history) and chat.history[-1] == chat.exchanges[-1]
            followups = (
                []
                if not is_complete
                else suggest_next_questions(
                    chat.exchanges,
                    chat.articles,
                    lambda question: service.answer_with_quotes(question, chat.articles),
                    flag,
                )
            )
        except AssistantError:
            followups = []
        finally:
            self._searches.end(user, flag)
        followup_by_index = dict(enumerate(followups))
        buttons = {
            button: gr.Button(followup_by_index.get(index, ""), visible=index in followup_by_index)
            for index, button in enumerate(self.followup_buttons)
        }
        return {self.followup_row: gr.Row(visible=bool(followups)), **buttons}

    def _write(
        self,
        service: AssistantService,
        chat_json: object,
        requested_format: object,
        index: object,
        language: object,
        translations: object,
    ) -> dict[str, str]:
        """Return a chat as a file in base64, or one of its answers as text and HTML to copy.

        The browser sends the translations of the labels in its language.
        """
        locale = _make_locale(language, translations)
        chat = _parse_chat(service, chat_json)
        if requested_format == "copy":
            answer = _get_answer(chat, index)
            return {
                "text": render_answer_text(answer, chat.articles, locale),
                "html": render_answer_html(answer, chat.articles, locale),
            }
        formats: tuple[Format, ...] = get_args(Format)
        file_format = next((name for name in formats if name == requested_format), formats[0])
        file = export_file(chat.exchanges, chat.articles, file_format, chat.title, locale)
        return {"file": b64encode(file).decode()}

    def _rate(
        self,
        service: AssistantService,
        chat_json: object,
        index: object,
        verdict: object,
        reason: object,
    ) -> dict[str, str]:
        """Store a verdict on an answer; an unknown or empty verdict withdraws it.

        The verdict "related" says that the related passage answers the question.
        """
        if not self.service.settings.feedback:
            raise InputError("Feedback is switched off here.")
        chat = _parse_chat(service, chat_json)
        answer = _get_answer(chat, index)
        article_id = chat.articles[0].id
        if verdict == "related":
            self.feedback.confirm_related(chat.id, article_id, answer)
        elif valid_verdict := next((name for name in get_args(Verdict) if name == verdict), None):
            self.feedback.give(chat.id, article_id, answer, valid_verdict, str(reason or ""))
        else:
            self.feedback.withdraw(chat.id, answer)
        return {}


def _parse_chat(service: AssistantService, chat_json: object) -> Chat:
    return Chat.from_json(chat_json, partial(get_chat_articles, service), service.find_article)


def _call_with_fields(
    handler: Callable[..., dict[str, str]], data: Any, *names: str
) -> dict[str, str]:
    """Call a handler with the named fields of the browser's data; return errors as `error`."""
    fields = data if isinstance(data, dict) else {}
    try:
        return handler(*(fields.get(name) for name in names))
    except AssistantError as error:
        return {"error": str(error)}


def _make_locale(language: object, translations: object) -> Locale:
    """Return a locale with the translations that the browser sends. Ignore invalid entries."""
    code = next((name for name in LANGUAGES if name == language), "en")
    entries = translations if isinstance(translations, dict) and code != "en" else {}
    return Locale(
        code,
        {
            english: str(translation)
            for english, translation in entries.items()
            if isinstance(translation, str)
        },
    )


def _get_answer(chat: Chat, index: object) -> Answer:
    """Return the answer of a turn. Raises InputError if there is none."""
    answer = (
        chat.turns[index].answer
        if isinstance(index, int) and 0 <= index < len(chat.turns)
        else None
    )
    if not answer:
        raise InputError("This answer cannot be read. Ask the question again.")
    return answer


def _get_session_id(request: gr.Request) -> str:
    return str(request.session_hash)
