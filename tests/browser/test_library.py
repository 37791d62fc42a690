"""Test the library drawer: search in texts, order, tags, and choosing several articles."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from index.loaders import BUNDLED_ARTICLE, load
from index.text.article import Article
from tests.browser.conftest import open_recorded_page, record_dialogs, wait_until_built
from tests.browser.staged import ScriptedService, serve_service
from tests.browser.test_access import violations
from tests.browser.test_opening import choose_in_menu, open_drawer

pytestmark = pytest.mark.browser

SERVED = load(BUNDLED_ARTICLE)
MARKUP = "<img src=x onerror=alert(1)>"
FERRY = Article.from_text(
    f"The ferry to Lund sank on 3 May 1999.\n\nThe passengers {MARKUP} were saved.\n\n"
    + "\n\n".join(f"House {number} was counted." for number in range(60))
    + "\n\nDivers raised the wreck in June 2001.",
    "Zero hour",
    author="Ana Ruiz",
    date="1999-05-04",
    source="https://www.lund.example/ferry",
)
TOWER = Article.from_text("The tower of Lund is 30 metres high.", "A tower")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedService]:
    service = ScriptedService(SERVED, tmp_path_factory.mktemp("shelf"), ["Words."])
    for article in (SERVED, FERRY, TOWER):
        service.library.add(article)
    yield service
    service.whole_library.close()


@pytest.fixture(scope="module")
def address(service: ScriptedService) -> Iterator[str]:
    with serve_service(service) as address:
        yield address


@pytest.fixture
def drawer(page: Page, address: str, service: ScriptedService) -> Locator:
    for article in (SERVED, FERRY, TOWER):
        service.library.set_tags(article.id, ["Lund"] if article is not SERVED else [])
    page.goto(address)
    wait_until_built(page)
    return open_drawer(page)


def titles(drawer: Locator) -> Locator:
    return drawer.locator(".books li:visible .title")


def test_search_finds_sentence_and_opens_article_there(page: Page, drawer: Locator) -> None:
    dialogs = record_dialogs(page)
    drawer.get_by_label("Search the library").fill("passenger saved")
    hit = drawer.locator(".hit")
    expect(hit).to_have_text(f"The passengers {MARKUP} were saved.")
    expect(hit.locator("mark")).to_have_text(["passengers", "saved"])
    expect(titles(drawer)).to_have_text(["Zero hour"])
    drawer.get_by_label("Search the library").fill("divers raised")
    expect(hit).to_contain_text("Divers raised")
    hit.click()
    sentence = page.locator("#article .s.now")
    expect(sentence).to_have_text("Divers raised the wreck in June 2001.")
    expect(sentence).to_be_in_viewport()
    expect(page).to_have_url(re.compile(f"article={FERRY.id}#s-"))
    assert not dialogs


def test_search_finds_title_author_site_and_tag(drawer: Locator) -> None:
    for words in ("ruiz ZERO", "lund.example", "Lund zero"):
        drawer.get_by_label("Search the library").fill(words)
        expect(titles(drawer)).to_have_text(["Zero hour"])
    drawer.get_by_label("Search the library").fill("volcanoes")
    expect(drawer).to_contain_text("No article has these words.")
    drawer.get_by_label("Search the library").fill("")
    expect(titles(drawer)).to_have_count(3)


def test_row_has_author_site_and_day_in_language(drawer: Locator) -> None:
    expect(drawer.locator("li", has_text="Zero hour").locator(".meta")).to_contain_text(
        "Ana Ruiz · lund.example · May 4, 1999 · "
    )


def test_order_is_kept_and_follows_opening(page: Page, drawer: Locator) -> None:
    expect(titles(drawer)).to_have_text(["A tower", "Zero hour", SERVED.title])
    drawer.get_by_label("Order").select_option("By title")
    expect(titles(drawer)).to_have_text(["A tower", SERVED.title, "Zero hour"])
    drawer.get_by_label("Order").select_option("Recently opened")
    drawer.get_by_role("button", name="Zero hour", exact=True).click()
    expect(page.locator("#article h1")).to_have_text("Zero hour")
    page.reload()
    wait_until_built(page)
    expect(titles(open_drawer(page)).first).to_have_text("Zero hour")


def test_tags_are_added_filtered_and_removed(page: Page, drawer: Locator) -> None:
    row = drawer.locator("li", has_text="A tower")
    choose_in_menu(row, "Tags")
    field = page.get_by_label("Tags, with commas between them")
    expect(field).to_have_value("Lund")
    field.fill(f"high, Lund,, {MARKUP}")
    field.press("Enter")
    expect(row.locator(".tag")).to_have_text([MARKUP, "high", "Lund"])
    row.locator(".tag", has_text="high").click()
    expect(titles(drawer)).to_have_text(["A tower"])
    drawer.get_by_label("Tag", exact=True).select_option("Lund")
    expect(titles(drawer)).to_have_text(["A tower", "Zero hour"])
    choose_in_menu(row, "Tags")
    field.fill("")
    field.press("Enter")
    expect(titles(drawer)).to_have_text(["Zero hour"])
    assert drawer.locator("img").count() == 0


def test_all_with_a_tag_are_asked_together(page: Page, drawer: Locator) -> None:
    drawer.get_by_label("Tag", exact=True).select_option("Lund")
    drawer.get_by_role("button", name="Choose all").click()
    expect(drawer.locator("#finder .together")).to_contain_text("2 chosen")
    drawer.get_by_role("button", name="Ask these together").click()
    expect(page.locator("#article [role=tab]")).to_have_text(["A tower", "Zero hour"])


def test_more_than_ten_articles_are_not_asked_together(
    page: Page, drawer: Locator, service: ScriptedService
) -> None:
    more = [Article.from_text(f"House {number} is red.", f"{number}") for number in range(8)]
    for article in more:
        service.library.add(article)
    page.keyboard.press("Escape")
    open_drawer(page)
    expect(titles(drawer)).to_have_count(11)
    drawer.get_by_role("button", name="Choose all").click()
    expect(drawer.locator("#finder .together")).to_contain_text("at most 10")
    expect(drawer.get_by_role("button", name="Ask these together")).to_be_disabled()
    drawer.get_by_role("checkbox").first.uncheck()
    expect(drawer.get_by_role("button", name="Ask these together")).to_be_enabled()
    for article in more:
        service.library.remove(article.id)


def test_escape_closes_menu_before_drawer(page: Page, drawer: Locator) -> None:
    drawer.locator("li summary").first.focus()
    page.keyboard.press("Enter")
    expect(drawer.locator("li details[open] .menu")).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer.locator("li details[open]")).to_have_count(0)
    expect(drawer.locator("li summary").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#shelf.shown")).to_have_count(0)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
@pytest.mark.parametrize("locale", ["en-GB", "ar"])
def test_axe_finds_nothing_in_searched_library(
    browser: object, address: str, service: ScriptedService, scheme: str, width: int, locale: str
) -> None:
    service.library.set_tags(FERRY.id, ["Lund"])
    options = {"locale": locale, "color_scheme": scheme, "reduced_motion": "reduce"}
    for page in open_recorded_page(browser, viewport={"width": width, "height": 800}, **options):  # type: ignore[arg-type]
        page.goto(address)
        wait_until_built(page)
        page.locator("[data-shelf=Library]").click()
        page.locator("#shelf-search").fill("ferry")
        expect(page.locator("#books .hit")).to_be_visible()
        page.locator("#books li:visible summary").click()
        assert not violations(page)
        assert page.locator("#shelf").evaluate("one => one.scrollWidth <= one.clientWidth")
