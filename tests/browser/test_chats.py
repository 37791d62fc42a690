"""Chats as a reader keeps them: they outlive the page and the server, and each can be changed, undone, found and taken along."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from assistant import Answer
from assistant.service.feedback import Feedback
from index.loaders import BUNDLED_ARTICLE, load
from tests.assistant.interfaces.web.test_html import PAYLOADS
from tests.browser.conftest import ServedPage, serve_page
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
    """The list of chats, opened."""
    if page.locator("#chat-list").is_hidden():
        page.locator(".chats .toggle").click()
    return page.locator("#chat-list li")


def answer_button(page: Page, name: str) -> Locator:
    return page.locator("#chat .tools").last.get_by_role("button", name=name)


def stored_chats(page: Page) -> list[dict[str, object]]:
    stored = page.evaluate(
        "Object.entries(localStorage).filter(([key]) => key.includes(':chat:')).map(([, value]) => value)"
    )
    return [json.loads(text) for text in stored]


def undo(page: Page) -> None:
    page.locator("#undo").get_by_role("button", name="Undo").click()


def test_a_reload_keeps_the_chat_with_whole_answers_and_follow_ups_go_on(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    answer = ask(page, FIRST).inner_text()
    expect(answer_button(page, "Copy")).to_be_visible()
    page.reload()
    expect(questions(page)).to_have_count(1)
    assert page.locator("#chat .answer").last.inner_text() == answer
    expect(page.locator("#article .s.quoted")).not_to_have_count(0)
    ((turn,),) = [chat["turns"] for chat in stored_chats(page)]  # type: ignore[misc]
    whole = Answer.from_dict(turn["answer"], [ARTICLE])
    assert whole.quotes
    assert not whole.partial
    follow_up = ask(page, "And when?")
    expect(questions(page)).to_have_count(2)
    expect(follow_up).to_contain_text("Searched for:")


def test_regenerate_edit_and_remove_and_each_is_undone(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    ask(page, FIRST)
    ask(page, SECOND)
    answer_button(page, "Regenerate").click()
    expect(page.locator("#undo")).to_contain_text("replaced")
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


def test_chats_are_listed_opened_renamed_searched_deleted_and_brought_back(
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


def test_a_verdict_with_its_reason_is_kept_on_the_machine(
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
    page.reload()
    expect(answer_button(page, "Bad answer")).to_have_attribute("aria-pressed", "true")
    answer_button(page, "Bad answer").click()
    expect(answer_button(page, "Bad answer")).to_have_attribute("aria-pressed", "false")
    assert Feedback(own_data).all() == []


def test_suggestions_after_an_answer_are_questions_that_are_answered(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    ask(page, FIRST)
    lead = page.locator("button.followup").first
    expect(lead).to_be_visible()
    text = lead.inner_text()
    lead.click()
    expect(questions(page).last).to_have_text(text)
    expect(wait_for_answer(page)).not_to_have_class(re.compile("not-stated"))


def test_the_article_is_summarised_on_demand(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    page.get_by_role("button", name="Summarise the article").click()
    expect(questions(page)).to_have_count(1)
    assert wait_for_answer(page).locator("a.cite").count() > 1


def test_two_people_do_not_see_each_others_chats(
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
    """Entries as someone might have changed them: in every field a payload, and what is no chat at all."""
    answer = Answer("Who?", "Words [1].").to_dict()
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


def test_what_was_forged_in_the_browsers_storage_runs_nothing_and_loses_no_page(
    page: Page, quotes_page: ServedPage
) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    open_page(page, quotes_page)
    entries = dict(forged_entries(page))
    page.evaluate(
        "entries => Object.entries(entries).forEach(([key, value]) => localStorage.setItem(key, value))",
        entries,
    )
    page.reload()
    expect(page.locator("#article h1")).to_be_visible()
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


def test_a_forged_quote_is_left_out_and_that_is_said(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    ask(page, FIRST)
    change = "localStorage.setItem(key, localStorage.getItem(key).replaceAll('6,000', '9,000'))"
    page.evaluate(
        f"Object.keys(localStorage).filter(key => key.includes(':chat:')).forEach(key => {change})"
    )
    page.reload()
    expect(page.locator("#chat .answer")).to_contain_text("not in the article")
    assert "9,000" not in page.locator("#chat").inner_text()


@pytest.fixture(scope="module")
def own_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def own_page(own_data: Path) -> Iterator[ServedPage]:
    """A page that a test may end."""
    yield from serve_page(own_data, "--model", "none")


def restart_server(address: str, data: Path) -> Iterator[ServedPage]:
    yield from serve_page(data, "--model", "none", "--port", address.rpartition(":")[2])


def test_a_lost_connection_is_told_and_the_chat_is_there_when_the_server_is_back(
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


def test_a_browser_that_is_offline_says_so_and_recovers(
    page: Page, quotes_page: ServedPage
) -> None:
    context: BrowserContext = page.context
    open_page(page, quotes_page)
    context.set_offline(True)
    expect(page.locator("#connection")).to_contain_text("lost")
    context.set_offline(False)
    expect(page.locator("#connection")).to_be_hidden()
    ask(page, SECOND)


def test_the_library_tells_how_many_questions_were_asked_about_each_article(
    page: Page, quotes_page: ServedPage
) -> None:
    def row() -> Locator:
        page.get_by_role("button", name="Library", exact=True).click()
        return page.locator(".books li").filter(has_text=ARTICLE.title)

    open_page(page, quotes_page)
    expect(page.locator("button.starter:visible").first).to_be_visible(
        timeout=180_000
    )  # the article is kept now
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
    # one more, of a chat about this article and another; and one about others alone
    page.evaluate(
        """ids => ids.forEach((id, at) => localStorage.setItem(`article-assistant:chat:${id}:x${at}`,
        JSON.stringify({title: '', at: 1, turns: [{question: 'Who?', answer: null}, {question: '', answer: null}]})))""",
        [f"{'0' * 16},{ARTICLE.id}", "0" * 16],
    )
    expect(row().locator(".asked")).to_have_text(" · 3 questions asked")
    page.get_by_label("Search the library").fill("questions asked")
    expect(page.locator("#books")).to_contain_text("No article has these words")


# The request that has a kept chat shown comes two seconds late, as on a slow line.
SLOW_FETCH_SCRIPT = """const send = window.fetch; window.fetch = async (...sent) => { const body = String(sent[1]?.body || "");
if (String(sent[0]).includes("queue/join") && body.includes('"event_data":{"kept"')) await new Promise((done) => setTimeout(done, 2_000));
return send(...sent); };"""


def test_what_is_asked_while_a_kept_chat_is_still_on_its_way_is_answered(
    page: Page, tmp_path: Path
) -> None:
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
    service.library.close()
