"""Record what the vector index of one data folder contains, and which changes it has followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from uuid import uuid4

from sqlalchemy import Connection, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from index.errors import DataError
from index.storage.postgres.database import PostgresDatabase
from index.storage.postgres.tables import (
    IS_CURRENT,
    articles,
    changes,
    index_state,
    indexed,
    library,
)

__all__ = ["IndexState", "read_index_name"]

_FOLLOWED = "followed"  # the key of the number of the last change that the index has followed


def read_index_name(file: Path) -> str:
    """Return the name of the vector index of a data folder. At first, choose one.

    Raises:
        DataError: the file cannot be written.
    """
    try:
        with suppress(FileExistsError), file.open("x", encoding="utf-8") as stream:
            stream.write(uuid4().hex)
        return file.read_text("utf-8")
    except OSError as error:
        raise DataError(
            f"The data folder {file.parent} cannot be used ({error.strerror}). "
            "Choose another with --data."
        ) from error


class IndexState:
    """What the database knows about one vector index. Thread-safe.

    Args:
        database: the database.
        index_name: the name of the index.
    """

    def __init__(self, database: PostgresDatabase, index_name: str) -> None:
        self._database = database
        self.index_name = index_name
        self._following = Lock()
        followed = self.get(_FOLLOWED)
        if followed is None:  # a new index contains nothing that earlier changes could concern
            followed = str(self.count_changes())
            self.set(_FOLLOWED, followed)
        self._followed = int(followed)
        self._is_indexed = exists().where(
            indexed.c.index_name == index_name, indexed.c.article_id == articles.c.id
        )

    def get(self, key: str) -> str | None:
        """Return a value that was stored for the index, or None."""
        query = select(index_state.c.value).where(
            index_state.c.index_name == self.index_name, index_state.c.key == key
        )
        with self._database.reading() as connection:
            return connection.execute(query).scalar()

    def set(self, key: str, value: str) -> None:
        """Store a value for the index."""
        statement = insert(index_state).values(index_name=self.index_name, key=key, value=value)
        statement = statement.on_conflict_do_update(
            index_elements=["index_name", "key"], set_={"value": value}
        )
        with self._database.transaction() as connection:
            connection.execute(statement)

    def unindexed_ids(self) -> list[str]:
        """Return the articles that the index lacks, oldest first."""
        query = select(articles.c.id).where(IS_CURRENT, ~self._is_indexed)
        with self._database.reading() as connection:
            ordered = query.order_by(articles.c.added, articles.c.number)
            return list(connection.execute(ordered).scalars())

    def has_indexed(self) -> bool:
        """Return whether the index must contain an article of the library."""
        query = select(articles.c.id).where(IS_CURRENT, self._is_indexed).limit(1)
        with self._database.reading() as connection:
            return connection.execute(query).scalar() is not None

    def set_indexed(self, article_ids: Iterable[str]) -> None:
        """Record that the index contains articles."""
        rows = [{"index_name": self.index_name, "article_id": key} for key in article_ids]
        if rows:
            with self._database.transaction() as connection:
                connection.execute(insert(indexed).on_conflict_do_nothing(), rows)

    def set_unindexed(self, connection: Connection, article_id: str) -> None:
        """Record, in a transaction, that the index lacks an article."""
        connection.execute(
            delete(indexed).where(
                indexed.c.index_name == self.index_name, indexed.c.article_id == article_id
            )
        )

    def count_changes(self) -> int:
        """Return the number of changes that all processes have made."""
        with self._database.reading() as connection:
            return int(connection.execute(select(library.c.changes)).scalar_one())

    def follow(self, remove: Callable[[str], None], add: Callable[[str], None]) -> None:
        """Bring the index up to date with the changes of other processes.

        If it is interrupted, the next call repeats what is not recorded yet.

        Args:
            remove: removes an article from the index.
            add: adds an article to it.
        """
        if self.count_changes() == self._followed:
            return
        with self._following:
            latest = self.count_changes()
            for article_id in self._select_changed():
                is_current, is_indexed = self._find(article_id)
                if is_indexed or not is_current:
                    remove(article_id)
                    with self._database.transaction() as connection:
                        self.set_unindexed(connection, article_id)
                if is_current:
                    add(article_id)
            self.set(_FOLLOWED, str(latest))
            self._followed = latest

    def _select_changed(self) -> list[str]:
        """Return the articles that others have changed since, in the order of their changes."""
        query = (
            select(changes.c.article_id)
            .where(changes.c.number > self._followed, changes.c.index_name != self.index_name)
            .group_by(changes.c.article_id)
            .order_by(func.min(changes.c.number))
        )
        with self._database.reading() as connection:
            return list(connection.execute(query).scalars())

    def _find(self, article_id: str) -> tuple[bool, bool]:
        """Return whether an article is current, and whether the index contains it."""
        current = select(articles.c.id).where(IS_CURRENT, articles.c.id == article_id)
        contained = select(indexed.c.article_id).where(
            indexed.c.index_name == self.index_name, indexed.c.article_id == article_id
        )
        with self._database.reading() as connection:
            is_current, is_indexed = connection.execute(
                select(current.exists(), contained.exists())
            ).one()
        return bool(is_current), bool(is_indexed)
