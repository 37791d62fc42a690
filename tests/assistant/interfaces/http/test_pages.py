"""Test `/api/articles/{id}/pages`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from assistant.interfaces.http import create_api
from index.embedders.minilm import MiniLM
from index.loaders import load_bytes
from index.storage.library import Library
from index.text.article import Article
from index.text.spans import Span
from tests.assistant.interfaces.http.serving import open_service
from tests.assistant.interfaces.http.test_articles import add_article
from tests.index.files import paragraphs, pdf

QUOTE = "Nobody was hurt."
FILE = pdf(
    paragraphs("The mill was built in 1902.", "It has two floors."),
    paragraphs("Fire destroyed the mill in 1950.", QUOTE),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="module")
def pages_client(folder: Path, minilm: MiniLM, bridge: Article) -> Iterator[TestClient]:
    library = Library(folder, minilm)
    yield TestClient(create_api(open_service(bridge, library)), raise_server_exceptions=False)
    library.close()


def add_pdf(client: TestClient, data: bytes = FILE, name: str = "mill.pdf") -> Any:
    return client.post("/api/articles/file", files={"file": (name, data)}).json()


def find_boxes(client: TestClient, article: Any, number: int, words: str) -> Any:
    start = article["text"].index(words)
    response = client.get(
        f"/api/articles/{article['id']}/pages/{number}/boxes",
        params={"start": start, "end": start + len(words)},
    )
    assert response.status_code == 200
    return response.json()


def test_page_is_an_image_of_the_asked_size(pages_client: TestClient) -> None:
    article = add_pdf(pages_client)
    response = pages_client.get(f"/api/articles/{article['id']}/pages/2.png?scale=1.5")
    assert (response.status_code, response.headers["content-type"]) == (200, "image/png")
    assert response.headers["cache-control"].startswith("private")
    image = Image.open(BytesIO(response.content))
    assert (image.format, image.size) == ("PNG", (900, 1200))
    again = pages_client.get(f"/api/articles/{article['id']}/pages/2.png?scale=1.6")
    assert again.content == response.content  # in quarters


def test_boxes_are_fractions_of_the_page_of_a_quote(pages_client: TestClient) -> None:
    article = add_pdf(pages_client)
    shown = find_boxes(pages_client, article, 2, QUOTE)
    (box,) = shown["boxes"]
    assert shown["page"] == 2
    assert box["left"] == pytest.approx(72 / 600, abs=0.01)
    assert 0 < box["width"] < 0.2
    assert box["top"] == pytest.approx((800 - 700 + 1.4 * 11) / 800, abs=0.01)
    assert find_boxes(pages_client, article, 1, QUOTE)["boxes"] == []


def test_boxes_of_a_quote_across_pages_name_their_page(pages_client: TestClient) -> None:
    words = "The miller sold the flour of the whole valley until the war,"
    first, second = paragraphs(words), paragraphs("and bread after it.")
    article = add_pdf(pages_client, pdf(first, second), "flour.pdf")
    end = len(article["text"])
    shown = pages_client.get(f"/api/articles/{article['id']}/boxes?start=0&end={end}").json()
    assert shown["page"] == 1
    assert [box["page"] for box in shown["boxes"]] == [1, 2]
    for number in (1, 2):
        (box,) = find_boxes(pages_client, article, number, article["text"])["boxes"]
        assert box in shown["boxes"]


def test_boxes_are_also_sought_on_the_page_before(pages_client: TestClient) -> None:
    library = pages_client.app.state.service.library  # type: ignore[attr-defined]
    article = load_bytes(FILE, "moved.pdf")
    start = article.text.index("It has two floors.")
    pages = (Span(0, start), Span(start, len(article.text)))
    stored = library.add(replace(article, pages=pages, title="Moved"))
    shown = pages_client.get(
        f"/api/articles/{stored.id}/boxes?start={start}&end={start + len('It has two floors.')}"
    ).json()
    assert shown["page"] == 2
    assert [box["page"] for box in shown["boxes"]] == [1]


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("pages/3.png", 404, "has 2 pages, and no page 3"),
        ("pages/3/boxes?start=0&end=4", 404, "no page 3"),
        ("boxes?start=4&end=4", 422, "Give the offsets of a quote"),
        ("pages/0.png", 422, "/number"),
        ("pages/x.png", 422, "/number"),
        ("pages/1.png?scale=40", 422, "/scale"),
        ("pages/1/boxes?start=4&end=4", 422, "Give the offsets of a quote"),
        ("pages/1/boxes?start=0&end=9999", 422, "Give the offsets of a quote"),
        ("pages/1/boxes?start=0", 422, "/end"),
    ],
)
def test_page_that_is_not_there_is_refused(
    pages_client: TestClient, path: str, status: int, words: str
) -> None:
    article = add_pdf(pages_client)
    response = pages_client.get(f"/api/articles/{article['id']}/{path}")
    assert response.status_code == status
    assert words in response.json()["detail"]


def test_article_without_original_has_no_pages(pages_client: TestClient) -> None:
    article = add_article(pages_client).json()
    for path in ("pages/1.png", "pages/1/boxes?start=0&end=3", "boxes?start=0&end=3"):
        assert pages_client.get(f"/api/articles/{article['id']}/{path}").status_code == 404
        assert pages_client.get(f"/api/articles/{'0' * 16}/{path}").status_code == 404


def test_missing_or_damaged_original_is_explained(pages_client: TestClient, folder: Path) -> None:
    data = pdf(paragraphs("The barn is older than the mill."))
    article = add_pdf(pages_client, data, "barn.pdf")
    page = f"/api/articles/{article['id']}/pages/1.png"
    original = folder / "originals" / f"{article['id']}.pdf"
    original.write_bytes(b"%PDF-1.4 no more")
    damaged = pages_client.get(page)
    assert damaged.status_code == 422
    assert "is damaged" in damaged.json()["detail"]
    original.unlink()
    missing = pages_client.get(page)
    assert missing.status_code == 404
    assert "Add the file again" in missing.json()["detail"]
    assert pages_client.get(f"/api/articles/{article['id']}").json()["text"] == article["text"]
    add_pdf(pages_client, data, "barn.pdf")
    assert pages_client.get(page).status_code == 200


def test_original_goes_with_the_article(pages_client: TestClient, folder: Path) -> None:
    article = add_pdf(pages_client, pdf(paragraphs("The inn is closed.")), "inn.pdf")
    original = folder / "originals" / f"{article['id']}.pdf"
    page = f"/api/articles/{article['id']}/pages/1.png"
    assert pages_client.delete(f"/api/articles/{article['id']}").status_code == 204
    assert original.exists()
    assert pages_client.get(page).status_code == 404
    assert pages_client.post(f"/api/articles/{article['id']}/restore").status_code == 200
    assert pages_client.get(page).status_code == 200
