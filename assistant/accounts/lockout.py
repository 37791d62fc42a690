"""Slow down the guessing of passwords."""

from __future__ import annotations

import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from threading import Lock

from cachetools import TTLCache

from index.errors import AssistantError

__all__ = ["LockedError", "Lockout"]


class LockedError(AssistantError):
    """Too many sign-ins have failed."""

    def __init__(self, retry_seconds: int) -> None:
        super().__init__(f"Too many sign-ins have failed. Try again in {retry_seconds // 60} min.")
        self.retry_seconds = retry_seconds


class Lockout:
    """Counts failed sign-ins for each name and for each address, in bounded memory.

    An attempt counts as failed from its beginning, so that attempts at the same time cannot exceed
    the limits. After the last attempt, the counts are forgotten in `seconds`.

    Args:
        name_limit: failures for a name, from any address, that lock it.
        address_limit: failures from an address, for any name, that lock it.
        seconds: the time until a lock ends.
        max_entries: most names and most addresses that are remembered.
        timer: returns seconds.
    """

    def __init__(
        self,
        name_limit: int = 10,
        address_limit: int = 30,
        seconds: int = 900,
        max_entries: int = 10_000,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name_limit, self._address_limit, self._seconds = name_limit, address_limit, seconds
        self._names: TTLCache[str, int] = TTLCache(max_entries, seconds, timer)
        self._addresses: TTLCache[str, int] = TTLCache(max_entries, seconds, timer)
        self._lock = Lock()

    def begin(self, name: str, address: str) -> bool:
        """Count an attempt. Return whether it is the last one before a lock.

        Raises:
            LockedError: the name or the address is locked.
        """
        network = _get_network(address)
        with self._lock:
            of_name = self._names.get(name, 0) + 1
            of_address = self._addresses.get(network, 0) + 1
            if of_name > self._name_limit or of_address > self._address_limit:
                raise LockedError(self._seconds)
            self._names[name], self._addresses[network] = of_name, of_address
        return of_name == self._name_limit or of_address == self._address_limit

    def succeed(self, name: str, address: str) -> None:
        """Forget the failures of a name, and the attempt of the address that succeeded.

        The other failures of the address remain: a valid account does not let its owner guess the
        passwords of others.
        """
        network = _get_network(address)
        with self._lock:
            self._names.pop(name, None)
            if network in self._addresses:
                self._addresses[network] -= 1


def _get_network(address: str) -> str:
    """Return an IP address; of IPv6 the network, because its users have many addresses."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> 64)
    return address
