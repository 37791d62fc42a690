from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from index.embedders.base import Vectors
from index.storage.databases import make_store
from index.storage.store import ArticleStore
from index.text.article import Article
from index.text.spans import Block, Span
from tests.index.hashing import numbered
from tests.index.texts import any_text, texts_with_words
from tests.postgresql import BOTH_DATABASES

pytestmark = BOTH_DATABASES


@pytest.fixture
def store(tmp_path: Path, database: str) -> Iterator[ArticleStore]:
    store = make_store(tmp_path, database)
    yield store
    store.close()


def vectors(article: Article, value: float = 0.5) -> Vectors:
    return np.full((len(article.passages), 4), value, dtype=np.float32)


def counts(store: ArticleStore) -> tuple[int, int]:
    """The number of articles, with removed ones and earlier versions, and of passages."""
    return len(store.ids(every=True)), store.count_passages()


def test_an_article_comes_back_as_it_went_in(store: ArticleStore, bundled: Article) -> None:
    store.add(bundled, vectors(bundled), "one")
    stored = store.get(bundled.id)
    assert stored == bundled
    assert (stored.id, stored.blocks, stored.sentences, stored.passages) == (
        bundled.id, bundled.blocks, bundled.sentences, bundled.passages,
    )  # fmt: skip


def test_add_batch_stores_all_or_nothing(store: ArticleStore) -> None:
    first, second, third = (numbered(number, passages=3) for number in range(3))
    store.add(first, vectors(first, 0.25), "one")
    with pytest.raises(ValueError, match="2 vectors for 3 passages"):
        store.add_batch([(second, vectors(second)), (third, vectors(third)[:2])], "one")
    assert counts(store) == (1, 3)
    store.add_batch([(article, vectors(article)) for article in (first, second, third)], "one")
    assert counts(store) == (3, 9)
    assert store.vectors(first.id)[0, 0] == 0.25  # what is stored stays
    assert store.get(third.id) == third
    assert sorted(store.unindexed_ids()) == sorted([first.id, second.id, third.id])


@given(texts_with_words, any_text, any_text)
@settings(max_examples=50)
def test_any_text_title_and_source_come_back(
    store: ArticleStore, text: str, title: str, source: str
) -> None:
    article = Article.from_text(text, title, source=source)
    store.remove(article.id)
    store.add(article, vectors(article), "one")
    assert store.get(article.id) == article


def test_lone_surrogates_come_back(store: ArticleStore) -> None:
    article = Article.from_text("A lone \ud83d here and \udc00 there.")
    store.add(article, vectors(article), "one")
    assert store.get(article.id).text == "A lone \ud83d here and \udc00 there."


def test_blocks_come_back_with_their_kinds(store: ArticleStore) -> None:
    blocks = (Block(0, 5, "heading", 2), Block(7, 15, "item", 3), Block(17, 28))
    article = Article.from_text("Title\n\nAn item.\n\nA sentence.", blocks=blocks)
    store.add(article, vectors(article), "one")
    assert store.get(article.id).blocks == blocks


def test_vectors_come_back_to_the_last_bit(store: ArticleStore) -> None:
    article = numbered(1)
    facts = (
        np.random.default_rng(7).standard_normal((len(article.passages), 384)).astype(np.float32)
    )
    store.add(article, facts, "one")
    assert (store.vectors(article.id) == facts).all()
    assert store.vectors(article.id).dtype == np.float32


def test_vectors_of_chosen_passages_are_returned(store: ArticleStore) -> None:
    one, two = numbered(1), numbered(2)
    for number, article in enumerate((one, two)):
        rows = np.arange(4 * len(article.passages), dtype=np.float32).reshape(-1, 4) + number
        store.add(article, rows, "one")
    assert store.passage_vectors([]) == {}
    places = [(one.id, 3), (two.id, 0), (two.id, 99), ("gone", 1)]
    found = store.passage_vectors(places)
    assert {place: row.tolist() for place, row in found.items()} == {
        (one.id, 3): [12, 13, 14, 15],
        (two.id, 0): [1, 2, 3, 4],
    }


def test_ids_are_listed_oldest_first(store: ArticleStore) -> None:
    articles = [numbered(number) for number in (3, 1, 2)]
    for article in articles:
        store.add(article, vectors(article), "one")
    assert store.ids() == [article.id for article in articles]


def test_ids_containing_finds_exact_text_of_current_articles(
    store: ArticleStore,
) -> None:
    texts = ("An été in Zürich.", "another été.", "Nothing.")
    articles = [Article.from_text(text) for text in texts]
    for article in articles:
        store.add(article, vectors(article), "one")
    assert store.ids_containing("été") == [added.id for added in articles[:2]]
    assert store.ids_containing("ÉTÉ") == store.ids_containing("%") == []
    store.remove(articles[0].id)
    assert store.ids_containing("été") == [articles[1].id]


@pytest.mark.parametrize("is_restored", [True, False])
def test_vector_index_lacks_article_that_comes_back(store: ArticleStore, is_restored: bool) -> None:
    article = numbered(1)
    store.add(article, vectors(article), "one")
    assert (store.unindexed_ids(), store.has_indexed()) == ([article.id], False)
    store.set_indexed([article.id])
    assert (store.unindexed_ids(), store.has_indexed()) == ([], True)
    store.remove(article.id)
    assert (store.unindexed_ids(), store.has_indexed()) == ([], False)
    if is_restored:
        store.restore(article.id)
    else:
        store.add(article, vectors(article), "one")
    assert (store.unindexed_ids(), store.has_indexed()) == ([article.id], False)


def test_an_unknown_article_is_not_there(store: ArticleStore) -> None:
    assert not store.has("0" * 16)
    with pytest.raises(KeyError, match="0000"):
        store.get("0" * 16)


def test_threads_may_share_a_store(store: ArticleStore) -> None:
    articles = [numbered(number) for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda article: store.add(article, vectors(article), "one"), articles * 2))
    assert sorted(store.ids()) == sorted(article.id for article in articles)
    assert store.count_passages() == sum(len(article.passages) for article in articles)


def test_the_last_value_of_a_fact_counts(store: ArticleStore) -> None:
    for value in ("first", "", "naïve \0 文字"):
        store.set_meta("fact", value)
        assert store.get_meta("fact") == value
    assert store.get_meta("unknown") is None


def test_pages_are_kept(store: ArticleStore) -> None:
    article = Article.from_text(
        "One page. Two pages.", pages=(Span(0, 10), Span(10, 10), Span(10, 20))
    )
    store.add(article, vectors(article), "one")
    assert store.get(article.id).pages == article.pages


def test_authors_are_kept_and_listed(store: ArticleStore) -> None:
    article = Article.from_text("Some words.", author="Jane Doe, Ana “Ruiz”")
    store.add(article, vectors(article), "one")
    assert (store.get(article.id), store.listed()[0].author) == (article, article.author)
    assert (
        store.get(article.id).author == store.summary(article.id).author == "Jane Doe, Ana “Ruiz”"
    )


def test_an_article_comes_back_after_closing_and_opening(
    tmp_path: Path, database: str, bundled: Article
) -> None:
    store = make_store(tmp_path, database)
    store.add(bundled, vectors(bundled), "one")
    store.close()
    store = make_store(tmp_path, database)
    assert [store.get(article_id) for article_id in store.ids()] == [bundled]
    store.close()


def test_adding_twice_changes_nothing(store: ArticleStore) -> None:
    article = numbered(1)
    store.add(article, vectors(article, 0.5), "one")
    before = counts(store)
    store.add(article, vectors(article, 0.9), "one")
    assert counts(store) == before
    assert (store.vectors(article.id) == 0.5).all()


def test_forgetting_an_article_removes_all_of_it(store: ArticleStore) -> None:
    article, newer = numbered(1), numbered(2)
    store.add(article, vectors(article), "one")
    store.add(newer, vectors(newer), "one")
    store.delete(article.id)
    assert counts(store) == (1, len(newer.passages))
    assert len(store.vectors(article.id)) == 0
    assert store.get(newer.id) == newer


def test_too_few_vectors_keep_nothing(store: ArticleStore) -> None:
    article = numbered(1)
    with pytest.raises(ValueError, match="19 vectors for 20 passages"):
        store.add(article, vectors(article)[1:], "one")
    assert counts(store) == (0, 0)
