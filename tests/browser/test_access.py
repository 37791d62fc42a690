"""Test accessibility: axe-core on every view, keyboard operation and screen readers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from index.loaders import BUNDLED_ARTICLE, load
from tests.browser.conftest import ScriptedPage, ServedPage
from tests.browser.staged import ScriptedService, serve_service
from tests.browser.test_opening import ETNA, SERVED_TITLE, library_row, open_pasted_text
from tests.browser.test_page import ask, marked_sentences, open_page, wait_for_answer

pytestmark = pytest.mark.browser

QUESTION = "How many people have streamed into Sheikh Maqsoud?"
VIEWS = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)]


def violations(page: Page) -> list[str]:
    results = Axe().run(page).response["violations"]
    return [
        f"{violation['id']}: {node['html'][:200]} {node.get('failureSummary')}"
        for violation in results
        for node in violation["nodes"]
    ]


def select_text(page: Page, name: str) -> None:
    page.evaluate("name => getSelection().selectAllChildren(document.querySelector(name))", name)
    expect(page.locator("#selected")).to_be_visible()


def show_keys(page: Page) -> None:
    page.locator("#more summary").click()
    page.locator("#tool-keys").click()


def open_settings(page: Page) -> None:
    page.locator("#tool-settings").click()
    expect(page.locator("#settings")).to_be_visible()


def open_side_panel(page: Page) -> None:
    page.locator("#tool-side").click()
    expect(page.locator("#side")).to_be_visible()


def open_chats(page: Page) -> None:
    page.locator(".chats .toggle").click()
    expect(page.locator("#chat-list li")).to_have_count(1)


def open_drawer(page: Page, tab: str) -> None:
    page.get_by_role("button", name="Library", exact=True).click()
    page.locator("#shelf").get_by_role("tab", name=tab).click()
    expect(page.locator("#shelf.shown")).to_be_visible()


@pytest.mark.parametrize(("scheme", "width"), VIEWS)
def test_axe_finds_nothing_on_any_view(
    page: Page, stage: ScriptedPage, scheme: str, width: int
) -> None:
    page.emulate_media(
        color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    page.set_viewport_size({"width": width, "height": 800})
    open_page(page, stage)
    expect(page.locator("button.starter:visible")).to_have_count(3, timeout=60_000)
    violations_by_view = {"empty": violations(page)}

    def view(name: str, show: Callable[[], object]) -> None:
        show()
        violations_by_view[name] = violations(page)
        page.keyboard.press("Escape")

    def find() -> None:
        page.locator("#tool-find").click()
        page.keyboard.type("aleppo")

    view("answer", lambda: ask(page, QUESTION))
    view("card", lambda: page.locator("#chat a.cite").first.focus())
    view("shown in place", lambda: page.locator("#chat a.cite").first.click())
    view("not stated", lambda: ask(page, "Who won the football world cup in 1998?"))
    view("selection", lambda: select_text(page, "#article .s"))
    page.evaluate("getSelection().removeAllRanges()")
    view("find", find)
    view("side panel", lambda: open_side_panel(page))
    view("menu", lambda: page.locator("#more summary").click())
    view("keys", lambda: show_keys(page))
    view("settings", lambda: open_settings(page))
    view("chats", lambda: open_chats(page))
    for tab in ("Library", "File", "Paste", "Address"):
        view(f"drawer: {tab}", lambda tab=tab: open_drawer(page, tab))  # type: ignore[misc]
    assert not [(name, *wrong) for name, wrong in violations_by_view.items() if wrong]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_in_arabic(
    page: Page, stage: ScriptedPage, scheme: str, width: int
) -> None:
    page.emulate_media(
        color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    page.set_viewport_size({"width": width, "height": 800})
    open_page(page, stage)
    open_settings(page)
    page.locator("#set-language").select_option("ar")
    violations_by_view = {"settings": violations(page)}
    page.keyboard.press("Escape")
    box = page.locator("#question :is(input, textarea)")
    box.fill(QUESTION)
    box.press("Enter")
    wait_for_answer(page)
    violations_by_view["answer"] = violations(page)
    page.locator("#chat a.cite").first.focus()
    expect(page.locator("#card")).to_be_visible()
    violations_by_view["card"] = violations(page)
    page.keyboard.press("Escape")
    open_side_panel(page)
    violations_by_view["side panel"] = violations(page)
    page.keyboard.press("Escape")
    page.locator("[data-shelf=Library]").click()
    expect(page.locator("#shelf.shown")).to_be_visible()
    violations_by_view["drawer"] = violations(page)
    assert page.evaluate("document.documentElement.dir") == "rtl"
    assert not [(name, *wrong) for name, wrong in violations_by_view.items() if wrong]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_over_two_articles(
    page: Page, quotes_page: ServedPage, scheme: str
) -> None:
    page.emulate_media(
        color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    open_page(page, quotes_page)
    open_pasted_text(page, ETNA, f"Etna in {scheme}")
    for title in (f"Etna in {scheme}", SERVED_TITLE):
        library_row(page, title).get_by_role("checkbox").check()
    violations_by_view = {"chosen": violations(page)}
    page.get_by_role("button", name="Ask these together").click()
    expect(page.locator("#article").get_by_role("tab")).to_have_count(2, timeout=30_000)
    ask(page, QUESTION).locator("a.cite").first.focus()
    violations_by_view["answer and card"] = violations(page)
    assert not [(name, *wrong) for name, wrong in violations_by_view.items() if wrong]


CONTRAST_SCRIPT = """([front, back]) => { const channels = css => {
const c = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
c.fillStyle = css; c.fillRect(0, 0, 1, 1);
return [...c.getImageData(0, 0, 1, 1).data].slice(0, 3).map(v => v / 255)
.map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); };
const light = css => { const [r, g, b] = channels(css);
return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
return (a + 0.05) / (b + 0.05); }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_citation_colours_have_enough_contrast(
    page: Page, stage: ScriptedPage, scheme: str
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_page(page, stage)
    hues = page.evaluate(
        """() => [1, 2, 3, 4, 5, 6].map(n => {
        const e = document.body.appendChild(document.createElement('i')); e.className = 'q' + n;
        const hue = getComputedStyle(e).getPropertyValue('--hue').trim();
        e.remove(); return hue; })"""
    )
    assert len(set(hues)) == 6
    grounds = ["--body-background-fill", "--quote"]
    for ground in page.evaluate(
        "names => names.map(name => getComputedStyle(document.body).getPropertyValue(name).trim())",
        grounds,
    ):
        for hue in hues:
            assert page.evaluate(CONTRAST_SCRIPT, [hue, ground]) >= 4.5, (hue, ground)


def test_live_region_announces_whole_answer_with_quotes(page: Page, stage: ScriptedPage) -> None:
    open_page(page, stage)
    expect(page.locator("#read-out")).to_be_attached()
    page.evaluate(
        """() => { window.heard = []; const region = document.getElementById('read-out');
        new MutationObserver(() => heard.push(document.getElementById('read-out').textContent))
        .observe(region, {childList: true, subtree: true, characterData: true}); }"""
    )
    ask(page, "Which districts did the Kurdish forces and the government take?")
    quotes = marked_sentences(page, "quoted")
    page.wait_for_function("heard.length > 0")
    heard = page.evaluate("heard")
    assert len(heard) == 1  # not piece by piece
    places = [heard[0].index(f"Quote {number}: ") for number in range(1, len(quotes) + 1)]
    assert places == sorted(places)
    assert re.search(r"Quote 1: .+ \(paragraph \d+, \d+ % into the article\)", heard[0])
    expect(page.locator("#chat [role=log]")).to_have_attribute("aria-live", "off")
    assert not page.locator("#chat [aria-label*='<']").count()


def test_keyboard_asks_reads_finds_and_opens_settings(page: Page, stage: ScriptedPage) -> None:
    open_page(page, stage)
    page.locator("#article .article").focus()
    page.keyboard.press("/")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(wait_for_answer(page).locator("a.cite").first).to_be_visible()
    for _ in range(12):  # back from the question to the citation
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.matches('a.cite')"):
            break
    expect(page.locator("#card")).to_be_visible()
    page.keyboard.press("Enter")
    assert len(marked_sentences(page, "now")) == 1
    page.locator("#article .article").focus()
    page.keyboard.press("f")
    expect(page.locator("#find-words")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press(",")
    expect(page.locator("#settings")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#settings")).to_be_hidden()


def test_focused_citation_keeps_focus_while_answer_streams(page: Page, tmp_path: Path) -> None:
    service = ScriptedService(
        load(BUNDLED_ARTICLE), tmp_path, [f"word{number} " for number in range(25)], 0.1
    )
    with serve_service(service) as address:
        page.goto(address)
        expect(page.locator(".chats .bar")).to_be_visible()
        page.locator("#question textarea").fill("What has come?")
        page.keyboard.press("Enter")
        second = page.locator("#chat .answer .quotes a.cite").nth(1)
        second.focus()
        target = second.get_attribute("href")
        expect(page.locator("#chat .answer")).to_contain_text("word24")
        expect(page.locator("#chat .working")).to_have_count(0)
        page.wait_for_timeout(300)
        assert page.evaluate(
            "[document.activeElement.tagName, document.activeElement.getAttribute('href')]"
        ) == ["A", target]
    service.whole_library.close()


def test_keyboard_enters_and_leaves_the_citation_card(page: Page, stage: ScriptedPage) -> None:
    open_page(page, stage)
    cite = ask(page, QUESTION).locator("a.cite").first
    cite.focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("button", name="Show in article")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Copy quote")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#card")).to_be_hidden()
    expect(cite).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert len(marked_sentences(page, "now")) == 1
    expect(page.locator("#chat a.cite").nth(1)).to_be_focused()
    expect(page.locator("#card")).to_be_hidden()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Tab")  # out of the card, which closes
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#card")).to_be_hidden()


def test_keyboard_opens_two_articles_and_switches_tabs(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    expect(page.locator("#status")).to_contain_text("on this machine", timeout=180_000)

    def to(name: str, key: str = "Tab") -> None:
        for _ in range(60):
            page.keyboard.press(key)
            if page.evaluate("name => document.activeElement.matches(name)", name):
                return
        raise AssertionError(f"{name} is not reached")

    page.locator("#article .article").focus()
    page.keyboard.press("l")
    expect(page.get_by_label("Search the library")).to_be_focused()
    to("#shelf [role=tab]:nth-child(3)", "Shift+Tab")
    page.keyboard.press("Enter")
    to("#shelf-text textarea")
    page.keyboard.type("The ferry to Lund sank on 3 May 1999. No one was hurt.")
    to("#shelf-paste")
    page.keyboard.press("Enter")
    expect(page.locator("#article h1")).to_contain_text("The ferry to Lund", timeout=60_000)
    expect(page.locator("#shelf.shown")).to_have_count(0)
    page.locator("#article .article").focus()
    page.keyboard.press("l")
    for _ in range(2):
        to(".books input[type=checkbox]")
        page.keyboard.press("Space")
    to("#finder .ask", "Shift+Tab")
    page.keyboard.press("Enter")
    tabs = page.locator("#article").get_by_role("tab")
    expect(tabs).to_have_count(2)
    to("#article [role=tab]")
    page.keyboard.press("ArrowRight")
    expect(tabs.nth(1)).to_have_attribute("aria-selected", "true")
    expect(tabs.nth(1)).to_be_focused()


def test_focused_element_has_visible_outline(page: Page, stage: ScriptedPage) -> None:
    open_page(page, stage)
    unseen = []
    for _ in range(25):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => { const e = document.activeElement; if (e === document.body) return true;
            const s = getComputedStyle(e);
            return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2
            || e.outerHTML.slice(0, 120); }"""
        )
        unseen += [seen] if seen is not True else []
    assert not unseen


def test_reduced_motion_runs_no_animation(page: Page, stage: ScriptedPage) -> None:
    page.emulate_media(reduced_motion="reduce")
    open_page(page, stage)
    ask(page, QUESTION).locator("a.cite").first.click()
    expect(page.locator("#article .s.now")).to_be_in_viewport()
    assert (
        page.evaluate("document.getAnimations().filter(one => one.playState === 'running').length")
        == 0
    )
