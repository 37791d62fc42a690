"""Hash passwords with Argon2id and verify them."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from index.errors import InputError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["MIN_PASSWORD_CHARS", "Passwords", "check_length"]

MIN_PASSWORD_CHARS = 12
MAX_PASSWORD_CHARS = 1_000


class Passwords:
    """Hashes passwords, by default with the parameters that argon2-cffi recommends.

    Args:
        hasher: hashes and verifies; tests pass one that takes less time and memory.

    Raises:
        InputError: argon2-cffi is not installed.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        try:
            from argon2 import PasswordHasher
        except ImportError as error:
            raise InputError(
                "Accounts need a package: run `pip install 'article-assistant[accounts]'`."
            ) from error
        self._hasher = hasher or PasswordHasher()
        self._decoy = self._hasher.hash("")

    def hash(self, password: str) -> str:
        """Return the hash of a password."""
        return self._hasher.hash(_normalize(password))

    def is_valid(self, password: str, password_hash: str) -> bool:
        """Return whether a password is the one of a hash.

        An empty hash stands for a user who is unknown or has no password. It takes the same time,
        so that the time does not tell which names exist.
        """
        from argon2.exceptions import VerificationError

        try:
            self._hasher.verify(
                password_hash or self._decoy, _normalize(password[: MAX_PASSWORD_CHARS + 1])
            )
        except VerificationError:
            return False
        return bool(password_hash)

    def is_outdated(self, password_hash: str) -> bool:
        """Return whether a hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(password_hash)


def check_length(password: str) -> None:
    """Check the length of a new password.

    Raises:
        InputError: the password is too short or too long.
    """
    if not MIN_PASSWORD_CHARS <= len(password) <= MAX_PASSWORD_CHARS:
        raise InputError(
            f"The password has {len(password)} characters. Use at least {MIN_PASSWORD_CHARS} "
            f"and at most {MAX_PASSWORD_CHARS}."
        )


def _normalize(password: str) -> str:
    """Return one form of the spellings that look the same, as keyboards differ in them."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode("utf-8")
