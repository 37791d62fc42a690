"""Test `article-assistant users …`."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant import Answer, Article
from assistant.accounts.accounts import Accounts
from assistant.interfaces.cli.main import app
from assistant.service.feedback import Feedback
from index.retrieval.hybrid import HybridRetriever
from index.storage.databases import make_store
from index.storage.library import Library
from index.storage.marks import Mark, MarkStore
from tests.assistant.accounts.fakes import PASSWORD
from tests.index.hashing import Hashing, numbered

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Return a function that runs a command on the accounts of a data folder."""

    def run_command(*words: str, stdin: str = "") -> Result:
        command = ["users", *words, "--data", str(tmp_path)]
        return CliRunner().invoke(app, command, input=stdin)

    return run_command


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path)


def test_added_user_can_sign_in(run: Run, accounts: Accounts) -> None:
    result = run("add", "Ana", "--role", "editor", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert (result.exit_code, result.stdout) == (0, "added  ana  editor\n")
    assert accounts.find_by_session(accounts.sign_in("ana", PASSWORD, ""))


def test_typed_password_is_asked_twice_and_hidden(run: Run, accounts: Accounts) -> None:
    result = run("add", "ana", stdin=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    assert result.output.splitlines()[:2] == ["Password: ", "Repeat for confirmation: "]
    assert accounts.sign_in("ana", PASSWORD, "")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["add", "a b", "--no-password"], "cannot be the name"),
        (["add", "ana", "--password-stdin"], "has 0 characters"),
        (["remove", "bob"], "no user"),
        (["role", "bob", "admin"], "no user"),
        (["password", "bob", "--password-stdin"], "no user"),
        (["key", "bob", "--scope", "read"], "no user"),
        (["key", "--remove", "01234567"], "no key"),
        (["key"], "--remove"),
        (["key", "ana", "--remove", "01234567"], "--remove"),
        (["add", "ana", "--role", "owner"], "owner"),
    ],
)
def test_unusable_input_is_explained(run: Run, words: list[str], message: str) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_list_shows_roles_and_keys_without_secrets(run: Run) -> None:
    assert "No users" in run("list").stderr
    run("add", "bob", "--no-password")
    run("add", "ana", "--role", "admin", "--password-stdin", stdin=PASSWORD)
    key = run("key", "bob", "--scope", "ask", "--scope", "read", "--label", "script").stdout.strip()
    result = run("list", "--json")
    ana, bob = json.loads(result.stdout)
    assert (ana["name"], ana["role"], ana["has_password"]) == ("ana", "admin", True)
    assert (bob["name"], bob["role"], bob["has_password"]) == ("bob", "reader", False)
    assert ana["keys"] == []
    (entry,) = bob["keys"]
    assert (entry["scopes"], entry["label"]) == (["read", "ask"], "script")
    text = run("list").stdout
    assert f"    key {entry['id']}  read,ask  " in text
    for secret in (key, "argon2"):
        assert secret not in text + result.stdout


def test_key_works_until_it_is_removed(run: Run, accounts: Accounts) -> None:
    run("add", "ana", "--no-password")
    key = run("key", "ana", "--scope", "ask").stdout.strip()
    account = accounts.find_by_key(key)
    assert account
    assert account.permissions == {"ask"}
    (entry,) = accounts.list_keys()
    assert run("key", "--remove", entry.id).exit_code == 0
    assert accounts.find_by_key(key) is None


def test_role_password_and_removal_apply_at_once(run: Run, accounts: Accounts) -> None:
    run("add", "ana", "--role", "admin", "--password-stdin", stdin=PASSWORD)
    token = accounts.sign_in("ana", PASSWORD, "")
    assert run("role", "ana", "reader").exit_code == 0
    account = accounts.find_by_session(token)
    assert account
    assert account.role == "reader"
    assert run("password", "ana", "--password-stdin", stdin="another long one").exit_code == 0
    assert accounts.find_by_session(token) is None
    token = accounts.sign_in("ana", "another long one", "")
    assert run("remove", "ana").exit_code == 0
    assert accounts.find_by_session(token) is None


@pytest.mark.parametrize("is_served", [False, True])
def test_removed_user_leaves_no_private_articles(run: Run, tmp_path: Path, is_served: bool) -> None:
    run("add", "ana", "--no-password")
    library, feedback = Library(tmp_path, Hashing()), Feedback(tmp_path)
    old, new, removed = (numbered(number).owned_by("ana") for number in range(3))
    shared, bobs = numbered(0), numbered(0).owned_by("bob")
    for article in (old, removed, shared, bobs):
        library.add(replace(article, original=b"%PDF"))
        answer = Answer.from_text("Which house?", article.text[:20], searched="Which house?")
        feedback.give(article.id, article.id, answer, "up")
    library.replace(old.id, new)
    library.remove(removed.id)
    ana, question = library.for_user("ana"), new.slice(new.passages[3])
    retriever = HybridRetriever(library=ana, article_ids=None)
    assert new.id in {hit.article.id for hit in retriever.hits(question)}
    if not is_served:
        library.close()
    result = run("remove", "ana")
    assert result.exit_code == 0, result.output
    if is_served:  # the next user of that name finds nothing
        assert new.id not in {hit.article.id for hit in retriever.hits(question)}
        assert ana.store.ids() == [shared.id]
        library.close()
    with closing(make_store(tmp_path)) as store:
        assert set(store.ids(every=True)) == {shared.id, bobs.id}
    assert {rating.article_id for rating in feedback.all()} == {shared.id, bobs.id}
    originals = (tmp_path / "originals").iterdir()
    assert {path.name for path in originals} == {f"{shared.id}.pdf", f"{bobs.id}.pdf"}


def test_new_user_gets_nothing_of_an_earlier_one(run: Run, tmp_path: Path) -> None:
    library = Library(tmp_path, Hashing())
    left = library.add(numbered(0).owned_by("ana"))
    assert run("add", "Ana", "--no-password").exit_code == 0
    assert not library.store.has(left.id)
    kept = library.add(numbered(1).owned_by("ana"))
    assert run("add", "ana", "--no-password").exit_code != 0  # there is one
    assert library.store.has(kept.id)
    library.close()


def test_removed_user_leaves_no_notes(run: Run, tmp_path: Path) -> None:
    run("add", "ana", "--password-stdin", stdin=PASSWORD)
    marks, article = MarkStore(tmp_path), Article.from_text("The mill was built in 1902.")
    for owner in ("ana", "bob"):
        marks.put(article, Mark(4, 8, "mill", owner), owner)
    assert run("remove", "Ana").exit_code == 0
    assert marks.listed(article, "ana") == []
    assert [mark.note for mark in marks.listed(article, "bob")] == ["bob"]
