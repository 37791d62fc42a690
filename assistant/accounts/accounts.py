"""Sign users in and out, recognise their requests, and manage users and API keys."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from secrets import token_hex, token_urlsafe

from assistant.accounts.audit import AuditLog
from assistant.accounts.lockout import Lockout, LockoutLimits
from assistant.accounts.passwords import Passwords, check_length
from assistant.accounts.roles import PERMISSIONS, Account, Role
from assistant.accounts.store import AccountStore, Key, User
from assistant.settings import Settings
from index.errors import AssistantError, InputError

__all__ = ["Accounts", "SignInError", "open_accounts"]

KEY_PREFIX = "aak_"  # so that tools that look for secrets can find lost keys
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")


class SignInError(AssistantError):
    """The name or the password is wrong. Which of them is not said."""

    def __init__(self) -> None:
        super().__init__("The name or the password is wrong.")


class Accounts:
    """The accounts of a data folder or of a PostgreSQL database.

    Args:
        folder: the data folder.
        database: the address of a PostgreSQL database with the accounts; if empty, SQLite in the
            data folder.
        session_hours: how long a session lasts.
        passwords: hashes and verifies passwords.
        limits: when failed sign-ins lock a name or an address.
        clock: returns the seconds since 1970.

    Raises:
        InputError: argon2-cffi is not installed.
        DataError: the database of accounts cannot be used.
    """

    def __init__(
        self,
        folder: Path,
        database: str = "",
        *,
        session_hours: float = 12,
        passwords: Passwords | None = None,
        limits: LockoutLimits | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._passwords = passwords or Passwords()
        self._store = AccountStore(folder, database)
        self.audit = AuditLog(folder)
        self.session_seconds = int(session_hours * 3600)
        self._clock = clock
        self._lockout = Lockout(self._store, limits, clock)

    def close(self) -> None:
        """Close the database."""
        self._store.close()

    # ---- Requests
    def sign_in(self, name: str, password: str, address: str) -> str:
        """Return the token of a new session.

        Raises:
            LockedError: too many sign-ins have failed.
            SignInError: the name or the password is wrong.
        """
        user = self._check_password(name, password, address)
        if self._passwords.is_outdated(user.password_hash):
            self._store.set_password_hash(
                user.name, self._passwords.hash(password), ends_sessions=False
            )
        token = token_urlsafe(32)
        now = int(self._clock())
        self._store.add_session(user.name, _hash_token(token), now, now + self.session_seconds)
        self.audit.record("sign_in", user=user.name, address=address)
        return token

    def _check_password(self, name: str, password: str, address: str) -> User:
        name = _parse_name(name)
        user = self._store.find_user(name)
        # A name that is unknown is not logged: it may be a password in the wrong field.
        logged_name = user.name if user else ""
        is_last = self._lockout.begin(name, address)
        if not self._passwords.is_valid(password, user.password_hash if user else "") or not user:
            self.audit.record("sign_in_failed", user=logged_name, address=address)
            if is_last:
                self.audit.record("locked", user=logged_name, address=address)
            raise SignInError
        self._lockout.succeed(name, address)
        return user

    def find_by_session(self, token: str) -> Account | None:
        """Return the account of a session; None if there is no such session."""
        found = self._store.find_session(_hash_token(token), int(self._clock()))
        return Account.of(*found, "session") if found else None

    def find_by_key(self, key: str) -> Account | None:
        """Return the account of an API key; None if there is no such key."""
        found = self._store.find_key(_hash_token(key))
        return Account.of(found[0], found[1], "key", found[2]) if found else None

    def find_by_name(self, name: str) -> Account | None:
        """Return the account of a user whom a trusted proxy has signed in; None if unknown."""
        user = self._store.find_user(_parse_name(name))
        return Account.of(user.name, user.role, "proxy") if user else None

    def sign_out(self, token: str, account: Account, address: str) -> None:
        """End a session."""
        self._store.remove_session(_hash_token(token))
        self.audit.record("sign_out", user=account.name, address=address)

    def change_password(self, name: str, old: str, new: str, address: str) -> None:
        """Change a user's password, and end all sessions of the user.

        Raises:
            LockedError: too many sign-ins have failed.
            SignInError: the old password is wrong.
            InputError: the new password is too short or too long.
        """
        self._check_password(name, old, address)
        self.set_password(name, new, address)

    # ---- Administration
    def list_users(self) -> list[User]:
        """Return all users, in the order of their names."""
        return self._store.list_users()

    def list_keys(self) -> list[Key]:
        """Return all API keys, oldest first."""
        return self._store.list_keys()

    def add_user(self, name: str, role: Role, password: str | None) -> str:
        """Add a user and return the name as it is stored, in lower case.

        Args:
            name: letters, digits and `. _ @ + -`.
            role: what the user may do.
            password: None if the user comes through a trusted proxy or has API keys only.

        Raises:
            InputError: the name or the password cannot be used, or the user exists.
        """
        parsed = _parse_name(name)
        if not parsed:
            raise InputError(
                f"{name[:100]!r} cannot be the name of a user. Use up to 100 letters from a to z, "
                "digits and . _ @ + -, beginning with a letter or a digit."
            )
        password_hash = ""
        if password is not None:
            check_length(password)
            password_hash = self._passwords.hash(password)
        self._store.add_user(parsed, role, password_hash)
        self.audit.record("user_added", user=parsed, role=role)
        return parsed

    def find_name(self, name: str) -> str:
        """Return the name of a user as it is stored.

        Raises:
            InputError: there is no such user.
        """
        return self._get_user(name).name

    def remove_user(self, name: str) -> None:
        """Delete a user with all sessions and API keys.

        Raises:
            InputError: there is no such user.
        """
        user = self._get_user(name)
        self._store.remove_user(user.name)
        self.audit.record("user_removed", user=user.name)

    def set_role(self, name: str, role: Role) -> None:
        """Change the role of a user, from the next request on.

        Raises:
            InputError: there is no such user.
        """
        user = self._get_user(name)
        self._store.set_role(user.name, role)
        self.audit.record("role_changed", user=user.name, role=role)

    def set_password(self, name: str, password: str, address: str = "") -> None:
        """Set a user's password, and end all sessions of the user. API keys stay valid.

        Raises:
            InputError: there is no such user, or the password is too short or too long.
        """
        user = self._get_user(name)
        check_length(password)
        self._store.set_password_hash(user.name, self._passwords.hash(password), ends_sessions=True)
        self.audit.record("password_changed", user=user.name, address=address)

    def add_key(self, name: str, scopes: Sequence[str], label: str = "") -> str:
        """Return a new API key of a user. It is stored as a hash, so it cannot be shown again.

        Args:
            name: the user. The key may do what its scopes and the user's role both allow.
            scopes: names of permissions, at least one.
            label: reminds of the key's purpose.

        Raises:
            InputError: there is no such user or scope, or no scope is given.
        """
        user = self._get_user(name)
        valid_scopes = [scope for scope in PERMISSIONS if scope in scopes]
        if len(valid_scopes) != len(set(scopes)) or not valid_scopes:
            raise InputError(f"The scopes of a key are some of {', '.join(PERMISSIONS)}.")
        key_id, key = token_hex(4), KEY_PREFIX + token_urlsafe(32)
        self._store.add_key(user.name, key_id, _hash_token(key), valid_scopes, label[:100])
        self.audit.record("key_added", user=user.name, key=key_id, scopes=valid_scopes)
        return key

    def remove_key(self, key_id: str) -> None:
        """Delete an API key.

        Raises:
            InputError: there is no such key.
        """
        if not self._store.remove_key(key_id):
            raise InputError(
                f"There is no key {key_id[:100]!r}. `article-assistant users list` has their IDs."
            )
        self.audit.record("key_removed", key=key_id)

    def _get_user(self, name: str) -> User:
        if user := self._store.find_user(_parse_name(name)):
            return user
        raise InputError(
            f"There is no user {name[:100]!r}. `article-assistant users list` lists all users."
        )


def _parse_name(name: str) -> str:
    """Return a name as it is stored, in lower case; empty if no user can have it."""
    name = name.strip().lower()
    return name if _NAME.fullmatch(name) else ""


def open_accounts(folder: Path, settings: Settings) -> Accounts | None:
    """Return the accounts with which a server starts; None if its settings ask for none.

    Raises:
        InputError: there are no users, or argon2-cffi is not installed.
        DataError: the database of accounts cannot be used.
    """
    if not settings.accounts:
        return None
    database = settings.database.get_secret_value()
    accounts = Accounts(folder, database, session_hours=settings.session_hours)
    if not accounts.list_users():
        accounts.close()
        raise InputError(
            "Nobody could sign in: there are no users. "
            "Add one with `article-assistant users add NAME --role admin`."
        )
    return accounts


def _hash_token(token: str) -> bytes:
    """Return the hash of a random token. It has 256 bits, so that a fast hash is safe."""
    return sha256(token.encode("utf-8", "replace")).digest()
