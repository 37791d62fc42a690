"""Store the files that articles were loaded from in the database of the library."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from sqlalchemy import literal, select
from sqlalchemy.dialects.postgresql import insert

from index.storage.postgres.database import PostgresDatabase
from index.storage.postgres.tables import articles, originals

__all__ = ["PostgresOriginals"]


class PostgresOriginals:
    """Original files in a table, which several processes can use. Thread-safe.

    Args:
        address: of the database.

    Raises:
        InputError: the address cannot be used.
        DataError: the database cannot be used, or a newer version wrote it.
    """

    def __init__(self, address: str) -> None:
        self._database = PostgresDatabase(address, is_store=False)
        self._database.prepare()

    def put(self, article_id: str, data: bytes) -> None:
        """Store the file of an article. It replaces an earlier one.

        Nothing is stored if another process has deleted the article.

        Raises:
            DataError: the database cannot be used.
        """
        row = select(articles.c.id, literal(data, originals.c.data.type))
        statement = insert(originals).from_select(
            ["article_id", "data"], row.where(articles.c.id == article_id)
        )
        with self._database.transaction() as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["article_id"], set_={"data": statement.excluded.data}
                )
            )

    def has(self, article_id: str) -> bool:
        """Return whether the file of an article is stored.

        Raises:
            DataError: the database cannot be used.
        """
        query = select(originals.c.article_id).where(originals.c.article_id == article_id)
        with self._database.reading() as connection:
            return connection.execute(query).first() is not None

    def get(self, article_id: str) -> bytes | None:
        """Return the file of an article, or None.

        Raises:
            DataError: the database cannot be used.
        """
        query = select(originals.c.data).where(originals.c.article_id == article_id)
        with self._database.reading() as connection:
            row = connection.execute(query).first()
        return None if row is None else bytes(cast(bytes, row[0]))

    def delete(self, article_id: str) -> None:
        """Do nothing: the database deletes a file with its article."""

    def delete_others(self, article_ids: Collection[str]) -> None:
        """Do nothing: the database deletes a file with its article."""

    def close(self) -> None:
        """Close all connections."""
        self._database.close()
