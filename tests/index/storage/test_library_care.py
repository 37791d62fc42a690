"""Rename, remove, restore and replace the articles of a library."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.errors import InputError
from index.retrieval.hybrid import HybridRetriever
from index.storage.library import Library
from index.text.article import Article
from tests.index.hashing import Hashing, numbered
from tests.postgresql import BOTH_DATABASES

pytestmark = BOTH_DATABASES

Reopen = Callable[..., Library]


@pytest.fixture
def library(tmp_path: Path, database: str) -> Iterator[Library]:
    library = Library(tmp_path, Hashing(), database=database)
    yield library
    library.close()


@pytest.fixture
def reopen(library: Library, database: str) -> Reopen:
    """Return a function that closes the library and opens it, with an embedder of this name."""

    def reopen(name: str = "hashing") -> Library:
        library.close()
        return Library(library.folder, Hashing(name), database=database)

    return reopen


def found(library: Library, article_id: str) -> Article:
    """The article as the search knows it, with a quote that is checked."""
    (hit,) = HybridRetriever(library=library, article_ids=(article_id,), k=1).hits("House 20004")
    assert hit.article.slice(hit.span) == hit.article.text[hit.span.start : hit.span.end] != ""
    assert hit.to_document().metadata["title"] == hit.article.title
    return hit.article


def test_rename_keeps_id_and_text_after_reopening(library: Library, reopen: Reopen) -> None:
    article = library.add(numbered(1))
    renamed = library.rename(article.id, "  The\n village ")
    assert (renamed.title, renamed.id, renamed.text) == ("The village", article.id, article.text)
    again = reopen()
    assert again.get(article.id) == renamed
    assert [listed.title for listed in again.listed()] == ["The village"]
    again.close()


def test_a_search_tells_the_new_title_at_once(library: Library) -> None:
    article = library.add(numbered(1))
    assert found(library, article.id).title == "Village 1"
    library.rename(article.id, "The village")
    assert found(library, article.id).title == "The village"


def test_a_renamed_article_that_is_added_again_is_the_same(library: Library) -> None:
    renamed = library.rename(library.add(numbered(1)).id, "The village")
    assert library.add(numbered(1)) == renamed
    assert len(library.articles()) == 1


def test_the_first_title_given_again_makes_it_what_it_was(library: Library) -> None:
    article = library.add(numbered(1))
    library.rename(article.id, "The village")
    assert library.rename(article.id, "Village 1") == article == library.get(article.id)


@pytest.mark.parametrize("title", ["", " \n\t ", "\u200b", "w" * 501])
def test_rename_to_unusable_title_changes_nothing(library: Library, title: str) -> None:
    article = library.add(numbered(1))
    with pytest.raises(InputError, match="title"):
        library.rename(article.id, title)
    assert library.get(article.id) == article


def test_change_of_missing_article_raises_key_error(
    library: Library,
) -> None:
    acts: tuple[Callable[[], object], ...] = (
        lambda: library.rename("0" * 16, "Title"),
        lambda: library.restore("0" * 16),
        lambda: library.replace("0" * 16, numbered(1)),
    )
    for act in acts:
        with pytest.raises(KeyError, match="0000"):
            act()
    assert library.listed() == []


def test_a_list_says_what_is_known_without_the_text(library: Library) -> None:
    before = datetime.now(UTC)
    article = library.add(
        replace(
            numbered(1), date="2024-05-01", source="a.txt", retrieved="2026-01-01T00:00:00+00:00"
        )
    )
    (listed,) = library.listed()
    assert (listed.id, listed.title, listed.date, listed.source, listed.language) == (
        article.id, "Village 1", "2024-05-01", "a.txt", "en",
    )  # fmt: skip
    assert (listed.words, listed.characters) == (article.words, len(article.text))
    assert (listed.retrieved, listed.removed) == (article.retrieved, "")
    assert before <= datetime.fromisoformat(listed.added) <= datetime.now(UTC)


def test_a_removed_article_comes_back_exactly_and_in_its_place(library: Library) -> None:
    article, second = library.add(numbered(1)), library.add(numbered(2))
    article = library.rename(article.id, "The village")
    listed, vectors = library.listed(), library.store.vectors(article.id)
    library.remove(article.id)
    assert (library.articles(), library.vectors.count()) == ([second], 20)
    assert library.restore(article.id) == article
    assert (library.listed(), library.articles()) == (listed, [article, second])
    assert (library.store.vectors(article.id) == vectors).all()
    assert (found(library, article.id), library.vectors.count()) == (article, 40)
    assert library.restore(article.id) == article
    assert library.vectors.count() == 40


def test_removed_article_can_be_restored_after_reopening(library: Library, reopen: Reopen) -> None:
    article = library.add(numbered(1))
    library.remove(article.id)
    again = reopen()
    assert (again.articles(), again.vectors.count()) == ([], 0)
    (removed,) = again.listed(removed=True)
    assert (removed.id, removed.title, removed.removed > removed.added) == (
        article.id,
        "Village 1",
        True,
    )
    assert again.restore(article.id) == article
    assert (again.listed(removed=True), found(again, article.id)) == ([], article)
    again.close()


def test_a_removed_article_comes_back_to_another_embedder_too(
    library: Library, reopen: Reopen
) -> None:
    article = library.add(numbered(1))
    library.remove(article.id)
    again = reopen("another")
    again.restore(article.id)
    assert found(again, article.id) == article
    expected = again.embedder.embed([article.slice(span) for span in article.passages])
    assert (again.store.vectors(article.id) == expected).all()
    again.close()


def test_a_removed_article_that_is_added_again_is_new(library: Library) -> None:
    article = library.add(numbered(1))
    library.rename(article.id, "The village")
    (before,) = library.listed()
    library.remove(article.id)
    assert library.add(numbered(1)) == article
    (after,) = library.listed()
    assert (after.added > before.added, after.title, library.vectors.count()) == (
        True,
        "Village 1",
        20,
    )


def test_remove_forever_deletes_earlier_versions(library: Library) -> None:
    first = library.add(numbered(1))
    second = library.replace(first.id, numbered(2))
    library.remove(second.id, forever=True)
    for article in (first, second):
        with pytest.raises(KeyError):
            library.restore(article.id)
    assert library.store.ids(every=True) == []


def test_replace_hides_old_version_but_keeps_its_quotes(library: Library, reopen: Reopen) -> None:
    article = library.add(numbered(1))
    span = article.passages[3]
    quote = article.slice(span)
    two = library.replace(article.id, numbered(2))
    assert ([listed.id for listed in library.listed()], library.vectors.count()) == ([two.id], 20)
    assert library.get(article.id).text[span.start : span.end] == quote
    assert found(library, two.id) == two
    again = reopen()
    assert (again.articles(), again.get(article.id)) == ([two], article)
    again.close()


def test_the_same_version_again_changes_only_when_it_was_seen(library: Library) -> None:
    article = library.add(numbered(1))
    assert (
        library.replace(article.id, replace(article, retrieved="2026-02-02T00:00:00+00:00"))
        == article
    )
    assert [listed.retrieved for listed in library.listed()] == ["2026-02-02T00:00:00+00:00"]
    assert library.vectors.count() == 20


def test_replace_stores_author_that_was_missing(library: Library) -> None:
    article = library.add(numbered(1))
    renewed = library.replace(article.id, replace(article, author="Ana Ruiz"))
    assert (renewed.id, renewed.author, library.listed()[0].author) == (
        article.id,
        "Ana Ruiz",
        "Ana Ruiz",
    )
    assert library.replace(article.id, article).author == "Ana Ruiz"  # where it names none any more


def test_a_newer_version_keeps_the_title_that_a_person_gave(library: Library) -> None:
    article = library.add(numbered(1))
    library.rename(article.id, "The village")
    assert library.replace(article.id, numbered(2)).title == "The village"


def test_replace_by_earlier_text_makes_it_current_again(
    library: Library,
) -> None:
    article, two = numbered(1), numbered(2)
    library.add(article)
    library.replace(article.id, two)
    assert library.replace(two.id, article) == article
    assert (library.articles(), library.vectors.count(), library.get(two.id)) == (
        [article],
        20,
        two,
    )


def test_earlier_versions_go_and_come_back_with_the_article(library: Library) -> None:
    article = library.add(numbered(1))
    two = library.replace(article.id, numbered(2))
    library.remove(two.id)
    with pytest.raises(KeyError):
        library.get(article.id)
    assert [listed.id for listed in library.listed(removed=True)] == [two.id]
    library.restore(two.id)
    assert (library.articles(), library.get(article.id)) == ([two], article)


def test_a_replacement_that_is_cut_short_leaves_no_stale_index(
    library: Library, database: str, reopen: Reopen
) -> None:
    """Both versions have as many passages, so that counting them tells nothing."""
    library.close()
    library = Library(library.folder, Hashing(), max_unindexed=0, database=database)
    article, two = library.add(numbered(1)), library.add(numbered(2))
    library.remove(two.id)
    library.store.restore(two.id)
    library.store.remove(article.id)  # and killed before the index knows
    library.close()
    again = reopen()
    assert (again.articles(), found(again, two.id)) == ([two], two)
    again.close()
