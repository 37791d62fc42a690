"""Test exported chats and copied answers, with labels in the user's language."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from assistant.interfaces.web.i18n import load_catalogue
from index.loaders import load_bytes
from tests.browser.conftest import ServedPage
from tests.browser.test_chats import ARTICLE, FIRST, answer_button, stored_chats
from tests.browser.test_page import ask, open_page

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    ("name", "form"),
    [("Markdown", "md"), ("Web page", "html"), ("Word", "docx"), ("JSON", "json")],
)
def test_export_contains_quotes_with_their_place(
    page: Page, quotes_page: ServedPage, name: str, form: str
) -> None:
    open_page(page, quotes_page)
    ask(page, FIRST)
    page.locator(".chats summary").click()
    with page.expect_download() as download:
        page.locator(".chats .menu").get_by_role("button", name=name).click()
    assert (
        download.value.suggested_filename
        == f"How-many-people-have-streamed-into-Sheikh-Maqsoud.{form}"
    )
    file = Path(download.value.path()).read_bytes()
    text = load_bytes(file, "chat.docx").text if form == "docx" else file.decode()
    ((turn,),) = [chat["turns"] for chat in stored_chats(page)]
    quotes = turn["answer"]["quotes"]
    if form == "json":
        assert [quote["text"] for quote in json.loads(text)["turns"][0]["answer"]["quotes"]] == [
            quote["text"] for quote in quotes
        ]
    else:
        read = unescape(text)
        assert all(f"“{' '.join(quote['text'].split())}”" in read for quote in quotes)
        assert re.search(r"paragraph \d+", text)
        assert ARTICLE.title.split("'")[0] in text
    assert all(ARTICLE.text[quote["start"] : quote["end"]] == quote["text"] for quote in quotes)


def test_exports_and_copies_have_translated_labels(
    browser: Browser, quotes_page: ServedPage
) -> None:
    context = browser.new_context(locale="ar", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(quotes_page.address)
    words = load_catalogue("ar")
    box = page.get_by_label(words["Your question"])
    for number, question in enumerate((FIRST, "Who won the football world cup in 1998?"), 1):
        box.fill(question)
        box.press("Enter")
        expect(page.locator("#chat .answer")).to_have_count(number, timeout=60_000)
        expect(page.locator("#chat .working")).to_have_count(0, timeout=60_000)
    notes = [
        words[text]
        for text in (
            "The article does not say.",
            "Related passage:",
            "Article:",
            "paragraph",
        )
    ]
    unknown = words["“{word}” does not occur in the article."].replace("{word}", "\u20681998\u2069")
    for index, form in enumerate(("md", "html")):
        page.locator(".chats summary").click()
        with page.expect_download() as download:
            page.locator(".chats .menu button").nth(index).click()
        text = Path(download.value.path()).read_text(encoding="utf-8").replace("\\", "")
        for note in (*notes, unknown):
            assert note in text
        for english in ("Article:", "paragraph", "Related", "does not"):
            assert english not in text
        assert ('<html lang="ar" dir="rtl">' in text) == (form == "html")
        assert ARTICLE.title.split("'")[0] in text
    page.locator("#chat .tools").last.get_by_role("button", name=words["Copy"], exact=True).click()
    expect(page.locator("#undo")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(words["The article does not say."])
    assert words["Related passage:"] in copied
    context.close()


def test_copied_answer_contains_source_and_place(page: Page, quotes_page: ServedPage) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, quotes_page)
    ask(page, FIRST)
    answer_button(page, "Copy").click()
    expect(page.locator("#undo")).to_contain_text("copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert ARTICLE.title in copied
    assert re.search(r"paragraph \d+", copied)


def test_copied_answer_is_rich_text_too(page: Page, quotes_page: ServedPage) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_page(page, quotes_page)
    ask(page, FIRST)
    answer_button(page, "Copy").click()
    expect(page.locator("#undo")).to_contain_text("rich text")
    copied = page.evaluate(
        "async () => (await (await navigator.clipboard.read())[0].getType('text/html')).text()"
    )
    assert re.search(r"<blockquote.*?>.*“.+”.*<cite.*?>", copied, re.DOTALL)
    assert "<script" not in copied
