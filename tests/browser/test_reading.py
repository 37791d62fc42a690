"""Test reading: find, text size, theme, settings, print and text direction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Literal

import pypdfium2
import pytest
from playwright.sync_api import Page, expect

from index.loaders import BUNDLED_ARTICLE, load
from index.text.spans import Span
from tests.browser.conftest import ScriptedPage, ServedPage, reload_page, serve_page
from tests.browser.staged import ScriptedService, serve_service
from tests.browser.test_page import ask, marked_sentences, open_page

pytestmark = pytest.mark.browser

FONT_SIZE_SCRIPT = (
    "parseFloat(getComputedStyle(document.querySelector('#article .article')).fontSize)"
)
IS_DARK_SCRIPT = "document.body.classList.contains('dark')"


def find_text(page: Page, words: str) -> None:
    page.locator("#article .article").focus()
    page.keyboard.press("f")
    page.locator("#find-words").fill(words)


def test_find_counts_and_visits_matches(page: Page, stage: ScriptedPage) -> None:
    open_page(page, stage)
    before = page.locator("#article .article").inner_html()
    find_text(page, "aleppo")
    article = load(BUNDLED_ARTICLE)
    count = len(re.findall("aleppo", f"{article.title}\n{article.text}", re.IGNORECASE))
    counter = page.locator("#find-count")
    expect(counter).to_have_text(f"1 of {count}")
    page.keyboard.press("Enter")
    expect(counter).to_have_text(f"2 of {count}")
    page.keyboard.press("Shift+Enter")
    page.keyboard.press("Shift+Enter")
    expect(counter).to_have_text(f"{count} of {count}")
    assert page.evaluate("CSS.highlights.get('found').size") == count
    assert page.evaluate("[...CSS.highlights.get('found-now')][0].toString()").lower() == "aleppo"
    assert page.locator("#article .article").inner_html() == before
    page.keyboard.press("Escape")
    assert page.evaluate("CSS.highlights.get('found').size") == 0
    expect(page.locator("#find")).to_be_hidden()


def test_reading_progress_follows_scroll_position(page: Page, stage: ScriptedPage) -> None:
    open_page(page, stage)
    share = (
        "() => document.getElementById('read').getBoundingClientRect().width"
        " / document.getElementById('desk').clientWidth"
    )
    assert page.evaluate(share) == 0
    scroll = (
        "share => { const e = document.getElementById('reading');"
        " e.scrollTop = share * (e.scrollHeight - e.clientHeight); }"
    )
    for read in (0.5, 1):
        page.evaluate(scroll, read)
        page.wait_for_function(f"Math.abs(({share})() - {read}) < 0.01")


@pytest.mark.parametrize("words", ["Zanzibar", ".*", "<img src=x onerror=alert(1)>", "(", "\\"])
def test_find_without_match_shows_not_found(page: Page, stage: ScriptedPage, words: str) -> None:
    open_page(page, stage)
    find_text(page, words)
    expect(page.locator("#find-count")).to_have_text("Not found")
    assert page.locator("#find img").count() == 0


def test_find_matches_across_sentences_and_quote_styles(page: Page, stage: ScriptedPage) -> None:
    open_page(page, stage)
    article = load(BUNDLED_ARTICLE)
    spans = [Span(block.start, block.end) for block in article.blocks]
    block = next(span for span in spans if len(article.sentences_in(span)) > 1)
    first, second = (
        article.slice(article.sentences[n]) for n in list(article.sentences_in(block))[:2]
    )
    find_text(page, f"{first[-20:]}  {second[:20]}".replace("'", "’"))
    expect(page.locator("#find-count")).to_have_text("1 of 1")


def test_font_size_changes_and_survives_reload(page: Page, stage: ScriptedPage) -> None:
    open_page(page, stage)
    usual = page.evaluate(FONT_SIZE_SCRIPT)
    page.locator("#more summary").click()
    page.locator("#tool-larger").click()
    page.locator("#tool-larger").click()
    page.locator("#article .article").focus()
    page.keyboard.press("-")
    assert page.evaluate(FONT_SIZE_SCRIPT) == usual + 1
    reload_page(page)
    assert page.evaluate(FONT_SIZE_SCRIPT) == usual + 1
    page.locator("#article .article").focus()
    for _ in range(20):
        page.keyboard.press("+")
    assert page.evaluate(FONT_SIZE_SCRIPT) == 26
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_theme_changes_and_survives_reload(page: Page, stage: ScriptedPage) -> None:
    page.emulate_media(color_scheme="light")
    open_page(page, stage)
    page.locator("#tool-theme").click()  # light
    page.locator("#tool-theme").click()  # dark
    expect(page.locator("#tool-theme")).to_have_accessible_name("Theme: Dark")
    assert page.evaluate(IS_DARK_SCRIPT)
    reload_page(page)
    assert page.evaluate(IS_DARK_SCRIPT)
    page.locator("#tool-theme").click()  # as the system
    assert not page.evaluate(IS_DARK_SCRIPT)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(IS_DARK_SCRIPT)


def test_settings_show_model_and_change_next_answer(page: Page, quotes_page: ServedPage) -> None:
    question = "Which areas do the rebels hold?"
    open_page(page, quotes_page)
    ask(page, question)
    assert len(marked_sentences(page, "quoted")) > 1
    expect(page.locator("#status")).to_contain_text("stay on this machine")
    page.locator("#tool-settings").click()
    expect(page.locator("#settings-model")).to_contain_text(
        "Answers are quotes alone. No language model"
    )
    field = page.get_by_label("Quotes in an answer, at most")
    expect(field).to_have_value("3")
    field.fill("1")
    field.press("Tab")
    page.keyboard.press("Escape")
    reload_page(page)
    page.get_by_role("button", name="New chat").click()
    expect(page.locator("#chat .question")).to_have_count(0)
    ask(page, question)
    assert len(marked_sentences(page, "quoted")) == 1
    page.locator("#tool-settings").click()
    expect(field).to_have_value("1")
    page.get_by_role("button", name="Restore defaults").click()
    expect(field).to_have_value("3")


class WritingService(ScriptedService):
    @property
    def writer(self) -> Literal["embedded"]:
        return "embedded"


def test_answer_length_setting_is_sent_to_service(page: Page, tmp_path: Path) -> None:
    service = WritingService(load(BUNDLED_ARTICLE), tmp_path, ["Words."])
    with serve_service(service) as address:
        page.goto(address)
        page.locator("#tool-settings").click()
        page.get_by_label("Length of answers").select_option("Long")
        page.keyboard.press("Escape")
        reload_page(page)
        ask(page, "Who fled?")
        assert service.last_options["length"] == "long"
        page.locator("#tool-settings").click()
        expect(page.get_by_label("Length of answers")).to_have_value("long")
        page.get_by_label("Quotes only").check()
        expect(page.get_by_label("Length of answers")).to_be_disabled()
        page.get_by_role("button", name="Restore defaults").click()
        expect(page.get_by_label("Length of answers")).to_have_value("normal")
    service.whole_library.close()


def test_settings_show_current_model_status(page: Page, tmp_path: Path) -> None:
    service = ScriptedService(load(BUNDLED_ARTICLE), tmp_path, ["Words."])
    model_status = page.locator("#settings-model")
    with serve_service(service) as address:
        page.goto(address)
        page.locator("#tool-settings").click()
        expect(model_status).to_have_text(
            re.compile("^Answers are quotes alone. No language model")
        )
        page.keyboard.press("Escape")
        service.status = "The language model is loading. Meanwhile answers are quotes alone."
        page.locator("#tool-settings").click()
        expect(model_status).to_have_text(re.compile("^The language model is loading"))
        page.get_by_label("Language of the page").select_option("de")
        service.status = "Model: anything <b>else</b>."  # while they are open
        expect(model_status).to_have_text(
            re.compile("^Modell: anything <b>else</b>. Kein Sprachmodell")
        )
    service.whole_library.close()


def test_print_shows_article_and_answers_without_controls(page: Page, stage: ScriptedPage) -> None:
    page.emulate_media(color_scheme="dark")
    open_page(page, stage)
    ask(page, "How many people have streamed into Sheikh Maqsoud?")
    text = " ".join(
        pdf_page.get_textpage().get_text_range()
        for pdf_page in pypdfium2.PdfDocument(BytesIO(page.pdf()))
    )
    text = " ".join(text.replace("\ufffe", "").split())
    article = load(BUNDLED_ARTICLE)
    for sentence in (article.sentences[0], article.sentences[-1]):
        assert " ".join(article.slice(sentence).split())[:40] in text
    assert "How many people have streamed into Sheikh Maqsoud?" in text
    assert "[1]" in text
    for word in ("New chat", "Ask about the article", "Stop", "stay on this machine"):
        assert word not in text
    page.emulate_media(media="print")
    assert (
        page.evaluate("getComputedStyle(document.querySelector('.s.quoted')).borderBottomWidth")
        == "3px"
    )
    assert (
        page.evaluate("getComputedStyle(document.querySelector('#article .article')).color")
        == "rgb(17, 17, 17)"
    )


ARABIC = "افتُتح الجسر في عام 1998. وقد كلّف ثلاثة ملايين يورو. افتتحته العمدة آنا رويز."


@pytest.fixture(scope="module")
def arabic_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPage]:
    folder = tmp_path_factory.mktemp("arabic")
    Path(folder / "bridge.md").write_text(f"# الجسر\n\n{ARABIC}\n", encoding="utf-8")
    yield from serve_page(
        folder / "data", "--model", "none", "--article", str(folder / "bridge.md")
    )


def test_arabic_article_is_right_to_left_in_english_page(
    page: Page, arabic_page: ServedPage
) -> None:
    open_page(page, arabic_page)
    where = page.evaluate(
        """() => { const [block, s] = ['#article .article p:not(.meta)', '#article .s']
        .map(n => document.querySelector(n).getBoundingClientRect());
        return [block.right - s.right, s.left - block.left]; }"""
    )
    assert where[0] <= 1 or where[0] < where[1]
    assert (
        page.evaluate(
            "getComputedStyle(document.querySelector('#article .article p:not(.meta)')).direction"
        )
        == "rtl"
    )
    find_text(page, "الجسر")
    expect(page.locator("#find-count")).to_have_text(
        re.compile(r"1 of [23]")
    )  # its title, where that is also a heading
    assert page.evaluate("document.documentElement.dir") == "ltr"
