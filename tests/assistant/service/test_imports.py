"""Test the import of articles, and the parsing of pasted and uploaded ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Flag

import pytest

from assistant import Article, ArticleError
from assistant.service.imports import load_uploaded_file, parse_pasted_text, stream_import
from index.storage.library import Library
from tests.index.hashing import Hashing, numbered

pytestmark = pytest.mark.unit


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path / "data", Hashing())
    yield library
    library.close()


def wait(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_stream_import_yields_shares_then_article(library: Library) -> None:
    *steps, article = stream_import(library, lambda: numbered(1, passages=200), Flag())
    shares = [step for step in steps if isinstance(step, float)]
    assert len(shares) == len(steps)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len(shares) > 3
    assert isinstance(article, Article)
    assert library.get(article.id) == article


class Slow(Hashing):
    """An embedder that waits before each batch until `go` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.started, self.go = Flag(), Flag()

    def embed(self, texts):  # type: ignore[no-untyped-def]
        self.started.set()
        self.go.wait(60)
        return super().embed(texts)


def test_cancelled_import_ends_at_once_and_stores_nothing(tmp_path: Path) -> None:
    slow = Slow()
    library = Library(tmp_path, slow)
    flag = Flag()
    steps = stream_import(library, lambda: numbered(1, passages=200), flag)
    assert next(steps) == 0.0
    slow.started.wait(60)
    start = time.monotonic()
    flag.set()
    assert list(steps) == []
    assert time.monotonic() - start < 5  # the current batch takes a minute
    slow.go.set()
    article = library.add(numbered(2))  # waits until the cancelled import has ended
    assert library.store.ids() == [article.id]
    library.close()


def test_cancel_during_read_raises_no_error(library: Library) -> None:
    flag = Flag()

    def read() -> Article:
        time.sleep(0.2)  # until the consumer waits for a step
        flag.set()
        return numbered(1)

    assert list(stream_import(library, read, flag)) == []
    assert not library.store.ids()


def test_closed_import_sets_the_flag(library: Library) -> None:
    flag = Flag()
    steps = stream_import(library, lambda: numbered(1), flag)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert flag.is_set()


def test_cancelled_import_keeps_article_stored_before(library: Library) -> None:
    stored = library.add(numbered(1))
    flag = Flag()
    steps = stream_import(library, lambda: numbered(1), flag)
    next(steps)
    flag.set()
    assert list(steps) == []
    assert library.store.ids() == [stored.id]


def test_stream_import_raises_error_of_read(library: Library) -> None:
    def read() -> Article:
        raise ArticleError("notes.pdf is locked.")

    with pytest.raises(ArticleError, match=r"notes\.pdf is locked"):
        list(stream_import(library, read, Flag()))
    assert not library.store.ids()


@pytest.mark.parametrize(
    ("text", "title", "expected_title", "beginning"),
    [
        ("Etna erupts\n\nIt erupted on Monday.", "", "Etna erupts", "It erupted on Monday."),
        ("Etna erupts\n\nIt erupted on Monday.", "  My   title ", "My title", "Etna erupts"),
        (
            "It erupted on Monday.\nNo one was hurt.",
            "",
            "It erupted on Monday. No one was hurt.",
            "It erupted",
        ),
        (
            "one two three four five six seven eight nine.",
            "",
            "one two three four five six seven eight …",
            "one",
        ),
        ("\r\n\ufeffEtna\r\nIt\u200b erupted.", "", "Etna", "It erupted."),
    ],
)
def test_parse_pasted_text_derives_title(
    text: str, title: str, expected_title: str, beginning: str
) -> None:
    article = parse_pasted_text(text, title)
    assert article.title == expected_title
    assert article.text.startswith(beginning)
    assert article.source == "Pasted text"


@pytest.mark.parametrize("text", ["", "  \n", "…", "\u200b"])
def test_parse_pasted_text_without_words_raises_error(text: str) -> None:
    with pytest.raises(ArticleError, match="no words"):
        parse_pasted_text(text)


def test_parse_pasted_text_too_long_raises_error() -> None:
    with pytest.raises(ArticleError, match="too long"):
        parse_pasted_text("Mount Etna rises.", max_bytes=10)


@pytest.mark.parametrize(
    ("name", "data"), [("etna.md", b"# Etna\n\nIt erupted."), ("bad.bin", b"\0\1\2\xff" * 99)]
)
def test_load_uploaded_file_always_deletes_the_file(tmp_path: Path, name: str, data: bytes) -> None:
    file = tmp_path / "abc" / name
    file.parent.mkdir()
    file.write_bytes(data)
    if name == "bad.bin":
        with pytest.raises(ArticleError, match=r"bad\.bin"):
            load_uploaded_file(str(file))
    else:
        assert load_uploaded_file(str(file)).title == "Etna"
    assert not file.parent.exists()
    with pytest.raises(ArticleError, match="was not uploaded completely"):
        load_uploaded_file(str(file))
