"""Test `/api/ask` and `/api/ask/stream`."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from assistant import ModelError
from assistant.interfaces.http import create_api
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.fakes import get_script, make_capable_model
from tests.assistant.interfaces.http.serving import QUESTION, FailingService, open_service


def ask(client: TestClient, **body: Any) -> Any:
    response = client.post("/api/ask", json=body)
    assert response.status_code == 200, response.text
    return response.json()


def parse_events(text: str) -> list[tuple[str, Any]]:
    events = [
        dict(line.split(": ", 1) for line in event.splitlines())
        for event in text.strip().split("\n\n")
    ]
    return [(event["event"], json.loads(event["data"])) for event in events]


def test_ask_returns_same_answer_as_python(
    client: TestClient, service: AssistantService, bridge: Article
) -> None:
    answer = ask(client, question=QUESTION)
    *_, expected_answer = service.ask(QUESTION)
    expected = json.loads(json.dumps(expected_answer.to_dict()))  # type: ignore[union-attr]
    assert {**answer, "seconds": {}} == {**expected, "seconds": {}}
    quote = answer["quotes"][0]
    assert quote["text"] == bridge.text[quote["start"] : quote["end"]]


def test_ask_with_explain_adds_trace(client: TestClient) -> None:
    assert "trace" not in ask(client, question=QUESTION)
    trace = ask(client, question=QUESTION, explain=True)["trace"]
    assert trace["question"]["standalone"] == QUESTION
    assert any(sentence["selected"] for sentence in trace["sentences"])


def test_stream_with_explain_adds_trace(client: TestClient) -> None:
    for explain in (False, True):
        body = {"question": QUESTION, "explain": explain}
        events = parse_events(client.post("/api/ask/stream", json=body).text)
        name, answer = events[-1]
        assert name == "answer"
        assert ("trace" in answer) is explain


def test_ask_not_stated_returns_unanswered(client: TestClient) -> None:
    answer = ask(client, question="What is the capital of Mongolia?")
    assert (answer["answered"], answer["quotes"]) == (False, [])
    assert answer["text"] == "The article does not say."


def test_ask_followup_uses_history(client: TestClient) -> None:
    answer = ask(
        client,
        question="And when was it?",
        history=[{"question": QUESTION, "answer": "Ana Ruiz opened it. [1]"}],
    )
    assert "Old Bridge of Lund" in answer["searched"]


def test_ask_other_article_quotes_it(client: TestClient, volcano: Article) -> None:
    answer = ask(client, question="When did Mount Etna erupt?", articles=[volcano.id])
    assert {quote["article_id"] for quote in answer["quotes"]} == {volcano.id}


def test_ask_several_articles_quotes_the_right_one(
    client: TestClient, bridge: Article, volcano: Article
) -> None:
    article_ids = [bridge.id, volcano.id, bridge.id]
    assert (
        ask(client, question=QUESTION, articles=article_ids)["quotes"][0]["article_id"] == bridge.id
    )


def test_ask_other_articles_uses_the_model(
    model_service: AssistantService, volcano: Article, bridge: Article
) -> None:
    client = TestClient(create_api(model_service))
    answer = ask(client, question=QUESTION, articles=[volcano.id, bridge.id])
    assert (answer["text"], answer["model"]) == ("Mayor Ana Ruiz opened it. [1]", "fake:small")


def test_ask_unknown_article_is_not_found(client: TestClient) -> None:
    response = client.post("/api/ask", json={"question": QUESTION, "articles": ["nothing"]})
    assert response.status_code == 404
    assert "'nothing'" in response.json()["detail"]


@pytest.mark.parametrize("path", ["/api/ask", "/api/ask/stream"])
@pytest.mark.parametrize(
    ("question", "detail"), [("?!", "is empty"), ("why " * 600, "at most 2,000")]
)
def test_ask_invalid_question_is_refused(
    client: TestClient, path: str, question: str, detail: str
) -> None:
    response = client.post(path, json={"question": question})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert detail in response.json()["detail"]


def test_stream_sends_events_and_ends_with_answer(address: str) -> None:
    response = httpx.post(f"{address}/api/ask/stream", json={"question": QUESTION}, timeout=60)
    assert response.headers["content-type"].startswith("text/event-stream")
    events = parse_events(response.text)
    names = list(dict.fromkeys(name for name, _ in events))
    assert names == ["stage", "quotes", "words", "answer"]
    answer = events[-1][1]
    assert answer["text"].startswith(
        "".join(data["text"] for name, data in events if name == "words")
    )
    assert (
        next(data for name, data in events if name == "quotes")["quotes"][0]["text"]
        == answer["quotes"][0]["text"]
    )


def test_stream_failure_ends_with_error_without_details(bridge: Article, library: Library) -> None:
    client = TestClient(
        create_api(FailingService(bridge, library, None, Settings())), raise_server_exceptions=False
    )
    response = client.post("/api/ask/stream", json={"question": QUESTION})
    (first, _), (last, problem) = parse_events(response.text)
    assert (first, last, problem["status"]) == ("stage", "error", 500)
    assert "secret" not in response.text
    response = client.post("/api/ask", json={"question": QUESTION})
    assert response.status_code == 500
    assert "secret" not in response.text


def test_ask_with_failing_model_returns_quotes_and_note(library: Library, bridge: Article) -> None:
    client = TestClient(
        create_api(
            open_service(
                bridge, library, make_capable_model(error=ModelError("The fake model is gone."))
            )
        )
    )
    answer = ask(client, question=QUESTION)
    assert answer["quotes"]
    assert "The fake model is gone" in answer["notes"][0]


def test_ask_before_service_is_ready_returns_503(bridge: Article, library: Library) -> None:
    client = TestClient(create_api(AssistantService(bridge, library, None, Settings())))
    response = client.post("/api/ask", json={"question": QUESTION})
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert response.json()["detail"] == "Opening the article …"


def test_ask_puts_question_into_prompt_once(library: Library, bridge: Article) -> None:
    model = make_capable_model("Mayor Ana Ruiz opened it [1].")
    ask(TestClient(create_api(open_service(bridge, library, model))), question=QUESTION)
    assert get_script(model).prompts[-1].count(QUESTION) == 1
