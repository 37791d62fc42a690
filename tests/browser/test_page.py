"""Test the page as users see it: article, answers, layout, stop and headers."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Locator, Page, expect

from index.loaders import BUNDLED_ARTICLE, load
from tests.browser.conftest import (
    ScriptedPage,
    ServedPage,
    record_dialogs,
    reload_page,
    wait_until_built,
)
from tests.browser.staged import ScriptedService, serve_service

pytestmark = pytest.mark.browser

MODEL_TIMEOUT_MS = 120_000  # for the bundled model on two busy cores


def open_page(page: Page, served: ServedPage | ScriptedPage) -> Page:
    page.goto(served.address)
    wait_until_built(page)
    return page


def ask(page: Page, question: str) -> Locator:
    """Ask a question, wait for the complete answer and return it."""
    before = page.locator("#chat .question").count()
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")
    expect(page.locator("#chat .question")).to_have_count(before + 1, timeout=30_000)
    return wait_for_answer(page)


def wait_for_answer(page: Page) -> Locator:
    expect(page.locator("#chat .answer").last).to_be_visible(timeout=MODEL_TIMEOUT_MS)
    expect(page.locator("#chat .working")).to_have_count(0, timeout=MODEL_TIMEOUT_MS)
    return page.locator("#chat .answer").last


def marked_sentences(page: Page, name: str) -> list[str]:
    return page.locator(f"#article .s.{name}").all_inner_texts()


def test_page_shows_article_title_date_and_sentences(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    article = load(BUNDLED_ARTICLE)
    expect(page.locator("#article h1")).to_have_text(article.title)
    expect(page.locator("#article .meta")).to_contain_text(article.date)
    assert page.locator("#article .s").all_text_contents() == [
        article.slice(sentence) for sentence in article.sentences
    ]


def test_citation_click_shows_the_quoted_sentence(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    answer = ask(page, "How many people have streamed into Sheikh Maqsoud?")
    expect(answer).to_contain_text("6,000")
    quote = marked_sentences(page, "quoted")[0]
    assert quote in answer.inner_text()
    answer.locator("a.cite").first.click()
    expect(page.locator("#article .s.now")).to_have_count(1)
    assert marked_sentences(page, "now") == [quote]
    expect(page.locator("#article .s.now")).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(page.locator("#article .s.now")).to_have_count(0)


def test_not_stated_answer_is_marked_and_shows_nearest_passage(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    answer = ask(page, "Who won the football world cup in 1998?")
    expect(answer).to_have_class(re.compile("not-stated"))
    expect(answer).to_contain_text("The article does not say.")
    expect(answer.locator(".related")).to_contain_text("Related passage")
    expect(answer.locator(".wording")).to_have_count(0)
    assert not marked_sentences(page, "quoted")


def test_guide_leads_to_sentences_and_its_command_is_asked(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    guide = page.locator("#guide")
    expect(guide.locator(".facts")).to_contain_text("November 28, 2016")
    expect(guide.locator(".facts")).to_contain_text("min to read")
    for label, words in (("Who speaks", "Khandaqani"), ("Figures", "250,000 people")):
        row = guide.locator(".places", has_text=label)
        row.get_by_role("link").filter(has_text=words).click()
        expect(page.locator("#article .s.now")).to_contain_text(words)
        expect(page.locator("#article .s.now")).to_be_in_viewport()
    command = guide.get_by_role("button", name="What figures are in the article?")
    text = command.inner_text()
    command.click()
    expect(page.locator("#chat .question").first).to_have_text(text, timeout=30_000)
    wait_for_answer(page)
    expect(page.locator("#guide")).to_be_hidden()


def test_new_chat_clears_and_page_works_after_reload(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    ask(page, "Who holds Damascus?")
    page.get_by_role("button", name="New chat").click()
    expect(page.locator("#chat .question")).to_have_count(0)
    expect(page.locator("#guide")).to_be_visible()
    assert not marked_sentences(page, "quoted")
    reload_page(page)
    ask(page, "Who holds Damascus?")


def test_invalid_question_shows_error_and_stays_in_field(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    box = page.get_by_label("Your question")
    box.fill("???")
    box.press("Enter")
    expect(page.locator("#chat .error")).to_contain_text("The question is empty", timeout=30_000)
    expect(box).to_have_value("???")  # so that the user can correct it
    box.fill("Who holds Damascus?")
    box.press("Enter")
    expect(page.locator("#chat .question")).to_have_text(["Who holds Damascus?"])
    expect(wait_for_answer(page)).to_contain_text("Damascus")


@pytest.mark.parametrize(
    "payload",
    [
        "<img src=http://127.0.0.1:1/x onerror=alert(1)>",
        "![x](http://127.0.0.1:1/x)",
        "<script>alert(1)</script>",
    ],
)
def test_question_payload_loads_and_runs_nothing(
    page: Page, quotes_page: ServedPage, payload: str
) -> None:
    open_page(page, quotes_page)
    dialogs = record_dialogs(page)
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    ask(page, f"Who holds Damascus? {payload}")
    expect(page.locator("#chat .question").last).to_contain_text(payload)
    assert page.locator("#chat .question img, #chat .question script").count() == 0
    assert not dialogs
    assert not [url for url in urls if ":1/" in url]


def test_new_tab_starts_with_empty_chat(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    ask(page, "Who holds Damascus?")
    other_page = open_page(page.context.new_page(), quotes_page)
    expect(other_page.locator("#chat .question")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_follows_system_color_scheme(page: Page, quotes_page: ServedPage, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_page(page, quotes_page)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(re.findall(r"\d+", background)[0])
    assert red < 100 if scheme == "dark" else red > 200


def test_phone_stacks_article_and_chat_without_overflow(
    page: Page, quotes_page: ServedPage
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_page(page, quotes_page)
    article, asking = (
        page.locator("#reading").bounding_box(),
        page.locator("#asking").bounding_box(),
    )
    assert article
    assert asking
    assert asking["y"] >= article["y"] + article["height"] - 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    ask(page, "Who holds Damascus?")


def test_tablet_shows_article_and_chat_side_by_side(page: Page, stage: ScriptedPage) -> None:
    page.set_viewport_size({"width": 834, "height": 1112})
    open_page(page, stage)
    ask(page, "Who holds Damascus?").locator("a.cite").first.click()
    expect(page.locator("#article .s.now")).to_be_in_viewport(ratio=1)
    expect(page.locator("#send")).to_be_in_viewport(ratio=1)
    article, asking = (
        page.locator("#reading").bounding_box(),
        page.locator("#asking").bounding_box(),
    )
    assert article
    assert asking
    assert article["width"] > 380
    assert article["x"] + article["width"] <= asking["x"]
    assert asking["x"] + asking["width"] <= 834
    assert page.evaluate("document.documentElement.scrollWidth") <= 834


def test_running_answer_shows_stage_and_seconds(page: Page, tmp_path: Path) -> None:
    service = ScriptedService(load(BUNDLED_ARTICLE), tmp_path, ["Many ", "fled."], pause=1.2)
    with serve_service(service) as address:
        page.goto(address)
        box = page.get_by_label("Your question")
        box.fill("Who fled?")
        box.press("Enter")
        working = page.locator("#chat .working")
        expect(working).to_have_text(re.compile("^Writing"))
        expect(page.locator("#chat q").first).to_be_visible()  # quotes arrive before the text
        expect(working).to_have_attribute("data-seconds", re.compile("^[1-9] s$"))
        assert (
            page.evaluate(
                "getComputedStyle(document.querySelector('#chat .working'), '::after').content"
            )
            != "none"
        )
        expect(wait_for_answer(page)).to_contain_text("Many fled.")
    service.whole_library.close()


def test_phone_keeps_stage_and_seconds_visible(phone: Page, tmp_path: Path) -> None:
    service = ScriptedService(load(BUNDLED_ARTICLE), tmp_path, ["Many "] * 4, pause=1.5)
    with serve_service(service) as address:
        phone.goto(address)
        phone.get_by_label("Your question").fill("Who fled?")
        phone.keyboard.press("Enter")
        expect(phone.locator("#chat .working")).to_have_text(re.compile("^Writing"))
        expect(phone.locator("#chat .working")).to_be_in_viewport()
        stage = phone.locator("#stage")
        expect(stage).to_be_hidden()
        phone.evaluate(
            "document.dispatchEvent(new Event('touchmove'));"
            " scrollTo({top: 0, behavior: 'instant'})"
        )  # the user scrolls
        expect(stage).to_have_text(re.compile(r"^Writing … \d s$"))
        expect(stage).to_be_in_viewport(ratio=1)
        stage_box, field_box = stage.bounding_box(), phone.locator("#question").bounding_box()
        assert stage_box
        assert field_box
        assert stage_box["y"] + stage_box["height"] <= field_box["y"]
        wait_for_answer(phone)
        expect(stage).to_be_hidden()
    service.whole_library.close()


def test_foreign_host_name_is_refused(quotes_page: ServedPage) -> None:
    with pytest.raises(HTTPError, match="400"):
        urlopen(Request(quotes_page.address, headers={"Host": "evil.example"}))


def test_server_sends_security_headers(
    quotes_page: ServedPage,
) -> None:
    with urlopen(quotes_page.address) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "object-src 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.model
@pytest.mark.timeout(600)
def test_page_answers_while_model_loads_and_then_streams(
    page: Page, model_page: ServedPage
) -> None:
    open_page(page, model_page)
    ask(page, "How many people are trapped by the siege?")
    expect(page.locator("#status")).to_contain_text("stay on", timeout=MODEL_TIMEOUT_MS * 2)
    page.evaluate(
        """() => { window.seen = [];
        const last = () => [...document.querySelectorAll('#chat .answer')].pop();
        const chat = document.getElementById('chat');
        new MutationObserver(() => window.seen.push(last()?.innerText.split('\\n')[0] ?? ''))
        .observe(chat, {childList: true, subtree: true, characterData: true}); }"""
    )
    answer = ask(page, "Why is it impossible for many people in eastern Aleppo to flee?")
    expect(answer).to_contain_text("ties")
    expect(answer.locator("a.cite").first).to_be_visible()
    # The text arrives in pieces; words of the article arrive several at once.
    assert len(set(page.evaluate("window.seen"))) >= 3


def test_second_visit_loads_gradio_files_from_cache(page: Page, quotes_page: ServedPage) -> None:
    fetched = (
        "performance.getEntriesByType('resource')"
        ".filter(entry => entry.name.includes('/assets/')).map(entry => entry.transferSize)"
    )
    open_page(page, quotes_page)
    expect(page.locator("#question")).to_be_visible()
    first = page.evaluate(fetched)
    assert len(first) > 40
    assert max(first) > 0
    open_page(page, quotes_page)
    expect(page.locator("#question")).to_be_visible()
    again = page.evaluate(fetched)
    assert len(again) > 40
    assert max(again) == 0


def test_page_has_metadata_and_no_console_errors(page: Page, quotes_page: ServedPage) -> None:
    complaints: list[str] = []
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type == "error" else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    open_page(page, quotes_page)
    ask(page, "How many people have streamed into Sheikh Maqsoud?")
    assert "exact quotes" in (page.locator("meta[name=description]").get_attribute("content") or "")
    assert page.locator("html").get_attribute("lang") == "en"
    assert "width=device-width" in (
        page.locator("meta[name=viewport]").get_attribute("content") or ""
    )
    assert complaints == []


@pytest.mark.model
@pytest.mark.timeout(600)
def test_stop_keeps_partial_answer_and_next_question_works(
    page: Page, model_page: ServedPage
) -> None:
    open_page(page, model_page)
    expect(page.locator("#status")).to_contain_text("stay on", timeout=MODEL_TIMEOUT_MS * 2)
    box = page.get_by_label("Your question")
    box.fill(
        "Who fled? Where to? Why can many not leave? Who holds Damascus? What did the UN say?"
    )  # some ten seconds
    box.press("Enter")
    expect(page.locator("#chat .working, #chat .answer").first).to_be_visible(timeout=30_000)
    # Playwright's click waits for frames, and the browser draws few of them while the model runs.
    page.locator("#stop").evaluate("button => button.click()")
    expect(page.locator("#chat")).to_contain_text("Stopped", timeout=30_000)
    answer = ask(page, "How many people are trapped by the siege?")
    expect(answer).to_contain_text("250,000")
