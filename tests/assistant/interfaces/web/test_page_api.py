"""Test the `/ask` endpoint of the served page with the real gradio_client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from assistant.interfaces.server import create_app
from index.storage.library import Library
from index.text.article import Article
from tests.assistant.interfaces.http.serving import open_service, serve_app

gradio_client = pytest.importorskip("gradio_client")
QUESTION = "Who opened the Old Bridge of Lund?"


@pytest.fixture(scope="module")
def client(bridges: Library, bridge: Article) -> Iterator[Any]:
    with serve_app(create_app(open_service(bridge, bridges))) as address:
        yield gradio_client.Client(address, verbose=False)


def test_ask_endpoint_returns_answer_with_quotes(client: Any, bridge: Article) -> None:
    answer = client.predict(QUESTION, api_name="/ask")
    assert answer["answered"]
    for quote in answer["quotes"]:
        assert quote["text"] == bridge.text[quote["start"] : quote["end"]]


def test_ask_endpoint_empty_question_raises_error(client: Any) -> None:
    with pytest.raises(Exception, match="The question is empty"):
        client.predict("?!", api_name="/ask")


def test_ask_is_the_only_named_endpoint(client: Any) -> None:
    assert list(client.view_api(return_format="dict", print_info=False)["named_endpoints"]) == [
        "/ask"
    ]
