"""Define the tables of a library in PostgreSQL, and create them."""

from __future__ import annotations

import re

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import TSVECTOR, insert

from index.errors import DataError
from index.storage.keywords import KEYWORDS_VERSION

__all__ = [
    "EscapedText",
    "IS_CURRENT",
    "SCHEMA",
    "SCHEMA_VERSION",
    "articles",
    "changes",
    "index_state",
    "indexed",
    "keywords",
    "library",
    "opened",
    "originals",
    "passages",
    "prepare_tables",
    "tags",
    "written_questions",
]

SCHEMA_VERSION = 5  # of these tables; SQLite's have versions of their own
SCHEMA = "article_assistant"
_ADD_OWNER = text(
    f"ALTER TABLE {SCHEMA}.articles "
    "ADD COLUMN IF NOT EXISTS owner text COLLATE \"C\" NOT NULL DEFAULT ''"
)
_CREATION_LOCK = 0x61727469  # any number that other programs are unlikely to lock


class EscapedText(TypeDecorator[str]):
    """Any text. PostgreSQL cannot store the character NUL, so it is written as `\\0`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Escape NUL and the backslash."""
        return value and value.replace("\\", "\\\\").replace("\0", "\\0")

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Return the text that was stored."""
        return value and re.sub(
            r"\\(.)", lambda match: "\0" if match[1] == "0" else match[1], value
        )


_metadata = MetaData(schema=SCHEMA)
_ISO_TIME = Text(collation="C")  # sorted by bytes, as in SQLite


def _article_key(*, is_primary: bool = False) -> Column[str]:
    """Return a column that names an article and is deleted with it."""
    target = ForeignKey(f"{SCHEMA}.articles.id", ondelete="CASCADE")
    return Column("article_id", Text, target, primary_key=is_primary, nullable=False)


def _user_key() -> Column[int]:
    """Return a column that names a user and is deleted with it."""
    target = ForeignKey(f"{SCHEMA}.users.id", ondelete="CASCADE")
    return Column("user_id", BigInteger, target, nullable=False, index=True)


# One row. Each change of an article locks it first, so that changes are numbered in the order in
# which other processes see them.
library = Table(
    "library",
    _metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("changes", BigInteger, nullable=False),
    Column("keywords_version", Text, nullable=False),
)
articles = Table(
    "articles",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("number", BigInteger, Identity(), nullable=False),  # in the order of addition
    Column("text", LargeBinary, nullable=False),
    Column("title", EscapedText, nullable=False),
    Column("author", EscapedText, nullable=False),
    Column("date", EscapedText, nullable=False),
    Column("source", EscapedText, nullable=False),
    Column("language", Text, nullable=False, index=True),
    Column("blocks", Text, nullable=False),
    Column("pages", Text, nullable=False),
    Column("sentences", Text, nullable=False),  # JSON: the start and the end of each
    Column("renamed", EscapedText),
    Column("retrieved", Text, nullable=False),
    Column("added", _ISO_TIME, nullable=False),
    Column("removed", _ISO_TIME),
    Column("newer", Text, index=True),
    Column("words", Integer, nullable=False),
    Column("characters", Integer, nullable=False),
    Column("embedder", Text),  # null if the vectors are stale
    # The user who alone sees it; empty if it is everybody's
    Column("owner", Text(collation="C"), nullable=False, server_default=""),
)
_private_articles = Index(
    "private_articles",
    articles.c.id,
    articles.c.owner,
    postgresql_where=articles.c.owner != "",
)
passages = Table(
    "passages",
    _metadata,
    _article_key(is_primary=True),
    Column("position", Integer, primary_key=True),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)
# The passages of current articles. `length` is the number of stems.
keywords = Table(
    "keywords",
    _metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    _article_key(),
    Column("position", Integer, nullable=False),
    Column("length", Integer, nullable=False),
    Column("stems", TSVECTOR, nullable=False),
)
Index("keywords_of_article", keywords.c.article_id)
Index(
    "keywords_by_stem",
    keywords.c.stems,
    postgresql_using="gin",
    # Entries that wait for the index slow each search down. Measured on 10,500 passages, medians
    # of one run: a search takes 12 ms instead of 27, an addition 19 ms instead of 15.
    postgresql_with={"fastupdate": "off"},
)
# Which change an article belongs to, and the vector index of the process that made it.
changes = Table(
    "changes",
    _metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("article_id", Text, primary_key=True),
    Column("index_name", Text, nullable=False),
)
# What each vector index contains. A row outlives its article: the index must still remove it.
indexed = Table(
    "indexed",
    _metadata,
    Column("index_name", Text, primary_key=True),
    Column("article_id", Text, primary_key=True),
)
tags = Table(
    "tags",
    _metadata,
    _article_key(is_primary=True),
    Column("tag", Text, primary_key=True),
)
opened = Table(
    "opened", _metadata, _article_key(is_primary=True), Column("time", _ISO_TIME, nullable=False)
)
written_questions = Table(
    "written_questions",
    _metadata,
    _article_key(is_primary=True),
    Column("questions", Text, nullable=False),  # a JSON list
)
# The files that articles were loaded from.
originals = Table(
    "originals",
    _metadata,
    _article_key(is_primary=True),
    Column("data", LargeBinary, nullable=False),
)
index_state = Table(
    "index_state",
    _metadata,
    Column("index_name", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", EscapedText, nullable=False),
)

# What users add, and the users. `index.storage.marks`, `assistant.service.feedback` and
# `assistant.accounts.store` use these tables with statements that SQLite understands, too. Their
# columns have the same order there.
Table(
    "marks",
    _metadata,
    Column("article_id", Text, primary_key=True),  # outlives its article, which can be restored
    Column("start", Integer, primary_key=True),
    Column("end", Integer, primary_key=True),
    Column("note", Text, nullable=False),
    Column("owner", Text(collation="C"), primary_key=True),  # empty if it is everybody's
)
Table(
    "feedback",
    _metadata,
    Column("key", Text, primary_key=True),
    Column("time", _ISO_TIME, nullable=False),
    *(
        Column(name, Text, nullable=False)
        for name in ("verdict", "reason", "article_id", "question", "answer", "model", "quotes")
    ),
)
Table(
    "users",
    _metadata,
    Column("id", BigInteger, Identity(), primary_key=True),
    Column("name", Text(collation="C"), nullable=False, unique=True),
    *(Column(name, Text, nullable=False) for name in ("role", "password_hash", "added")),
)
Table(
    "sessions",
    _metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("expires", BigInteger, nullable=False),
    _user_key(),
)
Table(
    "keys",
    _metadata,
    Column("id", Text(collation="C"), primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    *(Column(name, Text, nullable=False) for name in ("scopes", "label")),
    Column("added", _ISO_TIME, nullable=False),
    _user_key(),
)
Table(
    "attempts",
    _metadata,
    Column("subject", Text(collation="C"), primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("expires", BigInteger, nullable=False),
)

IS_CURRENT = articles.c.removed.is_(None) & articles.c.newer.is_(None)


def prepare_tables(connection: Connection, database: str) -> None:
    """Create the tables that do not exist. Call it inside a transaction.

    Args:
        connection: the connection.
        database: how messages name the database.

    Raises:
        DataError: the tables were written by a newer version.
    """
    if not inspect(connection).has_table("library", SCHEMA):
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATION_LOCK})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        _metadata.create_all(connection)
        row = {"version": SCHEMA_VERSION, "changes": 0, "keywords_version": KEYWORDS_VERSION}
        connection.execute(insert(library).values(row).on_conflict_do_nothing())
    version = connection.execute(select(library.c.version)).scalar_one()
    if version < SCHEMA_VERSION:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _CREATION_LOCK})
        if version < 5:
            connection.execute(_ADD_OWNER)
            _private_articles.create(connection, checkfirst=True)
        _metadata.create_all(connection)  # the other versions add tables alone
        connection.execute(update(library).values(version=SCHEMA_VERSION))
    if version > SCHEMA_VERSION:
        raise DataError(
            f"The library in {database} was written by a newer version of this program. "
            "Upgrade, or choose another database with ARTICLE_ASSISTANT_DATABASE."
        )
