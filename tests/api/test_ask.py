"""Questions over HTTP: the answer at once, or event by event."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from assistant import ModelError
from assistant.api import create_api
from assistant.page.desk import Desk
from assistant.settings import Settings
from index.article import Article
from index.library import Library

from ..assistant.fakes import capable, script
from .serving import QUESTION, Breaking, opened


def ask(client: TestClient, **body: Any) -> Any:
    response = client.post("/api/ask", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def events_of(text: str) -> list[tuple[str, Any]]:
    events = [dict(line.split(": ", 1) for line in event.splitlines()) for event in text.strip().split("\n\n")]
    return [(event["event"], json.loads(event["data"])) for event in events]


def test_a_question_gets_the_answer_that_python_gives(client: TestClient, desk: Desk, bridge: Article) -> None:
    answer = ask(client, question=QUESTION)
    *_, same = desk.ask(QUESTION)
    expected = json.loads(json.dumps(same.to_dict()))  # type: ignore[union-attr]
    assert {**answer, "seconds": {}} == {**expected, "seconds": {}}
    quote = answer["quotes"][0]
    assert quote["text"] == bridge.text[quote["start"] : quote["end"]]


def test_what_the_article_does_not_say_is_an_answer_too(client: TestClient) -> None:
    answer = ask(client, question="What is the capital of Mongolia?")
    assert (answer["answered"], answer["quotes"]) == (False, [])
    assert answer["text"] == "The article does not say."


def test_a_follow_up_leans_on_the_history(client: TestClient) -> None:
    answer = ask(client, question="And when was it?", history=[{"question": QUESTION, "answer": "Ana Ruiz opened it. [1]"}])
    assert "Old Bridge of Lund" in answer["searched"]


def test_other_articles_than_the_open_one_can_be_asked(client: TestClient, volcano: Article) -> None:
    answer = ask(client, question="When did Mount Etna erupt?", articles=[volcano.id])
    assert {quote["article_id"] for quote in answer["quotes"]} == {volcano.id}


def test_several_articles_can_be_asked_at_once(client: TestClient, bridge: Article, volcano: Article) -> None:
    both = [bridge.id, volcano.id, bridge.id]
    assert ask(client, question=QUESTION, articles=both)["quotes"][0]["article_id"] == bridge.id


def test_a_loaded_model_writes_from_other_articles_as_well(writer: Desk, volcano: Article, bridge: Article) -> None:
    client = TestClient(create_api(writer))
    answer = ask(client, question=QUESTION, articles=[volcano.id, bridge.id])
    assert (answer["text"], answer["model"]) == ("Mayor Ana Ruiz opened it. [1]", "fake:small")


def test_an_unknown_article_is_told(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": QUESTION, "articles": ["nothing"]})
    assert response.status_code == 404
    assert "'nothing'" in response.json()["detail"]


@pytest.mark.parametrize("path", ["/api/ask", "/api/ask/stream"])
@pytest.mark.parametrize(("question", "told"), [("?!", "is empty"), ("why " * 600, "at most 2,000")])
def test_a_question_that_is_none_is_refused_with_what_to_do(client: TestClient, path: str, question: str, told: str) -> None:
    response = client.post(path, json={"question": question})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert told in response.json()["detail"]


def test_a_stream_tells_stages_quotes_and_words_and_ends_with_the_answer(address: str) -> None:
    response = httpx.post(f"{address}/api/ask/stream", json={"question": QUESTION}, timeout=60)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response.text)
    names = list(dict.fromkeys(name for name, _ in events))
    assert names == ["stage", "quotes", "words", "answer"]
    answer = events[-1][1]
    assert answer["text"].startswith("".join(data["text"] for name, data in events if name == "words"))
    assert next(data for name, data in events if name == "quotes")["quotes"][0]["text"] == answer["quotes"][0]["text"]


def test_a_failure_on_the_way_is_the_last_event_and_names_no_code(bridge: Article, kept: Library) -> None:
    client = TestClient(create_api(Breaking(bridge, kept, None, Settings())), raise_server_exceptions=False)
    response = client.post("/api/ask/stream", json={"question": QUESTION})
    (first, _), (last, problem) = events_of(response.text)
    assert (first, last, problem["status"]) == ("stage", "error", 500)
    assert "secret" not in response.text
    response = client.post("/api/ask", json={"question": QUESTION})
    assert response.status_code == 500
    assert "secret" not in response.text


def test_a_model_that_fails_is_told_and_the_quotes_are_there(kept: Library, bridge: Article) -> None:
    client = TestClient(create_api(opened(bridge, kept, capable(error=ModelError("The fake model is gone.")))))
    answer = ask(client, question=QUESTION)
    assert answer["quotes"]
    assert "The fake model is gone" in answer["notes"][0]


def test_before_the_article_is_open_a_question_is_put_off(bridge: Article, kept: Library) -> None:
    client = TestClient(create_api(Desk(bridge, kept, None, Settings())))
    response = client.post("/api/ask", json={"question": QUESTION})
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert response.json()["detail"] == "Opening the article …"


def test_what_the_model_is_shown_has_the_question_once(kept: Library, bridge: Article) -> None:
    model = capable("Mayor Ana Ruiz opened it [1].")
    ask(TestClient(create_api(opened(bridge, kept, model))), question=QUESTION)
    assert script(model).shown[-1].count(QUESTION) == 1
