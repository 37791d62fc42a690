"""Test what happens when more is asked and added than the server can do."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from openai import InternalServerError, OpenAI, RateLimitError

from assistant.interfaces.http import create_api
from assistant.interfaces.http.import_slots import MAX_IMPORTS
from assistant.models import Model
from assistant.service.question_limit import QuestionLimit
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.embedders.base import Vectors
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.fakes import ScriptedModel
from tests.assistant.interfaces.http.serving import (
    open_service,
    send_request,
    serve_app,
    wait_until,
)
from tests.index.hashing import Hashing, numbered

ARTICLE = Article.from_text("The bridge cost 3 million euros.", "The bridge")
QUESTION = {"question": "How much did the bridge cost?"}
CHAT = {
    "model": "article-assistant",
    "messages": [{"role": "user", "content": QUESTION["question"]}],
}


class Halting(Hashing):
    """An embedder that stops before each batch until it is allowed to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def embed(self, texts: Sequence[str]) -> Vectors:
        self.gate.wait(60)
        return super().embed(texts)


EMBEDDER = Halting()
CHAT_MODEL = ScriptedModel(pieces=("3 million euros.",))


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AssistantService]:
    library = Library(tmp_path_factory.mktemp("busy"), EMBEDDER)
    settings = Settings(answers_at_once=1, waiting_questions=2)
    model = Model("fake:script", CHAT_MODEL, answers_in_one_call=False)
    yield open_service(ARTICLE, library, model, settings)
    library.close()


@pytest.fixture(scope="module")
def address(service: AssistantService) -> Iterator[str]:
    with serve_app(create_api(service)) as address:
        yield address


def test_question_beyond_the_limit_of_a_user_gets_429(
    service: AssistantService, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "question_limit", QuestionLimit(2))
    others = {"X-Forwarded-For": "192.0.2.7"}
    assert [httpx.post(f"{address}/api/ask", json=QUESTION).status_code for _ in range(3)] == [
        200,
        200,
        429,
    ]
    response = httpx.post(f"{address}/api/ask/stream", json=QUESTION)
    assert (response.status_code, response.json()["status"]) == (429, 429)
    assert 0 < int(response.headers["Retry-After"]) <= 60
    client = OpenAI(base_url=f"{address}/v1", api_key="none", max_retries=0)
    with pytest.raises(RateLimitError, match="2 questions in a minute"):
        client.chat.completions.create(**CHAT)  # type: ignore[call-overload]
    assert httpx.post(f"{address}/api/ask", json=QUESTION, headers=others).status_code == 200


def test_question_beyond_the_queue_gets_503(service: AssistantService, address: str) -> None:
    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(service.questions.enter("127.0.0.1"))
        for path, body in (
            ("/api/ask", QUESTION),
            ("/api/ask/stream", QUESTION),
            ("/v1/chat/completions", CHAT),
            ("/v1/chat/completions", {**CHAT, "stream": True}),
        ):
            response = httpx.post(f"{address}{path}", json=body)
            assert response.status_code == 503, path
            assert int(response.headers["Retry-After"]) > 0
            message = response.json()
            assert "waiting" in (message.get("detail") or message["error"]["message"])
        client = OpenAI(base_url=f"{address}/v1", api_key="-", max_retries=0)
        with pytest.raises(InternalServerError):
            client.chat.completions.create(**CHAT)  # type: ignore[call-overload]
    assert httpx.post(f"{address}/api/ask", json=QUESTION, timeout=120).status_code == 200


def test_stream_of_a_waiting_question_shows_its_position(
    service: AssistantService, address: str
) -> None:
    running, waiting = service.questions.enter(), service.questions.enter()
    url = f"{address}/api/ask/stream"
    with httpx.stream("POST", url, json=QUESTION, timeout=120) as response:
        lines = response.iter_lines()
        assert read_event(lines) == ("waiting", {"position": 2})
        running.leave()
        assert read_event(lines) == ("waiting", {"position": 1})
        waiting.leave()
        assert read_event(lines)[0] == "stage"
        rest = "\n".join(lines)
    assert parse_events(rest)[-1][0] == "answer"


def test_question_that_loses_its_place_gets_503(service: AssistantService, address: str) -> None:
    with ThreadPoolExecutor(2) as threads, httpx.Client(base_url=address, timeout=120) as client:
        with service.questions.enter():
            asked = threads.submit(client.post, "/api/ask", json=QUESTION)
            wait_until(lambda: service.questions.waiting == 1)
            streamed = threads.submit(client.post, "/api/ask/stream", json=QUESTION)
            wait_until(lambda: service.questions.waiting == 2)
            with service.questions.enter("another client"):  # in the place of the stream
                name, problem = parse_events(streamed.result().text)[-1]
                assert (name, problem["status"]) == ("error", 503)
                assert service.questions.waiting == 2
        assert asked.result().status_code == 200


def read_event(lines: Iterator[str]) -> tuple[str, Any]:
    """Return the name and the data of the next server-sent event."""
    name, data, _ = next(lines), next(lines), next(lines, "")
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def parse_events(text: str) -> list[tuple[str, Any]]:
    return [read_event(iter(event.splitlines())) for event in text.strip().split("\n\n")]


def test_waiting_question_of_a_lost_client_is_not_computed(
    service: AssistantService, address: str
) -> None:
    CHAT_MODEL.prompts.clear()
    with service.questions.enter():
        for path, body in (("/api/ask", QUESTION), ("/api/ask/stream", QUESTION)):
            with send_request(address, path, body):
                wait_until(lambda: service.questions.waiting == 1)
            wait_until(lambda: service.questions.waiting == 0)
    assert CHAT_MODEL.prompts == []


def test_every_question_leaves_the_queue(service: AssistantService, address: str) -> None:
    for path, body in (("/api/ask", QUESTION), ("/api/ask/stream", QUESTION)):
        assert httpx.post(f"{address}{path}", json=body, timeout=120).status_code == 200
        with send_request(address, path, body):
            pass
        assert httpx.post(f"{address}{path}", json={"question": "?"}).status_code == 422
    wait_until(lambda: service.questions.running == 0)


def test_article_of_a_lost_client_is_not_embedded(service: AssistantService, address: str) -> None:
    article = numbered(1, 200)
    EMBEDDER.gate.clear()
    with send_request(address, "/api/articles", {"text": article.text, "title": article.title}):
        wait_until(lambda: has_import(service))
    before = EMBEDDER.embedded
    wait_until(lambda: httpx.get(f"{address}/healthz").status_code == 200)
    EMBEDDER.gate.set()
    wait_until(lambda: not has_import(service))
    assert EMBEDDER.embedded - before < len(article.passages)
    assert not service.library.store.has(article.id)


def has_import(service: AssistantService) -> bool:
    """Return whether an article is being embedded, which holds the library's lock."""
    if service.library._guard.acquire(blocking=False):
        service.library._guard.release()
        return False
    return True


def test_article_beyond_the_limit_gets_503(service: AssistantService, address: str) -> None:
    EMBEDDER.gate.clear()
    with ExitStack() as stack:
        for number in range(MAX_IMPORTS):
            body = {"text": numbered(10 + number).text, "title": str(number)}
            stack.enter_context(send_request(address, "/api/articles", body))
        wait_until(lambda: add_article(address).status_code == 503)
        assert int(add_article(address).headers["Retry-After"]) > 0
    EMBEDDER.gate.set()
    wait_until(lambda: add_article(address).status_code in (200, 201))


def add_article(address: str) -> httpx.Response:
    return httpx.post(f"{address}/api/articles", json={"text": "The tower is old."}, timeout=2)
