"""Test reading aloud. Headless Chromium has no voices, so the test stands in for them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from assistant import Article
from index.loaders import BUNDLED_ARTICLE, load
from tests.browser.conftest import ServedPage
from tests.browser.test_page import open_page

pytestmark = pytest.mark.browser

VOICES = """
window.said = []; window.stopped = 0;
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
Object.defineProperty(window, 'speechSynthesis', { value: {
  speak: (words) => { said.push(`${words.lang}: ${words.text}`); window.words = words; },
  cancel: () => { stopped += 1; window.words?.onend(); } } });
"""


@pytest.fixture(scope="module")
def article() -> Article:
    return load(BUNDLED_ARTICLE)


def open_with_voices(page: Page, served: ServedPage) -> None:
    page.add_init_script(VOICES)
    open_page(page, served)
    page.locator("#article h1").click()  # keys act outside of the field


def find_said(page: Page) -> list[str]:
    said: list[str] = page.evaluate("said")
    return said


def test_article_is_read_sentence_by_sentence(
    page: Page, quotes_page: ServedPage, article: Article
) -> None:
    open_with_voices(page, quotes_page)
    button = page.get_by_role("button", name="Read aloud")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.evaluate("words.onend()")
    spoken = page.locator("#article .s.spoken")
    expect(spoken).to_have_count(1)
    said = find_said(page)
    assert said[1] == f"en: {spoken.text_content()}"
    button.click()
    expect(spoken).to_have_count(0)
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("stopped") >= 1
    assert find_said(page) == said


def test_key_reads_from_the_sentence_that_is_shown(page: Page, quotes_page: ServedPage) -> None:
    open_with_voices(page, quotes_page)
    for key in ("j", "j", "j", "r"):
        page.keyboard.press(key)
    shown = page.locator("#article .s.now").text_content()
    assert find_said(page) == [f"en: {shown}"]
    page.keyboard.press("r")
    expect(page.locator("#article .s.spoken")).to_have_count(0)


def test_reading_ends_with_the_last_sentence(page: Page, quotes_page: ServedPage) -> None:
    open_with_voices(page, quotes_page)
    page.keyboard.press("r")
    count = page.locator("#article .s").count()
    for _ in range(count):
        page.evaluate("words.onend()")
    assert len(find_said(page)) == count
    expect(page.locator("#article .s.spoken")).to_have_count(0)


def test_button_is_hidden_without_voices(page: Page, quotes_page: ServedPage) -> None:
    page.add_init_script("Object.defineProperty(window, 'speechSynthesis', { value: undefined })")
    open_page(page, quotes_page)
    expect(page.locator("#tool-aloud")).to_be_hidden()


def test_tools_fit_on_a_phone(phone: Page, quotes_page: ServedPage) -> None:
    open_page(phone, quotes_page)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    box = phone.locator("#more summary").bounding_box()
    assert box
    assert box["x"] + box["width"] <= 390
