"""Test signing in, working with a role and signing out, in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from assistant.interfaces.server import create_app
from assistant.service.question_limit import QuestionLimit
from assistant.settings import Settings
from index.loaders import BUNDLED_ARTICLE, load
from index.storage.library import Library
from tests.assistant.accounts.fakes import PASSWORD, make_accounts
from tests.assistant.interfaces.http.serving import open_service, serve_app
from tests.browser.conftest import wait_until_built
from tests.index.hashing import Hashing

pytestmark = pytest.mark.browser


class _Users(QuestionLimit):
    """Remembers whose questions were counted."""

    def __init__(self) -> None:
        super().__init__(0)
        self.names: list[str] = []

    def count(self, user: str) -> None:
        self.names.append(user)


@pytest.fixture(scope="module")
def users() -> _Users:
    return _Users()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, users: _Users) -> Iterator[str]:
    """Serve the bundled article to a reader and an editor."""
    folder = tmp_path_factory.mktemp("accounts")
    library, accounts = Library(folder, Hashing()), make_accounts(folder)
    accounts.add_user("ana", "reader", PASSWORD)
    accounts.add_user("bob", "editor", PASSWORD)
    accounts.add_user("cleo", "admin", PASSWORD)
    accounts.add_user("dora", "editor", PASSWORD)
    service = open_service(load(BUNDLED_ARTICLE), library, settings=Settings(accounts=True))
    service.question_limit = users
    with serve_app(create_app(service, accounts=accounts)) as address:
        yield address
    library.close()
    accounts.close()


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_reader_signs_in_asks_and_signs_out(page: Page, address: str, users: _Users) -> None:
    failed: list[str] = []
    page.on("response", lambda r: failed.append(f"{r.status} {r.url}") if r.status > 400 else None)
    page.goto(f"{address}/?article=0123456789abcdef")
    expect(page).to_have_url(re.compile("/sign-in"))
    sign_in(page, "ana", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("is wrong")
    expect(page.get_by_label("Name")).to_have_value("ana")
    assert failed == [f"403 {address}/sign-in"]
    sign_in(page, "ana")
    wait_until_built(page)
    assert page.url == f"{address}/?article=0123456789abcdef"
    page.goto(address)
    wait_until_built(page)
    page.locator("#question textarea").fill("Who fled?")
    page.keyboard.press("Enter")
    expect(page.locator("#chat .bot")).to_contain_text("[1]")
    assert users.names == ["user ana"]
    page.get_by_role("button", name="Library", exact=True).click()
    expect(page.locator("#books .title").first).to_be_visible()
    expect(page.locator("#books .remove").first).to_be_hidden()
    expect(page.get_by_role("tab", name="Paste")).to_be_hidden()
    page.keyboard.press("Escape")
    page.locator("#more summary").click()
    page.get_by_role("link", name="Account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{address}/sign-in")
    page.goto(address)
    expect(page).to_have_url(f"{address}/sign-in")
    assert [entry for entry in failed[1:] if "/manifest.json" not in entry] == []


def test_editor_changes_the_password(page: Page, address: str) -> None:
    page.goto(f"{address}/account")
    sign_in(page, "bob")
    page.get_by_label("Present password").fill(PASSWORD)
    for label in ("New password", "New password again"):
        page.get_by_label(label, exact=True).fill("another long one")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("status")).to_contain_text("changed")
    sign_in(page, "bob", "another long one")
    wait_until_built(page)
    expect(page.get_by_role("button", name="Open article")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_sign_in_needs_no_script_and_is_accessible(
    browser: Browser, address: str, scheme: str, language: str
) -> None:
    options = {"color_scheme": scheme, "locale": language}
    axe_context = browser.new_context(**options)  # type: ignore[arg-type]
    page = axe_context.new_page()
    page.goto(f"{address}/sign-in")
    page.locator("button").click()
    violations = Axe().run(page).response["violations"]
    assert [violation["id"] for violation in violations] == []
    axe_context.close()
    context = browser.new_context(java_script_enabled=False, **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}/account")
    page.locator("[name=name]").fill("ana")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("button").click()
    expect(page).to_have_url(f"{address}/account")
    assert page.locator("html").get_attribute("lang") == language
    page.locator("[action='/sign-out'] button").click()
    expect(page).to_have_url(f"{address}/sign-in")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_admin_reads_the_state_of_the_server(browser: Browser, address: str, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 390, "height": 800})  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{address}/account")
    sign_in(page, "cleo")
    page.get_by_role("link", name="The server").click()
    expect(page.get_by_role("heading", name="Server")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^cleo"))).to_contain_text("admin")
    expect(page.get_by_role("row", name=re.compile("^Library"))).to_contain_text("Articles: 1,")
    page.get_by_role("link", name="Update every 10 seconds").click()
    expect(page.get_by_role("link", name="Stop updating")).to_be_visible()
    page.goto(f"{address}/admin")
    assert [item["id"] for item in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def open_paste_tab(page: Page) -> None:
    page.get_by_role("button", name="Library", exact=True).click()
    expect(page.locator("#shelf-private")).to_be_hidden()  # it is no matter of the list
    page.get_by_role("tab", name="Paste").click()


def test_private_article_is_shown_to_its_owner_alone(browser: Browser, address: str) -> None:
    pages = {}
    for name in ("dora", "cleo"):
        page = pages[name] = browser.new_context(locale="en-US").new_page()
        page.goto(address)
        sign_in(page, name)
        wait_until_built(page)
    dora, cleo = pages["dora"], pages["cleo"]
    open_paste_tab(dora)
    box = dora.get_by_role("checkbox", name=re.compile("Private"))
    expect(box).not_to_be_checked()
    box.check()
    expect(dora.get_by_text("Only I can see it")).to_be_visible()
    dora.locator("#shelf-text textarea").fill("The vault of Xylander was opened in 1931.")
    dora.locator("#shelf-title input, #shelf-title textarea").first.fill("Zanzibar ledger")
    dora.get_by_role("button", name="Open this text").click()
    expect(dora.locator("#article")).to_contain_text("Xylander")
    link = dora.url
    assert "article=" in link
    dora.reload()
    wait_until_built(dora)
    expect(dora.locator("#article")).to_contain_text("Xylander")
    open_paste_tab(dora)
    expect(box).to_be_checked()  # remembered
    dora.get_by_role("tab", name="Library").click()
    row = dora.locator("#books li", has_text="Zanzibar ledger")
    expect(row.get_by_role("img", name="Private")).to_be_visible()
    expect(dora.get_by_role("img", name="Private")).to_have_count(1)
    cleo.goto(link)
    wait_until_built(cleo)
    expect(cleo.locator("#gone .error")).to_contain_text("is no longer in the library")
    cleo.get_by_role("button", name="Library", exact=True).click()
    expect(cleo.locator("#books .title").first).to_be_visible()
    expect(cleo.locator("body")).not_to_contain_text("Zanzibar")
    for page in pages.values():
        page.context.close()
