"""Store tags of articles, when they were opened, and questions about them, in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import ARRAY, Connection, Table, Text, delete, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from index.storage.postgres.tables import articles, opened, tags, written_questions

__all__ = [
    "LAST_OPENED_COLUMN",
    "TAGS_COLUMN",
    "inherit_records",
    "record_opened",
    "write_questions",
    "write_tags",
]

# Of a row of `articles`: its tags, and when it was last opened.
TAGS_COLUMN = func.array(
    select(tags.c.tag).where(tags.c.article_id == articles.c.id).scalar_subquery(),
    type_=ARRAY(Text),
)
LAST_OPENED_COLUMN = func.coalesce(
    select(opened.c.time).where(opened.c.article_id == articles.c.id).scalar_subquery(), ""
)


def write_tags(connection: Connection, article_id: str, cleaned: Iterable[str]) -> None:
    """Replace the tags of an article by these, which are clean."""
    connection.execute(delete(tags).where(tags.c.article_id == article_id))
    if rows := [{"article_id": article_id, "tag": tag} for tag in cleaned]:
        connection.execute(insert(tags), rows)


def write_questions(connection: Connection, article_id: str, questions: Sequence[str]) -> None:
    """Store the questions that were written for an article, unless it was deleted."""
    _put(connection, written_questions, "questions", json.dumps(questions), [article_id])


def record_opened(connection: Connection, article_ids: Sequence[str], time: str) -> None:
    """Record when articles were opened. Those that are not stored are left out."""
    _put(connection, opened, "time", time, article_ids)


def _put(
    connection: Connection, table: Table, column: str, value: str, article_ids: Sequence[str]
) -> None:
    """Store a value of articles. Those that are not stored are left out."""
    stored = select(articles.c.id, literal(value)).where(articles.c.id.in_(article_ids))
    statement = insert(table).from_select(["article_id", column], stored)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["article_id"], set_={column: value})
    )


def inherit_records(connection: Connection, older: str, newer: str) -> None:
    """Give the newer version of an article what its older version has."""
    for table, column in ((tags, "tag"), (opened, "time")):
        inherited = select(literal(newer), table.c[column]).where(table.c.article_id == older)
        statement = insert(table).from_select(["article_id", column], inherited)
        connection.execute(statement.on_conflict_do_nothing())
