"""Carry the account of a request from the middleware to the handlers."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, cast

from assistant.accounts.audit import AuditLog
from assistant.accounts.roles import Account, Permission

__all__ = [
    "RequestAccess",
    "get_access",
    "get_user",
    "has_permission",
    "identify_user",
    "set_access",
]

SCOPE_KEY = "access"


@dataclass(frozen=True)
class RequestAccess:
    """Who sent a request, and from where.

    `account` is None for a request that nobody signed in for; only public routes get such requests.
    """

    account: Account | None
    address: str
    audit: AuditLog

    def record(self, event: str, **details: object) -> None:
        """Record an event of this request in the audit log."""
        user = self.account.name if self.account else ""
        self.audit.record(event, user=user, address=self.address, **details)


def set_access(scope: MutableMapping[str, Any], access: RequestAccess) -> None:
    """Store the access of a request in its ASGI scope."""
    scope[SCOPE_KEY] = access


def get_access(scope: MutableMapping[str, Any]) -> RequestAccess | None:
    """Return the access of a request; None if the server has no accounts."""
    return cast("RequestAccess | None", scope.get(SCOPE_KEY))


def get_user(scope: Mapping[str, Any]) -> str:
    """Return the name of the user who sent a request; empty if nobody signed in for it."""
    access = scope.get(SCOPE_KEY)
    return access.account.name if access is not None and access.account is not None else ""


def identify_user(scope: Mapping[str, Any]) -> str:
    """Return who sent a request: the name of its account, else the address of its client."""
    access = scope.get(SCOPE_KEY)
    if access is not None and access.account is not None:
        return f"user {access.account.name}"
    client = scope.get("client")
    return f"address {client[0]}" if client else ""


def has_permission(scope: MutableMapping[str, Any], permission: Permission) -> bool:
    """Return whether a request has a permission. Without accounts, every request has all."""
    access = get_access(scope)
    return access is None or (
        access.account is not None and access.account.has_permissions(permission)
    )
