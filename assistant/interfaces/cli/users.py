"""Define `article-assistant users …`, the commands that manage users and API keys."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from assistant.accounts.accounts import Accounts
from assistant.accounts.roles import PERMISSIONS, Role
from assistant.interfaces.cli.console import echo_json, print_text, report_errors
from assistant.interfaces.cli.lookup import open_store
from assistant.interfaces.cli.options import DataOption, DebugOption, JsonOption
from assistant.service.feedback import Feedback
from assistant.settings import get_settings
from index.errors import InputError
from index.storage.databases import open_originals
from index.storage.marks import MarkStore

__all__ = ["app"]

app = typer.Typer(
    help="Manage the users and API keys of a server with accounts.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="Name of a user.")]
RoleOption = Annotated[
    Role,
    typer.Option(
        "--role",
        help="A reader reads and asks; an editor also adds, renames and removes articles; an admin "
        "also sees what is wrong with the server.",
    ),
]
PasswordOption = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from standard input."),
]


@app.command()
def add(
    name: NameArgument,
    role: RoleOption = "reader",
    password_stdin: PasswordOption = False,
    no_password: Annotated[
        bool,
        typer.Option(
            "--no-password",
            help="The user comes through a trusted proxy, or uses API keys only.",
        ),
    ] = False,
    data: DataOption = None,
    debug: DebugOption = False,
) -> None:
    """Add a user."""
    with report_errors(debug), _open_accounts(data) as accounts:
        password = None if no_password else _read_password(password_stdin)
        stored_name = name.strip().lower()
        if stored_name not in (user.name for user in accounts.list_users()):
            # An import that ran when an earlier user of this name was removed may have left some.
            _delete_belongings(data, stored_name)
        print_text(f"added  {accounts.add_user(name, role, password)}  {role}")


@app.command("list")
def list_users(
    data: DataOption = None, as_json: JsonOption = False, debug: DebugOption = False
) -> None:
    """List the users with their roles, and the IDs and scopes of their API keys."""
    with report_errors(debug), _open_accounts(data) as accounts:
        keys = accounts.list_keys()
        rows = [
            {
                "name": user.name,
                "role": user.role,
                "added": user.added,
                "has_password": bool(user.password_hash),
                "keys": [asdict(key) for key in keys if key.user == user.name],
            }
            for user in accounts.list_users()
        ]
        if as_json:
            echo_json(rows)
            return
        for user in accounts.list_users():
            print_text(f"{user.name}  {user.role}  {user.added}")
            for key in keys:
                if key.user == user.name:
                    print_text(
                        f"    key {key.id}  {','.join(key.scopes)}  {key.added}  {key.label}"
                    )
        if not rows:
            print_text("No users. `article-assistant users add` adds them.", err=True)


@app.command()
def remove(name: NameArgument, data: DataOption = None, debug: DebugOption = False) -> None:
    """Remove a user with all private articles, sessions, API keys, marks and notes."""
    with report_errors(debug), _open_accounts(data) as accounts:
        stored_name = accounts.find_name(name)
        # These first: without their user, nothing would delete them.
        _delete_belongings(data, stored_name)
        accounts.remove_user(stored_name)
        # What the user added while this ran.
        _delete_belongings(data, stored_name)
        print_text(f"removed  {name}")


@app.command()
def role(
    name: NameArgument,
    new_role: Annotated[Role, typer.Argument(metavar="ROLE", help="reader, editor or admin.")],
    data: DataOption = None,
    debug: DebugOption = False,
) -> None:
    """Change the role of a user."""
    with report_errors(debug), _open_accounts(data) as accounts:
        accounts.set_role(name, new_role)
        print_text(f"changed  {name}  {new_role}")


@app.command()
def password(
    name: NameArgument,
    password_stdin: PasswordOption = False,
    data: DataOption = None,
    debug: DebugOption = False,
) -> None:
    """Set the password of a user, and end all sessions of the user."""
    with report_errors(debug), _open_accounts(data) as accounts:
        accounts.set_password(name, _read_password(password_stdin))
        print_text(f"changed  {name}")


@app.command()
def key(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the user who gets a new key.")
    ] = "",
    scopes: Annotated[
        list[str] | None,
        typer.Option(
            "--scope",
            metavar="SCOPE",
            help=f"What the key may do: {', '.join(PERMISSIONS)}. Repeat for several.",
        ),
    ] = None,
    label: Annotated[str, typer.Option(help="Reminds of the key's purpose.")] = "",
    remove_id: Annotated[
        str, typer.Option("--remove", metavar="ID", help="Delete the key with this ID instead.")
    ] = "",
    data: DataOption = None,
    debug: DebugOption = False,
) -> None:
    """Print a new API key of a user. It cannot be shown again."""
    with report_errors(debug), _open_accounts(data) as accounts:
        if bool(name) == bool(remove_id):
            raise InputError("Name a user who gets a key, or a key to --remove.")
        if remove_id:
            accounts.remove_key(remove_id)
            print_text(f"removed  {remove_id}")
        else:
            print_text(accounts.add_key(name, scopes or (), label))


def _delete_belongings(data: Path | None, name: str) -> None:
    """Delete the private articles, with the ratings of their answers, and the marks of a user."""
    settings = get_settings()
    folder, database = data or settings.data, settings.database.get_secret_value()
    with (
        open_store(data) as store,
        closing(Feedback(folder, database)) as feedback,
        closing(MarkStore(folder, database)) as marks,
        closing(open_originals(folder, database)) as originals,
    ):
        own = [article_id for article_id, owner in store.list_private().items() if owner == name]
        feedback.delete_articles(own)
        for article_id in own:
            store.delete(article_id)
            originals.delete(article_id)
        marks.delete_owner(name)


@contextmanager
def _open_accounts(data: Path | None) -> Iterator[Accounts]:
    settings = get_settings()
    accounts = Accounts(data or settings.data, settings.database.get_secret_value())
    try:
        yield accounts
    finally:
        accounts.close()


def _read_password(is_piped: bool) -> str:
    """Return a password from standard input, or typed twice without an echo."""
    if is_piped:
        return sys.stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed
