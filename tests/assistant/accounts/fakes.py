"""Create accounts whose passwords take no time to hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from assistant.accounts.accounts import Accounts
from assistant.accounts.passwords import Passwords

__all__ = ["PASSWORD", "make_accounts", "make_hasher"]

PASSWORD = "correct horse battery"


def make_hasher(time_cost: int = 1) -> PasswordHasher:
    return PasswordHasher(time_cost=time_cost, memory_cost=8, parallelism=1)


def make_accounts(folder: Path, **options: Any) -> Accounts:
    return Accounts(folder, passwords=Passwords(make_hasher()), **options)
