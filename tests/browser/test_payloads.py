"""Test that payloads in articles, questions and answers do nothing, even without the CSP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from index import Block
from index.loaders import load_bytes
from index.text.article import Article
from tests.assistant.interfaces.web.test_html import PAYLOADS
from tests.browser.conftest import record_dialogs
from tests.browser.staged import ScriptedService, serve_service
from tests.browser.test_opening import choose_in_menu

pytestmark = pytest.mark.browser

PRINTABLE_PAYLOADS = [payload for payload in PAYLOADS if payload.isprintable()][:20]
FOREIGN_ELEMENTS = (
    "img, script, style, iframe, svg, form, input, button, object, embed, link, meta, "
    "[onerror], [onload], [onmouseover], [onfocus]"
)
ACTIVE_ELEMENTS = (
    "img, script, style, iframe, form, object, embed, link, meta, "
    "[onerror], [onload], [onmouseover], [onfocus], a[href^=java]"
)
EXTERNAL_LINKS = "a[href]:not([href^='#s-'], [href^='#w-'])"


def hostile_article() -> Article:
    text, blocks = "", []
    for payload in PRINTABLE_PAYLOADS:
        blocks.append(Block(len(text), len(text) + len(payload)))
        text += f"{payload}\n\n"
    return Article.from_text(
        text,
        PRINTABLE_PAYLOADS[0],
        blocks=tuple(blocks),
        source=PRINTABLE_PAYLOADS[2],
        date=PRINTABLE_PAYLOADS[3],
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    service = ScriptedService(
        hostile_article(),
        tmp_path_factory.mktemp("hostile"),
        [f"{payload} " for payload in PRINTABLE_PAYLOADS],
    )
    service.status = PRINTABLE_PAYLOADS[2]
    service.starters = PRINTABLE_PAYLOADS[:3]
    with serve_service(service, PRINTABLE_PAYLOADS) as address:
        yield address
    service.whole_library.close()


@pytest.fixture
def opened(page: Page, address: str) -> Iterator[Page]:
    """Open the page with all payloads shown.

    This fixture checks that nothing runs; `page` checks that no other host is contacted.
    """
    dialogs = record_dialogs(page)
    page.goto(address)
    expect(page.locator("#chat .answer")).to_have_count(20, timeout=60_000)
    yield page
    assert not dialogs
    assert page.evaluate("getComputedStyle(document.body).display") != "none"


def assert_harmless(page: Page, selector: str, *, has_text: bool = True) -> None:
    """Assert that the elements contain no element of a payload.

    If `has_text`, they must contain the payloads as text.
    """
    elements = page.locator(selector)
    assert elements.count()
    assert elements.locator(FOREIGN_ELEMENTS).count() == 0, selector
    assert elements.locator(EXTERNAL_LINKS).count() == 0, selector
    text = "".join("".join(elements.all_text_contents()).split())
    assert not has_text or all(
        "".join(payload.split()) in text for payload in PRINTABLE_PAYLOADS
    ), selector


def test_payloads_in_article_do_nothing(opened: Page) -> None:
    assert len(PRINTABLE_PAYLOADS) == 20
    assert_harmless(opened, "#article .article")
    opened.locator("#chat a.cite").first.hover()
    expect(opened.locator("#card")).to_be_visible()
    assert opened.locator("#card q").locator("*").count() == 0


def test_payloads_in_answer_do_nothing(opened: Page) -> None:
    assert_harmless(opened, "#chat .answer")
    opened.locator("#question textarea").fill("And then?")
    opened.keyboard.press("Enter")  # its words come one by one
    expect(opened.locator("#chat .answer")).to_have_count(21, timeout=60_000)
    expect(opened.locator("#chat .working")).to_have_count(0)
    assert_harmless(opened, "#chat .answer >> nth=20")


def test_payloads_in_questions_and_status_do_nothing(
    opened: Page,
) -> None:
    assert_harmless(opened, "#chat .question")
    assert_harmless(opened, "#status .notice", has_text=False)
    opened.locator("#tool-settings").click()
    assert opened.locator("#settings-model *").count() == 0


def test_payloads_in_upload_names_do_nothing(opened: Page) -> None:
    names = [
        f"{number} {payload.replace('/', ' ')}" for number, payload in enumerate(PRINTABLE_PAYLOADS)
    ]  # no file has a slash in its name
    opened.get_by_role("button", name="Open article", exact=True).click()
    field = opened.locator("#shelf-file input[type=file]")
    for number, name in enumerate(names):
        field.set_input_files({"name": f"{name}.bin", "mimeType": "", "buffer": b"\0\1\2\xff" * 50})
        expect(opened.locator("#opening .error")).to_contain_text(
            re.compile(rf"^{number}\b.* is not a text file")
        )
        assert opened.locator("#shelf").locator(ACTIVE_ELEMENTS).count() == 0
    for number, name in enumerate(names):
        text = f"House {number} was painted by its mayor in 1998.".encode()
        field.set_input_files({"name": f"{name}.txt", "mimeType": "text/plain", "buffer": text})
        expect(opened.locator("#article .pane h1")).to_have_text(re.compile(rf"^{number}\b"))
        assert opened.locator("#article .pane, #shelf .books").locator(ACTIVE_ELEMENTS).count() == 0
        opened.locator("[data-shelf=File]").click()


def test_payloads_in_titles_of_library_do_nothing(page: Page, tmp_path: Path) -> None:
    """Use names as on a disk, because browsers remove some characters."""
    service = ScriptedService(hostile_article(), tmp_path, ["Painted."])
    for number, payload in enumerate(PRINTABLE_PAYLOADS):
        text = f"House {number} was painted by its mayor in 1998."
        service.library.add(load_bytes(text.encode(), f"{payload.replace('/', '⁄')}.txt"))
    dialogs = record_dialogs(page)
    with serve_service(service) as address:
        page.goto(address)
        page.get_by_role("button", name="Library", exact=True).click()
        expect(page.locator(".books li")).to_have_count(20, timeout=60_000)
        rows = page.locator(".books li")
        text = "".join("".join(rows.all_text_contents()).split())
        assert all(
            "".join(payload.replace("/", "⁄").split()) in text for payload in PRINTABLE_PAYLOADS
        )
        for row in rows.all()[:9]:
            row.get_by_role("checkbox").check()
        page.get_by_role("button", name="Ask these together").click()
        expect(page.locator("#article [role=tab]")).to_have_count(9, timeout=60_000)
        page.get_by_role("button", name="Library", exact=True).click()
        choose_in_menu(rows.first, "Delete")
        expect(page.locator("#toast .deleted")).to_be_visible()
        for selector in (".books", "#article .panes", "#toast .deleted", "#gone .deleted"):
            assert page.locator(selector).count(), selector
            assert page.locator(selector).locator(ACTIVE_ELEMENTS).count() == 0, selector
    service.whole_library.close()
    assert not dialogs


def test_page_contacts_only_its_own_host(page: Page, address: str) -> None:
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    page.on("websocket", lambda socket: urls.append(socket.url))
    page.goto(address)
    expect(page.locator("#chat .answer")).to_have_count(20, timeout=60_000)
    page.locator("#question textarea").fill(PRINTABLE_PAYLOADS[0])
    page.keyboard.press("Enter")
    expect(page.locator("#chat .answer")).to_have_count(21, timeout=60_000)
    assert urls
    assert not [url for url in urls if not url.startswith((f"{address}/", "data:", "blob:"))]
