"""Test users, passwords, sessions and API keys."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assistant.accounts.accounts import Accounts, SignInError, open_accounts
from assistant.accounts.lockout import LockedError, LockoutLimits
from assistant.accounts.passwords import MIN_PASSWORD_CHARS, Passwords
from assistant.accounts.roles import PERMISSIONS, ROLES, Account, Permission, Role
from assistant.settings import Settings
from index.errors import InputError
from tests.assistant.accounts.fakes import PASSWORD, make_accounts, make_hasher

pytestmark = pytest.mark.unit

ADDRESS = "192.0.2.1"


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    accounts = make_accounts(tmp_path)
    accounts.add_user("Ana", "editor", PASSWORD)
    yield accounts
    accounts.close()


def read_events(folder: Path) -> list[dict[str, object]]:
    lines = (folder / "audit.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_sign_in_starts_session_of_user(accounts: Accounts) -> None:
    token = accounts.sign_in(" ANA ", PASSWORD, ADDRESS)
    account = accounts.find_by_session(token)
    assert account
    assert (account.name, account.role, account.method) == ("ana", "editor", "session")
    assert accounts.sign_in("ana", PASSWORD, ADDRESS) != token
    assert accounts.find_by_session(token[:-1]) is None


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ana", PASSWORD + "!"),
        ("ana", ""),
        ("bob", PASSWORD),
        ("", ""),
        ("cara", ""),
        ("\ud800", "\ud800"),
    ],
)
def test_wrong_name_or_password_is_refused(accounts: Accounts, name: str, password: str) -> None:
    accounts.add_user("cara", "reader", None)
    with pytest.raises(SignInError) as caught:
        accounts.sign_in(name, password, ADDRESS)
    assert str(caught.value) == str(SignInError())


def test_password_in_another_unicode_form_is_valid(accounts: Accounts) -> None:
    accounts.add_user("bob", "reader", "cafe\u0301 au lait s'il")
    assert accounts.sign_in("bob", "caf\u00e9 au lait s'il", ADDRESS)


@pytest.mark.parametrize("length", [0, MIN_PASSWORD_CHARS - 1, 1_001])
def test_password_of_bad_length_is_refused(accounts: Accounts, length: int) -> None:
    with pytest.raises(InputError, match=f"has {length} characters"):
        accounts.set_password("ana", "x" * length)
    with pytest.raises(InputError):
        accounts.add_user("bob", "reader", "x" * length)
    assert [user.name for user in accounts.list_users()] == ["ana"]
    assert accounts.sign_in("ana", PASSWORD, ADDRESS)


@pytest.mark.parametrize("name", ["", "a b", "-a", "a/b", "ä", "a\nb", "x" * 101, "<b>"])
def test_name_with_other_characters_is_refused(accounts: Accounts, name: str) -> None:
    with pytest.raises(InputError, match="cannot be the name"):
        accounts.add_user(name, "reader", None)


def test_second_user_with_same_name_is_refused(accounts: Accounts) -> None:
    with pytest.raises(InputError, match="'ana' already"):
        accounts.add_user("ANA", "admin", PASSWORD)
    assert [user.role for user in accounts.list_users()] == ["editor"]


def test_session_ends_at_its_time(tmp_path: Path) -> None:
    time = [1_000.0]
    accounts = make_accounts(tmp_path, session_hours=1, clock=lambda: time[0])
    accounts.add_user("ana", "reader", PASSWORD)
    token = accounts.sign_in("ana", PASSWORD, ADDRESS)
    time[0] += 3_599
    assert accounts.find_by_session(token)
    time[0] += 1
    assert accounts.find_by_session(token) is None
    accounts.close()


def test_password_change_ends_all_sessions(accounts: Accounts) -> None:
    tokens = [accounts.sign_in("ana", PASSWORD, ADDRESS) for _ in range(2)]
    key = accounts.add_key("ana", ["read"])
    with pytest.raises(SignInError):
        accounts.change_password("ana", "not the password", "another long one", ADDRESS)
    assert accounts.find_by_session(tokens[0])
    accounts.change_password("ana", PASSWORD, "another long one", ADDRESS)
    assert [accounts.find_by_session(token) for token in tokens] == [None, None]
    assert accounts.find_by_key(key)
    with pytest.raises(SignInError):
        accounts.sign_in("ana", PASSWORD, ADDRESS)
    assert accounts.sign_in("ana", "another long one", ADDRESS)


def test_sign_out_ends_that_session_only(accounts: Accounts) -> None:
    first, second = (accounts.sign_in("ana", PASSWORD, ADDRESS) for _ in range(2))
    account = accounts.find_by_session(first)
    assert account
    accounts.sign_out(first, account, ADDRESS)
    assert accounts.find_by_session(first) is None
    assert accounts.find_by_session(second)


def test_removed_user_loses_sessions_and_keys(accounts: Accounts) -> None:
    token, key = accounts.sign_in("ana", PASSWORD, ADDRESS), accounts.add_key("ana", ["read"])
    accounts.remove_user("Ana")
    accounts.add_user("ana", "admin", PASSWORD)  # the same name, another person
    assert accounts.find_by_session(token) is None
    assert accounts.find_by_key(key) is None
    assert accounts.list_keys() == []


def test_changed_role_applies_to_open_sessions(accounts: Accounts) -> None:
    token = accounts.sign_in("ana", PASSWORD, ADDRESS)
    accounts.set_role("ana", "reader")
    account = accounts.find_by_session(token)
    assert account
    assert not account.has_permissions("edit")


@pytest.mark.parametrize(
    "change",
    [
        lambda accounts: accounts.remove_user("bob"),
        lambda accounts: accounts.set_role("bob", "admin"),
        lambda accounts: accounts.set_password("bob", PASSWORD),
        lambda accounts: accounts.add_key("bob", ["read"]),
    ],
)
def test_change_of_unknown_user_is_refused(
    accounts: Accounts, change: Callable[[Accounts], object]
) -> None:
    with pytest.raises(InputError, match="no user 'bob'"):
        change(accounts)


PERMITTED: dict[Role, set[Permission]] = {
    "reader": {"read", "ask"},
    "editor": {"read", "ask", "edit"},
    "admin": {"read", "ask", "edit", "admin"},
}


@pytest.mark.parametrize("role", ROLES)
def test_role_and_scopes_both_limit_a_key(accounts: Accounts, role: Role) -> None:
    accounts.set_role("ana", role)
    for scope in PERMISSIONS:
        account = accounts.find_by_key(accounts.add_key("ana", [scope]))
        assert account
        assert account.permissions == {scope} & PERMITTED[role]
    assert Account.of("ana", role, "session").permissions == PERMITTED[role]


def test_key_is_removed_by_its_id(accounts: Accounts) -> None:
    first, second = (accounts.add_key("ana", ["ask", "read"], label="bot") for _ in range(2))
    (entry, _) = accounts.list_keys()
    assert (entry.user, entry.scopes, entry.label) == ("ana", ("read", "ask"), "bot")
    accounts.remove_key(entry.id)
    assert [bool(accounts.find_by_key(key)) for key in (first, second)].count(True) == 1
    with pytest.raises(InputError, match="no key"):
        accounts.remove_key(entry.id)
    for scopes in ([], ["read", "write"]):
        with pytest.raises(InputError, match="scopes of a key"):
            accounts.add_key("ana", scopes)


def test_files_contain_no_password_token_or_key(accounts: Accounts, tmp_path: Path) -> None:
    token, key = accounts.sign_in("ana", PASSWORD, ADDRESS), accounts.add_key("ana", ["read"])
    with pytest.raises(SignInError):
        accounts.sign_in("my password, typed into the wrong field", "", ADDRESS)
    files = [path for path in tmp_path.iterdir() if path.is_file()]
    content = b"".join(path.read_bytes() for path in files)
    assert b"ana" in content
    for secret in (token, key, key[4:], PASSWORD, "wrong field"):
        assert secret.encode() not in content
    for path in files:
        assert path.stat().st_mode & 0o077 == 0, path


def test_outdated_hash_is_replaced_at_sign_in(accounts: Accounts, tmp_path: Path) -> None:
    stronger = Accounts(tmp_path, passwords=Passwords(make_hasher(time_cost=2)))
    (before,) = stronger.list_users()
    token = stronger.sign_in("ana", PASSWORD, ADDRESS)
    (after,) = stronger.list_users()
    assert ("t=1," in before.password_hash, "t=2," in after.password_hash) == (True, True)
    assert stronger.find_by_session(token)
    assert stronger.sign_in("ana", PASSWORD, ADDRESS)
    stronger.close()


def test_short_password_of_earlier_times_is_valid(accounts: Accounts) -> None:
    short_hash = Passwords(make_hasher(time_cost=2)).hash("short")
    accounts._store.set_password_hash("ana", short_hash, ends_sessions=False)
    assert accounts.sign_in("ana", "short", ADDRESS)
    assert accounts.sign_in("ana", "short", ADDRESS)


def test_locked_name_is_refused_with_right_password(tmp_path: Path) -> None:
    time = [0.0]
    limits = LockoutLimits(of_name=3, seconds=60)
    accounts = make_accounts(tmp_path, limits=limits, clock=lambda: time[0])
    accounts.add_user("ana", "reader", PASSWORD)
    for number in range(3):
        with pytest.raises(SignInError):
            accounts.sign_in("ana", "wrong", f"192.0.2.{number}")
    with pytest.raises(LockedError):
        accounts.sign_in("ana", PASSWORD, ADDRESS)
    with pytest.raises(LockedError):
        accounts.change_password("ana", PASSWORD, "another long one", ADDRESS)
    time[0] = 61
    assert accounts.sign_in("ana", PASSWORD, ADDRESS)
    events = [event["event"] for event in read_events(tmp_path)]
    assert events == ["user_added", *["sign_in_failed"] * 3, "locked", "sign_in"]
    accounts.close()


def test_server_with_accounts_needs_a_user(tmp_path: Path) -> None:
    assert open_accounts(tmp_path, Settings()) is None
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match="users add"):
        open_accounts(tmp_path, Settings(accounts=True))
    make_accounts(tmp_path).add_user("ana", "admin", PASSWORD)
    accounts = open_accounts(tmp_path, Settings(accounts=True, session_hours=2))
    assert accounts
    assert accounts.session_seconds == 7_200
    accounts.close()
