"""What a person does with a library's articles: rename, remove and bring back, replace by a newer version."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from index.article import Article
from index.errors import DataError, InputError
from index.library import PATIENCE, Library
from index.search import HybridRetriever

from .hashing import Hashing, numbered


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = Library(tmp_path, Hashing())
    yield library
    library.close()


def reopened(library: Library, name: str = "hashing") -> Library:
    library.close()
    return Library(library.folder, Hashing(name))


def found(library: Library, article_id: str) -> Article:
    """The article as the search knows it, with a quote that is checked."""
    (hit,) = HybridRetriever(library=library, article_ids=(article_id,), k=1).hits("House 20004")
    assert hit.article.slice(hit.span) == hit.article.text[hit.span.start : hit.span.end] != ""
    assert hit.to_document().metadata["title"] == hit.article.title
    return hit.article


def test_a_renamed_article_keeps_its_id_and_its_text_after_opening_again(library: Library) -> None:
    one = library.add(numbered(1))
    renamed = library.rename(one.id, "  The\n village ")
    assert (renamed.title, renamed.id, renamed.text) == ("The village", one.id, one.text)
    again = reopened(library)
    assert again.get(one.id) == renamed
    assert [listed.title for listed in again.listed()] == ["The village"]
    again.close()


def test_a_search_tells_the_new_title_at_once(library: Library) -> None:
    one = library.add(numbered(1))
    assert found(library, one.id).title == "Village 1"
    library.rename(one.id, "The village")
    assert found(library, one.id).title == "The village"


def test_a_renamed_article_that_is_added_again_is_the_same(library: Library) -> None:
    renamed = library.rename(library.add(numbered(1)).id, "The village")
    assert library.add(numbered(1)) == renamed
    assert len(library.articles()) == 1


def test_the_first_title_given_again_makes_it_what_it_was(library: Library) -> None:
    one = library.add(numbered(1))
    library.rename(one.id, "The village")
    assert library.rename(one.id, "Village 1") == one == library.get(one.id)


@pytest.mark.parametrize("title", ["", " \n\t ", "\u200b", "w" * 501])
def test_a_title_that_cannot_be_read_is_refused_and_changes_nothing(library: Library, title: str) -> None:
    one = library.add(numbered(1))
    with pytest.raises(InputError, match="title"):
        library.rename(one.id, title)
    assert library.get(one.id) == one


def test_an_article_that_is_not_there_cannot_be_renamed_restored_or_replaced(library: Library) -> None:
    for act in (
        lambda: library.rename("0" * 16, "Title"),
        lambda: library.restore("0" * 16),
        lambda: library.replace("0" * 16, numbered(1)),
    ):
        with pytest.raises(KeyError, match="0000"):
            act()
    assert library.listed() == []


def test_a_list_says_what_is_known_without_the_text(library: Library) -> None:
    before = datetime.now(UTC)
    one = library.add(replace(numbered(1), date="2024-05-01", source="a.txt", retrieved="2026-01-01T00:00:00+00:00"))
    (listed,) = library.listed()
    assert (listed.id, listed.title, listed.date, listed.source, listed.language) == (
        one.id, "Village 1", "2024-05-01", "a.txt", "en",
    )  # fmt: skip
    assert (listed.words, listed.characters) == (one.words, len(one.text))
    assert (listed.retrieved, listed.removed) == (one.retrieved, "")
    assert before <= datetime.fromisoformat(listed.added) <= datetime.now(UTC)


def test_a_removed_article_comes_back_exactly_and_in_its_place(library: Library) -> None:
    one, other = library.add(numbered(1)), library.add(numbered(2))
    one = library.rename(one.id, "The village")
    listed, vectors = library.listed(), library.store.vectors(one.id)
    library.remove(one.id)
    assert (library.articles(), library.vectors.count()) == ([other], 20)
    assert library.restore(one.id) == one
    assert (library.listed(), library.articles()) == (listed, [one, other])
    assert (library.store.vectors(one.id) == vectors).all()
    assert (found(library, one.id), library.vectors.count()) == (one, 40)
    assert library.restore(one.id) == one
    assert library.vectors.count() == 40


def test_a_removed_article_is_still_there_to_come_back_after_opening_again(library: Library) -> None:
    one = library.add(numbered(1))
    library.remove(one.id)
    again = reopened(library)
    assert (again.articles(), again.vectors.count()) == ([], 0)
    (removed,) = again.listed(removed=True)
    assert (removed.id, removed.title, removed.removed > removed.added) == (one.id, "Village 1", True)
    assert again.restore(one.id) == one
    assert (again.listed(removed=True), found(again, one.id)) == ([], one)
    again.close()


def test_a_removed_article_comes_back_to_another_embedder_too(library: Library) -> None:
    one = library.add(numbered(1))
    library.remove(one.id)
    again = reopened(library, "another")
    again.restore(one.id)
    assert found(again, one.id) == one
    expected = again.embedder.embed([one.slice(span) for span in one.passages])
    assert (again.store.vectors(one.id) == expected).all()
    again.close()


def test_a_removed_article_that_is_added_again_is_new(library: Library) -> None:
    one = library.add(numbered(1))
    library.rename(one.id, "The village")
    (before,) = library.listed()
    library.remove(one.id)
    assert library.add(numbered(1)) == one
    (after,) = library.listed()
    assert (after.added > before.added, after.title, library.vectors.count()) == (True, "Village 1", 20)


def test_what_was_removed_long_ago_is_gone_when_the_library_is_opened(library: Library) -> None:
    one, other = library.add(numbered(1)), library.add(numbered(2))
    library.remove(one.id)
    library.remove(other.id)
    longer = (datetime.now(UTC) - PATIENCE - timedelta(minutes=1)).isoformat()
    with sqlite3.connect(library.folder / "articles.sqlite") as db:
        db.execute("UPDATE articles SET removed = ? WHERE id = ?", (longer, one.id))
    again = reopened(library)
    with pytest.raises(KeyError):
        again.restore(one.id)
    assert again.restore(other.id) == other
    again.close()


def test_what_is_removed_forever_is_gone_with_its_earlier_versions(library: Library) -> None:
    one = library.add(numbered(1))
    two = library.replace(one.id, numbered(2))
    library.remove(two.id, forever=True)
    for article in (one, two):
        with pytest.raises(KeyError):
            library.restore(article.id)
    assert library.store.ids(every=True) == []


def test_a_newer_version_takes_the_place_of_the_old_whose_quotes_still_hold(library: Library) -> None:
    one = library.add(numbered(1))
    span = one.passages[3]
    quote = one.slice(span)
    two = library.replace(one.id, numbered(2))
    assert ([listed.id for listed in library.listed()], library.vectors.count()) == ([two.id], 20)
    assert library.get(one.id).text[span.start : span.end] == quote
    assert found(library, two.id) == two
    again = reopened(library)
    assert (again.articles(), again.get(one.id)) == ([two], one)
    again.close()


def test_the_same_version_again_changes_only_when_it_was_seen(library: Library) -> None:
    one = library.add(numbered(1))
    assert library.replace(one.id, replace(one, retrieved="2026-02-02T00:00:00+00:00")) == one
    assert [listed.retrieved for listed in library.listed()] == ["2026-02-02T00:00:00+00:00"]
    assert library.vectors.count() == 20


def test_an_author_that_was_not_known_is_kept_once_the_source_names_one(library: Library) -> None:
    one = library.add(numbered(1))
    named = library.replace(one.id, replace(one, author="Ana Ruiz"))
    assert (named.id, named.author, library.listed()[0].author) == (one.id, "Ana Ruiz", "Ana Ruiz")
    assert library.replace(one.id, one).author == "Ana Ruiz"  # where it names none any more


def test_a_newer_version_keeps_the_title_that_a_person_gave(library: Library) -> None:
    one = library.add(numbered(1))
    library.rename(one.id, "The village")
    assert library.replace(one.id, numbered(2)).title == "The village"


def test_a_text_that_goes_back_to_what_it_was_is_the_current_version_again(library: Library) -> None:
    one, two = numbered(1), numbered(2)
    library.add(one)
    library.replace(one.id, two)
    assert library.replace(two.id, one) == one
    assert (library.articles(), library.vectors.count(), library.get(two.id)) == ([one], 20, two)


def test_earlier_versions_go_and_come_back_with_the_article(library: Library) -> None:
    one = library.add(numbered(1))
    two = library.replace(one.id, numbered(2))
    library.remove(two.id)
    with pytest.raises(KeyError):
        library.get(one.id)
    assert [listed.id for listed in library.listed(removed=True)] == [two.id]
    library.restore(two.id)
    assert (library.articles(), library.get(one.id)) == ([two], one)


@pytest.mark.parametrize("act", ["rename", "remove", "replace"])
def test_what_cannot_be_written_changes_nothing(library: Library, act: str) -> None:
    one, two = library.add(numbered(1)), library.add(numbered(2))
    with sqlite3.connect(library.folder / "articles.sqlite") as db:
        db.execute("CREATE TRIGGER full BEFORE UPDATE ON articles BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    with pytest.raises(DataError, match="full"):
        {"rename": lambda: library.rename(one.id, "New"), "remove": lambda: library.remove(one.id),
         "replace": lambda: library.replace(one.id, two)}[act]()  # fmt: skip
    again = reopened(library)
    assert (again.articles(), again.vectors.count(), found(again, one.id)) == ([one, two], 40, one)
    again.close()


def test_a_newer_version_that_cannot_be_put_in_place_is_not_kept_beside_the_old(library: Library) -> None:
    one = library.add(numbered(1))
    with sqlite3.connect(library.folder / "articles.sqlite") as db:
        db.execute("CREATE TRIGGER full BEFORE UPDATE OF newer ON articles BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    with pytest.raises(DataError, match="full"):
        library.replace(one.id, numbered(2))
    again = reopened(library)
    assert (again.store.ids(every=True), again.vectors.count(), found(again, one.id)) == ([one.id], 20, one)
    again.close()


def test_a_replacement_that_is_cut_short_leaves_no_stale_index(library: Library) -> None:
    """Both versions have as many passages, so that counting them tells nothing."""
    one, two = library.add(numbered(1)), library.add(numbered(2))
    library.remove(two.id)
    changing = library.vectors.changing()
    changing.__enter__()  # and killed between the two databases
    library.store.restore(two.id)
    library.store.remove(one.id)
    again = reopened(library)
    assert (again.articles(), found(again, two.id)) == ([two], two)
    again.close()
