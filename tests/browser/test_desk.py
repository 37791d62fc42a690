"""Test the question field with its button, the ways between quotes and answers, and imports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, Page, expect

from index.loaders import BUNDLED_ARTICLE, MAX_FILE_BYTES, load
from tests.browser.conftest import wait_until_built
from tests.browser.staged import ScriptedService, serve_service
from tests.browser.test_page import ask, wait_for_answer

pytestmark = pytest.mark.browser

QUESTION = "Who fled?"
TOWER = FilePayload(
    name="tower.txt", mimeType="text/plain", buffer=b"The tower of Lund is 30 metres high."
)
BRIDGE = FilePayload(
    name="bridge.md", mimeType="text/plain", buffer=b"# The bridge\n\nIt cost 3 million euros."
)
BROKEN = FilePayload(name="bad.bin", mimeType="", buffer=b"\0\1\2\xff" * 50)
LARGE = FilePayload(name="large.txt", mimeType="text/plain", buffer=b"x" * (MAX_FILE_BYTES + 1))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a page whose answers take about two seconds."""
    words = ["Many ", "people ", "have ", "fled."]
    folder = tmp_path_factory.mktemp("desk")
    service = ScriptedService(load(BUNDLED_ARTICLE), folder, words, pause=0.5)
    with serve_service(service) as address:
        yield address
    service.whole_library.close()


@pytest.fixture
def desk(page: Page, address: str) -> Page:
    page.goto(address)
    wait_until_built(page)
    return page


def question_field(page: Page) -> Locator:
    return page.get_by_label("Your question", exact=True)


def choose_files(page: Page, *files: FilePayload) -> None:
    page.locator("[data-shelf=File]").click()
    field = page.locator("#shelf-file input[type=file]")
    field.evaluate("field => { field.multiple = true; }")
    field.set_input_files(files)


def test_button_of_field_stops_only_a_running_answer(desk: Page) -> None:
    ask_button = desk.get_by_role("button", name="Ask", exact=True)
    stop_button = desk.get_by_role("button", name="Stop", exact=True)
    expect(stop_button).to_be_hidden()
    question_field(desk).fill(QUESTION)
    ask_button.click()
    expect(stop_button).to_be_visible()
    expect(ask_button).to_be_hidden()
    question_field(desk).fill("Where to?")  # a question that waits its turn can be sent, too
    expect(ask_button).to_be_visible()
    expect(stop_button).to_be_visible()
    question_field(desk).fill("")
    wait_for_answer(desk)
    expect(stop_button).to_be_hidden()
    expect(ask_button).to_be_visible()


def test_stopped_answer_offers_to_ask_again(page: Page, tmp_path: Path) -> None:
    service = ScriptedService(load(BUNDLED_ARTICLE), tmp_path, ["Many ", "people."], pause=10.0)
    with serve_service(service) as address:
        page.goto(address)
        wait_until_built(page)
        question_field(page).fill(QUESTION)
        page.keyboard.press("Enter")
        for _ in range(2):
            expect(page.locator("#chat .working")).to_be_visible()
            page.locator("#stop").click()
            expect(page.locator("#chat .answer .note")).to_contain_text("Stopped")
            page.get_by_role("button", name="Ask again").click()
            expect(page.locator("#chat .question")).to_have_text([QUESTION])
    service.whole_library.close()


def test_field_grows_with_lines_and_asks_one_line(desk: Page) -> None:
    field = question_field(desk)
    before = field.bounding_box()
    field.fill("Who fled")
    desk.keyboard.press("Shift+Enter")
    desk.keyboard.type("from there?")
    after = field.bounding_box()
    assert before
    assert after
    assert after["height"] > before["height"] + 10
    desk.keyboard.press("Enter")
    expect(desk.locator("#chat .question")).to_have_text(["Who fled from there?"])


def test_wider_look_is_offered_once_and_says_what_it_found(desk: Page) -> None:
    ask(desk, QUESTION)
    desk.get_by_role("button", name="Look again, wider").click()
    expect(desk.locator("#undo")).to_contain_text("A wider look found nothing else.")
    expect(desk.get_by_role("button", name="Remove")).to_be_visible()
    expect(desk.get_by_role("button", name="Look again, wider")).to_have_count(0)


def test_marked_sentence_leads_back_to_each_answer(desk: Page) -> None:
    ask(desk, QUESTION)
    ask(desk, "Where to?")
    desk.locator("#article .s.quoted").first.click()
    answers = desk.locator("#card .answers button")
    expect(answers).to_have_text([f"Answers: {QUESTION}", "Answers: Where to?"])
    answers.first.click()
    expect(desk.locator("#card")).to_be_hidden()
    first = desk.locator("#chat .answer").first
    expect(first).to_have_class(re.compile("current"))
    expect(first.locator("a.cite").first).to_be_focused()
    desk.keyboard.press("Enter")  # shows the quote in its place again
    desk.locator("#article .article").focus()
    desk.keyboard.press("b")
    expect(desk.locator("#chat .answer").last.locator("a.cite").first).to_be_focused()


def test_answer_brings_its_first_quote_into_sight(desk: Page) -> None:
    desk.locator("#reading").evaluate("pane => pane.scrollTo(0, pane.scrollHeight)")
    expect(desk.locator("#article h1")).not_to_be_in_viewport()
    ask(desk, QUESTION)
    expect(desk.locator("#article .s.quoted").first).to_be_in_viewport()


def test_reader_of_the_article_is_not_moved_by_an_answer(desk: Page) -> None:
    ask(desk, QUESTION)
    desk.locator("#reading").hover()
    question_field(desk).fill("Where to?")
    desk.keyboard.press("Enter")
    expect(desk.locator("#chat .working")).to_be_visible()
    desk.mouse.wheel(0, 5_000)
    expect(desk.locator("#chat .answer")).to_have_count(2)
    wait_for_answer(desk)
    desk.wait_for_timeout(700)
    expect(desk.locator("#article .s.quoted").first).not_to_be_in_viewport()


def test_several_files_have_a_line_each_and_are_chosen(desk: Page) -> None:
    choose_files(desk, LARGE, TOWER, BROKEN, BRIDGE)
    lines = desk.locator("#imports li")
    expect(lines).to_have_count(4)
    expect(lines.nth(0)).to_contain_text("at most 10 MB can be opened")
    expect(lines.nth(3)).to_contain_text("Opened.", timeout=90_000)
    expect(lines.nth(1)).to_contain_text("Opened.")
    expect(lines.nth(2)).to_contain_text("bad.bin is not a text file")
    expect(desk.locator("#finder .together")).to_contain_text("2 chosen")
    expect(desk.locator("#finder .ask")).to_be_in_viewport()
    expect(desk.locator(".books li", has_text="The bridge").get_by_role("checkbox")).to_be_checked()


def test_refused_upload_is_told_without_a_box_of_gradio(desk: Page) -> None:
    desk.route("**/upload?*", lambda route: route.fulfill(status=503, body="No room."))
    choose_files(desk, TOWER)
    expect(desk.locator("#imports .error")).to_contain_text("tower.txt")
    expect(desk.locator(".toast-wrap")).to_be_hidden()


def test_address_in_field_is_opened_not_asked(desk: Page) -> None:
    question_field(desk).fill("http://127.0.0.1:9/news.html")
    expect(desk.locator("#address")).to_contain_text("127.0.0.1")
    desk.keyboard.press("Enter")
    expect(desk.locator("#opening .error")).to_contain_text("private network", timeout=60_000)
    expect(desk.locator("#chat .question")).to_have_count(0)
    expect(question_field(desk)).to_have_value("")
