"""Define what users and API keys may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

__all__ = ["Account", "PERMISSIONS", "Permission", "ROLES", "Role"]

Role = Literal["reader", "editor", "admin"]
Permission = Literal["read", "ask", "edit", "admin"]  # also the scopes of API keys
SignInMethod = Literal["session", "key", "proxy"]

ROLES: tuple[Role, ...] = get_args(Role)
PERMISSIONS: tuple[Permission, ...] = get_args(Permission)
_PERMISSIONS_BY_ROLE: dict[Role, frozenset[Permission]] = {
    "reader": frozenset(("read", "ask")),
    "editor": frozenset(("read", "ask", "edit")),
    "admin": frozenset(PERMISSIONS),
}


@dataclass(frozen=True)
class Account:
    """The user of one request, with the permissions that the request has."""

    name: str
    role: Role
    permissions: frozenset[Permission]
    method: SignInMethod

    @classmethod
    def of(
        cls,
        name: str,
        role: Role,
        method: SignInMethod,
        scopes: frozenset[Permission] = frozenset(PERMISSIONS),
    ) -> Account:
        """Return an account with the permissions of its role, restricted to `scopes`."""
        return cls(name, role, _PERMISSIONS_BY_ROLE[role] & scopes, method)

    def has_permissions(self, *needed: Permission) -> bool:
        """Return whether the account has all the permissions."""
        return self.permissions.issuperset(needed)
