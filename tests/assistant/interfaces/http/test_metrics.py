"""Test `/metrics`."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from assistant.interfaces.http import create_api
from assistant.interfaces.http.metrics import Metrics
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.interfaces.http.serving import QUESTION, wait_until

LOCAL, OTHER = ("127.0.0.1", 1), ("192.0.2.7", 1)


def open_client(
    article: Article, library: Library, settings: Settings, address: tuple[str, int] = LOCAL
) -> TestClient:
    metrics = Metrics()
    service = AssistantService(article, library, None, settings, observe=metrics.observe_answer)
    service.start()
    wait_until(lambda: service.is_settled)
    return TestClient(
        create_api(service, metrics=metrics), base_url="http://127.0.0.1", client=address
    )


def read_metrics(client: TestClient) -> dict[tuple[str, ...], float]:
    """Return each value by its name and its labels."""
    response = client.get("/metrics")
    assert response.status_code == 200
    return {
        (sample.name.removeprefix("article_assistant_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_metrics_are_off_by_default(client: TestClient) -> None:
    assert client.get("/metrics").status_code == 404


def test_metrics_count_outcomes_and_responses(bridge: Article, library: Library) -> None:
    client = open_client(bridge, library, Settings(metrics="loopback"))
    assert client.post("/api/ask", json={"question": QUESTION}).json()["outcome"] == "answered"
    assert client.post("/api/ask", json={"question": "x" * 5_000}).status_code == 422
    values = read_metrics(client)
    assert values["questions_total", "answered"] == 1
    assert values["questions_total", "invalid"] == 1
    assert values["answer_seconds_count",] == 2
    assert values["http_responses_total", "422"] == 1
    assert values["articles",] == len(library.store.ids())
    assert (values["ready",], values["model_loaded",]) == (1, 0)
    assert values["process_resident_memory_bytes",] > 0
    text = client.get("/metrics").text
    assert not any(word in text for word in ("Lund", "xxxxx", bridge.title, bridge.id))


def test_metrics_show_the_queue(bridge: Article, library: Library) -> None:
    client = open_client(
        bridge,
        library,
        Settings(metrics="loopback", answers_at_once=1, waiting_questions=1),
    )
    service: AssistantService = client.app.state.service  # type: ignore[attr-defined]
    with service.questions.enter("testclient"), service.questions.enter("127.0.0.1"):
        assert client.post("/api/ask", json={"question": QUESTION}).status_code == 503
        values = read_metrics(client)
    queue = ("questions_running", "questions_waiting", "questions_refused_total")
    assert [values[name,] for name in queue] == [1, 1, 1]


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For"])
def test_metrics_of_loopback_are_hidden_from_others(
    bridge: Article, library: Library, header: str
) -> None:
    local = Settings(metrics="loopback")
    assert open_client(bridge, library, local, OTHER).get("/metrics").status_code == 404
    proxied = open_client(bridge, library, local)
    assert proxied.get("/metrics", headers={header: "for=127.0.0.1"}).status_code == 404
    everybody = open_client(bridge, library, Settings(metrics="all"), OTHER)
    assert everybody.get("/metrics").status_code == 200
