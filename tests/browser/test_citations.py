"""Test citations: the card with the quote, keys, links, and questions about selected text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from index.loaders import BUNDLED_ARTICLE, load
from tests.browser.conftest import ScriptedPage, ServedPage, serve_page, wait_until_built
from tests.browser.test_page import ask, marked_sentences, open_page
from tests.index.files import paragraphs, pdf

pytestmark = pytest.mark.browser

QUESTION = "How many people have streamed into Sheikh Maqsoud?"


def test_citation_hover_shows_card_with_quote_and_position(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    answer = ask(page, QUESTION)
    answer.locator("a.cite").first.hover()
    card = page.locator("#card")
    expect(card).to_be_visible()
    expect(card).to_contain_text("6,000 people")
    expect(card).to_contain_text("✓ Exact words of the article")
    expect(card).to_contain_text(re.compile(r"paragraph \d+, \d+ % into the article"))
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()


def test_card_and_article_have_the_pages_of_a_pdf(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(
        pdf(
            paragraphs("The mill was built in 1902.", "It has two floors."),
            paragraphs("Fire destroyed the mill in 1950.", "Nobody was hurt."),
        )
    )
    for served in serve_page(tmp_path / "data", "--model", "none", "--article", str(path)):
        open_page(page, served)
        divider = page.get_by_role("separator", name="Page 2")
        expect(divider).to_have_count(1)
        assert divider.evaluate("node => node.nextElementSibling.textContent").startswith("Fire")
        for question, number in (("When was the mill built?", 1), ("Was anybody hurt?", 2)):
            ask(page, question).locator("a.cite").first.hover()
            expect(page.locator("#card .place")).to_contain_text(f"page {number}, paragraph")


def test_answer_says_whose_words_it_is_in(
    page: Page, stage: ScriptedPage, quotes_page: ServedPage
) -> None:
    open_page(page, stage)
    written = ask(page, QUESTION).locator(".wording")
    expect(written).to_have_text("In the assistant's words; compare with the quotes")
    open_page(page, quotes_page)
    expect(ask(page, QUESTION).locator(".wording")).to_have_text("In the article's words")


def test_citation_focus_opens_card_and_escape_closes_it(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    ask(page, QUESTION).locator("a.cite").first.focus()
    expect(page.locator("#card")).to_be_visible()
    page.keyboard.press("Enter")
    assert len(marked_sentences(page, "now")) == 1
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()
    assert not marked_sentences(page, "now")


def test_marker_and_sentence_share_number_and_colour(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    link = ask(page, QUESTION).locator("a.cite").first
    expect(link).to_have_class(re.compile(r"\bq1\b"))
    sentence = page.locator("#article .s.quoted.q1")
    expect(sentence).to_have_count(1)
    assert sentence.get_attribute("data-quote") == "1"
    hue = "e => getComputedStyle(e).getPropertyValue('--hue').trim()"
    assert link.evaluate(hue) == sentence.evaluate(hue) != ""


def test_card_copies_quote_and_working_link(page: Page, quotes_page: ServedPage) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, quotes_page)
    ask(page, QUESTION).locator("a.cite").first.hover()
    quote = marked_sentences(page, "quoted")[0]
    page.locator("#card").get_by_role("button", name="Copy quote").click()
    expect(page.locator("#card")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    article = load(BUNDLED_ARTICLE)
    assert quote in article.text
    assert copied.startswith(f"“{quote}” ({article.title}, paragraph ")
    page.locator("#card").get_by_role("button", name="Copy link").click()
    link = page.wait_for_function(
        "navigator.clipboard.readText().then(text => text.startsWith('http') && text)"
    ).json_value()
    linked_page = page.context.new_page()
    linked_page.goto(link)
    expect(linked_page.locator("#article .s.now")).to_have_text(quote, timeout=30_000)
    expect(linked_page.locator("#article .s.now")).to_be_in_viewport()


def test_citation_tap_shows_sentence_and_card(phone: Page, stage: ScriptedPage) -> None:
    phone.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(phone, stage)
    cite = ask(phone, QUESTION).locator("a.cite").nth(1)
    cite.tap()
    card, sentence = phone.locator("#card"), phone.locator("#article .s.now")
    expect(sentence).to_be_in_viewport()
    phone.wait_for_timeout(1_000)  # until scrolling ends; the card stays open
    expect(card).to_contain_text("✓ Exact words of the article")
    card_box, sentence_box = card.bounding_box(), sentence.bounding_box()
    assert card_box
    assert sentence_box
    # The card is at the bottom of the screen, and the sentence is above it.
    assert card_box["y"] + card_box["height"] == pytest.approx(800, abs=1)
    assert sentence_box["y"] + sentence_box["height"] <= card_box["y"]
    card.get_by_role("button", name="Copy quote").tap()
    expect(card).to_contain_text("Copied")
    assert sentence.inner_text() in phone.evaluate("navigator.clipboard.readText()")
    phone.touchscreen.tap(200, 100)
    expect(card).to_be_hidden()
    cite.tap()
    expect(card).to_be_visible()
    phone.keyboard.press("Escape")
    expect(card).to_be_hidden()
    cite.tap()
    card.get_by_role("button", name="Ask about it").tap()
    expect(card).to_be_hidden()
    expect(phone.get_by_label("Your question")).to_be_focused()
    expect(phone.get_by_label("Your question")).to_have_value(re.compile("^“.+”: $"))


def test_phone_keeps_question_field_and_last_turn_visible(phone: Page, stage: ScriptedPage) -> None:
    open_page(phone, stage)
    for _ in range(3):
        ask(phone, QUESTION)
    expect(phone.locator("#chat .question").last).to_be_in_viewport()
    expect(phone.locator("#chat .answer").last).to_be_in_viewport()
    for offset in (0, 500, 10_000):
        phone.evaluate("place => scrollTo({top: place, behavior: 'instant'})", offset)
        for name in ("#question textarea", "#send"):
            expect(phone.locator(name)).to_be_in_viewport(ratio=1)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390


def test_link_to_missing_sentence_is_ignored(page: Page, quotes_page: ServedPage) -> None:
    page.goto(f"{quotes_page.address}/#s-1-<img src=x onerror=alert(1)>")
    wait_until_built(page)
    assert not marked_sentences(page, "now")


def test_keys_n_and_p_move_between_quotes(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    ask(page, "Which districts did the Kurdish forces and the government take?")
    quotes = marked_sentences(page, "quoted")
    assert quotes
    page.locator("#article .article").focus()
    page.keyboard.press("n")
    first = marked_sentences(page, "now")
    page.keyboard.press("p")
    assert marked_sentences(page, "now") == [quotes[-1]]
    page.keyboard.press("n")
    assert marked_sentences(page, "now") == first == [quotes[0]]
    assert page.locator("#rail button").count() == len(quotes)


def test_keys_dialog_opens_and_typing_triggers_no_shortcut(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    page.locator("#article .article").focus()
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    page.locator("#article .article").focus()
    page.keyboard.press("/")
    box = page.get_by_label("Your question")
    expect(box).to_be_focused()
    page.keyboard.type("n?p/")
    expect(box).to_have_value("n?p/")
    expect(sheet).to_be_hidden()


SELECT_SCRIPT = """name => { const element = document.querySelector(name);
const range = document.createRange(); range.selectNodeContents(element);
const all = getSelection(); all.removeAllRanges(); all.addRange(range); }"""


def test_selected_text_is_quoted_in_question(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    page.evaluate(SELECT_SCRIPT, "#article .s")
    page.get_by_role("button", name="Ask about this").click()
    box = page.get_by_label("Your question")
    expect(box).to_be_focused()
    assert (
        load(BUNDLED_ARTICLE).text[:20] in box.input_value()
        or page.locator("#article .s").first.inner_text()[:20] in box.input_value()
    )
    page.keyboard.type("who says so?")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .question").last).to_contain_text("who says so?", timeout=30_000)


def test_selected_answer_text_shows_most_similar_sentence(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    ask(page, QUESTION)
    quote = marked_sentences(page, "quoted")[0]
    page.evaluate(
        SELECT_SCRIPT,
        "#chat .answer q" if page.locator("#chat .answer q").count() else "#chat .answer",
    )
    page.get_by_role("button", name="Show where the article says this").click()
    expect(page.locator("#article .s.now")).to_have_text(quote)
