"""Serve the real page with a service whose answers are scripted, without a model."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event as Flag
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import gradio
from fastapi import FastAPI, Request, Response

from assistant.answer.answer import Answer, Event, QuotesFound, Stage, TextDelta
from assistant.answer.quotations import look_up_phrase, quoted_phrases
from assistant.answer.quote import NOT_STATED, Quote
from assistant.interfaces.web.head import HEAD, add_head
from assistant.interfaces.web.page import CSS, build_page, build_theme
from assistant.interfaces.web.streaming import stream_answer_html
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.interfaces.http.serving import serve_app

GRADIO_OPTIONS = {
    "footer_links": [],
    "run_history": False,
    "enable_monitoring": False,
    "ssr_mode": False,
}


class ScriptedService(AssistantService):
    """A service that is ready at once and cites some of the article's sentences.

    Its answers consist of `words`, one event each with a pause in between. A question about the
    world cup has no answer. `last_options` holds the options of the last question.
    """

    def __init__(
        self, article: Article, folder: Path, words: Sequence[str], pause: float = 0.0
    ) -> None:
        super().__init__(article, Library(folder), None, Settings())
        self.state, self.status = "ready", "Answers are quotes alone."
        self.starters = []
        self.words, self.pause = words, pause
        self.last_options: dict[str, Any] = {}

    def ask(self, question: str, *context: Any, **options: Any) -> Generator[Event, None, None]:
        self.last_options.clear()  # it is the one of the services of all users
        self.last_options.update(options)
        if "world cup" in question:
            nearest, note = (
                Quote.of(self.article, self.article.sentences[-1], 1),
                "“1998” does not occur in the article.",
            )
            yield Answer.from_text(
                question,
                NOT_STATED,
                answered=False,
                nearest=nearest,
                notes=(note,),
                searched=question,
            )
            return
        spans = self.article.sentences[:: max(1, len(self.article.sentences) // 3)][:3]
        quotes = tuple(Quote.of(self.article, span, number) for number, span in enumerate(spans, 1))
        yield QuotesFound(quotes)
        yield Stage("writing")
        for word in self.words:
            time.sleep(self.pause)
            yield TextDelta(word)
        markers, text = "".join(f"[{quote.number}]" for quote in quotes), "".join(self.words)
        other_articles = [self.library.get(article_id) for article_id in self.library.store.ids()]
        quoted = tuple(
            look_up_phrase(words, [self.article], other_articles) for words in quoted_phrases(text)
        )
        yield Answer.from_text(
            question, f"{text} {markers}", quotes, searched=question, quoted=quoted
        )


@contextmanager
def serve_service(service: AssistantService, questions: Sequence[str] = ()) -> Iterator[str]:
    """Yield the address of the page; the browser has a chat with these questions and answers."""
    turns = []
    for question in questions:
        *_, last = stream_answer_html(service, question, [], Flag())
        assert last.answer
        turns.append({"question": question, "answer": last.answer.to_dict()})
    head = (_store_chat_script(service.article.id, turns) if turns else "") + HEAD
    with serve_blocks(build_page(service), head, theme=build_theme(), css=CSS) as address:
        yield address


def _store_chat_script(article_id: str, turns: Sequence[dict[str, Any]]) -> str:
    """Return a script that stores and opens a chat in the browser, unless it exists already."""
    key, chat = (
        f"article-assistant:chat:{article_id}:staged",
        json.dumps({"title": "", "at": 1, "turns": turns}),
    )
    text = json.dumps(chat).replace("<", "\\u003c")
    return (
        f'<script>localStorage.getItem("{key}") || localStorage.setItem("{key}", {text});'
        f'sessionStorage.setItem("article-assistant:open:{article_id}", "staged")</script>'
    )


@contextmanager
def serve_blocks(blocks: gradio.Blocks, head: str = "", **look: Any) -> Iterator[str]:
    app = FastAPI()

    @app.middleware("http")
    async def beginning(
        request: Request, answer: Callable[[Request], Awaitable[Response]]
    ) -> Response:
        return await (
            add_head(request, answer, head) if head and request.url.path == "/" else answer(request)
        )

    gradio.mount_gradio_app(app, blocks, path="/", **GRADIO_OPTIONS, **look)
    with serve_app(app) as address:
        yield address
