"""Marks, feedback and accounts in the database of a library, which several processes use."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from assistant import Answer, Article, Quote
from assistant.accounts.lockout import LockedError, Lockout, LockoutLimits
from assistant.accounts.store import AccountStore
from assistant.service.feedback import Feedback
from index.errors import DataError, InputError
from index.storage.marks import Mark, MarkStore
from index.storage.postgres.database import PostgresDatabase
from index.storage.postgres.store import PostgresStore
from index.storage.postgres.tables import SCHEMA_VERSION
from tools.postgresql import PASSWORD, PostgresqlServer

ARTICLE = Article.from_text("The mill was built in 1902.", "The mill")
MARK = Mark(4, 8, "mill", "A note with ? and % and \0.")


def test_marks_of_one_process_are_seen_by_another(
    tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    first, second = (
        MarkStore(tmp_path / name, postgresql.make_address()) for name in ("first", "second")
    )
    assert first.put(ARTICLE, MARK)
    assert second.listed(ARTICLE) == [Mark(4, 8, "mill", "A note with ? and % and .")]
    second.delete_others([ARTICLE.id])
    assert second.remove(ARTICLE.id, MARK.id)
    assert first.listed(ARTICLE) == []
    first.put(ARTICLE, MARK)
    first.delete_others([])
    assert second.listed(ARTICLE) == []
    assert not list(tmp_path.iterdir())
    first.close()
    second.close()


def test_ratings_are_listed_in_the_order_of_their_times(
    tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    feedback = Feedback(tmp_path, postgresql.make_address())
    answers = [
        Answer.from_text(f"Question {number}?", "The mill [1].", (_quote_mill(),))
        for number in range(5)
    ]
    for answer in answers:
        feedback.give("chat", ARTICLE.id, answer, "up")
    feedback.give("chat", ARTICLE.id, answers[1], "down", "No.")
    feedback.withdraw("chat", answers[0])
    rated = [(rating.question[-2], rating.verdict) for rating in feedback.all()]
    assert rated == [("2", "up"), ("3", "up"), ("4", "up"), ("1", "down")]
    assert feedback.all()[0].quotes == ((ARTICLE.id, 4, 8),)
    feedback.close()


def _quote_mill() -> Quote:
    return Quote(1, "mill", 4, 8, ARTICLE.id)


def test_accounts_of_one_process_are_those_of_another(
    tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    first, second = (AccountStore(tmp_path, postgresql.make_address()) for _ in range(2))
    first.add_user("ana", "editor", "hash")
    with pytest.raises(InputError, match="'ana' already"):
        second.add_user("ana", "reader", "")
    first.add_session("ana", b"\0session", now=0, expires=10)
    first.add_key("ana", "key", b"\xffkey", ("read", "ask"), "report")
    assert second.find_session(b"\0session", 5) == ("ana", "editor")
    assert second.find_session(b"\0session", 10) is None
    assert second.find_key(b"\xffkey") == ("ana", "editor", frozenset(("read", "ask")))
    assert [key.label for key in second.list_keys()] == ["report"]
    second.set_password_hash("ana", "other", ends_sessions=True)
    assert first.find_session(b"\0session", 5) is None
    assert first.find_user("ana") == second.list_users()[0]
    assert second.remove_user("ana")
    assert first.find_key(b"\xffkey") is None
    first.close()
    second.close()


def test_failed_sign_ins_are_counted_for_all_processes(
    tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    stores = [AccountStore(tmp_path, postgresql.make_address()) for _ in range(2)]
    lockouts = [Lockout(store, LockoutLimits(of_name=4)) for store in stores]
    with ThreadPoolExecutor(4) as threads:
        attempts = [
            threads.submit(lockouts[number % 2].begin, "ana", f"192.0.2.{number}")
            for number in range(12)
        ]
    refused = [isinstance(attempt.exception(), LockedError) for attempt in attempts]
    assert refused.count(False) == 4
    for store in stores:
        store.close()


def test_tables_are_added_to_a_database_of_version_one(
    tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    PostgresStore(tmp_path, postgresql.make_address()).close()
    for table in ("attempts", "originals", "marks", "feedback", "sessions", "keys", "users"):
        postgresql.execute(f"DROP TABLE article_assistant.{table}")
    postgresql.execute("ALTER TABLE article_assistant.articles DROP COLUMN owner")
    postgresql.execute("UPDATE article_assistant.library SET version = 1")
    store = MarkStore(tmp_path, postgresql.make_address())
    assert store.put(ARTICLE, MARK)
    with postgresql.connect() as connection:
        (version,) = connection.execute("SELECT version FROM article_assistant.library").fetchall()
    assert version == (SCHEMA_VERSION,)
    store.close()


def test_connections_are_not_those_of_another_store(
    tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    store = MarkStore(tmp_path, postgresql.make_address())
    store.put(ARTICLE, MARK)
    database = PostgresDatabase(postgresql.make_address())
    assert database.count_other_processes() == 0
    database.close()
    store.close()


def test_error_names_database_without_password(
    tmp_path: Path, postgresql: PostgresqlServer
) -> None:
    store = MarkStore(tmp_path, postgresql.make_address())
    postgresql.execute("ALTER TABLE article_assistant.marks ADD CHECK (start > 100)")
    with pytest.raises(DataError, match="library on") as error:
        store.put(ARTICLE, MARK)
    assert PASSWORD not in str(error.value)
    assert "note" not in str(error.value)
    store.close()
