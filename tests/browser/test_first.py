"""Test that users can read and ask before Gradio has built the page, and lose nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import FloatRect, Locator, Page, Route, expect

from index.loaders import BUNDLED_ARTICLE, load
from index.text.article import Article
from tests.browser.conftest import ScriptedPage, ServedPage, wait_until_built
from tests.browser.staged import ScriptedService, serve_service
from tests.browser.test_access import violations
from tests.browser.test_opening import ETNA, open_pasted_text

pytestmark = pytest.mark.browser

QUESTION = "How many people are trapped?"


@contextmanager
def loading_page(page: Page, address: str, label: str = "Your question") -> Iterator[Locator]:
    """Yield the early field while Gradio's files are delayed; load them at the end."""

    def hold(route: Route) -> None:
        pass

    page.route("**/assets/*.js", hold)
    page.goto(address, wait_until="commit")
    field = page.get_by_label(label)
    expect(field).to_be_focused()
    expect(page.locator("#question")).to_have_count(0)
    yield field
    page.unroute("**/assets/*.js", hold)  # the delayed requests continue
    expect(page.locator("#question textarea")).to_be_visible()
    expect(page.locator("#first")).to_have_count(0)


def test_question_sent_before_page_load_is_answered(page: Page, quotes_page: ServedPage) -> None:
    with loading_page(page, quotes_page.address) as field:
        page.keyboard.type(QUESTION)
        page.keyboard.press("Enter")
        expect(field).to_have_js_property("readOnly", True)
        expect(page.locator("#first button")).to_be_disabled()
    expect(page.locator("#chat .question")).to_have_text(QUESTION)
    expect(page.locator("#chat .answer")).to_contain_text("250,000")
    expect(page.locator("#question textarea")).to_have_value("")


@pytest.fixture
def half_built(page: Page, quotes_page: ServedPage) -> Locator:
    """Send a question while the page lacks its last part. Return the field."""
    page.goto(quotes_page.address)
    wait_until_built(page)
    page.evaluate("document.querySelector('.chats .bar').className = 'half-built'")
    field = page.locator("#question textarea")
    field.fill(QUESTION)
    field.press("Enter")
    return field


def finish_building(page: Page) -> None:
    page.evaluate("document.querySelector('.chats .half-built').className = 'bar'")


def test_question_sent_while_page_is_built_is_answered(page: Page, half_built: Locator) -> None:
    page.wait_for_timeout(300)
    expect(page.locator("#chat .question")).to_have_count(0)
    finish_building(page)
    expect(page.locator("#chat .answer")).to_contain_text("250,000")
    expect(page.locator("#chat .question")).to_have_count(1)
    expect(half_built).to_have_value("")


def test_text_changed_while_page_is_built_is_not_sent(page: Page, half_built: Locator) -> None:
    half_built.fill("Who fled")
    finish_building(page)
    page.wait_for_timeout(300)
    expect(page.locator("#chat .question")).to_have_count(0)
    expect(half_built).to_have_value("Who fled")


def test_text_typed_before_page_load_is_kept(page: Page, quotes_page: ServedPage) -> None:
    with loading_page(page, quotes_page.address):
        page.keyboard.type("Who ")
    expect(page.locator("#question textarea")).to_be_focused()
    page.keyboard.type("fled?")
    expect(page.locator("#question textarea")).to_have_value("Who fled?")
    expect(page.locator("#chat .question")).to_have_count(0)


def test_empty_question_before_page_load_sends_nothing(page: Page, stage: ScriptedPage) -> None:
    with loading_page(page, stage.address):
        page.keyboard.type("  ")
        page.keyboard.press("Enter")
        page.keyboard.press("Backspace")
    page.wait_for_timeout(500)
    expect(page.locator("#chat .question")).to_have_count(0)


def test_early_question_waits_for_article_in_address(page: Page, quotes_page: ServedPage) -> None:
    page.goto(quotes_page.address)
    open_pasted_text(page, ETNA, "Etna")
    address = page.url
    with loading_page(page, address):
        page.keyboard.type("When did it erupt?")
        page.keyboard.press("Enter")
    expect(page.locator("#chat .answer")).to_contain_text("4 July 2024")


def test_invalid_article_in_address_is_ignored(page: Page, quotes_page: ServedPage) -> None:
    with loading_page(page, f"{quotes_page.address}?article=junk"):
        expect(page.locator("#first-reading h1")).to_be_visible()
        page.keyboard.type(QUESTION)
        page.keyboard.press("Enter")
    expect(page.locator("#chat .answer")).to_contain_text("250,000")


def test_early_question_to_removed_article_stays_in_field(
    page: Page, quotes_page: ServedPage
) -> None:
    with loading_page(page, f"{quotes_page.address}?article=0123456789abcdef"):
        expect(page.locator("#first-reading")).to_have_count(0)
        page.keyboard.type(QUESTION)
        page.keyboard.press("Enter")
    expect(page.locator("#gone .error")).to_be_visible()
    page.wait_for_timeout(500)
    expect(page.locator("#question textarea")).to_have_value(QUESTION)
    expect(page.locator("#chat .question")).to_have_count(0)


def test_early_article_has_same_layout_as_loaded_article(page: Page, stage: ScriptedPage) -> None:
    parts = ("h1", ".meta", "p:not(.meta) >> nth=0", "h2 >> nth=0")
    with loading_page(page, stage.address):
        expect(page.locator("#first-reading h1")).to_have_text(load(BUNDLED_ARTICLE).title)
        expect(page.locator("#first-reading [id], #first-reading [data-articles]")).to_have_count(0)
        before = [_bounding_box(page.locator(f"#first-reading {part}")) for part in parts]
    expect(page.locator("#article h1")).to_be_visible()
    expect(page.locator("#first-reading")).to_have_count(0)
    for part, box in zip(parts, before, strict=True):
        after = _bounding_box(page.locator(f"#article {part}"))
        off = [abs(box[side] - after[side]) for side in ("x", "y", "width", "height")]
        assert max(off) <= 4, (part, box, after)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_before_page_load(
    page: Page, phone: Page, stage: ScriptedPage, scheme: Literal["light", "dark"]
) -> None:
    for device in (page, phone):
        device.emulate_media(color_scheme=scheme)
        with loading_page(device, stage.address):
            assert violations(device) == []


def test_scroll_position_survives_page_load(page: Page, stage: ScriptedPage) -> None:
    with loading_page(page, stage.address):
        page.locator("#first-reading").evaluate("(reading) => { reading.scrollTop = 300; }")
    expect(page.locator("#article h1")).to_be_attached()
    expect(page.locator("#reading")).to_have_js_property("scrollTop", 300)


def test_article_in_address_is_not_rendered_early(page: Page, quotes_page: ServedPage) -> None:
    page.goto(quotes_page.address)
    open_pasted_text(page, ETNA, "Etna")
    with loading_page(page, page.url):
        expect(page.locator("#first-reading")).to_have_count(0)
    expect(page.locator("#article h1")).to_have_text("Etna")


def test_article_with_interface_texts_is_not_translated(page: Page, tmp_path: Path) -> None:
    service = ScriptedService(
        Article.from_text("Ask\n\nYour question", "Settings"), tmp_path, ["Words."]
    )
    page.add_init_script("""localStorage.setItem("article-assistant", '{"language": "de"}')""")
    with serve_service(service) as address, loading_page(page, address, "Ihre Frage"):
        expect(page.locator("#first-reading h1")).to_have_text("Settings")
        expect(page.locator("#first-reading p:not(.meta)")).to_have_text(["Ask", "Your question"])
    service.whole_library.close()


def test_early_field_has_same_position_as_final_field(page: Page, stage: ScriptedPage) -> None:
    with loading_page(page, stage.address) as field:
        early_field, button = _bounding_box(field), _bounding_box(page.locator("#first button"))
    final_field, send = (
        _bounding_box(page.locator("#question textarea")),
        _bounding_box(page.locator("#send")),
    )
    for before, after in ((early_field, final_field), (button, send)):
        off = [abs(before[side] - after[side]) for side in ("x", "y", "width", "height")]
        assert max(off) <= 12, (before, after)


def test_early_field_on_phone_is_at_bottom_and_works(phone: Page, quotes_page: ServedPage) -> None:
    with loading_page(phone, quotes_page.address) as field:
        first, button = _bounding_box(field), _bounding_box(phone.locator("#first button"))
        assert (
            0
            <= first["x"]
            < button["x"]  # the button is at the end of the field
            < button["x"] + button["width"]
            <= first["x"] + first["width"]
            <= 390
        )
        assert 700 < first["y"] < first["y"] + first["height"] <= 800
        assert button["height"] >= 40
        phone.keyboard.type(QUESTION)
        phone.locator("#first button").tap()
    expect(phone.locator("#chat .answer")).to_contain_text("250,000")


def test_early_field_uses_stored_theme_and_language(page: Page, stage: ScriptedPage) -> None:
    page.add_init_script(
        """localStorage.setItem("article-assistant", '{"theme": "dark", "language": "de"}')"""
    )
    with loading_page(page, stage.address, "Ihre Frage") as field:
        expect(page.locator("#first button")).to_have_text("Fragen")
        expect(page.locator("body")).to_have_css("background-color", "rgb(23, 24, 27)")
        expect(field).to_have_css("color", "rgb(231, 229, 224)")


def _bounding_box(locator: Locator) -> FloatRect:
    expect(locator).to_be_visible()
    box = locator.bounding_box()
    assert box
    return box
