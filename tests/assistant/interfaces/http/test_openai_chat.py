"""Test `/v1` with OpenAI's own client against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from fastapi.testclient import TestClient
from openai.types.chat import ChatCompletionMessageParam

from assistant.interfaces.http import create_api
from assistant.service.service import AssistantService
from assistant.settings import Settings
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.fakes import make_capable_model
from tests.assistant.interfaces.http.serving import (
    QUESTION,
    FailingService,
    open_service,
    serve_app,
)

MODEL = "article-assistant"
ASKED: list[ChatCompletionMessageParam] = [{"role": "user", "content": QUESTION}]
TEXT = "Mayor Ana Ruiz opened it. [1]"


def make_client(address: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{address}/v1", api_key="none needed", max_retries=0, timeout=60)


@pytest.fixture
def client(address: str) -> Iterator[openai.OpenAI]:
    with make_client(address) as client:
        yield client


def check_annotations(annotations: Any, content: str, bridge: Article) -> None:
    assert annotations
    for annotation in annotations:
        fields = annotation if isinstance(annotation, dict) else annotation.to_dict()
        assert fields["type"] == "document_citation"
        cited = fields["document_citation"]
        assert content[cited["start_index"] : cited["end_index"]] == f"[{cited['number']}]"
        assert (cited["article_id"], cited["title"], cited["status"]) == (
            bridge.id,
            bridge.title,
            "verified",
        )
        assert cited["quote"] == bridge.text[cited["start"] : cited["end"]]


def test_chat_reply_has_citations(client: openai.OpenAI, bridge: Article) -> None:
    completion = client.chat.completions.create(model=MODEL, messages=ASKED)
    assert (completion.object, completion.model, completion.choices[0].finish_reason) == (
        "chat.completion",
        MODEL,
        "stop",
    )
    message = completion.choices[0].message
    assert (message.role, message.content, message.refusal) == ("assistant", TEXT, None)
    check_annotations(message.annotations, TEXT, bridge)


def test_chat_stream_equals_plain_reply(client: openai.OpenAI, bridge: Article) -> None:
    chunks = list(client.chat.completions.create(model=MODEL, messages=ASKED, stream=True))
    assert {chunk.object for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk.id for chunk in chunks}) == 1
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == TEXT
    assert [chunk.choices[0].finish_reason for chunk in chunks][-1] == "stop"
    check_annotations(chunks[-1].choices[0].delta.to_dict()["annotations"], TEXT, bridge)


def test_chat_stream_omits_text_that_fails_verification(library: Library, bridge: Article) -> None:
    model = make_capable_model("Mayor Ana Ruiz never ", "opened it [1].")
    with (
        serve_app(create_api(open_service(bridge, library, model))) as address,
        make_client(address) as client,
    ):
        chunks = client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert "never" not in text
    assert "was opened by Mayor Ana Ruiz" in text


def test_chat_stream_failure_ends_with_error(library: Library, bridge: Article) -> None:
    with (
        serve_app(create_api(FailingService(bridge, library, None, Settings()))) as address,
        make_client(address) as client,
    ):
        with pytest.raises(openai.APIError, match="The server's log has the details"):
            list(client.chat.completions.create(model=MODEL, messages=ASKED, stream=True))
        with pytest.raises(openai.InternalServerError, match="The server's log has the details"):
            client.chat.completions.create(model=MODEL, messages=ASKED)


def test_chat_reply_not_stated_has_no_citation(client: openai.OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "What is the capital of Mongolia?"}]
    message = client.chat.completions.create(model=MODEL, messages=messages).choices[0].message
    assert message.content == "The article does not say."
    assert message.annotations == []
    assert message.to_dict()["answered"] is False


def test_chat_earlier_messages_are_history(client: openai.OpenAI) -> None:
    messages: Any = [
        {"role": "system", "content": "Answer in one word."},
        {"role": "user", "content": "unanswered"},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
        {"role": "assistant", "content": TEXT},
        {"role": "user", "content": "Are you sure?"},
    ]
    assert (
        client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content
        == TEXT
    )


def test_chat_other_article_is_answered(client: openai.OpenAI, volcano: Article) -> None:
    messages: Any = [{"role": "user", "content": "What covered the streets of Catania?"}]
    completion = client.chat.completions.create(
        model=MODEL, messages=messages, extra_body={"articles": [volcano.id]}
    )
    assert completion.choices[0].message.to_dict()["answered"] is True


def test_chat_tuning_parameters_are_ignored(client: openai.OpenAI) -> None:
    completion = client.chat.completions.create(
        model=MODEL, messages=ASKED, temperature=0.7, top_p=0.5, seed=1, max_tokens=5, n=1,
        user="someone", tools=[], response_format={"type": "text"}, presence_penalty=1,
        reasoning_effort="low", stream_options=None,
    )  # fmt: skip
    assert completion.choices[0].message.content == TEXT


@pytest.mark.parametrize(
    "parameters",
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
def test_chat_unsupported_parameters_are_refused(
    client: openai.OpenAI, parameters: dict[str, Any]
) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=MODEL, messages=ASKED, **parameters)
    name = next(iter(parameters.get("extra_body", parameters)))
    assert str(caught.value.param).startswith(name)
    assert caught.value.type == "invalid_request_error"


@pytest.mark.parametrize(
    ("messages", "detail"),
    [
        ([], "/messages"),
        ([{"role": "assistant", "content": "Hello."}], "last message"),
        ([{"role": "user", "content": ""}], "is empty"),
        ([{"role": "user", "content": "why " * 600}], "at most 2,000"),
        ([{"role": "tool", "content": "42", "tool_call_id": "1"}, *ASKED], "role"),
        (
            [
                {
                    "role": "user",
                    "content": [{"type": "image_url", "image_url": {"url": "http://127.0.0.1"}}],
                }
            ],
            "type",
        ),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_chat_messages_without_question_are_refused(
    client: openai.OpenAI, messages: Any, detail: str, stream: bool
) -> None:
    with pytest.raises(openai.BadRequestError, match=detail):
        client.chat.completions.create(model=MODEL, messages=messages, stream=stream)


def test_models_lists_one_model(client: openai.OpenAI) -> None:
    assert [model.id for model in client.models.list()] == [MODEL]
    assert client.models.retrieve(MODEL).owned_by == MODEL


def test_unknown_model_is_not_found(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="The only one is 'article-assistant'") as caught:
        client.chat.completions.create(model="gpt-5", messages=ASKED)
    assert caught.value.code == "model_not_found"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-5")


def test_chat_before_service_is_ready_returns_503(bridge: Article, library: Library) -> None:
    client = TestClient(create_api(AssistantService(bridge, library, None, Settings())))
    response = client.post("/v1/chat/completions", json={"model": MODEL, "messages": ASKED})
    assert response.status_code == 503
    assert response.json()["error"] == {
        "message": "Opening the article …", "type": "server_error", "param": None, "code": None,
    }  # fmt: skip


def test_unknown_path_returns_openai_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="nothing at /v1/embeddings"):
        client.embeddings.create(model=MODEL, input="x")
