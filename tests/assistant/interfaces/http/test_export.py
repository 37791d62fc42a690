"""Test `/api/export`."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from docx import Document
from fastapi.testclient import TestClient

from assistant.answer.render.transcript import MEDIA_TYPES, Format
from index.text.article import Article
from tests.assistant.interfaces.http.serving import QUESTION


@pytest.fixture
def turn(client: TestClient) -> dict[str, Any]:
    answer = client.post("/api/ask", json={"question": QUESTION}).json()
    return {"question": QUESTION, "answer": answer}


def read_file(content: bytes, format_: Format) -> str:
    if format_ != "docx":
        return content.decode()
    return "\n".join(paragraph.text for paragraph in Document(BytesIO(content)).paragraphs)


@pytest.mark.parametrize("format_", ["md", "html", "json", "docx"])
def test_export_returns_file_with_quotes(
    client: TestClient, turn: dict[str, Any], format_: Format
) -> None:
    response = client.post("/api/export", json={"turns": [turn], "format": format_})
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].startswith(MEDIA_TYPES[format_])
    assert f'"chat.{format_}"' in response.headers["Content-Disposition"]
    text = read_file(response.content, format_)
    assert turn["answer"]["quotes"]
    assert all(quote["text"] in text for quote in turn["answer"]["quotes"])


def test_export_drops_quotes_that_article_lacks(
    client: TestClient, turn: dict[str, Any], bridge: Article
) -> None:
    quote = {**turn["answer"]["quotes"][0], "text": "The bridge is made of cheese."}
    forged = {**turn, "answer": {**turn["answer"], "quotes": [quote]}}
    text = client.post("/api/export", json={"turns": [forged], "articles": [bridge.id]}).text
    assert "cheese" not in text
    assert bridge.title in text


def test_export_of_unreadable_answer_or_article_is_refused(
    client: TestClient, turn: dict[str, Any]
) -> None:
    broken = {"turns": [{"question": QUESTION, "answer": {"text": 1}}]}
    assert client.post("/api/export", json=broken).status_code == 422
    unknown = {"turns": [turn], "articles": ["0" * 16]}
    assert client.post("/api/export", json=unknown).status_code == 404
