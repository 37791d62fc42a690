from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.embedders.base import Vectors
from index.errors import DataError, InputError, InUseError
from index.storage.postgres.store import PostgresStore
from index.text.article import Article
from tests.index.hashing import numbered
from tools.postgresql import ENCODED_PASSWORD, PASSWORD, PostgresqlServer


@pytest.fixture
def store(tmp_path: Path, postgresql: PostgresqlServer) -> Iterator[PostgresStore]:
    store = PostgresStore(tmp_path, postgresql.make_address())
    yield store
    store.close()


def vectors(article: Article, value: float = 0.5) -> Vectors:
    return np.full((len(article.passages), 4), value, dtype=np.float32)


def test_failed_write_leaves_no_part_of_an_article(
    store: PostgresStore, postgresql: PostgresqlServer
) -> None:
    postgresql.execute("ALTER TABLE article_assistant.passages ADD CHECK (position <> 7)")
    with pytest.raises(DataError, match=r"library on .*check constraint") as error:
        store.add(numbered(1), vectors(numbered(1)), "one")
    assert numbered(1).id not in str(error.value)  # the server quotes the whole row
    assert (store.ids(every=True), store.search_keywords("village", 5)) == ([], [])
    short = numbered(2, passages=5)
    store.add(short, vectors(short), "one")
    assert store.ids() == [short.id]


def test_altered_text_is_refused(store: PostgresStore, postgresql: PostgresqlServer) -> None:
    store.add(numbered(1), vectors(numbered(1)), "one")
    postgresql.execute("UPDATE article_assistant.articles SET text = text || 'x'::bytea")
    with pytest.raises(DataError, match="was altered"):
        store.get(numbered(1).id)


def test_library_of_a_newer_version_is_refused(
    store: PostgresStore, postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    postgresql.execute("UPDATE article_assistant.library SET version = version + 1")
    with pytest.raises(DataError, match=r"newer version.*Upgrade"):
        PostgresStore(tmp_path, postgresql.make_address())


def test_keywords_of_another_version_are_rebuilt(
    store: PostgresStore, postgresql: PostgresqlServer
) -> None:
    store.add(numbered(1), vectors(numbered(1)), "one")
    postgresql.execute("DELETE FROM article_assistant.keywords")
    assert store.search_keywords("village", 5) == []
    postgresql.execute("UPDATE article_assistant.library SET keywords_version = '0'")
    assert len(store.search_keywords("village", 5)) == 5


@pytest.mark.parametrize(
    ("password", "database", "reason"),
    [
        ("wr0ng-Word", "library", "password authentication failed"),
        (ENCODED_PASSWORD, "missing", "does not exist"),
    ],
)
def test_refused_connection_is_one_line_without_password(
    postgresql: PostgresqlServer,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    password: str,
    database: str,
    reason: str,
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(DataError, match=reason) as error:
        PostgresStore(tmp_path, postgresql.make_address(database, password))
    message = str(error.value)
    assert "\n" not in message
    assert "ARTICLE_ASSISTANT_DATABASE" in message
    for text in (message, caplog.text):
        assert not any(word in text for word in (password, PASSWORD, ENCODED_PASSWORD))


def test_unreachable_server_is_named_without_password(tmp_path: Path) -> None:
    address = "postgresql+psycopg://user:s3cret@127.0.0.1:1/articles"
    with pytest.raises(DataError, match=r"articles on 127\.0\.0\.1:1 cannot be used") as error:
        PostgresStore(tmp_path, address)
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize(
    "address",
    [
        "s3cret",
        "mysql://user:s3cret@host/articles",
        "postgresql+psycopg://user:s3cret@host",
        "postgresql+psycopg://user:s3cret@host:port/articles",
    ],
)
def test_unusable_address_is_refused_without_repeating_it(tmp_path: Path, address: str) -> None:
    with pytest.raises(InputError, match="ARTICLE_ASSISTANT_DATABASE") as error:
        PostgresStore(tmp_path, address)
    assert "s3cret" not in str(error.value)
    assert error.value.__cause__ is None


def test_lost_connections_are_opened_again(
    store: PostgresStore, postgresql: PostgresqlServer
) -> None:
    store.add(numbered(1), vectors(numbered(1)), "one")
    postgresql.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()",
    )
    assert store.ids() == [numbered(1).id]


def test_vectors_are_not_replaced_under_another_process(
    store: PostgresStore, postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    article = numbered(1)
    store.add(article, vectors(article), "one")
    (tmp_path / "second").mkdir()
    second = PostgresStore(tmp_path / "second", postgresql.make_address())
    with pytest.raises(InUseError, match="1 other process uses"):
        store.replace_vectors(article, vectors(article, 0.9), "two")
    assert (store.vectors(article.id) == 0.5).all()
    second.close()
    deadline = time.monotonic() + 10  # PostgreSQL needs a moment to forget a closed connection
    while store._database.count_other_processes() and time.monotonic() < deadline:
        time.sleep(0.05)
    store.replace_vectors(article, vectors(article, 0.9), "two")
    assert (store.vectors(article.id) == np.float32(0.9)).all()


def test_change_waits_for_another_process(
    store: PostgresStore, postgresql: PostgresqlServer
) -> None:
    store.add(numbered(1), vectors(numbered(1)), "one")
    with postgresql.connect() as connection, ThreadPoolExecutor(1) as pool:
        connection.execute("BEGIN; SELECT * FROM article_assistant.library FOR UPDATE")
        renaming = pool.submit(store.rename, numbered(1).id, "Another title")
        assert store.get(numbered(1).id).title == "Village 1"  # reading does not wait
        with pytest.raises(TimeoutError):
            renaming.result(timeout=0.2)
        connection.execute("COMMIT")
        assert renaming.result().title == "Another title"


def test_library_of_version_two_gets_owners(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    article = numbered(1)
    store = PostgresStore(tmp_path, postgresql.make_address())
    store.add(article, np.ones((len(article.passages), 4), dtype=np.float32), "one")
    store.close()
    postgresql.execute("ALTER TABLE article_assistant.articles DROP COLUMN owner")
    postgresql.execute("UPDATE article_assistant.library SET version = 2")
    for _ in range(2):
        store = PostgresStore(tmp_path, postgresql.make_address())
        assert store.get(article.id) == article
        assert (store.owner_of(article.id), store.list_private()) == ("", {})
        store.close()
