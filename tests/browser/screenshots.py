"""Pictures of every view for `docs/`: `python -m tests.browser.screenshots [FOLDER]`. Looked at by people, compared by nobody."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Page, expect, sync_playwright

from .conftest import CHROMIUM, QUIET, serving
from .test_page import ask

QUESTION = "How many people have streamed into Sheikh Maqsoud?"
LIST = "Which districts did the Kurdish forces and the government take?"
UNANSWERED = "Who won the football world cup in 1998?"
Act = Callable[[Page], object]


def answered(page: Page) -> None:
    for question in (LIST, QUESTION):
        ask(page, question)


def shown(page: Page) -> None:
    answered(page)
    page.locator("#chat a.cite").last.click()
    page.wait_for_timeout(1_200)  # until it has scrolled


def card(page: Page) -> None:
    shown(page)
    page.mouse.move(0, 0)
    page.locator("#chat a.cite").last.hover()
    expect(page.locator("#card")).to_be_visible()


def found(page: Page) -> None:
    page.locator("#tool-find").click()
    page.keyboard.type("aleppo")


def selected(page: Page) -> None:
    page.evaluate("getSelection().selectAllChildren(document.querySelectorAll('#article .s')[4])")
    expect(page.locator("#selected")).to_be_visible()


# name: what is done, light or dark, width, language
VIEWS: dict[str, tuple[Act, str, int, str]] = {
    "page": (shown, "light", 1280, "en"),
    "page-empty": (lambda page: None, "light", 1280, "en"),
    "page-dark": (shown, "dark", 1280, "en"),
    "page-not-stated": (lambda page: ask(page, UNANSWERED), "light", 1280, "en"),
    "page-find": (found, "light", 1280, "en"),
    "page-selected": (selected, "light", 1280, "en"),
    "page-keys": (lambda page: page.locator("#tool-keys").click(), "light", 1280, "en"),
    "page-settings": (lambda page: page.locator("#tool-settings").click(), "dark", 1280, "en"),
    "page-card": (card, "light", 1280, "en"),
    "page-phone": (lambda page: ask(page, QUESTION), "light", 390, "en"),
    "page-arabic": (lambda page: page.locator("#tool-settings").click(), "light", 1280, "ar"),
}
CLOSE = {"page-card": "#card"}  # of these, only what is around one element
AROUND = 140  # pixels


def around(page: Page, name: str) -> FloatRect:
    box = page.locator(name).bounding_box()
    size = page.viewport_size
    assert box
    assert size
    left, top = max(0, box["x"] - AROUND), max(0, box["y"] - AROUND)
    right, bottom = min(size["width"], box["x"] + box["width"] + AROUND), min(size["height"], box["y"] + box["height"] + AROUND)
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}


def take(browser: Browser, address: str, name: str, folder: Path) -> None:
    act, scheme, width, language = VIEWS[name]
    dark = "dark" if scheme == "dark" else "light"
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=dark, locale=language)
    page = context.new_page()
    page.goto(address)
    expect(page.locator("button.starter:visible")).to_have_count(3, timeout=180_000)
    act(page)
    page.wait_for_timeout(800)
    clip = around(page, CLOSE[name]) if name in CLOSE else None
    page.screenshot(path=folder / f"{name}.png", clip=clip)
    context.close()


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.browser.screenshots", description=__doc__)
    arguments.add_argument("folder", nargs="?", type=Path, default=Path("docs"))
    arguments.add_argument("--only", choices=VIEWS, action="append")
    given = arguments.parse_args()
    assert CHROMIUM, "there is no Chromium on this machine"
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, "--no-sandbox"])
        for served in serving(Path(data), "--model", "none"):
            for name in given.only or VIEWS:
                take(browser, served.address, name, given.folder)
        browser.close()


if __name__ == "__main__":
    main()
