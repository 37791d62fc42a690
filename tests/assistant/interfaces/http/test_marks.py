"""Test `/api/articles/{id}/marks`."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from markdown_it import MarkdownIt

from tests.assistant.interfaces.http.test_articles import add_article

TEXT = "The mill 🌾 was *built* in 1902.\n\nIt burnt down in “the great fire” of 1950."


@pytest.fixture
def article(client_to_edit: TestClient) -> Any:
    return add_article(client_to_edit, text=TEXT, source="https://example.org/mill").json()


def mark_words(client: TestClient, article: Any, words: str, **fields: Any) -> Any:
    start = article["text"].index(words)
    mark = {"start": start, "end": start + len(words), "text": words, **fields}
    return client.post(f"/api/articles/{article['id']}/marks", json=mark)


def test_mark_is_put_listed_changed_and_removed(client_to_edit: TestClient, article: Any) -> None:
    path = f"/api/articles/{article['id']}/marks"
    assert client_to_edit.get(path).json() == {"marks": []}
    late = mark_words(client_to_edit, article, "of 1950")
    added = mark_words(client_to_edit, article, "🌾 was", note="Which crop?")
    assert (late.status_code, added.status_code) == (201, 201)
    mark = added.json()
    assert article["text"][mark["start"] : mark["end"]] == mark["text"] == "🌾 was"
    assert client_to_edit.get(path).json() == {"marks": [mark, late.json()]}
    changed = mark_words(client_to_edit, article, "🌾 was", note="Wheat.")
    assert changed.status_code == 200
    assert changed.json() == {**mark, "note": "Wheat."}
    for status in (204, 404):
        assert client_to_edit.delete(f"{path}/{mark['id']}").status_code == status
    assert client_to_edit.get(path).json() == {"marks": [late.json()]}
    client_to_edit.delete(f"{path}/{late.json()['id']}")


def test_mark_with_other_words_is_refused(client_to_edit: TestClient, article: Any) -> None:
    refused = mark_words(client_to_edit, article, "1902", text="1903")
    assert refused.status_code == 422
    assert "code points" in refused.json()["detail"]
    shifted = mark_words(client_to_edit, article, "1902", start=0)
    too_long = mark_words(client_to_edit, article, "1902", note="n" * 10_001)
    assert (shifted.status_code, too_long.status_code) == (422, 422)
    path = f"/api/articles/{article['id']}/marks"
    assert client_to_edit.get(path).json() == {"marks": []}


def test_marks_of_missing_article_are_not_found(client_to_edit: TestClient) -> None:
    path = "/api/articles/0123456789abcdef"
    mark = {"start": 0, "end": 1, "text": "x"}
    assert client_to_edit.get(f"{path}/marks").status_code == 404
    assert client_to_edit.get(f"{path}/marks.md").status_code == 404
    assert client_to_edit.post(f"{path}/marks", json=mark).status_code == 404
    assert client_to_edit.delete(f"{path}/marks/0-1").status_code == 404


def test_export_has_exact_quotes_notes_and_links(client_to_edit: TestClient, article: Any) -> None:
    mark_words(client_to_edit, article, "🌾 was *built* in 1902.\n\nIt burnt", note="<b>1.</b> *a*")
    exported = client_to_edit.get(f"/api/articles/{article['id']}/marks.md")
    assert exported.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "The%20mill.md" in exported.headers["content-disposition"]
    html = MarkdownIt().render(exported.text)
    assert "<h1>The mill</h1>" in html
    assert "<p>🌾 was *built* in 1902.</p>\n<p>It burnt</p>\n<p>— <a href=" in html
    assert ":~:text=%F0%9F%8C%BE%20was" in html
    assert html.endswith("</blockquote>\n<p>&lt;b&gt;1.&lt;/b&gt; *a*</p>\n")
