"""Test `/api/articles/{id}/sheet`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.interfaces.http import sheet
from tests.assistant.interfaces.http.test_articles import add_article

TEXT = (
    "The mill 🌾 of Ostrava burnt on 3 May 1950. “We lost 40 tonnes of flour,” said Jana Novak.\n\n"
    "It was built in 1902 and had 12 workers."
)


def show_sheet(client: TestClient, text: str) -> Any:
    article = add_article(client, text=text).json()
    response = client.get(f"/api/articles/{article['id']}/sheet")
    assert response.status_code == 200
    for words in find_words(response.json()):
        assert words["text"] == article["text"][words["start"] : words["end"]]
    return response.json()


def find_words(value: Any) -> Iterator[dict[str, Any]]:
    """Yield all objects of a response that have words of the article."""
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, dict | list):
            yield from find_words(item)
    if isinstance(value, dict) and "start" in value:
        yield value


def test_sheet_has_speech_figures_and_dates_with_places(client_to_edit: TestClient) -> None:
    shown = show_sheet(client_to_edit, TEXT)
    (quotation,) = shown["quotations"]
    assert quotation["text"] == "We lost 40 tonnes of flour,"
    assert (quotation["speaker"]["text"], quotation["verb"]["text"]) == ("Jana Novak", "said")
    assert [row["text"] for row in shown["figures"]] == ["40 tonnes", "12 workers"]
    assert [row["text"] for row in shown["dates"]] == ["1902", "3 May 1950"]
    assert shown["dates"][0]["sentence"]["text"] == "It was built in 1902 and had 12 workers."
    assert (shown["quotation_count"], shown["figure_count"], shown["date_count"]) == (1, 2, 2)


def test_sheet_of_article_without_facts_is_empty(client_to_edit: TestClient) -> None:
    shown = show_sheet(client_to_edit, "Nothing happened here. Nobody spoke.")
    assert (shown["quotations"], shown["figures"], shown["dates"]) == ([], [], [])


def test_long_lists_are_cut_and_counted(
    client_to_edit: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "MAX_ROWS", 1)
    shown = show_sheet(client_to_edit, TEXT)
    assert [len(shown[name]) for name in ("quotations", "figures", "dates")] == [1, 1, 1]
    assert (shown["figure_count"], shown["date_count"]) == (2, 2)


def test_sheet_of_missing_article_is_not_found(client_to_edit: TestClient) -> None:
    response = client_to_edit.get("/api/articles/0123456789abcdef/sheet")
    assert response.status_code == 404
    assert "GET /api/articles" in response.json()["detail"]
