"""Test that questions sent during an answer wait in a queue and are all answered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from index.loaders import BUNDLED_ARTICLE, load
from tests.browser.conftest import reload_page, wait_until_built
from tests.browser.staged import ScriptedService, serve_service

pytestmark = pytest.mark.browser

QUESTIONS = ["Who fled?", "Where to?", "And when?", "Who helps them?"]
PLACEHOLDER = "#chat .placeholder-content"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve a page whose answers take about five seconds."""
    service = ScriptedService(
        load(BUNDLED_ARTICLE),
        tmp_path_factory.mktemp("slow"),
        ["Many ", "people ", "have ", "fled ", "there."],
        pause=1.0,
    )
    service.starters = ["Who opened the bridge?"]
    with serve_service(service) as address:
        yield address
    service.whole_library.close()


def question_field(page: Page) -> Locator:
    return page.get_by_label("Your question", exact=True)


def send_question(page: Page, question: str) -> None:
    question_field(page).fill(question)
    page.keyboard.press("Enter")


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    wait_until_built(page)


def test_questions_sent_during_an_answer_are_all_answered(page: Page, address: str) -> None:
    open_page(page, address)
    send_question(page, QUESTIONS[0])
    # The questions follow 0.3, 1 and 3 seconds after the first one.
    for question, pause in zip(QUESTIONS[1:], (300, 700, 2_000), strict=True):
        page.wait_for_timeout(pause)
        send_question(page, question)
        expect(question_field(page)).to_have_value("")
        expect(page.locator("#queue .waits").last).to_have_text(question)
        assert page.locator(PLACEHOLDER).count() == 0
        expect(page.locator("#chat .question").first).to_have_text(QUESTIONS[0])
    expect(page.locator("#queue")).to_be_hidden(timeout=60_000)
    expect(page.locator("#chat .question")).to_have_text(QUESTIONS)
    expect(page.locator("#chat .working")).to_have_count(0, timeout=60_000)
    expect(page.locator("#chat .answer")).to_have_count(len(QUESTIONS))
    for answer in page.locator("#chat .answer").all():
        expect(answer).to_contain_text("Many people have fled there.")


def test_waiting_question_can_be_taken_back(page: Page, address: str) -> None:
    open_page(page, address)
    send_question(page, QUESTIONS[0])
    send_question(page, QUESTIONS[1])
    send_question(page, QUESTIONS[2])
    expect(page.locator("#queue .waits")).to_have_text(QUESTIONS[1:3])
    page.locator("#queue").get_by_role("button", name="Take back").first.click()
    expect(question_field(page)).to_have_value(QUESTIONS[1])
    expect(page.locator("#queue .waits")).to_have_text([QUESTIONS[2]])
    expect(page.locator("#chat .question")).to_have_text(
        [QUESTIONS[0], QUESTIONS[2]], timeout=60_000
    )
    expect(question_field(page)).to_have_value(QUESTIONS[1])


def test_empty_enter_during_an_answer_changes_nothing(page: Page, address: str) -> None:
    open_page(page, address)
    send_question(page, QUESTIONS[0])
    expect(page.locator("#chat .working")).to_be_visible()
    for _ in range(3):
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
        expect(page.locator("#chat .question")).to_have_text([QUESTIONS[0]])
        assert page.locator(PLACEHOLDER).count() == 0
    expect(page.locator("#queue")).to_be_hidden()


def test_suggestion_click_keeps_text_in_field(page: Page, address: str) -> None:
    open_page(page, address)
    question_field(page).fill("half a ques")
    page.locator(".starter").first.click()
    expect(page.locator("#chat .question")).to_have_text(["Who opened the bridge?"])
    expect(question_field(page)).to_have_value("half a ques")


def test_stop_continues_with_next_question(page: Page, address: str) -> None:
    open_page(page, address)
    send_question(page, QUESTIONS[0])
    expect(page.locator("#chat .working")).to_be_visible()
    send_question(page, QUESTIONS[1])
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#chat .question")).to_have_text(QUESTIONS[:2])
    expect(page.locator("#chat .working")).to_have_count(0, timeout=60_000)


def test_waiting_questions_survive_reload(page: Page, address: str) -> None:
    open_page(page, address)
    send_question(page, QUESTIONS[0])
    expect(page.locator("#chat .working")).to_be_visible()
    send_question(page, QUESTIONS[1])
    reload_page(page)
    expect(page.locator("#chat .question")).to_have_text(QUESTIONS[:2], timeout=60_000)
