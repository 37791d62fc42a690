"""Define `library move`, which copies a library from SQLite to PostgreSQL or back."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from typing import Annotated

import typer

from assistant.accounts.store import AccountStore
from assistant.interfaces.cli.console import (
    echo_json,
    print_text,
    report_errors,
    show_progress_bar,
)
from assistant.interfaces.cli.lookup import open_library
from assistant.interfaces.cli.options import DataOption, DebugOption, EmbeddingsOption, JsonOption
from assistant.service.feedback import Feedback
from assistant.settings import get_settings
from index.errors import InputError
from index.storage.databases import make_store, open_originals
from index.storage.library import Library
from index.storage.marks import MarkStore
from index.storage.transfer import copy_articles

__all__ = ["move_library"]

SQLITE = "sqlite"


def move_library(
    to: Annotated[
        str,
        typer.Option(
            metavar="DATABASE",
            envvar="ARTICLE_ASSISTANT_MOVE_TO",
            help="`postgresql+psycopg://user:password@host/database`, or `sqlite`. "
            "The environment variable hides the password from other users of this machine.",
        ),
    ],
    embeddings: EmbeddingsOption = "",
    data: DataOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
) -> None:
    """Copy the library to another database and compare the copy.

    PDF files, marks, feedback, users and their API keys are copied, too; users have to sign in
    again. If the target has users already, users and keys are not copied. The library stays as it
    is. Stop servers that use it before. If the command is interrupted, call it again: it goes on.
    Then set ARTICLE_ASSISTANT_DATABASE to use the copy; its vector index is built at the next
    start.
    """
    with report_errors(debug):
        address = "" if to == SQLITE else to
        if address == get_settings().database.get_secret_value():
            raise InputError(
                "The library is in this database already. Give another one with --to, or set "
                "ARTICLE_ASSISTANT_DATABASE to the database that the library is in."
            )
        library = open_library(data, embeddings)
        with (
            closing(make_store(library.folder, address)) as target,
            show_progress_bar() as progress,
        ):
            report = copy_articles(
                library.store,
                target,
                library.embedder.fingerprint,
                lambda done, total: progress("copying and comparing", done / total),
            )
        others = _copy_additions(library, address)
        if as_json:
            echo_json({**asdict(report), **others})
            return
        print_text(
            f"{report.copied} copied, {report.present} there already, {report.compared} compared: "
            "all are equal."
        )
        counts = ", ".join(f"{name}: {count or 0}" for name, count in others.items())
        print_text(f"Copied as well, {counts}.")
        if others["users"] is None:
            print_text(
                "The target has users already. They stay as they are, with their own passwords and "
                "API keys: look at `users list` before you use it. Private articles and marks "
                "belong to the users of the same names."
            )
        if report.others:
            print_text(f"The database has {report.others} other articles. They stay.")
        print_text(_describe_next_step(address))


def _copy_additions(library: Library, address: str) -> dict[str, int | None]:
    """Copy PDF files, marks, feedback and accounts. Return how many of each.

    The number of users is None if the target has users already.
    """
    folder, used = library.folder, get_settings().database.get_secret_value()
    with (
        closing(open_originals(folder, address)) as originals,
        closing(MarkStore(folder, address)) as marks,
        closing(Feedback(folder, used)) as feedback,
        closing(Feedback(folder, address)) as other_feedback,
        closing(AccountStore(folder, used)) as accounts,
        closing(AccountStore(folder, address)) as other_accounts,
    ):
        return {
            "originals": library.originals.copy_to(originals, library.store.ids(every=True)),
            "marks": library.marks.copy_all_to(marks),
            "ratings": feedback.copy_to(other_feedback),
            "users": accounts.copy_to(other_accounts),
        }


def _describe_next_step(address: str) -> str:
    if not address:
        return "To use the copy, unset ARTICLE_ASSISTANT_DATABASE."
    return "To use the copy, set ARTICLE_ASSISTANT_DATABASE to its address."
