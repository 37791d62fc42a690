"""Test quoted phrases of a model: the page shows whether and where an article contains them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from assistant.answer.render.original_link import link_to_sentence
from assistant.interfaces.web.i18n import load_catalogue
from index.loaders import BUNDLED_ARTICLE, load
from index.text.article import Article
from tests.browser.conftest import reload_page, wait_until_built
from tests.browser.staged import ScriptedService, serve_service
from tests.browser.test_access import violations
from tests.browser.test_page import ask, marked_sentences

pytestmark = pytest.mark.browser

ARTICLE = load(BUNDLED_ARTICLE)
FOUND_PHRASE = " ".join(ARTICLE.slice(ARTICLE.sentences[6]).split()[2:8])
OTHER_ARTICLE = Article.from_text(
    "The bridge of Lund is old.\n\nIt was opened by Ana Ruiz, and the whole town came to see it.",
    "The bridge",
)
ELSEWHERE_PHRASE = "the whole town came"
MISSING_PHRASE = "nobody ever wrote this down"
REPLY_WORDS = [
    f"It says “{FOUND_PHRASE}”, ",
    f"not “{ELSEWHERE_PHRASE}”, ",
    f"and not “{MISSING_PHRASE}”.",
]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    service = ScriptedService(ARTICLE, tmp_path_factory.mktemp("quoted"), REPLY_WORDS)
    service.library.add(OTHER_ARTICLE)
    with serve_service(service) as address:
        yield address
    service.whole_library.close()


def quoted_links(page: Page, address: str) -> list[Locator]:
    page.goto(address)
    wait_until_built(page)
    ask(page, "What does it say?")
    links = page.locator("#chat .answer a.said")
    expect(links).to_have_text([FOUND_PHRASE, ELSEWHERE_PHRASE, MISSING_PHRASE])
    return links.all()


def test_phrase_of_article_links_to_its_sentence(page: Page, address: str) -> None:
    here, *_ = quoted_links(page, address)
    here.hover()
    card = page.locator("#card")
    expect(card).to_contain_text(
        re.compile(r"Exact words of the article, paragraph \d+, \d+ % into the article")
    )
    expect(card.locator("q")).to_have_text(FOUND_PHRASE)
    here.click()
    assert marked_sentences(page, "now") == [ARTICLE.slice(ARTICLE.sentences[6])]
    expect(page.locator("#article .s.now")).to_be_in_viewport()


def test_card_links_to_original_at_the_sentence(
    page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    article = replace(ARTICLE, source="https://news.example/a?b=1")
    service = ScriptedService(article, tmp_path_factory.mktemp("web"), ["Many ", "fled."])
    with serve_service(service) as address:
        page.goto(address)
        wait_until_built(page)
        ask(page, "What does it say?").locator("a.cite").first.hover()
        link = page.locator("#card").get_by_role("link", name="Link to the original")
        sentence = article.slice(article.sentences[0])
        expect(link).to_have_attribute("href", link_to_sentence(article.source, sentence))
        expect(link).to_have_attribute("rel", "noopener noreferrer")
    service.whole_library.close()


def test_phrase_of_other_article_opens_that_article(page: Page, address: str) -> None:
    _, there, _ = quoted_links(page, address)
    there.click()
    card = page.locator("#card")
    expect(card).to_contain_text(
        "Elsewhere: not in the article that was asked, but in “The bridge”"
    )
    assert not marked_sentences(page, "now")
    with page.context.expect_page() as opened:
        card.get_by_role("link", name="Open it there").click()
    other_page = opened.value
    expect(other_page.locator("#article h1")).to_have_text("The bridge", timeout=60_000)
    expect(other_page.locator("#article .s.now")).to_have_text(
        OTHER_ARTICLE.slice(OTHER_ARTICLE.sentences[1])
    )
    expect(page.locator("#chat .answer")).to_have_count(1)  # the chat stays in the first page


def test_phrase_of_no_article_is_marked_not_found(page: Page, address: str) -> None:
    *_, nowhere = quoted_links(page, address)
    nowhere.focus()
    card = page.locator("#card")
    expect(card).to_contain_text("Not found: no article of the library has these words")
    assert card.get_by_role("button").all_inner_texts() == ["Ask about it"]
    page.keyboard.press("Enter")
    expect(card).to_be_visible()
    assert not marked_sentences(page, "now")
    lines = {
        link.evaluate("e => getComputedStyle(e).textDecorationStyle")
        for link in page.locator("a.said").all()
    }
    assert lines == {"solid", "dashed", "wavy"}  # distinguishable without colour


def test_reload_keeps_phrase_status_and_keyboard_opens_card(page: Page, address: str) -> None:
    quoted_links(page, address)
    reload_page(page)
    links = page.locator("#chat .answer a.said")
    expect(links).to_have_count(3, timeout=60_000)
    for link, state in zip(links.all(), ("verified", "elsewhere", "not-found"), strict=True):
        expect(link).to_have_class(re.compile(state))
    expect(links.nth(1)).to_have_attribute("aria-description", re.compile("“The bridge”"))
    links.nth(1).focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#card").get_by_role("link", name="Open it there")).to_be_focused()
    page.keyboard.press("Escape")
    expect(links.nth(1)).to_be_focused()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_on_phrase_cards(
    page: Page, address: str, scheme: str, width: int
) -> None:
    page.emulate_media(
        color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    page.set_viewport_size({"width": width, "height": 800})
    for link in quoted_links(page, address):
        link.focus()
        expect(page.locator("#card")).to_be_visible()
        assert not violations(page)


def test_phrase_cards_are_translated(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="de")
    page = context.new_page()
    page.goto(address)
    words = load_catalogue("de")
    box = page.get_by_label(words["Your question"])
    box.fill("Was steht da?")
    box.press("Enter")
    links = page.locator("#chat .answer a.said")
    expect(links).to_have_count(3, timeout=60_000)
    links.nth(2).focus()
    expect(page.locator("#card")).to_contain_text(
        words["Not found: no article of the library has these words"]
    )
    links.nth(1).focus()
    expect(page.locator("#card")).to_contain_text("sondern in „The bridge“")
    expect(page.locator("#card").get_by_role("link")).to_have_text(words["Open it there"])
    context.close()
