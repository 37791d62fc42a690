"""The page in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.page.translations import LANGUAGES, catalogue
from index.loaders import BUNDLED, load

from .conftest import Served
from .staged import Staged, staged
from .test_page import opened

pytestmark = pytest.mark.browser

# Texts, labels and placeholders of the page itself that can be seen or read out.
OWN = """() => { const untrusted = '#article .s, #article h1, .question, q, .starter, a.cite:not(.near), kbd, #set-language, script, style';
const told = []; const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
for (let n = walker.nextNode(); n; n = walker.nextNode()) { const e = n.nodeType === 3 ? n.parentElement : n;
if (e.closest(untrusted)) continue; if (n.nodeType === 3) told.push(n.data.trim());
else for (const a of ['aria-label', 'placeholder', 'title']) if (n.hasAttribute(a)) told.push(n.getAttribute(a)); }
return told.filter(Boolean); }"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    desk = Staged(load(BUNDLED), tmp_path_factory.mktemp("words"), ["It ", "is ", "so."])
    with staged(desk, ["Is it so?"]) as address:
        yield address
    desk.library.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_the_browsers_language_and_no_english_beside_it(browser: Browser, address: str, language: str) -> None:
    context = browser.new_context(locale=language, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address)
    words = catalogue(language)
    expect(page.locator("#send")).to_have_text(words["Ask"], timeout=60_000)
    page.locator("#chat a.cite").first.focus()
    page.locator("#tool-keys").click()
    page.keyboard.press("Escape")
    page.locator("#tool-settings").click()
    left = {english for english in words if words[english] != english} & set(page.evaluate(OWN))
    assert not left
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    context.close()


def test_the_language_is_switched_in_the_settings_at_once_and_back(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#send")).to_have_text("Ask", timeout=60_000)
    page.locator("#tool-settings").click()
    for language in ("ar", "de"):
        page.locator("#set-language").select_option(language)
        words = catalogue(language)
        expect(page.locator("#send")).to_have_text(words["Ask"])
        expect(page.locator("#question input")).to_have_attribute(
            "placeholder", words["Ask about the article, then press Enter"]
        )
        expect(page.locator("#article .meta")).to_contain_text(words["{minutes} min to read"].replace("{minutes}", "4"))
    page.reload()
    expect(page.locator("#send")).to_have_text(catalogue("de")["Ask"], timeout=60_000)
    page.locator("#tool-settings").click()
    page.locator("#set-language").select_option("en")
    expect(page.locator("#send")).to_have_text("Ask")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_what_the_server_says_is_said_in_the_readers_language(browser: Browser, quotes_page: Served) -> None:
    context = browser.new_context(locale="fr")
    page = opened(context.new_page(), quotes_page)
    words = catalogue("fr")
    page.locator("#question input").fill("???")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .error")).to_have_text(
        words["The question is empty. Ask something about the article."], timeout=60_000
    )
    page.get_by_label(words["Your question"]).fill("Who won the football world cup in 1998?")
    page.keyboard.press("Enter")
    answer = page.locator("#chat .not-stated")
    expect(answer).to_contain_text(words["The article does not say."], timeout=60_000)
    expect(answer).to_contain_text(words["“{word}” does not occur in the article."].replace("{word}", "1998"))
    context.close()


def test_words_of_an_article_or_a_question_are_never_translated(page: Page, address: str) -> None:
    page.add_init_script("localStorage.setItem('article-assistant', JSON.stringify({language: 'de'}))")
    page.goto(address)
    expect(page.locator("#send")).to_have_text("Fragen", timeout=60_000)
    page.locator("#question input").fill("Settings")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .question").last).to_have_text("Settings", timeout=60_000)
    assert page.locator("#article .s").all_text_contents() == [load(BUNDLED).slice(one) for one in load(BUNDLED).sentences]
