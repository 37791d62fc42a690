"""Test the pages of a PDF on the page: the switch, the boxes of quotes, and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ServedPage, reload_page, serve_page
from tests.browser.test_access import violations
from tests.browser.test_page import ask, open_page, wait_for_answer
from tests.index.files import paragraphs, pdf

pytestmark = pytest.mark.browser

FILE = pdf(
    paragraphs("The mill was built in 1902 by three brothers.", "It has two floors."),
    paragraphs("Fire destroyed the mill in 1950.", "Nobody was hurt.", y=300),
)
QUESTION = "When did fire destroy the mill?"
INK = 110  # darker than a box or its border
PLACE_SCRIPT = """box => { const [inner, outer] = [box, box.parentElement].map(
    (node) => node.getBoundingClientRect());
    return [inner.left - outer.left, inner.top - outer.top, inner.bottom - outer.top,
    outer.width]; }"""


@pytest.fixture(scope="module")
def mill_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPage]:
    """Serve a PDF of two pages with quotes only."""
    folder = tmp_path_factory.mktemp("mill")
    (folder / "mill.pdf").write_bytes(FILE)
    yield from serve_page(folder / "data", "--model", "none", "--article", str(folder / "mill.pdf"))


def choose_view(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def darkness(box: Locator) -> float:
    """Return the share of pixels within a box that are ink."""
    pixels = np.asarray(Image.open(BytesIO(box.screenshot())).convert("L"))
    inner = pixels[4:-4, 4:-4]  # without the border
    return float((inner < INK).mean())


def test_citation_leads_to_the_box_over_its_words(page: Page, mill_page: ServedPage) -> None:
    open_page(page, mill_page)
    answer = ask(page, QUESTION)
    choose_view(page, "Page")
    expect(page.locator("#article .article p:not(.meta)").first).to_be_hidden()
    answer.locator("a.cite").first.click()
    box = page.locator("#article figure:nth-child(2) .box.quoted.q1.now")
    expect(box).to_have_count(1)
    expect(box).to_be_in_viewport()
    expect(box).to_have_attribute("aria-label", "Quote 1: Fire destroyed the mill in 1950.")
    assert box.evaluate("box => getComputedStyle(box, '::before').content") == '"1"'
    page.wait_for_function("document.querySelectorAll('#article img')[1].naturalWidth > 0")
    left, top, bottom, width = box.evaluate(PLACE_SCRIPT)
    scale = width / 600
    assert left == pytest.approx(72 * scale, abs=4)
    assert top < (800 - 300) * scale < bottom
    page.mouse.move(5, 5)
    expect(page.locator("#card")).to_be_hidden()
    assert darkness(box) > 0.05
    box.evaluate("box => { box.style.left = '60%' }")  # there is nothing to the right of the words
    assert darkness(box) < 0.01


def test_box_leads_back_to_the_answer(page: Page, mill_page: ServedPage) -> None:
    open_page(page, mill_page)
    page.keyboard.press("Escape")
    page.locator("#article .article").focus()
    page.keyboard.press("v")
    expect(page.locator("#article .pages")).to_be_visible()
    page.wait_for_timeout(5_100)  # until the page no longer takes its user for reading
    ask(page, QUESTION)  # its first quote comes into sight
    box = page.locator("#article button.box")
    expect(box).to_be_in_viewport()
    box.press("Enter")
    back = page.locator("#card .answers button")
    expect(back).to_be_focused()
    page.keyboard.press("Escape")
    expect(box).to_be_focused()
    expect(page.locator("#card")).to_be_hidden()
    box.press("Enter")
    expect(back).to_be_focused()
    expect(back).to_contain_text(QUESTION)
    back.press("Enter")
    expect(page.locator("#chat a.cite").first).to_be_focused()


def test_view_is_kept_and_its_images_load_when_seen(page: Page, mill_page: ServedPage) -> None:
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    open_page(page, mill_page)
    page.wait_for_timeout(500)
    assert not [url for url in loaded if ".png" in url]
    choose_view(page, "Page")
    expect(page.get_by_role("button", name="Page", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.get_by_role("img", name="Page 1")).to_be_visible()
    reload_page(page)
    expect(page.locator("#article .pages")).to_be_visible()
    assert [url for url in loaded if url.endswith("/pages/1.png?scale=2")]
    page.locator("#tool-find").click()  # there are words to find in the text alone
    expect(page.locator("#article .article p:not(.meta)").first).to_be_visible()
    expect(page.locator("#article .pages")).to_be_hidden()


def test_phone_shows_page_and_box_of_a_citation(phone: Page, mill_page: ServedPage) -> None:
    open_page(phone, mill_page)
    answer = ask(phone, QUESTION)
    phone.evaluate("scrollTo(0, 0)")
    phone.get_by_role("button", name="Page", exact=True).tap()
    answer.locator("a.cite").first.tap()
    expect(phone.locator("#article .box.now")).to_be_in_viewport()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.emulate_media(media="print")
    expect(phone.locator("#article .article p:not(.meta)").first).to_be_visible()
    expect(phone.locator("#article .pages")).to_be_hidden()


@pytest.mark.parametrize(
    ("scheme", "width", "language"), [("light", 1280, "ar"), ("dark", 390, "en")]
)
def test_axe_finds_nothing_on_the_pages(
    page: Page, mill_page: ServedPage, scheme: str, width: int, language: str
) -> None:
    page.emulate_media(
        color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    page.set_viewport_size({"width": width, "height": 800})
    open_page(page, mill_page)
    page.evaluate("language => preferences.set({ language, view: 'page' })", language)
    box = page.locator("#question :is(input, textarea)")
    box.fill(QUESTION)
    box.press("Enter")
    wait_for_answer(page).locator("a.cite").first.click()
    expect(page.locator("#article .box.now")).to_be_in_viewport()
    alt = page.locator("#article img").first.get_attribute("alt")
    assert (alt == "Page 1") == (language == "en")
    page.locator("#article .box.now").hover()
    assert not violations(page)
