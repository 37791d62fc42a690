"""Test the page in the user's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.interfaces.web.i18n import LANGUAGES, load_catalogue
from index.loaders import BUNDLED_ARTICLE, load
from tests.browser.conftest import ScriptedPage, ServedPage, reload_page
from tests.browser.staged import ScriptedService, serve_service
from tests.browser.test_page import MODEL_TIMEOUT_MS, open_page

pytestmark = pytest.mark.browser

# Returns the texts, labels and placeholders of the page itself.
PAGE_TEXTS_SCRIPT = """() => { const untrusted = '#article .s, #article h1, .question, q, '
+ '#side .outline a, .starter, a.cite:not(.near), kbd, #set-language, script, style';
const texts = []; const kinds = NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT;
const walker = document.createTreeWalker(document.body, kinds);
for (let n = walker.nextNode(); n; n = walker.nextNode()) {
const e = n.nodeType === 3 ? n.parentElement : n;
if (e.closest(untrusted)) continue; if (n.nodeType === 3) texts.push(n.data.trim());
else for (const a of ['aria-label', 'placeholder', 'title'])
if (n.hasAttribute(a)) texts.push(n.getAttribute(a)); }
return texts.filter(Boolean); }"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    service = ScriptedService(
        load(BUNDLED_ARTICLE), tmp_path_factory.mktemp("words"), ["It ", "is ", "so."]
    )
    with serve_service(service, ["Is it so?"]) as address:
        yield address
    service.whole_library.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_uses_browser_language_without_english(
    browser: Browser, address: str, language: str
) -> None:
    context = browser.new_context(locale=language, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address)
    words = load_catalogue(language)
    expect(page.locator("#send")).to_have_text(words["Ask"], timeout=60_000)
    page.locator("#chat a.cite").first.focus()
    page.locator("#tool-side").click()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('#article .s'))")
    expect(page.locator("#selected")).to_be_visible()
    page.locator("#more summary").click()
    page.locator("#tool-keys").click()
    page.keyboard.press("Escape")
    page.locator("#tool-settings").click()
    untranslated = {english for english in words if words[english] != english} & set(
        page.evaluate(PAGE_TEXTS_SCRIPT)
    )
    assert not untranslated
    assert page.evaluate("document.documentElement.lang") == language
    assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    context.close()


def test_language_setting_applies_at_once(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator("#send")).to_have_text("Ask", timeout=60_000)
    page.locator("#tool-settings").click()
    for language in ("ar", "de"):
        page.locator("#set-language").select_option(language)
        words = load_catalogue(language)
        expect(page.locator("#send")).to_have_text(words["Ask"])
        expect(page.locator("#question textarea")).to_have_attribute(
            "placeholder", words["Ask about the article, then press Enter"]
        )
        expect(page.locator("#article .meta")).to_contain_text(
            words["{minutes} min to read"].replace("{minutes}", "4")
        )
    reload_page(page)
    expect(page.locator("#send")).to_have_text(load_catalogue("de")["Ask"], timeout=60_000)
    page.locator("#tool-settings").click()
    page.locator("#set-language").select_option("en")
    expect(page.locator("#send")).to_have_text("Ask")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_server_texts_are_translated(browser: Browser, quotes_page: ServedPage) -> None:
    context = browser.new_context(locale="fr")
    page = open_page(context.new_page(), quotes_page)
    words = load_catalogue("fr")
    page.locator("#question textarea").fill("???")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .error")).to_have_text(
        words["The question is empty. Ask something about the article."], timeout=60_000
    )
    page.get_by_label(words["Your question"]).fill("Who won the football world cup in 1998?")
    page.keyboard.press("Enter")
    answer = page.locator("#chat .not-stated")
    expect(answer).to_contain_text(words["The article does not say."], timeout=60_000)
    expect(answer).to_contain_text(
        words["“{word}” does not occur in the article."].replace("{word}", "1998")
    )
    context.close()


def translate_texts(page: Page, texts: list[str]) -> list[str]:
    """Return the translations that the page shows for texts of the server."""
    page.evaluate(
        """texts => { const box = document.createElement('div'); box.id = 'box';
        for (const text of texts) box.append(Object.assign(
        document.createElement('p'), {className: 'say', textContent: text}));
        document.getElementById('box')?.remove(); document.body.append(box); }""",
        texts,
    )
    return page.locator("#box p").all_text_contents()


def open_in_language(page: Page, address: str, language: str) -> Page:
    page.add_init_script(
        f"localStorage.setItem('article-assistant', JSON.stringify({{language: '{language}'}}))"
    )
    page.goto(address)
    expect(page.locator("#send")).to_have_text(load_catalogue(language)["Ask"], timeout=60_000)
    return page


def fill_placeholders(text: str) -> str:
    counts = {"number", "count", "words", "minutes", "share", "paragraph", "size", "most"}
    return re.sub(r"\{(\w+)\}", lambda match: "7" if match[1] in counts else "bericht.pdf", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_with_placeholders_are_matched_uniquely(
    page: Page, stage: ScriptedPage, language: str
) -> None:
    words = load_catalogue(language)
    keys = [key for key in words if "{" in key]
    translations = translate_texts(
        open_in_language(page, stage.address, language), [fill_placeholders(key) for key in keys]
    )
    assert [
        text.translate({0x200F: None, 0x2068: None, 0x2069: None}) for text in translations
    ] == [fill_placeholders(words[key]) for key in keys]


def test_placeholder_values_are_translated_selectively(page: Page, stage: ScriptedPage) -> None:
    open_in_language(page, stage.address, "de")
    translations = {
        "https://a.example/x is not there (status 404). Open it in a browser; "
        "if you can read it, save it and open the file.": (
            "https://a.example/x gibt es dort nicht (Status 404). Öffnen Sie es im Browser; "
            "wenn Sie es lesen können, speichern Sie es und öffnen Sie die Datei."
        ),
        "“Settings” does not occur in the article.": "„Settings“ kommt im Artikel nicht vor.",
        "The question has 12,345 characters; at most 2,000 are read. Shorten it.": (
            "Die Frage hat 12.345 Zeichen; höchstens 2.000 werden gelesen. Kürzen Sie sie."
        ),
        "“Etna”: The article has 1,234 words in 56 sentences: about 5 minutes to read.": (
            "„Etna“: Der Artikel hat 1.234 Wörter in 56 Sätzen: etwa 5 Minuten Lesezeit."
        ),
        "Answers are quotes alone. The model's server failed (status 500). Try again later.": (
            "Antworten sind nur Zitate. Der Server des Modells hat versagt (Status 500). "
            "Versuchen Sie es später noch einmal."
        ),
        "The question seems to be in Arabic, the article in English and French. "
        "The built-in models find answers in one language only: "
        "ask in English and French, or use a larger model.": (
            "Die Frage ist anscheinend auf Arabisch, der Artikel auf Englisch und Französisch. "
            "Die eingebauten Modelle finden Antworten nur in einer Sprache: "
            "Fragen Sie auf Englisch und Französisch, oder nehmen Sie ein größeres Modell."
        ),
        "<img src=x onerror=alert(1)> is empty. Give a text to ask about.": (
            "<img src=x onerror=alert(1)> ist leer. Nehmen Sie einen Text, zu dem man fragen kann."
        ),
    }
    assert translate_texts(page, list(translations)) == list(translations.values())
    page.locator("#tool-settings").click()
    page.locator("#set-language").select_option("en")
    assert page.locator("#box p").all_text_contents() == list(translations)


def test_notes_and_import_errors_are_translated(
    page: Page, quotes_page: ServedPage, tmp_path: Path
) -> None:
    def filled(text: str, value: str) -> str:
        return re.sub(
            r"\{\w+\}", f"\u2068{value}\u2069", text
        )  # isolated, so that each value has its own direction

    words = load_catalogue("ar")
    open_in_language(page, quotes_page.address, "ar")
    box = page.get_by_label(words["Your question"])
    for question, message in (
        ("Hello!", "Hello. Ask something about the article: the answer comes with quotes of it."),
        (
            "What is the article's title?",
            "This is from what is known of the article, not from its text.",
        ),
    ):
        box.fill(question)
        box.press("Enter")
        expect(page.locator("#chat .answer").last).to_contain_text(
            words[message], timeout=MODEL_TIMEOUT_MS
        )
    expect(page.locator("#chat .answer").last).to_contain_text(
        filled(words["The title is “{title}”."], load(BUNDLED_ARTICLE).title)
    )
    box.fill("Who holds Damascus, and who won the world cup in 1998?")
    box.press("Enter")
    unstated = filled(
        words["The article does not say: “{question}”"], "Who won the world cup in 1998?"
    )
    expect(page.locator("#chat .answer").last).to_contain_text(unstated, timeout=MODEL_TIMEOUT_MS)
    (tmp_path / "empty.txt").write_bytes(b" \n")
    page.locator("[data-shelf]").first.click()
    page.locator("#shelf-tabs").get_by_role("tab").nth(1).click()
    page.locator("#shelf input[type=file]").set_input_files(tmp_path / "empty.txt")
    message = filled(words["{name} is empty. Give a text to ask about."], "empty.txt")
    expect(page.locator("#opening .error")).to_contain_text(message, timeout=MODEL_TIMEOUT_MS)


def test_article_and_question_texts_are_not_translated(page: Page, address: str) -> None:
    page.add_init_script(
        "localStorage.setItem('article-assistant', JSON.stringify({language: 'de'}))"
    )
    page.goto(address)
    expect(page.locator("#send")).to_have_text("Fragen", timeout=60_000)
    page.locator("#question textarea").fill("Settings")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .question").last).to_have_text("Settings", timeout=60_000)
    assert page.locator("#article .s").all_text_contents() == [
        load(BUNDLED_ARTICLE).slice(sentence) for sentence in load(BUNDLED_ARTICLE).sentences
    ]
