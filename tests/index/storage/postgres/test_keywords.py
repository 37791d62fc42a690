from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest

from index.storage.postgres.database import PostgresDatabase
from index.storage.postgres.keywords import (
    MAX_STEM_BYTES,
    KeywordTotals,
    count_keywords,
    search_keywords,
)
from index.storage.postgres.store import PostgresStore
from index.storage.sqlite.store import SqliteStore
from index.storage.store import ArticleStore
from index.text.article import Article
from tools.postgresql import PostgresqlServer

WORDS = [f"word{number}" for number in range(40)]


@pytest.fixture
def store(tmp_path: Path, postgresql: PostgresqlServer) -> Iterator[PostgresStore]:
    store = PostgresStore(tmp_path, postgresql.make_address())
    yield store
    store.close()


def add(store: ArticleStore, text: str, language: str = "en") -> str:
    article = Article.from_text(text, language=language)
    store.add(article, np.ones((len(article.passages), 4), dtype=np.float32), "one")
    return article.id


def test_scores_equal_those_of_sqlite(store: PostgresStore, tmp_path: Path) -> None:
    random = Random(1)
    sqlite = SqliteStore(tmp_path)
    for number in range(30):
        # Frequent words first, as in any text; the first is in more than half of the passages.
        drawn = random.choices(
            WORDS, [1 / rank for rank in range(1, 41)], k=random.randrange(2, 60)
        )
        for each in (store, sqlite):
            article_id = add(each, f"{' '.join(drawn)} {number}.")
        if number == 20:
            for each in (store, sqlite):
                each.remove(article_id)
    for _ in range(30):
        question = " ".join(random.sample(WORDS, 4))
        ours, theirs = (each.search_keywords(question, 10) for each in (store, sqlite))
        assert [hit[:2] for hit in ours] == [hit[:2] for hit in theirs]
        assert [hit[2] for hit in ours] == pytest.approx([hit[2] for hit in theirs])
    sqlite.close()


def test_frequent_stems_do_not_choose_passages(
    store: PostgresStore, postgresql: PostgresqlServer
) -> None:
    first = add(store, "The districts of the city.")
    for place in ("north", "south"):
        add(store, f"The {place} of the city.")
    database = PostgresDatabase(postgresql.make_address())
    with database.snapshot() as connection:
        totals = count_keywords(connection)
        assert totals.passages == 3
        hits = search_keywords(connection, totals, "districts of the city", 10, None, max_matches=2)
        assert [article_id for article_id, *_ in hits] == [first]
        assert len(search_keywords(connection, totals, "city", 10, None, max_matches=2)) == 3
        assert search_keywords(connection, KeywordTotals(0, 0), "nothing", 10, None) == []
    database.close()


def test_word_that_is_too_long_for_the_index_is_left_out(store: PostgresStore) -> None:
    word = "é" * MAX_STEM_BYTES
    article_id = add(store, f"The city {word}.", "xx")
    assert store.search_keywords(word, 1) == []
    assert store.search_keywords(f"city {word}", 1)[0][0] == article_id
