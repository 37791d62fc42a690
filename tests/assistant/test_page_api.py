"""The real gradio_client finds one endpoint on the served page, asks, and gets the answer whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app import create
from index.article import Article
from index.library import Library

from ..api.serving import opened, serving

gradio_client = pytest.importorskip("gradio_client")
QUESTION = "Who opened the Old Bridge of Lund?"


@pytest.fixture(scope="module")
def client(bridges: Library, bridge: Article) -> Iterator[Any]:
    with serving(create(opened(bridge, bridges))) as address:
        yield gradio_client.Client(address, verbose=False)


def test_a_program_asks_the_page(client: Any, bridge: Article) -> None:
    answer = client.predict(QUESTION, api_name="/ask")
    assert answer["answered"]
    for quote in answer["quotes"]:
        assert quote["text"] == bridge.text[quote["start"] : quote["end"]]


def test_it_is_told_what_is_wrong_with_a_question(client: Any) -> None:
    with pytest.raises(Exception, match="The question is empty"):
        client.predict("?!", api_name="/ask")


def test_there_is_nothing_else_to_call(client: Any) -> None:
    assert list(client.view_api(return_format="dict", print_info=False)["named_endpoints"]) == ["/ask"]
