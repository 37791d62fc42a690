"""Test the lists of what people say in an article, its figures and its dates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import ServedPage, serve_page
from tests.browser.test_access import violations
from tests.browser.test_page import marked_sentences, open_page

pytestmark = pytest.mark.browser

TEXT = """# The ferry

On 3 May 2021 the ferry hit the pier. “I heard a bang <b>and</b> fell,” said Eva Lind.
It was built in 1998.

“Nobody told us what to do,” recalled Tom Reed. The repair cost 2 million euros.
"""


@pytest.fixture(scope="module")
def ferry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPage]:
    path: Path = tmp_path_factory.mktemp("ferry") / "ferry.md"
    path.write_text(TEXT, encoding="utf-8")
    yield from serve_page(path.parent / "data", "--model", "none", "--article", str(path))


def open_list(page: Page, title: str) -> Locator:
    """Open the panel beside the article and one of its lists. Return the rows of the list."""
    if not page.locator("#side").is_visible():
        page.locator("#tool-side").click()
    part = page.locator("#side details").filter(has=page.get_by_text(title, exact=True))
    if part.get_attribute("open") is None:
        part.locator("summary").click()
    rows = part.locator("li")
    expect(rows.first).to_be_visible()
    return rows


def read_clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def test_quotations_are_listed_ticked_and_copied_in_order(page: Page, ferry: ServedPage) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, ferry)
    rows = open_list(page, "Quotations")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("I heard a bang <b>and</b> fell,")
    expect(rows.first).to_contain_text("Eva Lind · said")
    rows.nth(1).get_by_role("checkbox").check()
    rows.nth(0).get_by_role("checkbox").check()
    page.get_by_role("button", name="Copy 2 chosen").click()
    expect(page.locator("#undo")).to_contain_text("Copied")
    assert read_clipboard(page) == (
        "“Nobody told us what to do,” (Tom Reed)\n“I heard a bang <b>and</b> fell,” (Eva Lind)"
    )


def test_list_says_that_it_is_cut(page: Page, tmp_path: Path) -> None:
    path = tmp_path / "boxes.txt"
    path.write_text("\n\n".join(f"Box {n} has {n:,} nails." for n in range(1_001, 1_503)))
    for served in serve_page(tmp_path / "data", "--model", "none", "--article", str(path)):
        open_page(page, served)
        expect(open_list(page, "Figures")).to_have_count(500)
        expect(page.get_by_text("The first 500 are listed.")).to_be_visible()
        expect(page.get_by_text("None found.")).to_be_hidden()


def test_row_leads_to_its_sentence(page: Page, ferry: ServedPage) -> None:
    open_page(page, ferry)
    open_list(page, "Dates").first.get_by_role("link", name="1998").click()
    expect(page.locator("#article .s.now")).to_have_text("It was built in 1998.")
    assert marked_sentences(page, "now") == ["It was built in 1998."]


def test_figures_have_their_sentences(page: Page, ferry: ServedPage) -> None:
    open_page(page, ferry)
    rows = open_list(page, "Figures")
    expect(rows).to_have_count(1)
    expect(rows.first.get_by_role("link")).to_have_text("2 million euros")
    expect(rows.first).to_contain_text("The repair cost 2 million euros.")


def test_open_lists_are_accessible(page: Page, ferry: ServedPage) -> None:
    open_page(page, ferry)
    for title in ("Quotations", "Figures", "Dates"):
        open_list(page, title)
    assert violations(page) == []


def test_lost_connection_is_said_and_tried_again(page: Page, ferry: ServedPage) -> None:
    open_page(page, ferry)
    page.route("**/sheet", lambda route: route.abort())
    page.locator("#tool-side").click()
    part = page.locator("#side details").filter(has=page.get_by_text("Dates", exact=True))
    part.locator("summary").click()
    expect(part).to_contain_text("There is no connection; try again.")
    page.unroute("**/sheet")
    part.locator("summary").click()
    expect(open_list(page, "Dates")).to_have_count(2)
