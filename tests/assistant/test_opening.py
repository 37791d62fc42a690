"""An article on its way into the library."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event as Flag

import pytest

from assistant import Article, ArticleError
from assistant.page import opening
from assistant.page.opening import kept_steps, pasted, uploaded
from index.library import Library

from ..index.hashing import Hashing, numbered


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


def test_the_share_grows_to_one_and_the_article_comes_last(library: Library) -> None:
    *shares, article = kept_steps(library, lambda: numbered(1, passages=200), Flag())
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len(shares) > 3
    assert isinstance(article, Article)
    assert library.get(article.id) == article


class Slow(Hashing):
    """Waits before each batch until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.go = Flag(), Flag()

    def embed(self, texts):  # type: ignore[no-untyped-def]
        self.begun.set()
        self.go.wait(60)
        return super().embed(texts)


def test_what_is_cancelled_ends_at_once_and_is_not_kept(tmp_path: Path) -> None:
    slow = Slow()
    library = Library(tmp_path, slow)
    flag = Flag()
    steps = kept_steps(library, lambda: numbered(1, passages=200), flag)
    assert next(steps) == 0.0
    slow.begun.wait(60)
    begun = time.monotonic()
    flag.set()
    assert list(steps) == []
    assert time.monotonic() - begun < 5  # the batch under way takes a minute
    slow.go.set()
    article = library.add(numbered(2))  # which waits until the other has ended
    assert library.store.ids() == [article.id]
    library.close()


def test_a_cancel_that_its_own_work_notices_first_is_no_error(library: Library) -> None:
    flag = Flag()

    def read() -> Article:
        time.sleep(0.2)  # until the steps are waited for
        flag.set()
        return numbered(1)

    assert list(kept_steps(library, read, flag)) == []
    assert not library.store.ids()


def test_a_reader_who_goes_away_cancels(library: Library) -> None:
    flag = Flag()
    steps = kept_steps(library, lambda: numbered(1), flag)
    next(steps)
    steps.close()  # type: ignore[attr-defined]
    assert flag.is_set()


def test_one_that_was_there_before_is_not_removed_by_a_cancel(library: Library) -> None:
    kept = library.add(numbered(1))
    flag = Flag()
    steps = kept_steps(library, lambda: numbered(1), flag)
    next(steps)
    flag.set()
    assert list(steps) == []
    assert library.store.ids() == [kept.id]


def test_an_error_of_reading_is_raised_where_it_is_waited_for(library: Library) -> None:
    def read() -> Article:
        raise ArticleError("notes.pdf is locked.")

    with pytest.raises(ArticleError, match=r"notes\.pdf is locked"):
        list(kept_steps(library, read, Flag()))
    assert not library.store.ids()


@pytest.mark.parametrize(
    ("text", "given", "title", "first"),
    [
        ("Etna erupts\n\nIt erupted on Monday.", "", "Etna erupts", "It erupted on Monday."),
        ("Etna erupts\n\nIt erupted on Monday.", "  My   title ", "My title", "Etna erupts"),
        ("It erupted on Monday.\nNo one was hurt.", "", "It erupted on Monday. No one was hurt.", "It erupted"),
        ("one two three four five six seven eight nine.", "", "one two three four five six seven eight …", "one"),
        ("\r\n\ufeffEtna\r\nIt\u200b erupted.", "", "Etna", "It erupted."),
    ],
)
def test_pasted_text_has_the_title_that_was_given_or_begins_it(text: str, given: str, title: str, first: str) -> None:
    article = pasted(text, given)
    assert article.title == title
    assert article.text.startswith(first)
    assert article.source == "Pasted text"


@pytest.mark.parametrize("text", ["", "  \n", "…", "\u200b"])
def test_pasted_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(ArticleError, match="no words"):
        pasted(text)


def test_pasted_text_that_is_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LARGEST", 10)
    with pytest.raises(ArticleError, match="too long"):
        pasted("Mount Etna rises.")


@pytest.mark.parametrize(("name", "data"), [("etna.md", b"# Etna\n\nIt erupted."), ("bad.bin", b"\0\1\2\xff" * 99)])
def test_an_upload_is_deleted_whether_it_can_be_read_or_not(tmp_path: Path, name: str, data: bytes) -> None:
    file = tmp_path / "abc" / name
    file.parent.mkdir()
    file.write_bytes(data)
    if name == "bad.bin":
        with pytest.raises(ArticleError, match=r"bad\.bin"):
            uploaded(str(file))
    else:
        assert uploaded(str(file)).title == "Etna"
    assert not file.parent.exists()
    with pytest.raises(ArticleError, match="did not arrive whole"):
        uploaded(str(file))
