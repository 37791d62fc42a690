"""Slow down the guessing of passwords."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from assistant.accounts.store import AccountStore
from index.errors import AssistantError

__all__ = ["LockedError", "Lockout", "LockoutLimits"]


class LockedError(AssistantError):
    """Too many sign-ins have failed."""

    def __init__(self, retry_seconds: int) -> None:
        super().__init__(f"Too many sign-ins have failed. Try again in {retry_seconds // 60} min.")
        self.retry_seconds = retry_seconds


@dataclass(frozen=True)
class LockoutLimits:
    """When sign-ins are locked.

    Attributes:
        of_name: failures for a name, from any address, that lock it.
        of_address: failures from an address, for any name, that lock it.
        seconds: the time until a lock ends.
    """

    of_name: int = 10
    of_address: int = 30
    seconds: int = 900


class Lockout:
    """Counts failed sign-ins for each name and for each address, in the database of accounts.

    All processes with the same database share the counts, and a restart does not forget them. An
    attempt counts as failed from its beginning, so that attempts at the same time cannot exceed the
    limits. In `LockoutLimits.seconds` after the last attempt, the counts are deleted.

    Args:
        store: stores the counts.
        limits: when sign-ins are locked.
        clock: returns the seconds since 1970.
    """

    def __init__(
        self,
        store: AccountStore,
        limits: LockoutLimits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._limits = limits or LockoutLimits()
        self._clock = clock

    def begin(self, name: str, address: str) -> bool:
        """Count an attempt. Return whether it is the last one before a lock.

        Raises:
            LockedError: the name or the address is locked.
            DataError: the database cannot be used.
        """
        limits = {
            _name_subject(name): self._limits.of_name,
            _address_subject(address): self._limits.of_address,
        }
        now = int(self._clock())
        counts = self._store.count_attempt(limits, now, self._limits.seconds)
        if counts is None:
            raise LockedError(self._limits.seconds)
        return any(counts[subject] == limit for subject, limit in limits.items())

    def succeed(self, name: str, address: str) -> None:
        """Forget the failures of a name, and the attempt of the address that succeeded.

        The other failures of the address remain: a valid account does not let its owner guess the
        passwords of others.

        Raises:
            DataError: the database cannot be used.
        """
        self._store.forget_attempts(_name_subject(name), _address_subject(address))


def _name_subject(name: str) -> str:
    return f"name {name}"


def _address_subject(address: str) -> str:
    """Return an IP address; of IPv6 the network, because its users have many addresses."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return f"address {address}"
    if isinstance(parsed, IPv6Address):
        return f"address {parsed.ipv4_mapped or int(parsed) >> 64}"
    return f"address {address}"
