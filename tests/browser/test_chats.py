"""Test stored chats: they survive reloads and restarts, and can be edited, undone and found."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from assistant import Answer
from assistant.service.feedback import RELATED_ANSWERS, Feedback
from index.loaders import BUNDLED_ARTICLE, load
from tests.assistant.interfaces.web.test_html import PAYLOADS
from tests.browser.conftest import ServedPage, record_dialogs, reload_page, serve_page
from tests.browser.staged import ScriptedService, serve_service
from tests.browser.test_page import ask, open_page, wait_for_answer

pytestmark = pytest.mark.browser

ARTICLE = load(BUNDLED_ARTICLE)
FIRST, SECOND, THIRD = (
    "How many people have streamed into Sheikh Maqsoud?",
    "Who holds Damascus?",
    "Who won the world cup in 1998?",
)
PREFIX = f"article-assistant:chat:{ARTICLE.id}:"


def questions(page: Page) -> Locator:
    return page.locator("#chat .question")


def open_chat_list(page: Page) -> Locator:
    """Open the list of chats and return its rows."""
    if page.locator("#chat-list").is_hidden():
        page.locator(".chats .toggle").click()
    return page.locator("#chat-list li")


def answer_button(page: Page, name: str) -> Locator:
    return page.locator("#chat .tools").last.get_by_role("button", name=name)


def stored_chats(page: Page) -> list[dict[str, Any]]:
    """Return the chats in the browser's storage."""
    stored = page.evaluate(
        "Object.entries(localStorage)"
        ".filter(([key]) => key.includes(':chat:')).map(([, value]) => value)"
    )
    return [json.loads(text) for text in stored]


def undo(page: Page) -> None:
    page.locator("#undo").get_by_role("button", name="Undo").click()


def test_reload_keeps_chat_and_follow_up_context(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    answer = ask(page, FIRST).inner_text()
    expect(answer_button(page, "Copy")).to_be_visible()
    reload_page(page)
    expect(questions(page)).to_have_count(1)
    assert page.locator("#chat .answer").last.inner_text() == answer
    expect(page.locator("#article .s.quoted")).not_to_have_count(0)
    ((turn,),) = [chat["turns"] for chat in stored_chats(page)]
    whole = Answer.from_dict(turn["answer"], [ARTICLE])
    assert whole.quotes
    assert not whole.partial
    follow_up = ask(page, "And when?")
    expect(questions(page)).to_have_count(2)
    expect(follow_up).to_contain_text("Searched for:")
    answer_button(page, "Ask as typed").click()
    expect(page.locator("#undo")).to_contain_text("The answer was replaced.")
    expect(page.locator("#chat .answer").last).not_to_contain_text("Searched for:")
    expect(questions(page)).to_have_text([FIRST, "And when?"])
    expect(page.get_by_role("button", name="Ask as typed")).to_have_count(0)


def test_regenerate_edit_and_remove_can_be_undone(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    ask(page, FIRST)
    ask(page, SECOND)
    answer_button(page, "Look again, wider").click()
    expect(page.locator("#undo")).to_contain_text(re.compile("replaced|found nothing else"))
    expect(questions(page)).to_have_text([FIRST, SECOND])
    page.locator("#chat .edit").first.click()
    expect(page.get_by_label("Your question")).to_have_value(FIRST)
    expect(page.locator("#editing")).to_contain_text("what follows it will be replaced")
    page.keyboard.press("Escape")
    expect(page.locator("#editing")).to_be_hidden()
    page.locator("#chat .edit").first.click()
    page.get_by_label("Your question").fill(THIRD)
    page.keyboard.press("Enter")
    expect(questions(page)).to_have_text([THIRD])
    wait_for_answer(page)
    expect(page.locator("#undo")).to_contain_text("2 exchanges were replaced")
    undo(page)
    expect(questions(page)).to_have_text([FIRST, SECOND])
    answer_button(page, "Remove").click()
    expect(questions(page)).to_have_text([FIRST])
    undo(page)
    expect(questions(page)).to_have_text([FIRST, SECOND])
    page.get_by_label("Your question").focus()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_label("Your question")).to_have_value(SECOND)


def test_chat_list_opens_renames_searches_deletes_and_restores(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    ask(page, FIRST)
    page.get_by_role("button", name="New chat").click()
    expect(questions(page)).to_have_count(0)
    ask(page, SECOND)
    expect(open_chat_list(page)).to_have_count(2)
    open_chat_list(page).filter(has_text=FIRST).locator(".open").click()
    expect(questions(page)).to_have_text([FIRST])
    open_chat_list(page).filter(has_text=FIRST).get_by_role("button", name="Rename").click()
    page.get_by_label("Name of the chat").fill("The <b>refugees</b>")
    page.keyboard.press("Enter")
    expect(open_chat_list(page).filter(has_text="The <b>refugees</b>")).to_have_count(1)
    page.get_by_label("Search chats").fill("damascus")
    expect(open_chat_list(page)).to_have_count(1)
    expect(open_chat_list(page)).to_contain_text(SECOND)
    page.get_by_label("Search chats").fill("nowhere")
    expect(open_chat_list(page)).to_have_text("No chat has these words.")
    page.get_by_label("Search chats").fill("")
    open_chat_list(page).filter(has_text="refugees").get_by_role("button", name="Delete").click()
    expect(questions(page)).to_have_count(0)
    expect(open_chat_list(page)).to_have_count(1)
    undo(page)
    expect(questions(page)).to_have_text([FIRST])
    expect(open_chat_list(page)).to_have_count(2)
    page.get_by_label("Search chats").focus()
    page.keyboard.press("Escape")
    expect(page.locator("#chat-list")).to_be_hidden()


def test_rating_with_reason_is_stored_and_withdrawn(
    page: Page, own_page: ServedPage, own_data: Path
) -> None:
    open_page(page, own_page)
    ask(page, FIRST)
    answer_button(page, "Bad answer").click()
    page.get_by_label("What was wrong? (optional)").fill("It is <b>old</b>.")
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_contain_text("Thank you")
    expect(answer_button(page, "Bad answer")).to_have_attribute("aria-pressed", "true")
    (rating,) = Feedback(own_data).all()
    assert (rating.verdict, rating.reason, rating.question, rating.article_id) == (
        "down",
        "It is <b>old</b>.",
        FIRST,
        ARTICLE.id,
    )
    assert rating.quotes
    reload_page(page)
    expect(answer_button(page, "Bad answer")).to_have_attribute("aria-pressed", "true")
    answer_button(page, "Bad answer").click()
    expect(answer_button(page, "Bad answer")).to_have_attribute("aria-pressed", "false")
    assert Feedback(own_data).all() == []


def test_related_passage_is_confirmed_and_withdrawn(
    page: Page, own_page: ServedPage, own_data: Path
) -> None:
    open_page(page, own_page)
    ask(page, "Who won the football world cup in 1998?")
    button = answer_button(page, "This answers it")
    button.click()
    expect(page.locator("#undo")).to_contain_text("Thank you")
    expect(button).to_have_attribute("aria-pressed", "true")
    (rating,) = Feedback(own_data).all()
    ((_, start, end),) = rating.quotes
    expect(page.locator("#chat .related q")).to_have_text(ARTICLE.text[start:end])
    assert rating.reason == RELATED_ANSWERS
    button.click()
    expect(button).to_have_attribute("aria-pressed", "false")
    assert Feedback(own_data).all() == []
    ask(page, FIRST)
    expect(page.locator("#chat .tools").last).not_to_contain_text("This answers it")


def test_next_question_button_asks_an_answerable_question(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    ask(page, "Who spoke of panic?")
    lead = page.locator("button.followup").first
    expect(lead).to_be_visible()
    text = lead.inner_text()
    lead.click()
    expect(questions(page).last).to_have_text(text)
    expect(wait_for_answer(page)).not_to_have_class(re.compile("not-stated"))


def test_summary_button_returns_cited_summary(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    page.get_by_role("button", name="Summarise the article").click()
    expect(questions(page)).to_have_count(1)
    assert wait_for_answer(page).locator("a.cite").count() > 1


def test_chats_are_separate_between_browsers(
    page: Page, browser: Browser, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    ask(page, FIRST)
    other_context = browser.new_context()
    other_page = open_page(other_context.new_page(), quotes_page)
    expect(other_page.locator(".chats .toggle")).to_have_text("Chats")
    expect(questions(other_page)).to_have_count(0)
    assert not stored_chats(other_page)
    other_context.close()


def forged_entries(page: Page) -> Iterator[tuple[str, str]]:
    """Yield forged storage entries: a payload in every field, and values that are no chats."""
    answer = Answer.from_text("Who?", "Words [1].").to_dict()
    quote = {
        "number": 1,
        "text": ARTICLE.text[:9],
        "start": 0,
        "end": 9,
        "article_id": ARTICLE.id,
        "title": "x",
    }
    for number, payload in enumerate(PAYLOADS):
        fields = {
            **answer,
            "question": payload,
            "text": payload + " [1]",
            "quotes": [quote, {**quote, "text": payload}],
            "notes": [payload],
        }
        turns = [
            {
                "question": payload,
                "answer": {**fields, "nearest": {**quote, "title": payload}},
                "rated": payload,
            },
            payload,
            None,
        ]
        turns += [
            {"question": payload, "answer": payload},
            {"question": {"toString": payload}, "answer": {**answer, "text": [payload]}},
        ]
        yield f"{PREFIX}f{number}", json.dumps({"title": payload, "at": number + 1, "turns": turns})
    for number, text in enumerate(
        [
            "",
            "{",
            "[]",
            "null",
            '{"turns": 1}',
            '{"turns": [], "__proto__": {"x": 1}}',
            "[" * 10_000,
        ]
    ):
        yield f"{PREFIX}b{number}", text


def test_forged_storage_runs_nothing_and_page_still_works(
    page: Page, quotes_page: ServedPage
) -> None:
    dialogs = record_dialogs(page)
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    open_page(page, quotes_page)
    entries = dict(forged_entries(page))
    page.evaluate(
        "entries => Object.entries(entries)"
        ".forEach(([key, value]) => localStorage.setItem(key, value))",
        entries,
    )
    reload_page(page)
    expect(open_chat_list(page).locator(".open:enabled")).to_have_count(len(PAYLOADS))
    for number in range(len(PAYLOADS)):
        page.get_by_role("button", name="New chat").click()
        expect(questions(page)).to_have_count(0)
        open_chat_list(page).locator(".open:enabled").nth(number).click()
        expect(questions(page)).to_have_count(5)
        expect(page.locator("#chat .error")).to_have_count(4)
        assert (
            page.locator(
                "#chat [role=log] :is(img, script, iframe, style, form, table, a:not(.cite))"
            ).count()
            == 0
        )
        assert page.locator("#chats :is(img, script, iframe, a, b)").count() == 0
    assert not dialogs
    assert not failed
    page.get_by_role("button", name="New chat").click()
    expect(questions(page)).to_have_count(0)
    ask(page, SECOND)


def test_forged_quote_is_dropped_with_notice(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    ask(page, FIRST)
    change = "localStorage.setItem(key, localStorage.getItem(key).replaceAll('6,000', '9,000'))"
    page.evaluate(
        f"Object.keys(localStorage).filter(key => key.includes(':chat:')).forEach(key => {change})"
    )
    reload_page(page)
    expect(page.locator("#chat .answer")).to_contain_text("not in the article")
    assert "9,000" not in page.locator("#chat").inner_text()


@pytest.fixture(scope="module")
def own_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def own_page(own_data: Path) -> Iterator[ServedPage]:
    """Serve a page that a test may stop."""
    yield from serve_page(own_data, "--model", "none")


def restart_server(address: str, data: Path) -> Iterator[ServedPage]:
    yield from serve_page(data, "--model", "none", "--port", address.rpartition(":")[2])


def test_server_restart_shows_notice_and_keeps_chat(
    page: Page, own_page: ServedPage, own_data: Path
) -> None:
    open_page(page, own_page)
    ask(page, SECOND)
    own_page.process.send_signal(signal.SIGTERM)
    own_page.process.wait(20)
    expect(page.locator("#connection")).to_contain_text("lost")
    box = page.get_by_label("Your question")
    box.fill(FIRST)
    box.press("Enter")
    expect(box).to_have_value(FIRST)
    for _ in restart_server(own_page.address, own_data):
        expect(page.locator("#connection")).to_have_count(0)
        expect(questions(page)).to_have_text([SECOND])
        expect(page.get_by_label("Your question")).to_have_value(FIRST)
        page.get_by_label("Your question").press("Enter")
        expect(questions(page)).to_have_text([SECOND, FIRST])
        wait_for_answer(page)


def test_offline_browser_shows_notice_and_recovers(page: Page, quotes_page: ServedPage) -> None:
    context: BrowserContext = page.context
    open_page(page, quotes_page)
    context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("lost")
    context.set_offline(False)
    expect(page.locator("#connection")).to_be_hidden()
    ask(page, SECOND)


def test_library_counts_questions_per_article(page: Page, quotes_page: ServedPage) -> None:
    def row() -> Locator:
        page.get_by_role("button", name="Library", exact=True).click()
        return page.locator(".books li").filter(has_text=ARTICLE.title)

    open_page(page, quotes_page)
    expect(page.locator("#status")).to_contain_text("on this machine", timeout=180_000)
    article_row = row()
    expect(article_row).to_contain_text("words")
    expect(article_row.locator(".asked")).to_have_count(0)
    page.keyboard.press("Escape")
    ask(page, FIRST)
    page.get_by_role("button", name="New chat").click()
    expect(questions(page)).to_have_count(0)
    expect(row().locator(".asked")).to_have_text(" · 1 question asked")
    page.keyboard.press("Escape")
    ask(page, SECOND)
    # One more question in a chat about this article and another, and one about other articles.
    page.evaluate(
        """ids => ids.forEach((id, at) => localStorage.setItem(
        `article-assistant:chat:${id}:x${at}`,
        JSON.stringify({title: '', at: 1,
        turns: [{question: 'Who?', answer: null}, {question: '', answer: null}]})))""",
        [f"{'0' * 16},{ARTICLE.id}", "0" * 16],
    )
    expect(row().locator(".asked")).to_have_text(" · 3 questions asked")
    page.get_by_label("Search the library").fill("questions asked")
    expect(page.locator("#books")).to_contain_text("No article has these words")


# Delays the request that shows a stored chat by two seconds, as on a slow line.
SLOW_FETCH_SCRIPT = """const send = window.fetch;
window.fetch = async (...sent) => { const body = String(sent[1]?.body || "");
if (String(sent[0]).includes("queue/join") && body.includes('"event_data":{"kept"'))
await new Promise((done) => setTimeout(done, 2_000));
return send(...sent); };"""


def test_question_during_chat_restore_is_answered(page: Page, tmp_path: Path) -> None:
    service = ScriptedService(ARTICLE, tmp_path, [])
    page.add_init_script(SLOW_FETCH_SCRIPT)
    with serve_service(service, [FIRST]) as address:
        service.words, service.pause = ["word "] * 20, 0.2
        page.goto(address)
        expect(page.locator(".chats .bar")).to_be_visible()
        page.get_by_label("Your question").fill(SECOND)
        page.keyboard.press("Enter")
        expect(page.locator("#chat .answer").last).to_contain_text("word " * 19, timeout=20_000)
        expect(wait_for_answer(page)).not_to_contain_text("Stopped")
        expect(questions(page)).to_have_text([FIRST, SECOND])
    service.whole_library.close()
