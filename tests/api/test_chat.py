"""The real OpenAI client against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from fastapi.testclient import TestClient
from openai.types.chat import ChatCompletionMessageParam

from assistant.api import create_api
from assistant.page.desk import Desk
from assistant.settings import Settings
from index.article import Article
from index.library import Library

from ..assistant.fakes import capable
from .serving import QUESTION, Breaking, opened, serving

MODEL = "article-assistant"
ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": QUESTION}]
TEXT = "Mayor Ana Ruiz opened it. [1]"


def client_of(address: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key="none needed", max_retries=0, timeout=60)


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with client_of(address) as client:
        yield client


def check(annotations: Any, content: str, bridge: Article) -> None:
    assert annotations
    for annotation in annotations:
        told = annotation if isinstance(annotation, dict) else annotation.to_dict()
        assert told["type"] == "document_citation"
        cited = told["document_citation"]
        assert content[cited["start_index"] : cited["end_index"]] == f"[{cited['number']}]"
        assert (cited["article_id"], cited["title"], cited["status"]) == (bridge.id, bridge.title, "verified")
        assert cited["quote"] == bridge.text[cited["start"] : cited["end"]]


def test_an_answer_carries_its_citations(client: openai.OpenAI, bridge: Article) -> None:
    done = client.chat.completions.create(model=MODEL, messages=ASKED)
    assert (done.object, done.model, done.choices[0].finish_reason) == ("chat.completion", MODEL, "stop")
    message = done.choices[0].message
    assert (message.role, message.content, message.refusal) == ("assistant", TEXT, None)
    check(message.annotations, TEXT, bridge)


def test_a_streamed_answer_is_the_same(client: openai.OpenAI, bridge: Article) -> None:
    chunks = list(client.chat.completions.create(model=MODEL, messages=ASKED, stream=True))
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == TEXT
    assert [chunk.choices[0].finish_reason for chunk in chunks][-1] == "stop"
    check(chunks[-1].choices[0].delta.to_dict()["annotations"], TEXT, bridge)


def test_words_that_a_check_takes_back_are_not_streamed(kept: Library, bridge: Article) -> None:
    lie = capable("Mayor Ana Ruiz never ", "opened it [1].")
    with serving(create_api(opened(bridge, kept, lie))) as address, client_of(address) as client:
        chunks = client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert "never" not in text
    assert "was opened by Mayor Ana Ruiz" in text


def test_a_failure_on_the_way_ends_the_stream_with_an_error(kept: Library, bridge: Article) -> None:
    with serving(create_api(Breaking(bridge, kept, None, Settings()))) as address, client_of(address) as client:
        with pytest.raises(openai.APIError, match="the server's log says what"):
            list(client.chat.completions.create(model=MODEL, messages=ASKED, stream=True))
        with pytest.raises(openai.InternalServerError, match="the server's log says what"):
            client.chat.completions.create(model=MODEL, messages=ASKED)


def test_what_the_article_does_not_say_has_no_citation(client: openai.OpenAI) -> None:
    asked: Any = [{"role": "user", "content": "What is the capital of Mongolia?"}]
    message = client.chat.completions.create(model=MODEL, messages=asked).choices[0].message
    assert message.content == "The article does not say."
    assert message.annotations == []
    assert message.to_dict()["answered"] is False


def test_the_turns_before_are_the_history(client: openai.OpenAI) -> None:
    talk: Any = [
        {"role": "system", "content": "Answer in one word."},
        {"role": "user", "content": "unanswered"},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
        {"role": "assistant", "content": TEXT},
        {"role": "user", "content": "Are you sure?"},
    ]
    assert client.chat.completions.create(model=MODEL, messages=talk).choices[0].message.content == TEXT


def test_another_article_can_be_asked(client: openai.OpenAI, volcano: Article) -> None:
    asked: Any = [{"role": "user", "content": "What covered the streets of Catania?"}]
    done = client.chat.completions.create(model=MODEL, messages=asked, extra_body={"articles": [volcano.id]})
    assert done.choices[0].message.to_dict()["answered"] is True


def test_what_only_tunes_a_model_is_ignored(client: openai.OpenAI) -> None:
    tuned = client.chat.completions.create(
        model=MODEL, messages=ASKED, temperature=0.7, top_p=0.5, seed=1, max_tokens=5, n=1, user="someone", tools=[],
        response_format={"type": "text"}, presence_penalty=1, reasoning_effort="low", stream_options=None,
    )  # fmt: skip
    assert tuned.choices[0].message.content == TEXT


@pytest.mark.parametrize(
    "other",
    [
        {"n": 2},
        {"tools": [{"type": "function", "function": {"name": "search"}}]},
        {"tool_choice": "required"},
        {"response_format": {"type": "json_object"}},
        {"stop": ["."]},
        {"logprobs": True},
        {"logit_bias": {"1": 100}},
        {"modalities": ["audio"]},
        {"audio": {"voice": "alloy", "format": "mp3"}},
        {"extra_body": {"colour": "blue"}},
    ],
)
def test_what_would_change_the_answer_is_refused(client: openai.OpenAI, other: dict[str, Any]) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=MODEL, messages=ASKED, **other)
    name = next(iter(other.get("extra_body", other)))
    assert str(caught.value.param).startswith(name)
    assert caught.value.type == "invalid_request_error"


@pytest.mark.parametrize(
    ("messages", "told"),
    [
        ([], "/messages"),
        ([{"role": "assistant", "content": "Hello."}], "last message"),
        ([{"role": "user", "content": ""}], "is empty"),
        ([{"role": "user", "content": "why " * 600}], "at most 2,000"),
        ([{"role": "tool", "content": "42", "tool_call_id": "1"}, *ASKED], "role"),
        ([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://127.0.0.1"}}]}], "type"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_messages_that_are_no_question_are_refused(client: openai.OpenAI, messages: Any, told: str, stream: bool) -> None:
    with pytest.raises(openai.BadRequestError, match=told):
        client.chat.completions.create(model=MODEL, messages=messages, stream=stream)


def test_there_is_one_model(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == [MODEL]
    assert client.models.retrieve(MODEL).owned_by == MODEL


def test_another_model_is_not_there(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="The only one is 'article-assistant'") as caught:
        client.chat.completions.create(model="gpt-5", messages=ASKED)
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-5")


def test_before_the_article_is_open_it_is_told(bridge: Article, kept: Library) -> None:
    client = TestClient(create_api(Desk(bridge, kept, None, Settings())))
    response = client.post("/v1/chat/completions", json={"model": MODEL, "messages": ASKED})
    assert response.status_code == 503
    assert response.json()["error"] == {
        "message": "Opening the article …", "type": "server_error", "param": None, "code": None,
    }  # fmt: skip


def test_a_path_that_is_not_there_is_told_in_openais_way(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="nothing at /v1/embeddings"):
        client.embeddings.create(model=MODEL, input="x")
