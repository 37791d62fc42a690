"""Test the user's marks and notes, the panel that lists them, and the outline beside them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from index.loaders import load
from index.text.article import Article
from tests.browser.conftest import (
    ServedPage,
    record_dialogs,
    reload_page,
    serve_page,
    wait_until_built,
)
from tests.browser.test_access import violations
from tests.browser.test_page import marked_sentences, open_page

pytestmark = pytest.mark.browser

serving = contextmanager(serve_page)

PARAGRAPHS = "\n\n".join(f"Paragraph {number} says little. It goes on." for number in range(30))
TEXT = f"""# The harbour

The city paid 🌾 20 million euros for the pier. Nobody asked why.

## The pier

It is 400 metres long. Ships <img src=x onerror=alert(1)> moor there.

{PARAGRAPHS}

## The crane

It lifts 40 tonnes.

### Its cost

It was cheap.
"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("harbour") / "harbour.md"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def article(file: Path) -> Article:
    return load(file)


@pytest.fixture(scope="module")
def harbour(file: Path) -> Iterator[ServedPage]:
    yield from serve_page(file.parent / "data", "--model", "none", "--article", str(file))


def open_harbour(page: Page, harbour: ServedPage, article: Article) -> None:
    """Open the page when the library has stored the article, and remove all marks."""
    path = f"{harbour.address}/api/articles/{article.id}"
    for _ in range(300):
        if page.request.get(path).ok:
            break
        page.wait_for_timeout(100)
    for mark in page.request.get(f"{path}/marks").json()["marks"]:
        page.request.delete(f"{path}/marks/{mark['id']}")
    open_page(page, harbour)


def select_words(page: Page, first: str, last: str) -> None:
    """Select from the first occurrence of some words in the article to the end of others."""
    page.evaluate(
        """([first, last]) => {
        const walker = document.createTreeWalker(
          document.querySelector('#article .article'), NodeFilter.SHOW_TEXT);
        const range = new Range(); let isStarted = false;
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const at = node.data.indexOf(isStarted ? last : first);
          if (!isStarted && at >= 0) { range.setStart(node, at); isStarted = true; }
          const end = node.data.indexOf(last);
          if (isStarted && end >= 0) { range.setEnd(node, end + last.length); break; }
        }
        range.startContainer.parentElement.scrollIntoView({block: 'center'});
        getSelection().removeAllRanges(); getSelection().addRange(range); }""",
        [first, last],
    )


def press_bar(page: Page, name: str) -> None:
    page.locator("#selected").get_by_role("button", name=name, exact=True).click()


def mark_words(page: Page, first: str, last: str) -> None:
    select_words(page, first, last)
    press_bar(page, "Mark")
    expect(page.locator("#undo")).to_contain_text("Marked.")


def painted_words(page: Page, name: str = "marked") -> list[str]:
    words: list[str] = page.evaluate(
        "name => [...(CSS.highlights.get(name) || [])].map(String)", name
    )
    return words


def open_panel(page: Page) -> Locator:
    page.locator("#tool-side").click()
    panel = page.locator("#side")
    expect(panel).to_be_visible()
    return panel


def test_marked_words_stay_after_a_restart(page: Page, file: Path, article: Article) -> None:
    data = file.parent / "restarted"
    for is_first in (True, False):
        with serving(data, "--model", "none", "--article", str(file)) as served:
            if is_first:
                open_harbour(page, served, article)
                mark_words(page, "paid 🌾 20", "the pier")
            else:
                open_page(page, served)
            page.wait_for_function("CSS.highlights.get('marked')?.size === 1")
            assert painted_words(page) == ["paid 🌾 20 million euros for the pier"]


def test_note_is_stored_and_exported_with_exact_quote(
    page: Page, harbour: ServedPage, article: Article
) -> None:
    open_harbour(page, harbour, article)
    select_words(page, "Nobody asked", "400 metres")
    press_bar(page, "Note")
    note = page.locator("#side textarea")
    expect(note).to_be_focused()
    page.keyboard.type("Ask the <b>mayor</b>.")
    page.wait_for_function("CSS.highlights.get('noted')?.size === 1")
    reload_page(page)
    panel = open_panel(page)
    expect(panel.locator("textarea")).to_have_value("Ask the <b>mayor</b>.")
    quote = "Nobody asked why.\n\nThe pier\n\nIt is 400 metres"
    assert quote in article.text
    expect(panel.locator(".words")).to_have_text(quote, use_inner_text=False)
    with page.expect_download() as download:
        panel.get_by_role("link", name="Export as Markdown").click()
    exported = download.value.path().read_text(encoding="utf-8")
    assert download.value.suggested_filename == "The harbour.md"
    for line in filter(None, quote.split("\n")):
        assert f"> {line}\n" in exported
    assert "\nAsk the \\<b>mayor\\</b>.\n" in exported


def test_note_that_is_being_typed_is_stored_on_leaving(
    page: Page, harbour: ServedPage, article: Article
) -> None:
    open_harbour(page, harbour, article)
    select_words(page, "400 metres", "long")
    press_bar(page, "Note")
    page.locator("#side textarea").press_sequentially("Half a no")
    reload_page(page)
    expect(open_panel(page).locator("textarea")).to_have_value("Half a no")


def test_mark_is_removed_in_the_article_and_undone(
    page: Page, harbour: ServedPage, article: Article
) -> None:
    open_harbour(page, harbour, article)
    mark_words(page, "400 metres", "long")
    sentence = page.locator("#article .s", has_text="It is 400 metres long.")
    sentence.click(position={"x": 60, "y": 10})
    press_bar(page, "Remove mark")
    page.wait_for_function("CSS.highlights.get('marked').size === 0")
    page.locator("#undo").get_by_role("button", name="Undo").click()
    page.wait_for_function("CSS.highlights.get('marked').size === 1")
    assert painted_words(page) == ["400 metres long"]


def test_list_searches_shows_and_removes_marks(
    page: Page, harbour: ServedPage, article: Article
) -> None:
    open_harbour(page, harbour, article)
    mark_words(page, "The city paid", "million")
    mark_words(page, "It lifts", "tonnes")
    panel = open_panel(page)
    expect(panel.locator("summary").nth(1)).to_have_text("Marks and notes (2)")
    search = panel.get_by_label("Search marks and notes")
    search.fill("lifts zebra")
    expect(panel.get_by_text("No mark has these words.")).to_be_visible()
    search.fill("LIFTS")
    panel.locator(".words").click()
    expect(page.locator("#article .s.now")).to_be_in_viewport()
    assert marked_sentences(page, "now") == ["It lifts 40 tonnes."]
    panel.get_by_role("button", name="Remove").click()
    expect(panel.locator(".words")).to_have_count(0)
    page.locator("#undo").get_by_role("button", name="Undo").click()
    expect(panel.locator(".words")).to_have_text("It lifts 40 tonnes")


def test_keyboard_marks_a_sentence_and_notes_it(
    page: Page, harbour: ServedPage, article: Article
) -> None:
    open_harbour(page, harbour, article)
    page.locator("#article .article").focus()
    for key in "jjjkj":
        page.keyboard.press(key)
    assert marked_sentences(page, "now") == ["Nobody asked why."]
    page.keyboard.press("m")
    page.wait_for_function("CSS.highlights.get('marked').size === 1")
    assert painted_words(page) == ["Nobody asked why."]
    page.keyboard.press("m")
    page.wait_for_function("CSS.highlights.get('marked').size === 0")
    page.keyboard.press("M")
    expect(page.locator("#side textarea")).to_be_focused()
    page.keyboard.type("Why?")
    page.keyboard.press("Escape")
    expect(page.locator("#side")).to_be_hidden()
    expect(page.locator("#tool-side")).to_be_focused()
    page.wait_for_function("CSS.highlights.get('noted').size === 1")
    page.keyboard.press("o")
    expect(page.locator("#side")).to_be_focused()
    page.keyboard.press("Escape")


def test_words_are_copied_with_their_source(
    page: Page, harbour: ServedPage, article: Article
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_harbour(page, harbour, article)
    select_words(page, "400 metres", "long")
    press_bar(page, "Copy with source")
    expect(page.locator("#undo")).to_contain_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("“400 metres long” (The harbour, paragraph 2, ")


def test_marked_markup_is_text_everywhere(
    page: Page, harbour: ServedPage, article: Article
) -> None:
    dialogs = record_dialogs(page)
    open_harbour(page, harbour, article)
    mark_words(page, "<img", "alert(1)>")
    panel = open_panel(page)
    expect(panel.locator(".words")).to_have_text("<img src=x onerror=alert(1)>")
    assert not page.locator("#side img, #article img").count()
    assert not dialogs


def test_outline_scrolls_and_follows_the_article(
    page: Page, harbour: ServedPage, article: Article
) -> None:
    open_harbour(page, harbour, article)
    page.locator("#article .article").focus()
    page.keyboard.press("o")
    links = page.locator("#side .outline a")
    expect(links).to_have_text(["The pier", "The crane", "Its cost"])
    expect(page.locator("#side .outline a[aria-current]")).to_have_text("The pier")
    links.nth(2).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#article h3")).to_be_in_viewport()
    expect(page.locator("#side .outline a[aria-current]")).to_have_text("Its cost")
    page.evaluate("document.getElementById('reading').scrollTop = 0")
    expect(page.locator("#side .outline a[aria-current]")).to_have_text("The pier")


def test_article_without_sections_has_no_outline(
    page: Page, harbour: ServedPage, article: Article
) -> None:
    open_harbour(page, harbour, article)
    body = {"text": "The mill was built in 1902.", "title": "The mill"}
    other = page.request.post(f"{harbour.address}/api/articles", data=body).json()
    page.goto(f"{harbour.address}/?article={other['id']}")
    expect(page.locator("#article h1")).to_have_text("The mill")
    wait_until_built(page)
    panel = open_panel(page)
    expect(panel.get_by_text("Select words of the article to mark them.")).to_be_visible()
    expect(panel.locator(".outline")).to_be_hidden()


def test_panel_follows_the_article_in_sight(
    page: Page, harbour: ServedPage, article: Article
) -> None:
    open_harbour(page, harbour, article)
    mark_words(page, "400 metres", "long")
    body = {"text": "The weir is from 1850.", "title": "The weir"}
    other = page.request.post(f"{harbour.address}/api/articles", data=body).json()
    page.goto(f"{harbour.address}/?article={article.id},{other['id']}")
    tabs = page.locator("#article").get_by_role("tab")
    expect(tabs).to_have_count(2)
    wait_until_built(page)
    panel = open_panel(page)
    expect(panel.locator("summary")).to_have_text(
        ["Contents", "Marks and notes (1)", "Quotations", "Figures", "Dates"]
    )
    tabs.nth(1).click()
    expect(panel.locator("summary").nth(1)).to_have_text("Marks and notes (0)")
    expect(panel.locator(".outline")).to_be_hidden()


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_panel_and_bar_pass_axe(
    page: Page, harbour: ServedPage, article: Article, scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.set_viewport_size({"width": width, "height": 800})
    open_harbour(page, harbour, article)
    mark_words(page, "The city paid", "million")
    select_words(page, "400 metres", "long")
    expect(page.locator("#selected")).to_be_visible()
    assert not violations(page)
    press_bar(page, "Note")
    expect(page.locator("#side textarea:visible")).to_be_focused()
    assert not violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
