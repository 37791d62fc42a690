"""Test opening articles from text, files, the library and addresses, separately for each user."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from index.loaders import BUNDLED_ARTICLE, load
from index.text.article import Article
from tests.assistant.interfaces.web.test_html import PAYLOADS
from tests.browser.conftest import ServedPage, record_dialogs
from tests.browser.staged import ScriptedService, serve_service
from tests.browser.test_page import MODEL_TIMEOUT_MS, ask, marked_sentences, open_page

pytestmark = pytest.mark.browser

ETNA = (
    "Mount Etna rises above the east coast of Sicily.\n\n"
    "It erupted again on 4 July 2024 and covered the streets of Catania with black ash.\n\n"
    "The airport of Catania closed for one day. No one was hurt."
)
BRIDGE = (
    b"# The Old Bridge\n\nMayor Ana Ruiz opened the Old Bridge of Lund in May 1998.\n\n"
    b"- It cost 3 million euros.\n"
)
SERVED_TITLE = load(BUNDLED_ARTICLE).title


def open_drawer(page: Page, tab: str = "Library") -> Locator:
    if not page.locator("#shelf.shown").count():
        page.get_by_role("button", name="Library", exact=True).click()
    page.locator("#shelf").get_by_role("tab", name=tab).click()
    return page.locator("#shelf")


def expect_title(page: Page, title: str) -> None:
    expect(page.locator("#article .pane:visible h1")).to_have_text(title, timeout=MODEL_TIMEOUT_MS)


def paste(page: Page, text: str, title: str = "") -> None:
    panel = open_drawer(page, "Paste")
    panel.get_by_label("Title (optional)").fill(title)
    panel.get_by_label("The article's text").fill(text)
    panel.get_by_role("button", name="Open this text").click()


def open_pasted_text(page: Page, text: str, title: str) -> str:
    """Open a text and return its article id from the address."""
    paste(page, text, title)
    expect_title(page, title)
    expect(page).not_to_have_url(re.compile(f"article={load(BUNDLED_ARTICLE).id}"))
    # Otherwise the drawer closes during the next step.
    expect(page.locator("#shelf.shown")).to_have_count(0)
    return str(re.findall(r"[0-9a-f]{16}", page.url)[0])


def upload(page: Page, file: Path) -> None:
    open_drawer(page, "File").locator("input[type=file]").set_input_files(file)


def choose_in_menu(row: Locator, name: str) -> None:
    """Choose an entry in the menu of an article of the library."""
    row.locator("summary").click()
    row.locator(".menu button").filter(has_text=name).click()


def library_row(page: Page, title: str) -> Locator:
    return open_drawer(page).locator(".books li").filter(has_text=title)


def test_pasted_text_opens_with_empty_chat_and_survives_reload(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    ask(page, "Who holds Damascus?")
    open_pasted_text(page, ETNA, "Etna erupts")
    expect(page.locator("#shelf.shown")).to_have_count(0)
    expect(page.locator("#chat .question")).to_have_count(0)
    answer = ask(page, "When did Etna erupt again?")
    expect(answer).to_contain_text("4 July 2024")
    expect(page.locator("#article .s.quoted").first).to_be_visible(timeout=30_000)
    assert marked_sentences(page, "quoted")[0] in ETNA
    expect(answer.locator(".from").first).to_be_hidden()  # only one article is open
    link = answer.get_by_role("link", name="4 July 2024").get_attribute("href")
    page.reload()
    expect_title(page, "Etna erupts")
    page.goto(page.url.partition("#")[0] + str(link))
    page.reload()
    expect(page.locator("#article .s.now")).to_contain_text("4 July 2024", timeout=30_000)
    page.go_back()
    page.go_back()
    expect_title(page, SERVED_TITLE)


def test_upload_opens_file_or_shows_error_and_is_deleted(
    page: Page, quotes_page: ServedPage, tmp_path: Path
) -> None:
    open_page(page, quotes_page)
    (tmp_path / "bad.bin").write_bytes(b"\0\1\2\xff" * 100)
    (tmp_path / "bridge.md").write_bytes(BRIDGE)
    upload(page, tmp_path / "bad.bin")
    error = page.locator("#opening .error")
    expect(error).to_contain_text("bad.bin is not a text file", timeout=MODEL_TIMEOUT_MS)
    expect_title(page, SERVED_TITLE)
    uploads: list[str] = []
    page.on(
        "response",
        lambda response: uploads.append(response.text()) if "/upload?" in response.url else None,
    )
    upload(page, tmp_path / "bridge.md")
    expect_title(page, "The Old Bridge")
    expect(page.locator("#article .item")).to_contain_text("It cost 3 million euros.")
    path = re.findall(r'"([^"]+bridge\.md)"', uploads[0])[0]
    assert not Path(path).exists()
    for root in ("gradio_api/", ""):
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"{quotes_page.address}/{root}file={path}")


def test_invalid_address_or_empty_text_shows_error_in_panel(
    page: Page, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    for address, message in (
        ("", "There is no address yet"),
        ("file:///etc/passwd", "is no web address"),
    ):
        panel = open_drawer(page, "Address")
        panel.get_by_label("Address of a web page").fill(address)
        panel.get_by_role("button", name="Open this page").click()
        expect(panel.locator("#opening .error")).to_contain_text(message, timeout=MODEL_TIMEOUT_MS)
    paste(page, "…")
    expect(page.locator("#opening .error")).to_contain_text(
        "no words to open", timeout=MODEL_TIMEOUT_MS
    )
    page.keyboard.press("Escape")
    expect(page.locator("#shelf")).to_be_hidden()
    expect(page.get_by_role("button", name="Library", exact=True)).to_be_focused()


DROP_SCRIPT = """([name, kind]) => { const files = new DataTransfer();
const text = 'The ferry to Lund sank on 3 May 1999. No one was hurt.';
files.items.add(new File([text], 'ferry.txt', {type: 'text/plain'}));
const at = document.querySelector(name);
at.dispatchEvent(new DragEvent(kind, {dataTransfer: files, bubbles: true, cancelable: true})); }"""


def test_dropped_file_opens(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    page.evaluate(DROP_SCRIPT, ["#article", "dragenter"])
    expect(page.locator("#shelf.shown #shelf-file")).to_be_visible()
    page.evaluate(DROP_SCRIPT, ["#shelf-file button", "drop"])
    expect_title(page, "ferry")
    expect(page.locator("#article .pane:visible .s").last).to_have_text("No one was hurt.")


def test_library_shows_served_article_once_it_is_stored(page: Page, tmp_path: Path) -> None:
    service = ScriptedService(load(BUNDLED_ARTICLE), tmp_path, ["Words."])
    service.state = "opening"
    with serve_service(service) as address:
        page.goto(address)
        books = open_drawer(page).locator("#books")
        expect(books).to_have_text("Opening the article …")
        service.library.add(Article.from_text(ETNA, "Kept meanwhile"))
        expect(books).to_contain_text("Kept meanwhile")
        service.state = "ready"
        expect(books.locator(".waiting")).to_have_count(0)
    service.whole_library.close()


def test_import_shows_progress_and_can_be_cancelled(
    page: Page, quotes_page: ServedPage, tmp_path: Path
) -> None:
    open_page(page, quotes_page)
    houses = "\n\n".join(
        f"House {number} of the village was counted that year by its mayor."
        for number in range(6_000)
    )
    (tmp_path / "too long.txt").write_text(houses)
    upload(page, tmp_path / "too long.txt")
    expect(page.locator("#opening progress[value]")).to_be_visible(timeout=MODEL_TIMEOUT_MS)
    expect(page.locator("#opening")).to_contain_text(re.compile(r"\d+ ?%"))
    page.locator("#shelf-cancel").click()
    expect(page.locator("#opening")).to_contain_text("Cancelled", timeout=MODEL_TIMEOUT_MS)
    expect_title(page, SERVED_TITLE)
    expect(library_row(page, "too long")).to_have_count(0)


def test_library_searches_renames_deletes_and_restores(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    open_pasted_text(page, ETNA, "A mountain to rename")
    mountain_row = library_row(page, "A mountain to rename")
    expect(mountain_row).to_contain_text(f"Pasted text · {len(ETNA.split())} words")
    expect(mountain_row.locator("[aria-current]")).to_have_count(1)
    search = page.get_by_label("Search the library")
    search.fill("nothing like it")
    expect(page.locator("#books")).to_contain_text("No article has these words")
    search.fill("MOUNTAIN rename")
    expect(page.locator(".books li:visible")).to_have_count(1)

    choose_in_menu(mountain_row, "Rename")
    page.get_by_label("New title").fill("The mountain")
    page.keyboard.press("Enter")
    expect_title(page, "The mountain")
    search.fill("the mountain")
    choose_in_menu(library_row(page, "The mountain"), "Delete")
    toast = page.locator("#toast")
    expect(toast).to_contain_text("Deleted “The mountain”.", timeout=30_000)
    expect(page.locator(".books li:visible")).to_have_count(0)
    expect(page.locator("#gone")).to_contain_text("no longer in the library")
    page.keyboard.press("Escape")
    box = page.get_by_label("Your question")
    box.fill("When did it erupt?")
    box.press("Enter")
    expect(page.locator("#chat .error")).to_contain_text(
        "no longer in the library", timeout=MODEL_TIMEOUT_MS
    )

    toast.get_by_role("button", name="Undo").click()
    expect(page.locator("#gone .deleted")).to_have_count(0, timeout=30_000)
    expect(library_row(page, "The mountain")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(ask(page, "When did Mount Etna erupt again?")).to_contain_text("4 July 2024")


def test_question_to_two_articles_links_quotes_to_each(page: Page, quotes_page: ServedPage) -> None:
    open_page(page, quotes_page)
    open_pasted_text(page, ETNA, "Etna together")
    for title in ("Etna together", SERVED_TITLE):
        library_row(page, title).get_by_role("checkbox").check()
    page.get_by_role("button", name="Ask these together").click()
    tabs = page.locator("#article").get_by_role("tab")
    expect(tabs).to_have_text(["Etna together", SERVED_TITLE], timeout=30_000)
    expect_title(page, "Etna together")

    answer = ask(page, "How many people have streamed into Sheikh Maqsoud?")
    expect(answer.locator(".from").first).to_contain_text(SERVED_TITLE)
    answer.locator("a.cite").first.hover()
    expect(page.locator("#card")).to_contain_text(f"into “{SERVED_TITLE}”")
    link = page.url + str(answer.locator("a.cite").first.get_attribute("href"))
    answer.locator("a.cite").first.click()
    expect_title(page, SERVED_TITLE)
    expect(page.locator("#article .s.now")).to_be_in_viewport()
    expect(ask(page, "When did Mount Etna erupt again?").locator(".from").first).to_contain_text(
        "Etna together"
    )
    tabs.nth(1).focus()
    page.keyboard.press("ArrowLeft")
    expect_title(page, "Etna together")
    expect(tabs.first).to_be_focused()

    page.goto("about:blank")
    page.goto(link)
    expect_title(page, SERVED_TITLE)
    expect(page.locator("#article .s.now")).to_contain_text("6,000")


def test_open_articles_are_separate_between_browsers(
    page: Page, browser: Browser, quotes_page: ServedPage
) -> None:
    open_page(page, quotes_page)
    open_pasted_text(page, ETNA, "Etna of one user")
    other_page = browser.new_context().new_page()
    open_page(other_page, quotes_page)
    expect_title(other_page, SERVED_TITLE)
    expect(ask(other_page, "When did Mount Etna erupt again?")).to_have_class(
        re.compile("not-stated")
    )
    expect(ask(page, "When did Mount Etna erupt again?")).to_contain_text("4 July 2024")
    expect(page.locator("#chat .question")).to_have_count(1)
    other_page.context.close()


def test_address_of_removed_article_shows_notice(page: Page, quotes_page: ServedPage) -> None:
    page.goto(f"{quotes_page.address}/?article={'0' * 16}")
    expect(page.locator("#gone")).to_contain_text("no longer in the library", timeout=30_000)
    expect_title(page, SERVED_TITLE)


def test_old_quote_link_without_article_id_works(page: Page, quotes_page: ServedPage) -> None:
    start, end = load(BUNDLED_ARTICLE).sentences[5]
    page.goto(f"{quotes_page.address}/#s-{start}-{end}")
    expect(page.locator("#article .s.now")).to_have_text(
        load(BUNDLED_ARTICLE).text[start:end], timeout=30_000
    )


def test_article_payloads_run_in_no_view(page: Page, quotes_page: ServedPage) -> None:
    dialogs = record_dialogs(page)
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    open_page(page, quotes_page)
    payloads = [
        payload
        for payload in PAYLOADS
        if "<" in payload or "(" in payload or "'" in payload or '"' in payload
    ][:20]
    assert len(payloads) >= 16
    for number, payload in enumerate(payloads):
        title = f"{number} {' '.join(payload.split())}"
        paste(page, f"{payload} was written here on a wall.\n\nSo it says: {payload}", title)
        expect(page.locator("#article .pane:visible h1")).to_contain_text(
            re.compile(rf"^{number} "), timeout=MODEL_TIMEOUT_MS
        )
        expect(page.locator("#shelf.shown")).to_have_count(0)
    panel = open_drawer(page)
    expect(panel.locator(".books li").first).to_contain_text(f"{len(payloads) - 1} ")
    for box in panel.get_by_role("checkbox").all()[:9]:
        box.check()
    choose_in_menu(panel.locator(".books li").nth(1), "Delete")
    expect(page.locator("#toast .deleted")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Ask these together").click()
    expect(page.locator("#article").get_by_role("tab")).to_have_count(8, timeout=30_000)
    ask(page, "What was written on a wall?")
    inside = "#article, #books, #toast, #opening, #chat"
    bad = (
        "img, script, iframe, svg:not(button svg), style, a[href^='javascript'], "
        "[onmouseover], [onfocus], [onerror], [onload]"
    )
    unsafe = page.locator(inside).locator("article, .books, .deleted, .answer").locator(bad)
    assert unsafe.count() == 0
    assert not dialogs
    assert not [url for url in urls if "evil" in url]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_drawer_fits_in_every_scheme_and_width(
    page: Page, quotes_page: ServedPage, width: int, scheme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_page(page, quotes_page)
    panel = open_drawer(page)
    expect(panel.locator(".books li").first).to_be_visible(timeout=30_000)
    page.wait_for_timeout(400)  # until it has slid in
    box = panel.bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    light = (
        "name => (getComputedStyle(document.querySelector(name))"
        ".backgroundColor.match(/\\d+/g) || [255])[0]"
    )
    assert (int(page.evaluate(light, "#shelf")) < 100) == (scheme == "dark")
    for tab in ("File", "Paste", "Address"):
        open_drawer(page, tab)
        tab_panel = panel.locator("[role=tabpanel]:visible").bounding_box()
        assert tab_panel
        assert tab_panel["x"] + tab_panel["width"] <= width
