"""Test opening articles from files and addresses, and the block of private addresses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant import Article, ArticleError, Assistant, InputError, sources
from assistant.interfaces.cli.main import app
from assistant.settings import Settings
from assistant.sources import expand_sources, fetch_article
from tests.index.hashing import numbered
from tests.index.serving import PAGE, Reply, Site, page, serving

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
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARTICLE_ASSISTANT_ALLOW_PRIVATE_URLS", "true")
    return


def test_article_at_address_is_answered(site: Site, data: Path) -> None:
    assistant = Assistant.open(
        f"{site.url}/bridge", model="none", data=data, settings=Settings(allow_private_urls=True)
    )
    answer = assistant.ask(QUESTION)
    assert answer.answered
    for quote in answer.quotes:
        assert quote.text == assistant.article.text[quote.start : quote.end]
    assert "Ana Ruiz" in answer.quotes[0].text
    assert assistant.article.source == f"{site.url}/bridge"


def test_file_opened_by_relative_path_can_be_refreshed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "bridge.txt").write_text("Ana Ruiz opened the bridge.")
    monkeypatch.chdir(tmp_path / "notes")
    options = ["--data", str(tmp_path / "data")]
    assistant = Assistant.open("bridge.txt", model="none", data=tmp_path / "data")
    assert assistant.article.source == str(tmp_path / "notes" / "bridge.txt")
    (tmp_path / "notes" / "bridge.txt").write_text("Jonas Weber opened the bridge.")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(
        app, ["library", "refresh", assistant.article.id, "--json", *options]
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)[0]["status"] == "changed"


def test_home_of_unknown_user_raises_article_error() -> None:
    with pytest.raises(ArticleError, match=r"There is no file .*nobody-of-that-name"):
        Assistant.open("~nobody-of-that-name/bridge.txt", model="none")
    assert expand_sources(["~nobody-of-that-name/bridge.txt"])


def test_quotes_stay_exact_after_page_changes(site: Site, data: Path) -> None:
    settings = Settings(allow_private_urls=True)
    assistant = Assistant.open(f"{site.url}/bridge", model="none", data=data, settings=settings)
    quote = assistant.ask(QUESTION).quotes[0]
    site.replies["/bridge"] = page(PAGE.replace("Ana Ruiz", "Jonas Weber"))
    changed = Assistant.open(f"{site.url}/bridge", model="none", data=data, settings=settings)
    assert "Jonas Weber" in changed.ask(QUESTION).quotes[0].text
    assert assistant.library.get(quote.article_id).text[quote.start : quote.end] == quote.text
    assert assistant.ask(QUESTION).quotes[0] == quote


def test_private_address_is_not_requested_by_default(site: Site, data: Path) -> None:
    with pytest.raises(ArticleError, match="ARTICLE_ASSISTANT_ALLOW_PRIVATE_URLS"):
        Assistant.open(f"{site.url}/bridge", model="none", data=data, settings=Settings())
    assert site.asked == []


def test_cli_takes_address(site: Site, data: Path, allowed: None) -> None:
    words = [
        "ask",
        QUESTION,
        "--article",
        f"{site.url}/bridge",
        "--model",
        "none",
        "--data",
        str(data),
        "--json",
    ]
    result = CliRunner().invoke(app, words)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "Ana Ruiz" in json.loads(result.stdout)["quotes"][0]["text"]


def test_cli_reports_address_error_in_one_line(site: Site, data: Path, allowed: None) -> None:
    site.replies["/gone"] = Reply(status=410)
    result = CliRunner().invoke(
        app, ["ask", QUESTION, "--article", f"{site.url}/gone", "--data", str(data)]
    )
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"Error: {site.url}/gone is not there any more (status 410).")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "javascript:alert(1)",
        "data:text/plain,Words.",
    ],
)
def test_fetch_article_refuses_other_schemes(url: str) -> None:
    with pytest.raises(InputError, match=r"no address yet|no web address"):
        fetch_article(url)


@pytest.mark.parametrize(
    ("typed", "loaded"),
    [
        ("example.org/news", "https://example.org/news"),
        (" http://example.org ", "http://example.org"),
        ("localhost:8080/x", "https://localhost:8080/x"),
        ("/etc/passwd", "https:///etc/passwd"),  # never a file of this machine
    ],
)
def test_fetch_article_adds_missing_scheme(
    monkeypatch: pytest.MonkeyPatch, typed: str, loaded: str
) -> None:
    requested: list[str] = []

    def load(url: str, fetcher: object) -> Article:
        requested.append(url)
        return numbered(1)

    monkeypatch.setattr(sources, "load", load)
    fetch_article(typed)
    assert requested == [loaded]
