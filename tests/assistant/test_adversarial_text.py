"""Test that adversarial text takes linear, not quadratic time."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from assistant.interfaces.web.article_html import render_article
from assistant.interfaces.web.html import render_question
from assistant.pipeline.evidence.calibration import find_unknown_term
from assistant.pipeline.verification.evidence import Evidence
from index.errors import ArticleError
from index.loaders import MAX_FILE_BYTES, load_bytes
from index.loaders.markdown import MarkdownLoader
from index.loaders.sandbox import load_isolated
from index.text.article import Article

pytestmark = pytest.mark.alone

# A busy machine is several times slower than an idle one. Quadratic time was minutes to hours for
# each of these.
SECONDS = 60
PATTERNS = [
    "7",
    "1,",
    "1. ",
    "5% ",
    "five hundred ",
    "“",
    "`",
    "![",
    "a” ",
    " ",
    "\n",
    "1455 ",
    "Ab ",
    "a-",
    "É’",
]


def seconds(act: Callable[[], object]) -> float:
    started = time.process_time()
    act()
    return time.process_time() - started


def filled(pattern: str, length: int = MAX_FILE_BYTES - 1_000) -> str:
    return "The bridge is old. " + pattern * (length // len(pattern.encode()))


@pytest.mark.parametrize("pattern", ["7", "five hundred ", "“", " "])
def test_largest_article_is_answered_in_bounded_time(pattern: str) -> None:
    article = Article.from_text(filled(pattern))
    assert "".join(map(article.slice, article.sentences)).count(pattern.strip() or "bridge")
    assert (
        seconds(lambda: find_unknown_term(article, "what did 12345678 and 87654321 cost?"))
        < SECONDS
    )
    assert seconds(lambda: render_article(article)) < SECONDS
    assert seconds(lambda: render_question(article.text, 0)) < SECONDS


@pytest.mark.parametrize("pattern", PATTERNS)
def test_splitting_takes_linear_time(pattern: str) -> None:
    short, long = filled(pattern, 50_000), filled(pattern, 400_000)
    base = max(0.05, min(seconds(lambda: Article.from_text(short)) for _ in range(2)))
    assert (
        seconds(lambda: Article.from_text(long)) < 8 * 4 * base
    )  # eight times the text; quadratic time is 64 times


@pytest.mark.parametrize("pattern", PATTERNS)
def test_evidence_takes_linear_time(pattern: str) -> None:
    def check(text: str) -> None:
        evidence = Evidence([text])
        assert evidence.amounts is not None
        assert evidence.find_missing_term("Oslo") == "Oslo"

    base = max(0.05, min(seconds(lambda: check(filled(pattern, 25_000))) for _ in range(2)))
    assert seconds(lambda: check(filled(pattern, 200_000))) < 8 * 4 * base


@pytest.mark.parametrize("pattern", ["![", "***", "\n***\n", "***a ", "7"])
def test_large_markdown_is_read_in_bounded_time(pattern: str) -> None:
    data = filled(pattern, 300_000).encode()
    assert seconds(lambda: MarkdownLoader().load(data, Path("notes.md"))) < 12  # `![` was 17 s


@pytest.mark.parametrize("pattern", ["![", "***", "> "])
def test_large_markdown_is_read_in_a_process_of_its_own(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limited: list[Path] = []

    def isolated(data: bytes, path: Path) -> Article:
        limited.append(path)
        return load_isolated(data, path, seconds=2)

    monkeypatch.setattr("index.loaders.load_isolated", isolated)
    used = time.process_time()
    with suppress(ArticleError):  # some of them take longer than that
        load_bytes(filled(pattern, 300_000).encode(), "notes.md")
    assert limited == [Path("notes.md")]
    assert time.process_time() - used < 1  # of this process, which goes on serving


def test_largest_markdown_of_brackets_gets_a_clear_error() -> None:
    with pytest.raises(ArticleError, match="takes more than 2 seconds to read"):
        load_isolated(filled("![").encode(), Path("notes.md"), seconds=2)
