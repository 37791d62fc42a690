"""Test that a page on another port reads nothing from the server and sends nothing to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ServedPage

pytestmark = pytest.mark.browser

FETCH_SCRIPT = """async ([url, options]) => {
    try {
        const response = await fetch(url, options);
        return `read ${response.type} ${response.status} ${(await response.text()).length}`;
    }
    catch (error) { return String(error); }
}"""
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def other_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve an empty page on another port."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<!doctype html><title>Elsewhere</title>")
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(folder))
    )
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/config", {}),
        ("/gradio_api/info", {}),
        (
            "/gradio_api/call/ask",
            {"method": "POST", "headers": JSON, "body": '{"data": ["Who fled?"]}'},
        ),
        ("/gradio_api/call/ask", {"method": "POST", "body": '{"data": ["Who fled?"]}'}),
        ("/gradio_api/queue/join", {"method": "POST", "credentials": "include", "body": "{}"}),
        ("/api/articles", {}),
        ("/", {}),
    ],
)
def test_fetch_from_another_port_reads_nothing(
    page: Page,
    quotes_page: ServedPage,
    other_site: str,
    host: str,
    path: str,
    options: dict[str, object],
) -> None:
    page.goto(other_site)
    target = quotes_page.address.replace("127.0.0.1", host) + path
    assert page.evaluate(FETCH_SCRIPT, [target, options]) == "TypeError: Failed to fetch"


def test_form_of_another_port_uploads_nothing(
    page: Page, quotes_page: ServedPage, other_site: str
) -> None:
    page.goto(other_site)
    target = f"{quotes_page.address}/gradio_api/upload"
    with page.expect_response(target) as sent:
        page.evaluate(
            """(url) => {
                const body = new FormData();
                body.append("files", new File(["x".repeat(1000)], "filler.txt"));
                fetch(url, { method: "POST", mode: "no-cors", body }).catch(() => null);
            }""",
            target,
        )
    assert sent.value.status == 403


def test_link_from_another_port_opens_the_page(
    page: Page, quotes_page: ServedPage, other_site: str
) -> None:
    page.goto(other_site)
    page.evaluate("(url) => { location.href = url; }", quotes_page.address)
    expect(page).to_have_url(re.compile(re.escape(quotes_page.address)))
    expect(page.locator("#question")).to_be_visible()
