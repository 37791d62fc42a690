"""Test that each user sees the shared articles and the user's own, and nothing of others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from index.embedders.base import Vectors
from index.errors import InputError
from index.retrieval.hybrid import HybridRetriever
from index.storage.bundle import Bundle, write_bundle_stream
from index.storage.databases import make_store
from index.storage.library import Library
from index.storage.marks import Mark
from index.storage.store import ArticleStore
from index.storage.transfer import copy_articles
from index.storage.visibility import UserStore
from index.text.article import Article
from tests.index.hashing import Hashing, numbered
from tests.postgresql import BOTH_DATABASES

pytestmark = BOTH_DATABASES

SHARED = numbered(0)
ANAS = numbered(1).owned_by("ana")
BOBS = numbered(2).owned_by("bob")
BOBS_OLD = Article.from_text("La nuit tombe sur le village.", language="fr").owned_by("bob")
BOBS_NEW = Article.from_text("Le jour se lève sur le village.", language="fr").owned_by("bob")
BOBS_REMOVED = numbered(3).owned_by("bob")
UNKNOWN = "0" * 16

Call = Callable[[ArticleStore, str], object]

# Each names an article of another user, and must do what it does for an article that is unknown.
CALLS: dict[str, Call] = {
    "summary": lambda store, key: store.summary(key),
    "owner_of": lambda store, key: store.owner_of(key),
    "has": lambda store, key: store.has(key),
    "get": lambda store, key: store.get(key, removed=True),
    "vectors": lambda store, key: store.vectors(key),
    "passage_vectors": lambda store, key: store.passage_vectors([(key, 0)]),
    "written_questions": lambda store, key: store.written_questions(key),
    "search_keywords": lambda store, key: store.search_keywords("village jour", 90, [key]),
    "has_more_passages": lambda store, key: store.has_more_passages(0, [key]),
    "replace": lambda store, key: store.replace(key, SHARED, embed(SHARED), "hashing"),
    "rename": lambda store, key: store.rename(key, "Mine"),
    "set_retrieved": lambda store, key: store.set_retrieved(key, "2026", "Me"),
    "remove": lambda store, key: store.remove(key),
    "restore": lambda store, key: store.restore(key),
    "delete": lambda store, key: store.delete(key),
    "set_tags": lambda store, key: store.set_tags(key, ["mine"]),
    "set_written_questions": lambda store, key: store.set_written_questions(key, ["Why?"]),
    "record_opened": lambda store, key: store.record_opened([key]),
}
# Each returns no article of another user.
LISTS: dict[str, Callable[[ArticleStore], object]] = {
    "ids": lambda store: [store.ids(), store.ids(every=True)],
    "list_newer": lambda store: store.list_newer(),
    "listed": lambda store: [store.listed(), store.listed(removed=True)],
    "list_private": lambda store: store.list_private(),
    "ids_containing": lambda store: store.ids_containing("village"),
    "languages": lambda store: store.languages(),
}
# Each is about the whole library, and refused.
CARE: dict[str, Callable[[ArticleStore], object]] = {
    "add_batch": lambda store: store.add_batch([(SHARED, embed(SHARED))], "hashing"),
    "get_meta": lambda store: store.get_meta("version"),
    "set_meta": lambda store: store.set_meta("version", "1"),
    "purge": lambda store: store.purge(datetime.now(UTC)),
    "replace_vectors": lambda store: store.replace_vectors(SHARED, embed(SHARED), "hashing"),
    "count_stale_passages": lambda store: store.count_stale_passages("hashing"),
    "sample_vector": lambda store: store.sample_vector("hashing"),
    "invalidate_vectors": lambda store: store.invalidate_vectors("hashing"),
    "unindexed_ids": lambda store: store.unindexed_ids(),
    "has_indexed": lambda store: store.has_indexed(),
    "set_indexed": lambda store: store.set_indexed([SHARED.id]),
    "count_passages": lambda store: store.count_passages(),
    "follow_changes": lambda store: store.follow_changes(lambda _: None, lambda _: None),
    "close": lambda store: store.close(),
}
HARMLESS = {"add", "check", "count_changes"}


def embed(article: Article) -> Vectors:
    texts = [article.structure.search_text(span) for span in article.passages]
    return Hashing().embed(texts)


def house(number: int, line: int) -> str:
    article = numbered(number)
    return article.slice(article.passages[line])


@pytest.fixture
def store(tmp_path: Path, database: str) -> Iterator[ArticleStore]:
    store = make_store(tmp_path, database)
    for article in (SHARED, ANAS, BOBS, BOBS_OLD, BOBS_REMOVED):
        store.add(article, embed(article), "hashing")
    store.replace(BOBS_OLD.id, BOBS_NEW, embed(BOBS_NEW), "hashing")
    store.set_written_questions(BOBS.id, ["Who counted?"])
    store.remove(BOBS_REMOVED.id)
    yield store
    store.close()


@pytest.fixture
def library(tmp_path: Path, database: str) -> Iterator[Library]:
    library = Library(tmp_path, Hashing(), database=database, max_unindexed=0)
    for article in (SHARED, ANAS, BOBS):
        library.add(article)
    yield library
    library.close()


def call_or_catch(call: Call, store: ArticleStore, article_id: str) -> object:
    """Return the result of a call, or the type of its error."""
    try:
        result = call(store, article_id)
    except (KeyError, TypeError) as error:
        return type(error)
    return result


def describe(store: ArticleStore) -> list[Any]:
    ids = store.ids(every=True)
    articles = [store.get(key, removed=True) for key in ids]
    questions = [store.written_questions(key) for key in ids]
    return [ids, articles, questions, store.listed(), store.listed(removed=True)]


def test_every_method_of_a_store_is_tested(store: ArticleStore) -> None:
    assert {*CALLS, *LISTS, *CARE, *HARMLESS} == ArticleStore.__abstractmethods__


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("user", ["ana", ""])
def test_article_of_another_user_is_unknown(store: ArticleStore, name: str, user: str) -> None:
    view, before = UserStore(store, user), describe(store)
    for article in (BOBS, BOBS_OLD, BOBS_NEW, BOBS_REMOVED):
        expected = call_or_catch(CALLS[name], view, UNKNOWN)
        assert call_or_catch(CALLS[name], view, article.id) == expected
    assert describe(store) == before


@pytest.mark.parametrize("name", LISTS)
def test_list_has_no_article_of_another_user(store: ArticleStore, name: str) -> None:
    shown, hidden = LISTS[name](UserStore(store, "ana")), (BOBS, BOBS_OLD, BOBS_NEW, BOBS_REMOVED)
    assert not any(article.id in repr(shown) for article in hidden)
    assert "bob" not in repr(shown)
    assert "fr" not in repr(shown)
    assert repr(shown) != repr(LISTS[name](store))


@pytest.mark.parametrize("name", CARE)
def test_view_refuses_the_care_of_the_library(store: ArticleStore, name: str) -> None:
    with pytest.raises(PermissionError):
        CARE[name](UserStore(store, "ana"))
    assert store.ids() == [SHARED.id, ANAS.id, BOBS.id, BOBS_NEW.id]


def test_owner_sees_and_changes_the_own_articles(store: ArticleStore) -> None:
    view = UserStore(store, "bob")
    view.check()
    assert view.ids() == [SHARED.id, BOBS.id, BOBS_NEW.id]
    assert view.get(BOBS.id) == BOBS
    assert view.languages() == {"en", "fr"}
    assert view.rename(BOBS.id, "Mine").title == "Mine"
    assert view.set_tags(BOBS.id, ["mine"]) == ["mine"]
    view.restore(BOBS_REMOVED.id)
    assert [summary.owner for summary in view.listed()] == ["", "bob", "bob", "bob"]
    view.remove(BOBS.id)
    assert not view.has(BOBS.id)
    assert view.count_changes() == store.count_changes()


def test_view_adds_no_article_for_another_user(store: ArticleStore) -> None:
    view = UserStore(store, "ana")
    for owner in ("bob", "carl"):
        other = numbered(8).owned_by(owner)
        with pytest.raises(ValueError, match="another user"):
            view.add(other, embed(other), "hashing")
        with pytest.raises(ValueError, match="another user"):
            view.replace(ANAS.id, other, embed(other), "hashing")
    view.add(numbered(8).owned_by("ana"), embed(numbered(8)), "hashing")
    assert view.has(numbered(8).owned_by("ana").id)


def test_keywords_find_visible_passages_alone(store: ArticleStore) -> None:
    for every_word in (False, True):
        hits = UserStore(store, "ana").search_keywords("village", 21, every_word=every_word)
        assert {key for key, *_ in hits} == {SHARED.id, ANAS.id}
        assert len(hits) == 21  # filtered before they are counted
        hits = UserStore(store, "").search_keywords("village", 90, every_word=every_word)
        assert {key for key, *_ in hits} == {SHARED.id}


@pytest.mark.parametrize("exact", [0, 10_000])
@pytest.mark.parametrize("loaded", [0, 10_000])
def test_search_finds_visible_passages_alone(library: Library, exact: int, loaded: int) -> None:
    library.vectors.finish_writing()
    library.add(numbered(4).owned_by("bob"))  # it waits for the index

    def find(user: str, question: str) -> set[str]:
        retriever = HybridRetriever(
            library=library.for_user(user),
            article_ids=None,
            k=90,
            max_loaded_passages=loaded,
            max_exact_passages=exact,
        )
        return {hit.article.id for hit in retriever.hits(question)}

    for number in (0, 1, 2, 4):
        question = house(number, 3)
        assert find("ana", question) == {SHARED.id, ANAS.id}
        assert find("", question) == {SHARED.id}
        assert find("bob", question) == {SHARED.id, BOBS.id, numbered(4).owned_by("bob").id}


def test_index_of_others_leaves_room_for_the_nearest(library: Library) -> None:
    """Passages of others are left out before the nearest are chosen, not afterwards."""
    for number in range(5, 25):
        library.add(numbered(number).owned_by("bob"))
    library.vectors.finish_writing()
    vector = library.embed_question(house(7, 3))
    nearest = library.for_user("ana").find_nearest(vector, 30)
    assert len(nearest) == 30
    assert {key for key, *_ in nearest} <= {SHARED.id, ANAS.id}
    named = library.for_user("ana").find_nearest(vector, 30, [BOBS.id, ANAS.id])
    assert {key for key, *_ in named} == {ANAS.id}


def test_view_of_a_library_hides_articles_of_others(library: Library) -> None:
    ana = library.for_user("ana")
    assert [article.id for article in ana.articles()] == [SHARED.id, ANAS.id]
    assert list(ana.select_all().ids) == [SHARED.id, ANAS.id]
    assert {hit.article_id for hit in ana.search_texts("village")} == {SHARED.id, ANAS.id}
    ana.remove(BOBS.id, forever=True)
    changes: list[Callable[[], Article]] = [
        lambda: ana.get(BOBS.id),
        lambda: ana.rename(BOBS.id, "Mine"),
        lambda: ana.restore(BOBS.id),
        lambda: ana.replace(BOBS.id, numbered(9)),
    ]
    for change in changes:
        with pytest.raises(KeyError):
            change()
    assert library.get(BOBS.id) == BOBS
    vector = library.embed_question(house(2, 3))
    assert library.for_user("bob").find_nearest(vector, 1)[0][:2] == (BOBS.id, 3)


def test_removing_ones_own_keeps_marks_of_others(library: Library) -> None:
    words = BOBS.text[:5]
    library.marks.put(BOBS, Mark(0, 5, words, "Mine."), "bob")
    library.for_user("ana").remove(ANAS.id, forever=True)
    assert [mark.note for mark in library.marks.listed(BOBS, "bob")] == ["Mine."]


def test_newer_version_stays_private(library: Library) -> None:
    newer = library.for_user("bob").replace(BOBS.id, numbered(9))
    assert (newer.owner, newer.id) == ("bob", numbered(9).owned_by("bob").id)
    assert not library.for_user("ana").store.has(newer.id)
    assert library.for_user("bob").get(BOBS.id) == BOBS


def test_articles_of_others_count_for_the_limit(tmp_path: Path, database: str) -> None:
    library = Library(tmp_path, Hashing(), database=database, max_articles=2)
    library.add(SHARED)
    library.add(BOBS)
    with pytest.raises(InputError, match="full"):
        library.for_user("ana").add(ANAS)
    library.close()


def test_bundle_names_no_owner(library: Library, tmp_path: Path, database: str) -> None:
    ana, file = library.for_user("ana"), BytesIO()
    ana.add(numbered(0).owned_by("ana"))  # shared as well
    assert write_bundle_stream(file, ana.store, ana.store.ids()) == 2
    with pytest.raises(KeyError):
        write_bundle_stream(BytesIO(), ana.store, [BOBS.id])
    assert b"ana" not in file.getvalue()
    bob = library.for_user("bob")
    statuses = [status for _, status in Bundle(file, "library.zip").into(bob, "bob")]
    assert statuses == ["added", "added"]
    assert bob.get(numbered(1).owned_by("bob").id).owner == "bob"
    assert [status for _, status in Bundle(file, "library.zip").into(bob)] == ["there", "added"]
    assert ana.get(numbered(1).id).owner == ""


def test_copy_of_a_library_keeps_owners(store: ArticleStore, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    target = make_store(tmp_path / "other")
    report = copy_articles(store, target, "hashing", lambda done, total: None)
    assert (report.copied, report.compared) == (6, 6)
    assert target.list_private() == store.list_private()
    assert target.list_newer() == {BOBS_OLD.id: BOBS_NEW.id}
    target.close()
