"""The page as a person uses it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Locator, Page, expect

from index.loaders import BUNDLED_ARTICLE, load
from tests.browser.conftest import ScriptedPage, ServedPage
from tests.browser.staged import ScriptedService, serve_service

pytestmark = pytest.mark.browser

MODEL_TIMEOUT_MS = 120_000  # milliseconds: the embedded model on two busy cores


def open_page(page: Page, served: ServedPage | ScriptedPage) -> Page:
    page.goto(served.address)
    expect(page.locator("#article h1")).to_be_visible(timeout=MODEL_TIMEOUT_MS)
    return page


def ask(page: Page, question: str) -> Locator:
    """Ask, and wait for the whole answer: the last message, no longer working."""
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


def test_the_article_is_there_with_its_title_date_and_every_sentence(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    article = load(BUNDLED_ARTICLE)
    expect(page.locator("#article h1")).to_have_text(article.title)
    expect(page.locator("#article .meta")).to_contain_text(article.date)
    assert page.locator("#article .s").all_text_contents() == [
        article.slice(sentence) for sentence in article.sentences
    ]


def test_an_answer_cites_and_a_click_shows_the_exact_sentence_in_its_place(
    page: Page, quotes_page: ServedPage
) -> None:
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


def test_what_the_article_does_not_say_looks_different_and_shows_the_nearest_passage(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    answer = ask(page, "Who won the football world cup in 1998?")
    expect(answer).to_have_class(re.compile("not-stated"))
    expect(answer).to_contain_text("The article does not say.")
    expect(answer).to_contain_text("which does not answer it")
    assert not marked_sentences(page, "quoted")


def test_a_starter_question_asks_itself(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    chips = page.locator("button.starter")
    expect(chips).to_have_count(3, timeout=60_000)
    text = chips.first.inner_text()
    chips.first.click()
    expect(page.locator("#chat .question").first).to_have_text(text, timeout=30_000)
    wait_for_answer(page)
    expect(page.locator("#starters")).to_be_hidden()


def test_new_chat_clears_and_a_reload_gives_a_working_page(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    ask(page, "Who holds Damascus?")
    page.get_by_role("button", name="New chat").click()
    expect(page.locator("#chat .question")).to_have_count(0)
    expect(page.locator("#starters")).to_be_visible()
    assert not marked_sentences(page, "quoted")
    page.reload()
    expect(page.locator("#article h1")).to_be_visible(timeout=MODEL_TIMEOUT_MS)
    ask(page, "Who holds Damascus?")


def test_a_bad_question_is_told_where_it_was_asked(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    box = page.get_by_label("Your question")
    box.fill("???")
    box.press("Enter")
    expect(page.locator("#chat .error")).to_contain_text("The question is empty", timeout=30_000)
    expect(box).to_have_value("???")  # to be mended
    box.fill("Who holds Damascus?")
    box.press("Enter")
    expect(page.locator("#chat .question")).to_have_text(["Who holds Damascus?"])
    expect(wait_for_answer(page)).to_contain_text("Damascus")


def test_stop_leaves_a_finished_answer_alone(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    answer = ask(page, "Who holds Damascus?").inner_text()
    page.get_by_role("button", name="Stop").click()
    page.wait_for_timeout(1_000)
    assert page.locator("#chat .answer").last.inner_text() == answer


@pytest.mark.parametrize(
    "payload",
    [
        "<img src=http://127.0.0.1:1/x onerror=alert(1)>",
        "![x](http://127.0.0.1:1/x)",
        "<script>alert(1)</script>",
    ],
)
def test_a_question_cannot_load_an_image_or_run_a_script(
    page: Page, quotes_page: ServedPage, payload: str
) -> None:
    open_page(page, quotes_page)
    dialogs: list[str] = []
    urls: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: urls.append(request.url))
    ask(page, f"Who holds Damascus? {payload}")
    expect(page.locator("#chat .question").last).to_contain_text(payload)
    assert page.locator("#chat .question img, #chat .question script").count() == 0
    assert not dialogs
    assert not [url for url in urls if ":1/" in url]


def test_two_readers_do_not_see_each_others_chats(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    ask(page, "Who holds Damascus?")
    other_page = open_page(page.context.new_page(), quotes_page)
    expect(other_page.locator("#chat .question")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_follows_the_systems_light_or_dark(
    page: Page, quotes_page: ServedPage, scheme: str
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_page(page, quotes_page)
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    red = int(re.findall(r"\d+", background)[0])
    assert red < 100 if scheme == "dark" else red > 200


def test_a_phone_shows_article_and_chat_below_each_other_without_sideways_scrolling(
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


def test_a_tablet_shows_article_and_chat_side_by_side_without_sideways_scrolling(
    page: Page, stage: ScriptedPage
) -> None:
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


def test_the_stage_and_its_seconds_are_shown_while_an_answer_is_on_its_way(
    page: Page, tmp_path: Path
) -> None:
    service = ScriptedService(load(BUNDLED_ARTICLE), tmp_path, ["Many ", "fled."], pause=1.2)
    with serve_service(service) as address:
        page.goto(address)
        box = page.get_by_label("Your question")
        box.fill("Who fled?")
        box.press("Enter")
        working = page.locator("#chat .working")
        expect(working).to_have_text(re.compile("^Writing"))
        expect(page.locator("#chat q").first).to_be_visible()  # quotes are there before the words
        expect(working).to_have_attribute("data-seconds", re.compile("^[1-9] s$"))
        assert (
            page.evaluate(
                "getComputedStyle(document.querySelector('#chat .working'), '::after').content"
            )
            != "none"
        )
        expect(wait_for_answer(page)).to_contain_text("Many fled.")
    service.library.close()


def test_on_a_phone_the_stage_and_its_seconds_stay_in_sight_wherever_one_reads(
    phone: Page, tmp_path: Path
) -> None:
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
            "document.dispatchEvent(new Event('touchmove')); scrollTo({top: 0, behavior: 'instant'})"
        )  # the reader moves it
        expect(stage).to_have_text(re.compile(r"^Writing … \d s$"))
        expect(stage).to_be_in_viewport(ratio=1)
        stage_box, field_box = stage.bounding_box(), phone.locator("#question").bounding_box()
        assert stage_box
        assert field_box
        assert stage_box["y"] + stage_box["height"] <= field_box["y"]
        wait_for_answer(phone)
        expect(stage).to_be_hidden()
    service.library.close()


def test_the_page_answers_to_no_other_name_than_this_machines(quotes_page: ServedPage) -> None:
    with pytest.raises(HTTPError, match="400"):
        urlopen(Request(quotes_page.address, headers={"Host": "evil.example"}))


def test_the_server_sends_a_policy_and_no_open_endpoint_but_its_own(
    quotes_page: ServedPage,
) -> None:
    with urlopen(quotes_page.address) as response:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "object-src 'none'" in policy
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.model
@pytest.mark.timeout(600)
def test_the_page_answers_by_quotes_while_the_model_loads_and_then_streams_its_words(
    page: Page, model_page: ServedPage
) -> None:
    open_page(page, model_page)
    ask(page, "How many people are trapped by the siege?")
    expect(page.locator("#status")).to_contain_text("Model: embedded", timeout=MODEL_TIMEOUT_MS * 2)
    page.evaluate(
        """() => { window.seen = []; const last = () => [...document.querySelectorAll('#chat .answer')].pop();
        new MutationObserver(() => window.seen.push(last()?.innerText.split('\\n')[0] ?? ''))
        .observe(document.getElementById('chat'), {childList: true, subtree: true, characterData: true}); }"""
    )
    answer = ask(page, "Why is it impossible for many people in eastern Aleppo to flee?")
    expect(answer).to_contain_text("ties")
    expect(answer.locator("a.cite").first).to_be_visible()
    assert (
        len(set(page.evaluate("window.seen"))) >= 3
    )  # the words came in pieces, several at once where the article has them


def test_a_browser_that_comes_again_fetches_none_of_gradios_files_again(
    page: Page, quotes_page: ServedPage
) -> None:
    fetched = "performance.getEntriesByType('resource').filter(one => one.name.includes('/assets/')).map(one => one.transferSize)"
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


def test_the_page_tells_what_it_is_and_complains_of_nothing(
    page: Page, quotes_page: ServedPage
) -> None:
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
def test_stop_keeps_what_is_there_and_the_next_question_is_answered(
    page: Page, model_page: ServedPage
) -> None:
    open_page(page, model_page)
    expect(page.locator("#status")).to_contain_text("Model: embedded", timeout=MODEL_TIMEOUT_MS * 2)
    box = page.get_by_label("Your question")
    box.fill(
        "Who fled? Where to? Why can many not leave? Who holds Damascus? What did the UN say?"
    )  # some ten seconds
    box.press("Enter")
    expect(page.locator("#chat .working, #chat .answer").first).to_be_visible(timeout=30_000)
    # Playwright's own click waits for frames, of which a browser beside a busy model draws few.
    page.locator("#stop").evaluate("button => button.click()")
    expect(page.locator("#chat")).to_contain_text("Stopped", timeout=30_000)
    answer = ask(page, "How many people are trapped by the siege?")
    expect(answer).to_contain_text("250,000")
