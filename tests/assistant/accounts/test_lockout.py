"""Test the limits of failed sign-ins."""

from __future__ import annotations

from contextlib import suppress

import pytest

from assistant.accounts.lockout import LockedError, Lockout

pytestmark = pytest.mark.unit


def count_attempts(lockout: Lockout, attempts: list[tuple[str, str]]) -> int:
    """Return how many of the attempts are not refused."""
    allowed = 0
    for name, address in attempts:
        with suppress(LockedError):
            lockout.begin(name, address)
            allowed += 1
    return allowed


def test_name_is_locked_from_all_addresses() -> None:
    lockout = Lockout(name_limit=3, address_limit=100)
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
def test_address_is_locked_for_all_names(addresses: list[str]) -> None:
    lockout = Lockout(name_limit=100, address_limit=4)
    attempts = [(f"user{number}", address) for number, address in enumerate(addresses)]
    assert count_attempts(lockout, attempts) == 4
    assert count_attempts(lockout, [("bob", "198.51.100.7"), ("bob", "2001:db8:0:2::1")]) == 2


def test_lock_ends_after_its_time() -> None:
    time = [0.0]
    lockout = Lockout(name_limit=2, seconds=60, timer=lambda: time[0])
    assert count_attempts(lockout, [("ana", "192.0.2.1")] * 5) == 2
    time[0] = 59
    assert count_attempts(lockout, [("ana", "192.0.2.1")]) == 0
    time[0] = 61
    assert count_attempts(lockout, [("ana", "192.0.2.1")]) == 1


def test_success_forgets_failures_of_the_name_only() -> None:
    lockout = Lockout(name_limit=3, address_limit=4)
    attempt = ("ana", "192.0.2.1")
    assert count_attempts(lockout, [attempt] * 2) == 2
    lockout.succeed(*attempt)
    assert count_attempts(lockout, [attempt] * 5) == 3
    assert count_attempts(lockout, [("ana", "192.0.2.2"), ("bob", "192.0.2.1")]) == 0


def test_last_attempt_before_lock_is_announced() -> None:
    lockout = Lockout(name_limit=2)
    assert [lockout.begin("ana", "192.0.2.1") for _ in range(2)] == [False, True]
    with pytest.raises(LockedError) as caught:
        lockout.begin("ana", "192.0.2.1")
    assert caught.value.retry_seconds == 900


def test_memory_is_bounded() -> None:
    lockout = Lockout(address_limit=1_000, max_entries=50)
    attempts = [(f"user{number}", f"192.0.2.{number % 256}") for number in range(500)]
    assert count_attempts(lockout, attempts) == 500
    assert (len(lockout._names), len(lockout._addresses)) == (50, 50)
