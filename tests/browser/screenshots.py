"""Take screenshots of every view for `docs/`: `python -m tests.browser.screenshots [FOLDER]`."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, FloatRect, Page, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, CHROMIUM_FLAGS, serve_page
from tests.browser.test_page import MODEL_TIMEOUT_MS, ask

QUESTION = "How many people have streamed into Sheikh Maqsoud?"
LIST_QUESTION = "Which districts did the Kurdish forces and the government take?"
# The bundled model writes a sentence for each of these.
WRITTEN_QUESTIONS = (
    "Why is it impossible for many people in eastern Aleppo to flee?",
    "What do the Kurdish militants say about their side?",
)
UNANSWERED_QUESTION = "Who won the football world cup in 1998?"
Action = Callable[[Page], object]


def show_answers(page: Page) -> None:
    for question in (LIST_QUESTION, QUESTION):
        ask(page, question)


def show_quote(page: Page) -> None:
    show_answers(page)
    show_last_quote(page)


def show_written_answers(page: Page) -> None:
    # While the model opens the article and loads, answers consist of quotes only.
    is_loaded = "async () => (await window.chats.server().model({})).status.startsWith('Model:')"
    for _ in range(MODEL_TIMEOUT_MS // 500):
        if page.evaluate(is_loaded):
            break
        page.wait_for_timeout(500)
    for question in WRITTEN_QUESTIONS:
        ask(page, question)
    show_last_quote(page)


def show_last_quote(page: Page) -> None:
    page.locator("#chat a.cite").last.click()
    page.wait_for_timeout(1_200)  # until scrolling ends


def show_card(page: Page) -> None:
    show_quote(page)
    page.mouse.move(0, 0)
    page.locator("#chat a.cite").last.hover()
    expect(page.locator("#card")).to_be_visible()


def show_find(page: Page) -> None:
    page.locator("#tool-find").click()
    page.keyboard.type("aleppo")


def show_selection(page: Page) -> None:
    page.evaluate("getSelection().selectAllChildren(document.querySelectorAll('#article .s')[4])")
    expect(page.locator("#selected")).to_be_visible()


def show_keys(page: Page) -> None:
    page.locator("#more summary").click()
    page.locator("#tool-keys").click()


# name: action, color scheme, width in pixels, language
VIEWS: dict[str, tuple[Action, str, int, str]] = {
    "page": (show_written_answers, "light", 1280, "en"),
    "page-empty": (lambda page: None, "light", 1280, "en"),
    "page-dark": (show_quote, "dark", 1280, "en"),
    "page-not-stated": (lambda page: ask(page, UNANSWERED_QUESTION), "light", 1280, "en"),
    "page-find": (show_find, "light", 1280, "en"),
    "page-selected": (show_selection, "light", 1280, "en"),
    "page-keys": (show_keys, "light", 1280, "en"),
    "page-settings": (lambda page: page.locator("#tool-settings").click(), "dark", 1280, "en"),
    "page-card": (show_card, "light", 1280, "en"),
    "page-phone": (lambda page: ask(page, QUESTION), "light", 390, "en"),
    "page-arabic": (lambda page: page.locator("#tool-settings").click(), "light", 1280, "ar"),
}
WRITTEN_VIEWS = ("page",)  # with answers by the bundled model; all other views show quotes only
CLIPPED_VIEWS = {"page-card": "#card"}  # views that show only one element and its surroundings
CLIP_MARGIN_PIXELS = 140


def clip_around(page: Page, name: str) -> FloatRect:
    box = page.locator(name).bounding_box()
    size = page.viewport_size
    assert box
    assert size
    x, y = max(0, box["x"] - CLIP_MARGIN_PIXELS), max(0, box["y"] - CLIP_MARGIN_PIXELS)
    right, bottom = (
        min(size["width"], box["x"] + box["width"] + CLIP_MARGIN_PIXELS),
        min(size["height"], box["y"] + box["height"] + CLIP_MARGIN_PIXELS),
    )
    return {"x": x, "y": y, "width": right - x, "height": bottom - y}


def take_screenshot(browser: Browser, address: str, name: str, folder: Path) -> None:
    act, scheme, width, language = VIEWS[name]
    color_scheme: Literal["dark", "light"] = "dark" if scheme == "dark" else "light"
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=color_scheme, locale=language
    )
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#guide button.command").first).to_be_visible(timeout=180_000)
    act(page)
    page.wait_for_timeout(800)
    clip = clip_around(page, CLIPPED_VIEWS[name]) if name in CLIPPED_VIEWS else None
    page.screenshot(path=folder / f"{name}.png", clip=clip)
    context.close()


def take_screenshots(names: Sequence[str], folder: Path, *serve_options: str) -> None:
    """Serve the bundled article in a new data folder and take screenshots of some views."""
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*CHROMIUM_FLAGS, "--no-sandbox"]
        )
        for served in serve_page(Path(data), *serve_options):
            for name in names:
                take_screenshot(browser, served.address, name, folder)
        browser.close()


def main() -> None:
    arguments = argparse.ArgumentParser(
        prog="python -m tests.browser.screenshots", description=__doc__
    )
    arguments.add_argument("folder", nargs="?", type=Path, default=Path("docs"))
    arguments.add_argument("--only", choices=VIEWS, action="append")
    options = arguments.parse_args()
    assert CHROMIUM, "there is no Chromium on this machine"
    names = options.only or list(VIEWS)
    if written := [name for name in names if name in WRITTEN_VIEWS]:
        take_screenshots(written, options.folder)
    if quoted := [name for name in names if name not in WRITTEN_VIEWS]:
        take_screenshots(quoted, options.folder, "--model", "none")


if __name__ == "__main__":
    main()
