"""Serve the page with the real command and open it in a Chromium without internet access."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect, sync_playwright

from assistant.models import conversion as weights
from assistant.settings import get_settings
from index.loaders import BUNDLED_ARTICLE, load

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
CHROMIUM_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]

expect.set_options(timeout=30_000)  # milliseconds; a busy machine must not fail a test


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a browser test that fails run once more; the report names each test that did."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


@dataclass
class ServedPage:
    """A served page; `seconds` is the time until it answered the first request."""

    address: str
    process: subprocess.Popen[str]
    seconds: float
    log: list[str] = field(default_factory=list)


# One per module: Playwright keeps an event loop running, and asynchronous tests elsewhere need
# their own.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine: install the package chromium")
    with sync_playwright() as playwright:
        sandbox = [] if os.getuid() else ["--no-sandbox"]  # Chromium refuses its sandbox to root
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*CHROMIUM_FLAGS, *sandbox]
        )
        yield running
        running.close()


@pytest.fixture(scope="session")
def quotes_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPage]:
    """Serve the bundled article with quotes only."""
    yield from serve_page(tmp_path_factory.mktemp("data"), "--model", "none")


@pytest.fixture(scope="session")
def model_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedPage]:
    """Serve the bundled article with the bundled model."""
    if not weights.is_ready(get_settings().cache):
        pytest.skip("the embedded model is not prepared: run `python -m assistant prepare`")
    yield from serve_page(tmp_path_factory.mktemp("data"))


@dataclass
class ScriptedPage:
    """A page whose answers are scripted."""

    address: str


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedPage]:
    """Serve the bundled article with scripted answers."""
    from tests.browser.staged import ScriptedService, serve_service

    service = ScriptedService(
        load(BUNDLED_ARTICLE),
        tmp_path_factory.mktemp("stage"),
        ["Many ", "people ", "have ", "fled."],
    )
    service.starters = [
        "Who fled?",
        "Where to?",
        "Who opened the bridge that nobody has ever seen?",
    ]
    with serve_service(service) as address:
        yield ScriptedPage(address)
    service.whole_library.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Open an empty profile. A request to another machine fails the test."""
    yield from open_recorded_page(browser, viewport={"width": 1280, "height": 800})


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """Open an empty profile with a touch screen."""
    yield from open_recorded_page(
        browser, viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True
    )


def open_recorded_page(browser: Browser, **options: Any) -> Iterator[Page]:
    """Yield a page; fail if it sends a request to another machine."""
    context = browser.new_context(**options)
    urls: list[str] = []
    context.on("request", lambda request: urls.append(request.url))
    yield context.new_page()
    context.close()
    foreign_urls = [
        url
        for url in urls
        if not url.startswith(
            ("http://127.0.0.1:", "http://localhost:", "data:", "blob:", "chrome")
        )
    ]
    assert not foreign_urls


def wait_until_built(page: Page) -> None:
    """Wait until Gradio has mounted the page and each script has found its part of it."""
    page.wait_for_function(
        "document.querySelector('#article h1') && document.querySelector('.chats .bar')"
        " && document.getElementById('read') && window.settled"
        " && !document.getElementById('first-page')",
        timeout=120_000,
    )


def reload_page(page: Page) -> None:
    """Reload the page and wait until it is built."""
    page.reload()
    wait_until_built(page)


def record_dialogs(page: Page) -> list[str]:
    """Return a list that collects the messages of all dialogs, which are dismissed."""
    messages: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        messages.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", dismiss)
    return messages


def serve_page(data: Path, *options: str) -> Iterator[ServedPage]:
    """Run the serve command with a data folder and stop it at the end."""
    start = time.monotonic()
    command = [
        sys.executable,
        "-m",
        "assistant",
        "serve",
        "--port",
        "0",
        "--data",
        str(data),
        *options,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        address = _read_address(process)
        _wait_until_served(address)
        yield ServedPage(address, process, time.monotonic() - start)
    finally:
        process.terminate()
        process.wait(20)


def _read_address(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("Open http://"):
            return line.split()[1]
    raise AssertionError("the page did not start: " + "".join(lines))


def _wait_until_served(address: str) -> None:
    for _ in range(200):
        try:
            with urlopen(address, timeout=5) as response:
                assert response.status == 200
                return
        except URLError:
            time.sleep(0.1)
    raise AssertionError(f"{address} does not answer")
