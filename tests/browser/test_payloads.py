"""Whatever an article, a question or a model says, nothing of it runs, loads or leaves. Here even without the server's policy."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from index import Block
from index.article import Article

from ..assistant.test_render import PAYLOADS
from .staged import Staged, staged

pytestmark = pytest.mark.browser

SHOWN = [payload for payload in PAYLOADS if payload.isprintable()][:20]
FOREIGN = "img, script, style, iframe, svg, form, input, button, object, embed, link, meta, [onerror], [onload], [onmouseover], [onfocus]"
OUTSIDE = "a[href]:not([href^='#s-'])"


def hostile() -> Article:
    text, blocks = "", []
    for payload in SHOWN:
        blocks.append(Block(len(text), len(text) + len(payload)))
        text += f"{payload}\n\n"
    return Article.from_text(text, SHOWN[0], blocks=tuple(blocks), source=SHOWN[2], date=SHOWN[3])


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    desk = Staged(hostile(), tmp_path_factory.mktemp("hostile"), [f"{payload} " for payload in SHOWN])
    desk.status = SHOWN[2]
    desk.starters = SHOWN[:3]
    with staged(desk, SHOWN) as address:
        yield address
    desk.library.close()


def test_twenty_payloads_are_shown_as_text_and_do_nothing(page: Page, address: str) -> None:
    assert len(SHOWN) == 20
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.goto(address)
    expect(page.locator("#chat .answer")).to_have_count(20, timeout=60_000)
    for place in ("#article .article", "#chat .question", "#chat .answer", "#status .notice"):
        assert page.locator(place).locator(FOREIGN).count() == 0, place
        assert page.locator(place).locator(OUTSIDE).count() == 0, place
    shown = {
        "#article .article": page.locator("#article .article").text_content() or "",
        "#chat .question": "\n".join(page.locator("#chat .question").all_text_contents()),
        "#chat .answer": page.locator("#chat .answer").first.text_content() or "",
    }
    for payload in SHOWN:
        for place, text in shown.items():
            assert "".join(payload.split()) in "".join(text.split()), place
    page.locator("#chat a.cite").first.hover()  # the card
    expect(page.locator("#card")).to_be_visible()
    assert page.locator("#card q").locator("*").count() == 0
    page.locator("#tool-settings").click()
    assert page.locator("#settings-model *").count() == 0
    assert not dialogs
    assert page.evaluate("getComputedStyle(document.body).display") != "none"


def test_the_page_asks_its_own_host_alone_for_anything(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: asked.append(socket.url))
    page.goto(address)
    expect(page.locator("#chat .answer")).to_have_count(20, timeout=60_000)
    page.locator("#question input").fill(SHOWN[0])
    page.keyboard.press("Enter")
    expect(page.locator("#chat .answer")).to_have_count(21, timeout=60_000)
    assert asked
    assert not [url for url in asked if not url.startswith((f"{address}/", "data:", "blob:"))]
