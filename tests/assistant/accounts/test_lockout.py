"""Test the limits of failed sign-ins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from assistant.accounts.lockout import LockedError, Lockout, LockoutLimits
from assistant.accounts.store import AccountStore

pytestmark = pytest.mark.unit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[AccountStore]:
    store = AccountStore(tmp_path)
    yield store
    store.close()


def count_attempts(lockout: Lockout, attempts: list[tuple[str, str]]) -> int:
    """Return how many of the attempts are not refused."""
    allowed = 0
    for name, address in attempts:
        with suppress(LockedError):
            lockout.begin(name, address)
            allowed += 1
    return allowed


def count_rows(store: AccountStore) -> int:
    return len(store._rows("SELECT subject FROM attempts"))


def test_name_is_locked_from_all_addresses(store: AccountStore) -> None:
    lockout = Lockout(store, LockoutLimits(of_name=3, of_address=100))
    attempts = [("ana", f"192.0.2.{number}") for number in range(9)]
    assert count_attempts(lockout, attempts) == 3
    assert count_attempts(lockout, [("bob", "192.0.2.1")]) == 1


@pytest.mark.parametrize(
    "addresses",
    [
        ["192.0.2.1"] * 9,
        [f"2001:db8:0:1::{number}" for number in range(9)],
        ["192.0.2.1", "::ffff:192.0.2.1"] * 5,
        [""] * 9,
    ],
)
def test_address_is_locked_for_all_names(store: AccountStore, addresses: list[str]) -> None:
    lockout = Lockout(store, LockoutLimits(of_name=100, of_address=4))
    attempts = [(f"user{number}", address) for number, address in enumerate(addresses)]
    assert count_attempts(lockout, attempts) == 4
    assert count_attempts(lockout, [("bob", "198.51.100.7"), ("bob", "2001:db8:0:2::1")]) == 2


def test_lock_ends_after_its_time(store: AccountStore) -> None:
    time = [0.0]
    lockout = Lockout(store, LockoutLimits(of_name=2, seconds=60), lambda: time[0])
    assert count_attempts(lockout, [("ana", "192.0.2.1")] * 5) == 2
    time[0] = 59
    assert count_attempts(lockout, [("ana", "192.0.2.1")]) == 0
    time[0] = 61
    assert count_attempts(lockout, [("ana", "192.0.2.1")]) == 1


def test_lock_ends_if_the_clock_was_set_back(store: AccountStore) -> None:
    time = [100_000.0]
    lockout = Lockout(store, LockoutLimits(of_name=1), lambda: time[0])
    assert count_attempts(lockout, [("ana", "192.0.2.1")] * 2) == 1
    time[0] = 50_000
    assert count_attempts(lockout, [("ana", "192.0.2.1")] * 2) == 1


def test_success_forgets_failures_of_the_name_only(store: AccountStore) -> None:
    lockout = Lockout(store, LockoutLimits(of_name=3, of_address=4))
    attempt = ("ana", "192.0.2.1")
    assert count_attempts(lockout, [attempt] * 2) == 2
    lockout.succeed(*attempt)
    assert count_attempts(lockout, [attempt] * 5) == 3
    assert count_attempts(lockout, [("ana", "192.0.2.2"), ("bob", "192.0.2.1")]) == 0


def test_last_attempt_before_lock_is_announced(store: AccountStore) -> None:
    lockout = Lockout(store, LockoutLimits(of_name=2))
    assert [lockout.begin("ana", "192.0.2.1") for _ in range(2)] == [False, True]
    with pytest.raises(LockedError) as caught:
        lockout.begin("ana", "192.0.2.1")
    assert caught.value.retry_seconds == 900


def test_second_process_and_restart_see_the_counts(tmp_path: Path, store: AccountStore) -> None:
    limits = LockoutLimits(of_name=3)
    assert count_attempts(Lockout(store, limits), [("ana", "192.0.2.1")] * 2) == 2
    other = AccountStore(tmp_path)
    assert count_attempts(Lockout(other, limits), [("ana", "192.0.2.2")] * 2) == 1
    other.close()
    assert count_attempts(Lockout(store, limits), [("ana", "192.0.2.3")]) == 0


def test_clocks_that_differ_reset_no_counts(store: AccountStore) -> None:
    limits = LockoutLimits(of_name=4)
    slow, fast = Lockout(store, limits, lambda: 999.0), Lockout(store, limits, lambda: 1_000.0)
    attempts = [(lockout, "ana", "192.0.2.1") for lockout in (slow, fast) * 6]
    assert sum(count_attempts(lockout, [(name, at)]) for lockout, name, at in attempts) == 4


def test_expired_counts_are_deleted(store: AccountStore) -> None:
    time = [0.0]
    lockout = Lockout(store, LockoutLimits(of_address=1_000), lambda: time[0])
    count_attempts(lockout, [(f"user{number}", "192.0.2.1") for number in range(50)])
    assert count_rows(store) == 51
    time[0] = 1_000
    count_attempts(lockout, [("ana", "192.0.2.2")])
    assert count_rows(store) == 2
