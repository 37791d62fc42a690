"""An article at an address is asked like one in a file; this machine only where a setting allows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant import ArticleError, Assistant, InputError, sources
from assistant.cli import app
from assistant.settings import Settings, get_settings
from assistant.sources import fetched, sources_in

from ..index.hashing import numbered
from ..index.serving import PAGE, Reply, Site, page, serving

QUESTION = "Who opened the bridge?"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources")


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as site:
        site.replies["/bridge"] = page()
        yield site


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    get_settings.cache_clear()
    monkeypatch.setenv("ARTICLE_ASSISTANT_ALLOW_PRIVATE_URLS", "true")
    yield
    get_settings.cache_clear()


def test_an_article_at_an_address_is_asked(site: Site, data: Path) -> None:
    assistant = Assistant.open(f"{site.url}/bridge", model="none", data=data, settings=Settings(allow_private_urls=True))
    answer = assistant.ask(QUESTION)
    assert answer.answered
    for quote in answer.quotes:
        assert quote.text == assistant.article.text[quote.start : quote.end]
    assert "Ana Ruiz" in answer.quotes[0].text
    assert assistant.article.source == f"{site.url}/bridge"


def test_a_file_that_was_opened_from_its_folder_is_refreshed_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "bridge.txt").write_text("Ana Ruiz opened the bridge.")
    monkeypatch.chdir(tmp_path / "notes")
    given = ["--data", str(tmp_path / "data")]
    assistant = Assistant.open("bridge.txt", model="none", data=tmp_path / "data")
    assert assistant.article.source == str(tmp_path / "notes" / "bridge.txt")
    (tmp_path / "notes" / "bridge.txt").write_text("Jonas Weber opened the bridge.")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, ["library", "refresh", assistant.article.id, "--json", *given])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)[0]["status"] == "changed"


def test_a_file_of_a_user_that_there_is_not_is_told() -> None:
    with pytest.raises(ArticleError, match=r"There is no file .*nobody-of-that-name"):
        Assistant.open("~nobody-of-that-name/bridge.txt", model="none")
    assert sources_in(["~nobody-of-that-name/bridge.txt"])


def test_quotes_hold_when_the_page_has_changed_since(site: Site, data: Path) -> None:
    settings = Settings(allow_private_urls=True)
    assistant = Assistant.open(f"{site.url}/bridge", model="none", data=data, settings=settings)
    quote = assistant.ask(QUESTION).quotes[0]
    site.replies["/bridge"] = page(PAGE.replace("Ana Ruiz", "Jonas Weber"))
    changed = Assistant.open(f"{site.url}/bridge", model="none", data=data, settings=settings)
    assert "Jonas Weber" in changed.ask(QUESTION).quotes[0].text
    assert assistant.library.get(quote.article_id).text[quote.start : quote.end] == quote.text
    assert assistant.ask(QUESTION).quotes[0] == quote


def test_without_the_setting_this_machine_is_not_asked(site: Site, data: Path) -> None:
    with pytest.raises(ArticleError, match="ARTICLE_ASSISTANT_ALLOW_PRIVATE_URLS"):
        Assistant.open(f"{site.url}/bridge", model="none", data=data, settings=Settings())
    assert site.asked == []


def test_the_command_line_takes_an_address(site: Site, data: Path, allowed: None) -> None:
    words = ["ask", QUESTION, "--article", f"{site.url}/bridge", "--model", "none", "--data", str(data), "--json"]
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Ana Ruiz" in json.loads(result.stdout)["quotes"][0]["text"]


def test_the_command_line_tells_in_one_line_what_is_wrong_with_an_address(site: Site, data: Path, allowed: None) -> None:
    site.replies["/gone"] = Reply(status=410)
    result = CliRunner().invoke(app, ["ask", QUESTION, "--article", f"{site.url}/gone", "--data", str(data)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {site.url}/gone is not there any more (status 410).")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "url", ["", " ", "file:///etc/passwd", "ftp://127.0.0.1/x", "javascript:alert(1)", "data:text/plain,Words."]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(InputError, match=r"no address yet|no web address"):
        fetched(url)


@pytest.mark.parametrize(
    ("typed", "loaded"),
    [
        ("example.org/news", "https://example.org/news"),
        (" http://example.org ", "http://example.org"),
        ("localhost:8080/x", "https://localhost:8080/x"),
        ("/etc/passwd", "https:///etc/passwd"),  # never a file of this machine
    ],
)
def test_an_address_is_taken_as_it_is_meant(monkeypatch: pytest.MonkeyPatch, typed: str, loaded: str) -> None:
    asked: list[str] = []
    monkeypatch.setattr(sources, "load", lambda url, _: asked.append(url) or numbered(1))
    fetched(typed)
    assert asked == [loaded]
