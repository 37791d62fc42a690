"""The real page around a desk that answers by a script: no model is loaded, and what it says is known beforehand."""

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

from assistant.answer import NOT_STATED, Answer, Event, Found, Quote, Stage, Words
from assistant.checking import looked_up, quoted_words
from assistant.page.answering import answering
from assistant.page.desk import Desk
from assistant.page.head import HEAD, with_head
from assistant.page.page import CSS, build, theme
from assistant.settings import Settings
from index.article import Article
from index.library import Library

from ..api.serving import serving

PLAIN = {"footer_links": [], "run_history": False, "enable_monitoring": False, "ssr_mode": False}


class Staged(Desk):
    """Open from the beginning; says its words one by one, and cites some of the article's sentences. Of world cups it knows none."""

    def __init__(self, article: Article, folder: Path, words: Sequence[str], pause: float = 0.0) -> None:
        super().__init__(article, Library(folder), None, Settings())
        self.state, self.status = "ready", "Answers are quotes alone."
        self.words, self.pause = words, pause
        self.wanted: dict[str, Any] = {}  # of the last answer

    def ask(self, question: str, *others: Any, **wanted: Any) -> Generator[Event, None, None]:
        self.wanted = wanted
        if "world cup" in question:
            nearest, note = Quote.of(self.article, self.article.sentences[-1], 1), "“1998” does not occur in the article."
            yield Answer(question, NOT_STATED, answered=False, nearest=nearest, notes=(note,), searched=question)
            return
        spans = self.article.sentences[:: max(1, len(self.article.sentences) // 3)][:3]
        quotes = tuple(Quote.of(self.article, span, number) for number, span in enumerate(spans, 1))
        yield Found(quotes)
        yield Stage("writing")
        for word in self.words:
            time.sleep(self.pause)
            yield Words(word)
        markers, said = "".join(f"[{quote.number}]" for quote in quotes), "".join(self.words)
        others = [self.library.get(one) for one in self.library.store.ids()]
        quoted = tuple(looked_up(words, [self.article], others) for words in quoted_words(said))
        yield Answer(question, f"{said} {markers}", quotes, searched=question, quoted=quoted)


@contextmanager
def staged(desk: Desk, asked: Sequence[str] = ()) -> Iterator[str]:
    """The address of the page, with a chat in the browser in which these questions have been answered."""
    turns = []
    for question in asked:
        *_, last = answering(desk, question, [], Flag())
        assert last.answer
        turns.append({"question": question, "answer": last.answer.to_dict()})
    head = (_keep(desk.article.id, turns) if turns else "") + HEAD
    with mounted(build(desk), head, theme=theme(), css=CSS) as address:
        yield address


def _keep(article_id: str, turns: Sequence[dict[str, Any]]) -> str:
    """A script that has the browser keep and show this chat, unless it keeps it already."""
    key, chat = f"article-assistant:chat:{article_id}:staged", json.dumps({"title": "", "at": 1, "turns": turns})
    text = json.dumps(chat).replace("<", "\\u003c")
    return (
        f'<script>localStorage.getItem("{key}") || localStorage.setItem("{key}", {text});'
        f'sessionStorage.setItem("article-assistant:open:{article_id}", "staged")</script>'
    )


@contextmanager
def mounted(blocks: gradio.Blocks, head: str = "", **look: Any) -> Iterator[str]:
    app = FastAPI()

    @app.middleware("http")
    async def beginning(request: Request, answer: Callable[[Request], Awaitable[Response]]) -> Response:
        return await (with_head(request, answer, head) if head and request.url.path == "/" else answer(request))

    gradio.mount_gradio_app(app, blocks, path="/", **PLAIN, **look)  # type: ignore[arg-type]
    with serving(app) as address:
        yield address
